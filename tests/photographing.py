"""Photos of digits on paper, made up: pencil or chalk, any paper, light, angle, camera and kind of file.

A sheet is drawn flat (paper, ruling, ink), then taken by a camera (angle, light, shadow, glare, blur, grain),
then put into a file. `photo_kinds` has every kind of photo that has to be read.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from nnviz.core.records import Array

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """What a photo is like.

    light: how much darker the darkest corner is; shadow: how much a shadow takes; paper: its brightness;
    pencil: grey of the ink; stroke: of MNIST's width; turn: degrees of the digit; ruling: "", "lined",
    "squared", "dotted", "margin" (lined, with a red line down one side); share: from and to which part of the
    shorter side 28 x 28 pixels fill, of which the digit is cut out; apart: between lines, of the shorter
    side. ink, sheet: colours in place of pencil and paper. frame: "", "circle", "box" around the digit;
    reach: from its middle, of the digit's size, 0 for far enough. lying: degrees by which the whole paper is
    turned; keystone: how much narrower its far end is; hand: the shadow is a finger's; glare: how bright a
    lamp's reflection is.
    """

    light: float = 0.3
    shadow: float = 0.35
    paper: float = 205.0
    pencil: float = 90.0
    stroke: float = 1.0
    grain: float = 3.0
    turn: float = 0.0
    ruling: str = ""
    quality: int = 75
    size: tuple[int, int] = (900, 700)
    share: tuple[float, float] = (0.4, 0.75)
    apart: tuple[float, float] = (0.065, 0.11)
    ink: Colour | None = None
    sheet: Colour | None = None
    frame: str = ""
    reach: float = 0.0
    lying: float = 0.0
    keystone: float = 0.0
    hand: bool = False
    glare: float = 0.0
    blur: float = 0.0
    dust: float = 0.08


def photo(digit: Array | Sequence[Array], scene: Scene, rng: np.random.Generator) -> bytes:
    """A JPEG of a (28, 28) uint8 digit pencilled onto paper, somewhere near the middle; or of several."""
    return as_file(taken(digit, scene, rng), "JPEG", quality=scene.quality)


def taken(digit: Array | Sequence[Array], scene: Scene, rng: np.random.Generator) -> Array:
    """(h, w, 3) uint8, as the camera has it."""
    digits = [digit] if isinstance(digit, np.ndarray) else list(digit)
    return photographed(drawn(digits, scene, rng), scene, rng)


def as_file(picture: Array, form: str, **options: object) -> bytes:
    """The picture as a file of that form."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, form, **options)
    return stream.getvalue()


def drawn(digits: Sequence[Array], scene: Scene, rng: np.random.Generator) -> Array:
    """(h, w, 3) float: the sheet, lying flat in even light."""
    width, height = scene.size
    ink = np.zeros((height, width), np.float32)
    wide = 1 if len(digits) == 1 else 1.05 * len(digits)
    side = int(rng.uniform(*scene.share) * min(min(scene.size), width / wide))
    pieces = [_inked(digit, side, scene) for digit in digits]
    top = int(rng.uniform(0.3, 0.7) * max(1, height - max(piece.shape[0] for piece in pieces)))
    gap = round(rng.uniform(0.2, 0.4) * side) if len(digits) > 1 else 0
    free = max(1, width - sum(piece.shape[1] + gap for piece in pieces) + gap)
    left = int(rng.uniform(0.3, 0.7) * free)
    for piece in pieces:
        rows, columns = min(piece.shape[0], height - top), min(piece.shape[1], width - left)
        place = ink[top : top + rows, left : left + columns]
        np.maximum(place, piece[:rows, :columns], out=place)
        if scene.frame:
            _frame(ink, (top, left, *piece.shape), scene)
        left += piece.shape[1] + gap
    return _on_paper(ink, scene, rng)


def drawn_in_rows(digits: Sequence[Sequence[Array]], scene: Scene, rng: np.random.Generator) -> Array:
    """(h, w, 3) float: a sheet of rows of digits, none quite in its place nor of quite the same size."""
    width, height = scene.size
    ink = np.zeros((height, width), np.float32)
    down, across = 0.9 * height / len(digits), 0.9 * width / max(map(len, digits))
    for i, row in enumerate(digits):
        for j, digit in enumerate(row):
            side = int(rng.uniform(*scene.share) * 1.4 * min(down, across))  # 20 of its 28 rows are ink
            piece = _inked(digit, side, scene)
            middle = np.array([0.05 * height + (i + 0.5) * down, 0.05 * width + (j + 0.5) * across])
            middle += rng.uniform(-0.08, 0.08, 2) * side
            top, left = np.maximum(middle - np.array(piece.shape) / 2, 0).astype(int)
            place = ink[top : top + piece.shape[0], left : left + piece.shape[1]]
            np.maximum(place, piece[: place.shape[0], : place.shape[1]], out=place)
    return _on_paper(ink, scene, rng)


def _on_paper(ink: Array, scene: Scene, rng: np.random.Generator) -> Array:
    """(h, w, 3) float: the paper with its ruling, and ink on it."""
    height, width = ink.shape
    share = ink * np.clip(rng.normal(1 - scene.dust, scene.dust, (height, width)), 0, 1)  # rough paper
    white = np.array(scene.sheet or [scene.paper, 0.985 * scene.paper, 0.95 * scene.paper])
    colour = np.full((height, width, 3), white, np.float32)
    if scene.ruling:
        _rule(colour, scene, rng)
    pen = np.array(scene.ink or [scene.pencil, scene.pencil, 1.02 * scene.pencil])
    colour += (pen - colour) * share[:, :, None]
    return colour


def _inked(digit: Array, side: int, scene: Scene) -> Array:
    """The digit's strokes and nothing around them, (h, w) in [0, 1]."""
    fine = max(28, min(side, 224))  # a stroke's middle is looked for in a picture this large
    large = Image.fromarray(digit).resize((fine, fine), Image.Resampling.BICUBIC)
    mask = np.asarray(large, np.float32) / 255 > 0.5
    depth = ndimage.distance_transform_edt(mask)
    if scene.stroke < 1:
        middle = _thinned(mask)
        away, nearest = ndimage.distance_transform_edt(~middle, return_indices=True)
        grey = scene.stroke * depth[tuple(nearest)] - away  # what is thicker stays thicker
    else:
        mask = np.pad(mask, fine // 8)
        away = ndimage.distance_transform_edt(~mask) - ndimage.distance_transform_edt(mask)
        grey = (scene.stroke - 1) * float(depth.max()) - away
    longer = round(grey.shape[0] * side / fine)
    enlarged = Image.fromarray(grey.astype(np.float32)).resize((longer, longer), Image.Resampling.BILINEAR)
    soft = np.clip(np.asarray(enlarged) * side / fine / 2 + 0.5, 0, 1)  # an edge two pixels wide
    paper = Image.fromarray(soft).rotate(scene.turn, Image.Resampling.BILINEAR, expand=True)
    turned: Array = np.asarray(paper)
    rows, columns = np.flatnonzero(turned.max(axis=1) > 0.1), np.flatnonzero(turned.max(axis=0) > 0.1)
    return turned[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _thinned(mask: Array) -> Array:
    """The middle of every stroke, one pixel wide and in one piece (T. Zhang and C. Suen, 1984)."""
    thin = np.pad(mask, 1).astype(np.uint8)
    places = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
    while True:
        before = thin.sum()
        for step in (0, 1):
            around = np.stack([np.roll(thin, (-down, -right), (0, 1)) for down, right in places])
            north, _, east, _, south, _, west, _ = around
            n = around.sum(axis=0)
            changes = ((around == 0) & (np.roll(around, -1, axis=0) == 1)).sum(axis=0)
            one, other = ((north & east & south), (east & south & west))
            if step:
                one, other = ((north & east & west), (north & south & west))
            thin[(n >= 2) & (n <= 6) & (changes == 1) & (one == 0) & (other == 0)] = 0
        if thin.sum() == before:
            middle: Array = thin[1:-1, 1:-1] > 0
            return middle


def _frame(ink: Array, box: tuple[int, int, int, int], scene: Scene) -> None:
    top, left, rows, columns = box
    line = Image.new("F", (ink.shape[1], ink.shape[0]))
    pen = ImageDraw.Draw(line)
    reach = (scene.reach or (0.75 if scene.frame == "circle" else 0.68)) * max(rows, columns)
    x, y = left + columns / 2, top + rows / 2
    corners = (x - reach, y - reach, x + reach, y + reach)
    thick = max(2, round(0.05 * rows))
    draw = pen.ellipse if scene.frame == "circle" else pen.rectangle
    draw(corners, outline=1.0, width=thick)
    np.maximum(ink, np.asarray(line), out=ink)


def _rule(colour: Array, scene: Scene, rng: np.random.Generator) -> None:
    height, width = colour.shape[:2]
    apart = rng.uniform(*scene.apart) * min(height, width)
    tilt = np.tan(np.radians(rng.uniform(-4, 4)))
    down, across = np.mgrid[0:height, 0:width]
    thick = max(0.7, 2.0 * max(height, width) / 900)
    level = np.abs((down + tilt * across) % apart) < thick
    upright = np.abs((across - tilt * down) % apart) < thick
    lines = {"squared": level | upright, "dotted": level & upright}.get(scene.ruling, level)
    soft = ndimage.gaussian_filter(lines.astype(np.float32), 0.7)[:, :, None]
    paper = colour[0, 0] / 230
    colour += (np.array([120, 150, 205]) * float(paper.max()) - colour) * soft
    if scene.ruling == "margin":
        margin = np.abs(across - tilt * down - rng.uniform(0.08, 0.2) * width) < thick
        soft = ndimage.gaussian_filter(margin.astype(np.float32), 0.7)[:, :, None]
        colour += (np.array([220, 110, 110]) * float(paper.max()) - colour) * soft


def photographed(sheet: Array, scene: Scene, rng: np.random.Generator) -> Array:
    """(h, w, 3) uint8: the sheet at an angle, in its light."""
    height, width = sheet.shape[:2]
    if scene.lying or scene.keystone:
        sheet = _at_an_angle(sheet, scene, rng)
    down, across = np.mgrid[0:height, 0:width]
    angle = rng.uniform(0, 2 * np.pi)
    slope = (np.cos(angle) * (across / width - 0.5) + np.sin(angle) * (down / height - 0.5)) / 1.4 + 0.5
    light = 1 - scene.light * slope
    far = rng.uniform(-0.11, 0.11) * min(width, height)
    edge = np.cos(angle + 1) * (across - width / 2) + np.sin(angle + 1) * (down - height / 2) + far
    soft = 6 * max(width, height) / 900
    if scene.hand:  # a finger's: a band that ends somewhere in the picture
        band = np.abs(edge) - rng.uniform(0.06, 0.14) * max(width, height)
        along = -np.sin(angle + 1) * (across - width / 2) + np.cos(angle + 1) * (down - height / 2)
        edge = -np.maximum(band, along - rng.uniform(0, 0.3) * width)
    light *= 1 - scene.shadow / (1 + np.exp(-np.clip(edge / soft, -50, 50)))
    picture = sheet * light[:, :, None]
    if scene.glare:
        y, x = rng.uniform(0.2, 0.8, 2) * (height, width)
        wide = rng.uniform(0.08, 0.2) * max(height, width)
        spot = np.exp(-(((down - y) ** 2 + (across - x) ** 2) / (2 * wide**2)))
        picture += scene.glare * spot[:, :, None]
    if scene.blur:
        picture = ndimage.gaussian_filter(picture, (scene.blur, scene.blur, 0))
    picture = picture + rng.normal(0, scene.grain, sheet.shape)
    taken: Array = np.clip(picture, 0, 255).astype(np.uint8)
    return taken


def _at_an_angle(sheet: Array, scene: Scene, rng: np.random.Generator) -> Array:
    """The same field of view of a sheet that lies turned and is seen from one side; it fills the picture."""
    height, width = sheet.shape[:2]
    narrow = scene.keystone * rng.choice([-1, 1])
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
    corners[:, 0] *= 1 + narrow * corners[:, 1]
    corners *= [width / 2, height / 2]
    turn = np.radians(scene.lying)
    turned = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    places = turned + np.array([width / 2, height / 2])
    onto = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    rows = []
    for (u, v), (x, y) in zip(onto, places, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -x * u, -x * v], [0, 0, 0, u, v, 1, -y * u, -y * v]]
    numbers = np.linalg.solve(np.array(rows), places.reshape(-1))
    seen: Array = np.dstack([_seen(sheet[:, :, channel], numbers) for channel in range(3)])
    return seen


def _seen(channel: Array, numbers: Array) -> Array:
    """One colour of the sheet through the camera; what lies beyond the sheet's end goes on like it."""
    height, width = channel.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    a, b, c, d, e, f, g, h = numbers
    w = g * x + h * y + 1
    there = [(d * x + e * y + f) / w, (a * x + b * y + c) / w]
    seen: Array = ndimage.map_coordinates(channel, there, order=1, mode="grid-wrap")
    return seen


def on_a_table(sheet: bytes, rng: np.random.Generator) -> bytes:
    """The same sheet lying aslant on a dark table, all of it in the picture: a JPEG."""
    paper = Image.open(io.BytesIO(sheet)).convert("RGBA").rotate(rng.uniform(-8, 8), expand=True)
    size = [round(1.2 * side) for side in paper.size]
    wood = rng.normal(0, 6, (size[1], size[0], 3)) + np.array([95, 70, 50])
    table = Image.fromarray(np.clip(wood, 0, 255).astype(np.uint8))
    table.paste(paper, (size[0] // 12, size[1] // 12), paper)
    stream = io.BytesIO()
    table.save(stream, "JPEG", quality=80)
    return stream.getvalue()
