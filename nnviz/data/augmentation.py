"""A digit a little moved is still that digit: small changes of the training digits, new ones at every epoch.

(Simard, Steinkraus and Platt 2003 showed on MNIST what they are worth.) Each entry of AUGMENTATIONS takes
(n, 784) float32 digits in [0, 1] and a random generator, and gives as many changed ones back; what it was
given stays as it is. Changes can follow one another, so an entry may be made of several steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say

SIDE = 28
_MARGIN = 3  # of blank paper around the digit, where what is drawn from beyond its edge ends up
_AT_ONCE = 128  # digits changed together: their coordinates then stay in the processor's cache


@dataclass(frozen=True)
class Augmentation:
    """One way of changing digits.

    Attributes
    ----------
    title
        For people.
    value
        value(x, rng): (n, 784) float32 in [0, 1] -> the same, in a new array.
    """

    name: str
    title: str
    note: str
    value: Callable[[Array, np.random.Generator], Array]


def affine(
    x: Array, rng: np.random.Generator, *, shift: float, turn: float, scale: float, shear: float
) -> Array:
    """Each digit moved, turned, scaled and slanted by its own random amounts.

    Each amount is drawn evenly from minus to plus the number given.

    Parameters
    ----------
    x
        (n, 784) float32 in [0, 1].
    shift
        Pixels, across and down.
    turn
        Degrees.
    scale
        A part: 0.1 is from 10 % smaller to 10 % larger.
    shear
        Pixels a row.
    """
    changed = np.empty((len(x), SIDE * SIDE), np.float32)
    for start in range(0, len(x), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        n = len(x[part])
        matrices = _matrices(rng, n, turn, scale, shear)
        changed[part] = _sample(x[part], matrices, rng.uniform(-shift, shift, (2, n)))
    return changed


def elastic(
    x: Array,
    rng: np.random.Generator,
    *,
    bend: float,
    smoothness: float = 4.0,
    shift: float = 0.0,
    turn: float = 0.0,
    scale: float = 0.0,
    stretch: float = 0.0,
    shear: float = 0.0,
) -> Array:
    """Each digit moved, turned, scaled, stretched, slanted, and bent as if the paper were rubber.

    Every pixel moves by a random amount, and neighbours by nearly the same: amounts drawn for each pixel
    alone are averaged over the pixels around it, with the weights of a normal distribution (Simard,
    Steinkraus and Platt 2003, section 2).

    Parameters
    ----------
    x
        (n, 784) float32 in [0, 1].
    bend
        Standard deviation of how far a pixel moves, in pixels.
    smoothness
        Standard deviation of the weights, in pixels.
    shift, turn, scale, shear
        As `affine` takes them.
    stretch
        A part: 0.1 is from 10 % narrower to 10 % wider.
    """
    steps = np.arange(SIDE)
    weights = np.exp(-0.5 * ((steps[:, None] - steps) / smoothness) ** 2)
    # So that a sum of random amounts, each of deviation 1, has the deviation 1 again, at the edge as well.
    weights = (weights / np.sqrt((weights**2).sum(1, keepdims=True))).astype(np.float32)
    changed = np.empty((len(x), SIDE * SIDE), np.float32)
    for start in range(0, len(x), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        n = len(x[part])
        matrices = _matrices(rng, n, turn, scale, shear)
        matrices[:, 1] /= 1 + rng.uniform(-stretch, stretch, n)
        shifts = rng.uniform(-shift, shift, (2, n))
        amounts = rng.standard_normal((2, n, SIDE, SIDE), np.float32)
        bends = weights @ amounts @ weights.T
        bends *= np.float32(bend)
        changed[part] = _sample(x[part], matrices, shifts, bends)
    return changed


def stroke(x: Array, rng: np.random.Generator, *, thinner: float, thicker: float) -> Array:
    """Each digit written with a pen of its own: the whole of it a little thinner or a little thicker.

    Parameters
    ----------
    x
        (n, 784) float32 in [0, 1].
    thinner, thicker
        In [0, 1]. An amount is drawn evenly from -thinner to thicker. At 1 every pixel has as much ink as the
        fullest of its four neighbours, a pixel more on every side; at -1 as little as the emptiest; in
        between it is mixed with that.
    """
    changed = np.empty((len(x), SIDE, SIDE), np.float32)
    for begin in range(0, len(x), _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        n = len(x[part])
        paper = np.zeros((n, SIDE + 2, SIDE + 2), np.float32)
        here = paper[:, 1:-1, 1:-1]
        here[...] = x[part].reshape(n, SIDE, SIDE)
        around = (here, paper[:, :-2, 1:-1], paper[:, 2:, 1:-1], paper[:, 1:-1, :-2], paper[:, 1:-1, 2:])
        amount = rng.uniform(-thinner, thicker, n)
        for rows, extreme in ((amount > 0, np.maximum), (amount <= 0, np.minimum)):
            target = reduce(extreme, [pixels[rows] for pixels in around])
            share = np.abs(amount[rows]).astype(np.float32)[:, None, None]
            changed[part][rows] = _between(here[rows], target, share)
    return changed.reshape(len(x), SIDE * SIDE)


def _matrices(rng: np.random.Generator, n: int, turn: float, scale: float, shear: float) -> Array:
    """(2, 2, n): from rows and columns of n results to those of the digits they are read from."""
    angle = np.deg2rad(rng.uniform(-turn, turn, n))
    size = 1 + rng.uniform(-scale, scale, n)
    slant = rng.uniform(-shear, shear, n)
    cos, sin = np.cos(angle) / size, np.sin(angle) / size
    matrices = np.array([[cos, -sin], [sin, cos]])
    matrices[:, 0] += slant * matrices[:, 1]  # columns run on from row to row, as in slanted writing
    return matrices


def _sample(x: Array, matrices: Array, shifts: Array, bends: Array | None = None) -> Array:
    """Digits read at other places, with the four pixels around each place mixed (bilinear).

    Pixel (row, column) of the result is the digit's at matrix @ (row, column) + shift, both counted from the
    centre. x: (n, 784); matrices: (2, 2, n); shifts: (2, n), in pixels; bends: (2, n, 28, 28), what comes to
    each place on top. Gives (n, 784).
    """
    n, wide = len(x), SIDE + 2 * _MARGIN
    paper = np.zeros((n, wide, wide), np.float32)
    paper[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = x.reshape(n, SIDE, SIDE)

    steps = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    m = matrices.astype(np.float32)[..., None, None]
    start = (shifts + (wide - 1) / 2).astype(np.float32)[..., None, None]
    rows = m[0, 0] * steps[:, None] + (m[0, 1] * steps + start[0])
    columns = m[1, 0] * steps[:, None] + (m[1, 1] * steps + start[1])
    if bends is not None:
        rows += bends[0]
        columns += bends[1]
    for places in (rows, columns):
        np.clip(places, 0, wide - 1.001, out=places)

    row, column = np.floor(rows), np.floor(columns)
    rows -= row
    columns -= column
    row *= wide
    row += column
    # Where the upper left of the four is in the flat paper: below 2^24, so that float32 still counts exactly.
    row += np.arange(0, n * wide * wide, wide * wide, dtype=np.float32)[:, None, None]
    corner = row.astype(np.intp)
    here, right, below, across = (
        paper.ravel()[offset:].take(
            corner, mode="wrap"
        )  # all are inside; "wrap" is the fastest way to say so
        for offset in (0, 1, wide, wide + 1)
    )
    mixed = _between(_between(here, right, columns), _between(below, across, columns), rows)
    return mixed.reshape(n, SIDE * SIDE)


def _between(start: Array, end: Array, part: Array) -> Array:
    """Linear interpolation, start + part * (end - start), in the room of its arguments."""
    end -= start
    end *= part
    start += end
    return start


AUGMENTATIONS: dict[str, Augmentation] = {
    augmentation.name: augmentation
    for augmentation in (
        Augmentation("none", say("None"), say("The digits as they are."), lambda x, rng: x.copy()),
        Augmentation(
            "small",
            say("Small moves and turns"),
            say("Moved by up to 1 pixel, turned by up to 8 degrees, and a little larger, smaller or tilted."),
            lambda x, rng: affine(x, rng, shift=1, turn=8, scale=0.08, shear=0.1),
        ),
        Augmentation(
            "medium",
            say("Larger moves and turns"),
            say(
                "Moved by up to 2 pixels, turned by up to 12 degrees, and clearly larger, smaller or tilted."
            ),
            lambda x, rng: affine(x, rng, shift=2, turn=12, scale=0.15, shear=0.2),
        ),
        Augmentation(
            "pens",
            say("Larger moves and other pens"),
            say("As with larger moves and turns, and written with a thinner or thicker pen."),
            lambda x, rng: stroke(
                affine(x, rng, shift=2, turn=12, scale=0.15, shear=0.2), rng, thinner=0.5, thicker=0.8
            ),
        ),
        Augmentation(
            "rubber",
            say("On rubber and with other pens"),
            say("Moved and turned, bent as if the paper were rubber, and written with another pen."),
            lambda x, rng: stroke(
                elastic(x, rng, bend=0.6, shift=1.5, turn=10, scale=0.12, shear=0.18),
                rng,
                thinner=0.4,
                thicker=0.64,
            ),
        ),
    )
}
