"""Photos of digits on paper, made up: pencil, grey paper, uneven light, a shadow, grain, JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from nnviz.core.records import Array


@dataclass(frozen=True)
class Scene:
    """What a photo is like. light: how much darker the darkest corner is; shadow: how much a shadow takes;
    pencil: grey of the ink; stroke: of MNIST's width; turn: degrees; ruling: "", "lined" or "squared"."""

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


def photo(digit: Array, scene: Scene, rng: np.random.Generator) -> bytes:
    """A JPEG of a (28, 28) uint8 digit pencilled onto paper, somewhere near the middle."""
    width, height = scene.size
    side = int(rng.uniform(0.4, 0.75) * min(scene.size))
    large = (
        np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
    )
    mask = large > 0.5
    if scene.stroke < 1:
        depth = ndimage.distance_transform_edt(mask)
        local = ndimage.maximum_filter(depth, int(2 * depth.max()) + 1)
        mask &= depth >= (1 - scene.stroke) * local
    soft = ndimage.gaussian_filter(mask.astype(np.float32), 1.2)
    turned = Image.fromarray(soft).rotate(scene.turn, Image.Resampling.BILINEAR, expand=True)
    ink = Image.new("F", scene.size)
    free = [max(1, a - b) for a, b in zip(scene.size, turned.size, strict=True)]
    at = [int(rng.uniform(0.3, 0.7) * n) for n in free]
    ink.paste(turned, (at[0], at[1]))
    share = np.asarray(ink) * np.clip(rng.normal(0.9, 0.08, (height, width)), 0, 1)  # graphite on rough paper
    down, across = np.mgrid[0:height, 0:width]
    colour = np.full((height, width, 3), scene.paper) * [1.0, 0.985, 0.95]
    if scene.ruling:
        _rule(colour, scene, rng)
    colour += (np.array([1.0, 1.0, 1.02]) * scene.pencil - colour) * share[:, :, None]
    angle = rng.uniform(0, 2 * np.pi)
    slope = (np.cos(angle) * (across / width - 0.5) + np.sin(angle) * (down / height - 0.5)) / 1.4 + 0.5
    light = 1 - scene.light * slope
    edge = (
        np.cos(angle + 1) * (across - width / 2)
        + np.sin(angle + 1) * (down - height / 2)
        + rng.uniform(-80, 80)
    )
    light *= 1 - scene.shadow / (1 + np.exp(-edge / 6))  # a hand's shadow, a little soft at its edge
    picture = colour * light[:, :, None] + rng.normal(0, scene.grain, colour.shape)
    stream = io.BytesIO()
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(stream, "JPEG", quality=scene.quality)
    return stream.getvalue()


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


def _rule(colour: Array, scene: Scene, rng: np.random.Generator) -> None:
    height, width = colour.shape[:2]
    apart = rng.uniform(45, 80)
    tilt = np.tan(np.radians(rng.uniform(-4, 4)))
    down, across = np.mgrid[0:height, 0:width]
    lines = (np.abs((down + tilt * across) % apart) < 2.0).astype(np.float32)
    if scene.ruling == "squared":
        lines = np.maximum(lines, np.abs((across - tilt * down) % apart) < 2.0)
    soft = ndimage.gaussian_filter(lines, 0.7)[:, :, None]
    colour += (np.array([120, 150, 205]) * scene.paper / 230 - colour) * soft
