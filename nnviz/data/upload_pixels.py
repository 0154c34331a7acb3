"""Digits as they lie in files become digits as networks know them: light on dark, paper 0, 28 x 28, upright.

All of a file is looked at together. The numbers' range tells what full ink is; the border, which is paper
nearly everywhere, tells whether ink is the lighter or the darker; and digits of MNIST tell, without a label
being asked, whether rows and columns have been swapped.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import mnist, preprocessing
from nnviz.data.mnist import DataError

SIDES = (28, 32, 20, 16, 14, 12, 10, 24, 40, 48, 56, 64, 8)
"""Of the pictures that come as plain numbers; the first is MNIST's."""
SAMPLE = 300  # digits of a file that are compared with MNIST's

_SURE, _CONTRAST = 0.3, 32  # how far from half and half the border is, and how far ink is from paper
_HAIR = 0.3  # by which fractions may leave 0 to 1, where nearly all keep to it: what smoothing does
_PAPER = 0.3  # of the pixels are paper at least
_FAR = 100_000  # numbers below zero may go so far
_KEEP = 0.95  # so many of them
_DEPTHS = ((1023, 10), (4095, 12), (65535, 16))  # greatest number, bits
_ROWS = 1000  # worked on together
BLACK = 3  # of 255, and less
_SWAPPED = 0.93  # of the distance to MNIST's nearest: swapped digits come nearer than this once swapped back
_RANGE = say("whole numbers from 0 to 255, or fractions from 0 to 1")

Advance = Callable[[float], None]


@dataclass
class Extent:
    """What numbers there are among the pixels of a file, told part by part."""

    low: float = np.inf
    high: float = -np.inf
    whole: bool = True
    n: int = 0
    fractions: int = 0  # from 0 to 1, or nearly
    sample: list[Array] = field(default_factory=list)

    def add(self, part: Array) -> None:
        """Take note of (n, pixels) numbers."""
        if not part.size:
            return
        low, high = float(part.min()), float(part.max())
        if np.isnan(low):
            raise DataError(say("Some pixels are empty or not numbers: expected {range}.", range=_RANGE))
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.n += part.size
        if part.dtype.kind == "f":
            self.whole = self.whole and bool((part == np.rint(part)).all())
            self.fractions += int(((part > -0.01) & (part < 1.01)).sum())
        if len(self.sample) < 20:
            with np.errstate(over="ignore"):  # as in `Scale.apply`
                self.sample.append(part[:: max(1, len(part) // 20)][:20].astype(np.float32))


@dataclass(frozen=True)
class Scale:
    """How numbers become 0 to 255: (x - low) * factor. said: what a user has to know of it."""

    low: float
    factor: float
    said: str = ""

    def apply(self, part: Array) -> Array:
        """Numbers of any kind -> uint8 of the same shape."""
        if part.dtype == np.uint8 and self.low == 0 and self.factor == 1:
            return part
        with np.errstate(over="ignore"):  # what is too large for float32 is bright
            wide = (part.astype(np.float32) - np.float32(self.low)) * np.float32(self.factor)
        scaled: Array = np.rint(wide).clip(0, 255).astype(np.uint8)
        return scaled


def scale(extent: Extent) -> Scale:
    """What the numbers of a file mean.

    Raises
    ------
    DataError
        When that cannot be told.
    """
    low, high = extent.low, extent.high
    if low == high:
        raise DataError(
            say(
                "The pictures are blank, all pixels are {number:g}: expected ink that differs from paper.",
                number=low,
            )
        )
    if low >= 0 and high <= 1:
        return Scale(0, 255)
    if low > -_HAIR and high < 1 + _HAIR and not extent.whole and extent.fractions >= _KEEP * extent.n:
        said = say("fractions from {low:.3g} to {high:.3g} were cut to 0 to 1", low=low, high=high)
        return Scale(0, 255, said)
    if low == 0 and high == 100:
        return Scale(0, 2.55, say("0 to 100 (per cent) became 0 to 255"))
    if low >= 0 and high <= 127 and (extent.whole or high > 16):
        return Scale(0, 255 / high, say("0 to {high:.0f} became 0 to 255", high=high))
    if low >= 0 and high <= 255 and (extent.whole or high > 64):
        return Scale(0, 1, "" if extent.whole else say("fractions were rounded to whole numbers"))
    if low >= 0 and extent.whole:
        for most, bits in _DEPTHS:
            if most / 2 < high <= most:
                return Scale(0, 255 / most, say("{bits} bits became 8", bits=bits))
    if -_FAR < low < 0 and high < _FAR:
        some = np.concatenate([part.ravel() for part in extent.sample])
        span = high - low
        # Paper is one number, the least or the greatest.
        paper = max(float((some < low + 0.001 * span).mean()), float((some > high - 0.001 * span).mean()))
        if max(abs(low + 1), abs(high - 1)) < 0.05 or paper > _PAPER:
            said = say("{low:.3g} to {high:.3g} became 0 to 255", low=low, high=high)
            return Scale(low, 255 / span, said)
    if low < 0:
        raise DataError(
            say(
                "The pixels go from {low:g} to {high:g}, and paper is not one number: it looks as if a mean "
                "had been taken away from each pixel. Expected {range}, as they were before.",
                low=low,
                high=high,
                range=_RANGE,
            )
        )
    raise DataError(
        say("The pixels go from {low:g} to {high:g}: expected {range}.", low=low, high=high, range=_RANGE)
    )


def is_dark_on_light(pixels: Array, side: int) -> bool:
    """Whether the ink of (n, side * side) uint8 is darker than its paper, all digits taken together."""
    few = pixels[:: max(1, len(pixels) // 2000)].reshape(-1, side, side)
    middle = (int(few.min()) + int(few.max())) / 2
    edge = np.concatenate([few[:, 0], few[:, -1], few[:, :, 0], few[:, :, -1]], axis=1)
    light = float((edge > middle).mean() + (few > middle).mean()) / 2
    if not 0.3 < light < 0.7 or side * side != pixels.shape[1]:
        return light > 0.5
    alike = [_distance(fitted(part[:SAMPLE])) for part in (few, np.invert(few))]
    return alike[1] < alike[0]


def polarities(pixels: Array, side: int) -> Array:
    """(n,) of (n, side * side) uint8: 1 where ink is surely darker than paper, 0 lighter, nan unsure."""
    found = np.full(len(pixels), np.nan)
    for start in range(0, len(pixels), _ROWS):
        few = pixels[start : start + _ROWS].reshape(-1, side, side)
        low, high = few.min(axis=(1, 2)).astype(int), few.max(axis=(1, 2)).astype(int)
        light = few > ((low + high) / 2)[:, None, None]
        edge = np.concatenate([light[:, 0], light[:, -1], light[:, :, 0], light[:, :, -1]], axis=1)
        share = edge.mean(axis=1) * 0.75 + light.mean(axis=(1, 2)) * 0.25
        sure = (np.abs(share - 0.5) > _SURE) & (high - low >= _CONTRAST)
        found[start : start + len(few)] = np.where(sure, share > 0.5, np.nan)
    return found


def on_black(pixels: Array, side: int) -> tuple[Array, bool]:
    """(n, side * side) uint8, light on dark -> the same with paper 0, and whether it was another grey."""
    few = pixels[:: max(1, len(pixels) // 2000)].reshape(-1, side, side)
    edge = np.concatenate([few[:, 0], few[:, -1], few[:, :, 0], few[:, :, -1]], axis=1)
    paper, floor = paper_of(edge, (int(few.min()) + int(few.max())) / 2)
    if paper <= BLACK:
        return pixels, False
    peak = float(np.percentile(few.max(axis=(1, 2)), 90))
    table = ((np.arange(256) - floor) * (255 / max(peak - floor, 1))).clip(0, 255)
    return np.rint(table).astype(np.uint8)[pixels], True


def paper_of(edge: Array, middle: float) -> tuple[float, float]:
    """How light paper is, to judge by the darker half of a border, and up to where it may be paper yet."""
    dark = edge[edge <= middle]
    dark = dark if dark.size else edge
    paper = float(np.median(dark))
    return paper, paper + 4 * float(np.median(np.abs(dark - paper)))


def fitted(pixels: Array, advance: Advance = lambda part: None) -> Array:
    """(n, side, side) uint8, light on black -> (n, 28, 28), as MNIST's makers fitted theirs.

    28 x 28 stay as they are; 32 x 32 with a blank frame lose it; all others are made smooth, cropped, made 20
    high or wide, and centred.
    """
    side = pixels.shape[1]
    if side == preprocessing.SIDE:
        return pixels
    frame = (side - preprocessing.SIDE) // 2
    if side > preprocessing.SIDE:
        inner = pixels[:, frame : frame + 28, frame : frame + 28]
        if int(inner.sum(dtype=np.int64)) == int(pixels.sum(dtype=np.int64)):
            return np.ascontiguousarray(inner)
    grid = _smooth(side, side * max(1, 64 // side))
    made = np.zeros((len(pixels), 28, 28), np.uint8)
    for start in range(0, len(pixels), _ROWS):
        large = grid @ pixels[start : start + _ROWS].astype(np.float32) @ grid.T
        for i, image in enumerate(np.rint(large).clip(0, 255).astype(np.uint8), start=start):
            made[i] = _as_drawn(image)
        advance(start / len(pixels))
    return made


def looks_swapped(images: Array) -> bool:
    """Whether rows and columns of (n, 28, 28) uint8 digits have been swapped, to judge by MNIST's."""
    few = images[:: max(1, len(images) // SAMPLE)][:SAMPLE]
    if len(few) < 10:
        return False
    return _distance(few.transpose(0, 2, 1)) < _SWAPPED * _distance(few)


def readings(images: Array) -> Array:
    """Which digits of MNIST come nearest, (n,) int64: right for about nine of ten."""
    known, labels = _known()
    taken: Array = labels[np.argmax(_unit(images) @ known.T, axis=1)]
    return taken


def _distance(images: Array) -> float:
    """How far digits are from MNIST's nearest, as a mean."""
    known, _ = _known()
    return float(np.sqrt(2 - 2 * (_unit(images) @ known.T).max(axis=1).clip(-1, 1)).mean())


@functools.lru_cache(maxsize=1)
def _known() -> tuple[Array, Array]:
    digits = mnist.embedded()
    return _unit(digits.images[::4]), digits.labels[::4]


def _unit(images: Array) -> Array:
    rows = images.reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return rows


def _as_drawn(ink: Array) -> Array:
    rgba = np.zeros((*ink.shape, 4), np.uint8)
    rgba[:, :, 3] = ink
    if ink.min():  # all of it would be taken for opaque
        rgba[:, :, 3] -= ink.min()
    try:
        drawn: Array = np.rint(preprocessing.to_mnist(rgba) * 255).astype(np.uint8)
    except preprocessing.EmptyDrawing:
        return np.zeros((28, 28), np.uint8)
    return drawn


def _smooth(n: int, m: int) -> Array:
    """(m, n) float32 that makes n pixels m, going from one to the next in a straight line."""
    at = ((np.arange(m) + 0.5) * (n / m) - 0.5).clip(0, n - 1)
    below = np.minimum(at.astype(int), n - 2)
    grid = np.zeros((m, n), np.float32)
    grid[np.arange(m), below] = 1 - (at - below)
    grid[np.arange(m), below + 1] += at - below
    return grid
