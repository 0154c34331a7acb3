"""Photos of digits on paper, made up: pencil or chalk, any paper, light, angle, camera and kind of file.

A sheet is drawn flat (paper, ruling, ink), then taken by a camera (angle, light, shadow, glare, blur, grain),
then put into a file. `KINDS` has every kind of photo that has to be read, by its name.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
    "squared", "dotted"; share: from and to which part of the shorter side 28 x 28 pixels fill, of which the
    digit is cut out; apart: between lines, of the shorter side. ink, sheet: colours in place of pencil and
    paper. frame: "", "circle", "box" around the digit. lying: degrees by which the whole paper is turned;
    keystone: how much narrower its far end is; hand: the shadow is a finger's; glare: how bright a lamp's
    reflection is.
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
    reach = (0.75 if scene.frame == "circle" else 0.68) * max(rows, columns)
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
    lines = {"lined": level, "squared": level | upright, "dotted": level & upright}[scene.ruling]
    soft = ndimage.gaussian_filter(lines.astype(np.float32), 0.7)[:, :, None]
    paper = colour[0, 0] / 230
    colour += (np.array([120, 150, 205]) * float(paper.max()) - colour) * soft


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


# ---- kinds ----

Maker = Callable[[Array, np.random.Generator], bytes]


def some(rng: np.random.Generator, **fixed: object) -> Scene:
    """A scene in which what is not fixed is as it happens to be."""
    free = Scene(
        light=rng.uniform(0, 0.4),
        shadow=rng.uniform(0, 0.5),
        paper=rng.uniform(170, 240),
        pencil=rng.uniform(40, 100),
        stroke=rng.uniform(0.6, 1.0),
        grain=rng.uniform(0, 4),
        turn=rng.uniform(-6, 6),
        quality=int(rng.integers(60, 92)),
        size=(800, 600),
    )
    return replace(free, **fixed)  # type: ignore[arg-type]


def close(rng: np.random.Generator, size: tuple[int, int], **fixed: object) -> Scene:
    """A close-up: the ink is 60 to 90 % as high as the picture (of its 28 rows a digit fills 20)."""
    return some(rng, size=size, share=(0.6 * 1.4, 0.9 * 1.4), turn=0.0, stroke=1.0, **fixed)


def _flat(ink: int, paper: int, side: int) -> Maker:
    """A digit as a program draws it: one grey on another, with no camera between."""

    def made(digit: Array, rng: np.random.Generator) -> bytes:
        large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
        share = np.asarray(large, np.float32) / 255
        return as_file(np.rint(paper + (ink - paper) * share).astype(np.uint8), "PNG")

    return made


def _transparent(ink: int, side: int) -> Maker:
    def made(digit: Array, rng: np.random.Generator) -> bytes:
        large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC))
        return as_file(np.dstack([np.full((side, side, 3), ink, np.uint8), large]), "PNG")

    return made


def _cropped(digit: Array, rng: np.random.Generator) -> bytes:
    """Cut so that the ink has but a hair of paper around it."""
    scene = some(rng, size=(500, 500), share=(0.9, 0.9), turn=0.0, shadow=0.0)
    sheet = drawn([digit], scene, rng)
    inked = np.abs(sheet[:, :, 0] - sheet[0, 0, 0]) > 20
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    edge = int(rng.uniform(2, 12))
    top, left = max(0, rows[0] - edge), max(0, columns[0] - edge)
    cut = sheet[top : rows[-1] + edge + 1, left : columns[-1] + edge + 1]
    return as_file(photographed(cut, scene, rng), "JPEG", quality=85)


def _sideways(digit: Array, rng: np.random.Generator) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = np.rot90(taken(digit, some(rng), rng))
    return as_file(np.ascontiguousarray(stored), "JPEG", quality=85, exif=exif.tobytes())


def _scene(**settings: object) -> Maker:
    return lambda digit, rng: photo(digit, some(rng, **settings), rng)


def _angled(**settings: object) -> Maker:
    """Squared paper at an angle, half in shadow, with a pencilled digit."""

    def made(digit: Array, rng: np.random.Generator) -> bytes:
        fixed: dict[str, object] = {
            "ruling": "squared",
            "size": (1000, 750),
            "apart": (0.02, 0.045),
            "stroke": rng.uniform(0.3, 0.5),
            "shadow": rng.uniform(0.3, 0.5),
            "share": (0.35, 0.75),
            "turn": 0.0,
        }
        return photo(digit, some(rng, **(fixed | settings)), rng)

    return made


def _near(size: tuple[int, int], **settings: object) -> Maker:
    return lambda digit, rng: photo(digit, close(rng, size, **settings), rng)


def _tabled(**settings: object) -> Maker:
    return lambda digit, rng: on_a_table(photo(digit, some(rng, **settings), rng), rng)


def _chalk(board: Colour, **settings: object) -> Maker:
    return _scene(sheet=board, ink=(225, 228, 220), stroke=1.0, dust=0.15, shadow=0.2, light=0.3, **settings)


def _filed(form: str, **options: object) -> Maker:
    return lambda digit, rng: as_file(taken(digit, some(rng), rng), form, **options)


KINDS: dict[str, Maker] = {
    "pencil on plain paper": _scene(),
    "thin pencil": _scene(stroke=0.35),
    "grey, dim, grainy": _scene(paper=110, pencil=45, grain=6, quality=55),
    "out of focus": _scene(blur=4.0),
    "close-up, square": _near((640, 640)),
    "close-up, 640 x 480": _near((640, 480)),
    "thick marker": _scene(stroke=1.6, pencil=35.0, turn=0.0),
    "thick marker, close-up": lambda digit, rng: photo(
        digit, replace(close(rng, (640, 480)), stroke=1.4, share=(0.9, 1.1), pencil=30.0), rng
    ),
    "cropped to the ink": _cropped,
    "28 x 28, black on white": _flat(0, 255, 28),
    "28 x 28, grey on grey": _flat(60, 150, 28),
    "56 x 56, photographed": _near((56, 56), shadow=0.2, grain=2.0, quality=90),
    "light on dark screen": _scene(
        sheet=(32, 33, 36), ink=(232, 234, 237), shadow=0.0, light=0.1, stroke=1.0
    ),
    "blackboard": _chalk((45, 50, 48)),
    "green board, close-up": _chalk((40, 80, 62), size=(640, 480), share=(0.8, 1.1), turn=0.0),
    "whiteboard at night": _scene(
        sheet=(95, 100, 108), ink=(25, 30, 60), glare=110.0, shadow=0.25, stroke=1.0, light=0.4
    ),
    "the pad's own picture": _flat(255, 0, 560),
    "the pad's own 28 x 28": _flat(255, 0, 28),
    "transparent, white ink": _transparent(255, 400),
    "transparent, black ink": _transparent(0, 200),
    "in a circle": _scene(frame="circle", share=(0.4, 0.55), turn=0.0),
    "in a box": _scene(frame="box", share=(0.4, 0.55), turn=0.0),
    "yellow paper, blue ink": _scene(sheet=(250, 220, 2), ink=(40, 50, 120)),
    "red paper, black ink": _scene(sheet=(215, 3, 2), ink=(30, 2, 2)),
    "blue paper, black ink": _scene(sheet=(2, 60, 200), ink=(2, 10, 30)),
    "blue ballpoint": _scene(ink=(50, 70, 160), stroke=0.5),
    "red pen": _scene(ink=(200, 50, 55), stroke=0.7),
    "lined paper": _scene(ruling="lined"),
    "squared paper": _scene(ruling="squared"),
    "dotted paper": _scene(ruling="dotted"),
    "lined paper, close-up": _near((640, 480), ruling="lined", apart=(0.25, 0.5)),
    "squared, turned by 10°": lambda digit, rng: _angled(lying=rng.choice([-1, 1]) * rng.uniform(8, 12))(
        digit, rng
    ),
    "squared, keystone": lambda digit, rng: _angled(keystone=rng.uniform(0.02, 0.06))(digit, rng),
    "squared, keystone, turned": lambda digit, rng: _angled(
        keystone=rng.uniform(0.02, 0.06), lying=rng.uniform(-12, 12)
    )(digit, rng),
    "lined, keystone, turned": lambda digit, rng: _angled(
        ruling="lined", apart=(0.04, 0.08), keystone=rng.uniform(0.02, 0.06), lying=rng.uniform(-12, 12)
    )(digit, rng),
    "sheet on a table": _tabled(),
    "squared sheet on a table": _tabled(ruling="squared", apart=(0.03, 0.05), stroke=0.5),
    "a lamp's reflection": _scene(glare=70.0, pencil=45.0),
    "a hand's shadow": _scene(hand=True, shadow=0.5),
    "a note on a phone's side": _sideways,
    "12 megapixels": _scene(size=(4000, 3000)),
    "WebP": _filed("WEBP", quality=75),
}
KINDS_OF_SEVERAL = {"two digits": 2, "three digits": 3}


def several(digits: Sequence[Array], rng: np.random.Generator) -> bytes:
    """Digits side by side on one sheet."""
    return photo(digits, some(rng, turn=0.0, share=(0.6, 0.95)), rng)
