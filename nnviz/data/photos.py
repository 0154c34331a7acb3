"""A photo of a pencilled digit on paper becomes a drawing: light evened out, paper taken away, ink left.

A telephone's photo differs from a drawing on the pad in four ways, and a step deals with each:

1. Light. Paper is grey, brighter on one side, and half of it lies in a shadow. How bright the paper is at
   each place is told by a grey closing (J. Serra, Image Analysis and Mathematical Morphology, 1982): dark
   things narrower than the window vanish, edges of large things stay. Dividing by it makes all paper 1.
2. Lines. What is dark along a straight line over most of the picture, level or upright but for some degrees,
   is the paper's ruling. It is taken away, except where ink goes on across it.
3. Dirt. A digit is one patch of ink, or some near to each other; the most ink near the middle is what was
   meant. Specks, and what runs off the photo's edge, are left out.
4. Thin pencil. MNIST's strokes are about a ninth as wide as its digits are high. Thinner ones are thickened.

All lengths are relative to the photo, whose longer side is at most 1,000 pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from nnviz.core import safe_files
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import preprocessing, uploads
from nnviz.data.mnist import DataError

MOST_BYTES = 20 * safe_files.MEGABYTE

_COARSE = (
    4  # the paper's brightness is found in a picture this many times smaller, which also evens its grain
)
_WINDOW = 0.16  # of the longer side: wider than any stroke, narrower than a shadow
_DARKNESS = 16  # of 255: a photo as dark as this shows nothing
_FAINTEST = 0.06  # of the paper's brightness: what is lighter than this is no ink
_GRAIN = 4.0  # times the paper's grain: likewise
_RULED = 0.55  # of the picture's width: a darkness as long and straight as this is a line of the paper
_ASLANT = 8  # degrees by which ruled paper may lie turned
_SPECK = 0.05  # of the largest patch's ink: less is dirt
_BREAK = 0.012  # of the longer side: a pencil that skips leaves gaps like this in a stroke
_NEAR = 0.25  # of the largest patch's size: farther away is something else
_STROKE = 0.11  # of the digit's height


class NoDigit(DataError):
    """Nothing on the photo stands out from its paper as a digit would."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo on its way to a network.

    Attributes
    ----------
    picture
        (h, w, 3) uint8.
    evened
        (h, w) float32, the paper being 1 and ink darker.
    ink
        (h', w') float32 in [0, 1], turned.
    digit
        (28, 28) float32 in [0, 1].
    lines
        Whether ruled lines were found and taken away.
    thickened
        How many times wider the strokes became.
    """

    picture: Array
    evened: Array
    ink: Array
    digit: Array
    lines: bool
    thickened: float


def read(name: str, content: bytes) -> Array:
    """The photo in a PNG or JPEG, upright as the camera meant it: (h, w, 3) uint8.

    Raises
    ------
    DataError
        For a file that is too large, or that is no such picture.
    """
    if len(content) > MOST_BYTES:
        raise DataError(
            say(
                "That photo is too large: expected at most {most_bytes} MB.",
                most_bytes=MOST_BYTES // safe_files.MEGABYTE,
            )
        )
    rgba = np.asarray(uploads.opened(name, content))
    share = rgba[:, :, 3:] / np.float32(255)  # what is transparent shows white paper
    upright: Array = np.rint(rgba[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)
    return upright


def digit(picture: Array, *, turn: float = 0.0) -> Photo:
    """Find the digit on a photo.

    Parameters
    ----------
    picture
        (h, w, 3) uint8.
    turn
        Degrees clockwise.

    Raises
    ------
    NoDigit
        When nothing stands out from the paper as a digit would.
    """
    evened = _evened(picture)
    dark = 1 - evened
    noise = 1.4826 * float(np.median(np.abs(dark - np.median(dark))))
    floor = max(_FAINTEST, _GRAIN * noise)
    dark, lines = _unruled(np.maximum(dark, 0), floor)
    patch = _patch(dark, floor)
    ink, thickened = _thickened(patch)
    turned = _turned(ink, turn)
    alpha = np.rint(255 * turned).astype(np.uint8)
    rgba = np.dstack([np.zeros((*alpha.shape, 3), np.uint8), alpha])
    try:
        found = preprocessing.to_mnist(rgba)
    except preprocessing.EmptyDrawing as error:
        raise _none() from error
    return Photo(picture, np.clip(evened, 0, 1), turned, found, lines, thickened)


def _none() -> NoDigit:
    return NoDigit(say("There is no digit to be found: expected one, in dark pencil or pen on light paper."))


def _evened(picture: Array) -> Array:
    """(h, w) float32: each pixel's brightness as a part of what the paper has there.

    Taken from the channel that tells most: blue ink is dark in red light, and pencil in any. Raises NoDigit
    in the dark.
    """
    if min(picture.shape[:2]) < preprocessing.SIDE or np.median(picture) < _DARKNESS:
        raise _none()
    parts = [_part_of_paper(picture[:, :, channel].astype(np.float32)) for channel in range(3)]
    evened: Array = np.minimum.reduce([ndimage.gaussian_filter(part, _sigma(picture)) for part in parts])
    usual = np.float32(np.median(evened))
    if not usual > 0:
        raise _none()
    return evened / usual


def _sigma(picture: Array) -> float:
    return float(max(picture.shape)) / 1000


def _part_of_paper(channel: Array) -> Array:
    height, width = channel.shape
    rows, columns = max(1, height // _COARSE), max(1, width // _COARSE)
    small = Image.fromarray(channel).resize((columns, rows), Image.Resampling.BOX)
    side = max(3, round(_WINDOW * max(rows, columns)))
    paper = ndimage.grey_closing(ndimage.median_filter(np.asarray(small), 3), (side, side), mode="nearest")
    # Smooth, but at an edge (of a shadow, of the sheet on its table) no brighter than the darker side: paper
    # that is told too bright there would make ink of the other side.
    darker = ndimage.grey_erosion(paper, (3, 3), mode="nearest")
    paper = np.minimum(ndimage.gaussian_filter(paper, side / 16, mode="nearest"), darker)
    whole = np.asarray(Image.fromarray(paper).resize((width, height), Image.Resampling.BILINEAR))
    part: Array = channel / np.maximum(whole, 1)
    return part


# ---- ruled paper ----


def _unruled(dark: Array, floor: float) -> tuple[Array, bool]:
    """The same darkness without the paper's lines, and whether there were any."""
    inked = dark > floor
    found = False
    for upright in (False, True):
        view = (dark.T if upright else dark).copy()
        mask = _lines((inked.T if upright else inked), floor)
        if mask is None:
            continue
        found = True
        cleaned = _across(view, mask)
        dark = cleaned.T if upright else cleaned
        inked = dark > floor
    return dark, found


def _lines(inked: Array, floor: float) -> Array | None:
    """(h, w) bool: which pixels belong to long level lines, or None where there is none."""
    height, width = inked.shape
    angle = _slope(inked)
    level = _sheared(inked, angle)
    share = level.mean(axis=1)
    rows = share > _RULED
    if not rows.any() or rows.mean() > 0.4:
        return None
    # A line is a few rows high; one that is fainter at its rim is taken with it.
    rim = max(1, round(height / 300))
    rows = ndimage.binary_dilation(rows, iterations=rim)
    return _sheared(np.repeat(rows[:, None], width, axis=1), -angle)


def _slope(inked: Array) -> float:
    """The angle in degrees at which level lines stand out most: rows are then all line or none."""
    height, width = (side // 3 * 3 for side in inked.shape)
    small: Array = inked[:height, :width].reshape(height // 3, 3, width // 3, 3).max(axis=(1, 3))

    def sharpness(turn: float) -> float:
        return float(np.square(_sheared(small, turn).mean(axis=1)).sum())

    best = 0.0
    for reach, step in ((_ASLANT, 1.0), (0.8, 0.2)):
        best = max((best + turn for turn in np.arange(-reach, reach + step / 2, step)), key=sharpness)
    return float(best)


def _sheared(inked: Array, turn: float) -> Array:
    """Columns moved up or down so that a line at this angle becomes level."""
    height, width = inked.shape
    shifts = np.rint(math.tan(math.radians(turn)) * (np.arange(width) - width / 2)).astype(int)
    rows = (np.arange(height)[:, None] + shifts[None, :]) % height
    moved: Array = inked[rows, np.arange(width)[None, :]]
    return moved


def _across(dark: Array, mask: Array) -> Array:
    """Darkness without the masked lines; where ink stands above and below a line, it goes on across."""
    thick = int(
        mask.sum(axis=0).max() // max(1, (np.diff(mask.astype(np.int8), axis=0) > 0).sum(axis=0).max())
    )
    bare = np.where(mask, 0, dark).astype(np.float32)
    reach = 2 * thick + 3
    closed = ndimage.grey_closing(bare, (reach, 1))
    mended: Array = np.where(mask, np.minimum(closed, np.maximum(dark, closed)), dark)
    return mended


# ---- one digit ----


def _patch(dark: Array, floor: float) -> Array:
    """(h, w) float32 in [0, 1]: only the digit's ink. Raises NoDigit."""
    strongest = float(np.quantile(dark[dark > floor], 0.9)) if (dark > floor).any() else 0.0
    cut = max(floor, 0.4 * strongest)
    inked = dark > cut
    reach = max(1, round(_BREAK * max(dark.shape) / 2))
    near = ndimage.distance_transform_edt(~inked) <= reach if inked.any() else inked
    labels, n = ndimage.label(near, np.ones((3, 3)))
    if n == 0:
        raise _none()
    labels = np.where(inked, labels, 0)
    boxes = ndimage.find_objects(labels)
    weights = ndimage.sum_labels(dark * _central(dark.shape), labels, np.arange(1, n + 1))
    height, width = dark.shape
    inside = np.array(
        [
            rows.start > 0 and rows.stop < height and columns.start > 0 and columns.stop < width
            for rows, columns in boxes
        ]
    )
    weights = np.where(inside, weights, 0) if inside.any() else weights
    largest = int(weights.argmax())
    rows, columns = boxes[largest]
    size = max(rows.stop - rows.start, columns.stop - columns.start)
    if size < 0.02 * max(dark.shape):
        raise _none()
    keep = [
        i + 1
        for i, box in enumerate(boxes)
        if weights[i] >= _SPECK * weights[largest] and _gap(box, boxes[largest]) <= _NEAR * size
    ]
    chosen = ndimage.binary_dilation(np.isin(labels, keep), iterations=2)
    patch: Array = np.clip((dark - floor / 2) / max(cut - floor / 2, 1e-6), 0, 1) * chosen
    return patch.astype(np.float32)


def _central(shape: tuple[int, ...]) -> Array:
    """(h, w): 1 in the middle of the photo, where people put what they mean, and nearly 0 in its corners."""
    down, across = (np.linspace(-1, 1, side) for side in shape)
    weight: Array = np.maximum(1 - (down[:, None] ** 2 + across[None, :] ** 2) / 1.5, 0.02)
    return weight


def _gap(one: tuple[slice, slice], other: tuple[slice, slice]) -> int:
    """Pixels between two boxes, the greater of down and across."""
    return int(max(max(a.start - b.stop, b.start - a.stop, 0) for a, b in zip(one, other, strict=True)))


def _thickened(ink: Array) -> tuple[Array, float]:
    """The ink with strokes as wide as MNIST's, and how many times wider they became."""
    mask = ink > 0.5
    if not mask.any():
        raise _none()
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    height = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    depth = ndimage.distance_transform_edt(mask)
    ridge = depth[(depth == ndimage.maximum_filter(depth, 3)) & mask]
    width = 2 * float(np.mean(ridge))
    more = (_STROKE * height - width) / 2
    if more < 0.5:
        return ink, 1.0
    away = ndimage.distance_transform_edt(~mask)
    grown: Array = np.maximum(ink, np.clip(more + 0.5 - away, 0, 1)).astype(np.float32)
    return grown, (width + 2 * more) / width


def _turned(ink: Array, turn: float) -> Array:
    """Turned clockwise by so many degrees, on a canvas that holds all of it."""
    if turn % 360 == 0:
        return ink
    image = Image.fromarray(ink).rotate(-turn, Image.Resampling.BILINEAR, expand=True)
    turned: Array = np.asarray(image)
    return turned
