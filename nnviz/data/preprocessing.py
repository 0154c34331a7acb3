"""A drawing becomes a digit the networks have seen the like of: centred, 28 x 28, light ink on dark.

The steps are those of MNIST's makers (Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten
digits"): "size normalized to fit in a 20x20 pixel box while preserving their aspect ratio", then "centered in
a 28x28 image by computing the center of mass of the pixels, and translating the image so as to position this
point at the center". What that leaves open was measured on their 70,000 digits: the box is always filled in
its longer direction, and the centre of mass lies from 13.5 up to, not including, 14.5, pixels counted from 0.

The arithmetic is plain enough to be done again elsewhere to the same numbers. With `ink` from 0 to 1:

1. crop: the smallest box that holds every pixel with ink > 0.2, of h rows and w columns.
2. scale: the longer side becomes 20, the other floor(20 * shorter / longer + 1/2), at least 1. Averaging over
   area: output pixel i of m covers the input from i * n / m to (i + 1) * n / m, and is the mean of the ink
   there, an input pixel covered in part counting by that part; rows and columns alike, in any order. The
   result is divided by its greatest value, because a thin line has to be as bright as MNIST's.
3. centre: with c the mean of the row numbers of the scaled digit, weighted by ink, its first row becomes row
   ceil(13.5 - c - 0.0001), moved only as far as keeps all of it inside 28 rows; columns likewise.
   The 0.0001 makes drawings whose centre is exactly between two pixels fall the same way everywhere.

Steps 2 and 3 can be left out, to see what they are good for. Without the fit, the canvas' longer side
becomes 28 and the ink is scaled by as much. Without centring, the digit lies in the 28 x 28 where its box lay
on the canvas: its first row becomes row floor(28 * m / n - h / 2 + 1/2), m being the middle of the box, n the
rows of the canvas and h the digit's; it is moved only as far as keeps all of it inside; columns likewise.

`components/frontend/pad/preprocessing.js` does the same in the browser.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say

SIDE = 28
BOX = 20
_VISIBLE = 0.2  # of full ink: less is the soft edge of a line, or dirt
_FAINTEST = 16  # of 255: drawings in which nothing stands out by more are empty
_OPAQUE = 128  # of 255: a canvas nowhere more transparent than this is not meant to be so
_CENTRE = 13.5
_TIE = 1e-4
_NO_INK = say("Nothing has been drawn yet.")


class EmptyDrawing(ValueError):
    """There is no ink to read a digit from."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """A drawing on its way to a network; all pictures float32 in [0, 1], ink being 1.

    Where a step was left out, the names stay: `scaled` is then as large, or `centred` holds it where, it was
    drawn.

    Attributes
    ----------
    ink
        (h, w), the whole canvas.
    cropped
        The ink's box in it, whose first row and column are `corner`.
    scaled
        Fitted into 20 x 20.
    centred
        (28, 28), with `scaled` starting at row and column `offset`.
    """

    ink: Array
    cropped: Array
    scaled: Array
    centred: Array
    corner: tuple[int, int]
    offset: tuple[int, int]


def to_mnist(rgba: Array, *, centre: bool = True, fit: bool = True) -> Array:
    """(h, w, 4) uint8 drawing -> (28, 28) float32 in [0, 1], greatest 1.

    The ink may be dark or light, on a transparent canvas or on paper of another colour.

    Parameters
    ----------
    centre, fit
        As `prepare` takes them.

    Raises
    ------
    EmptyDrawing
        When there is no ink.
    ValueError
        When `rgba` is no such picture.
    """
    return prepare(rgba, centre=centre, fit=fit).centred


def prepare(rgba: Array, *, centre: bool = True, fit: bool = True) -> Preparation:
    """Every step from a drawing to what a network reads.

    Parameters
    ----------
    rgba
        (h, w, 4) uint8.
    centre, fit
        False leaves that step out, which no network here has learned from.

    Raises
    ------
    EmptyDrawing
        When there is no ink.
    ValueError
        When `rgba` is no such picture.
    """
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.size == 0 or rgba.dtype != np.uint8:
        raise ValueError(
            "A drawing is expected as (height, width, 4) numbers of type uint8: red, green, blue and alpha; "
            f"got {rgba.shape} of type {rgba.dtype}."
        )
    ink = _ink(rgba)
    rows = np.flatnonzero(ink.max(axis=1) > _VISIBLE)
    columns = np.flatnonzero(ink.max(axis=0) > _VISIBLE)
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = cropped.shape
    height, width = fitted(height, width) if fit else shrunk(height, width, max(ink.shape))
    scaled = _averages(cropped.shape[0], height) @ cropped @ _averages(cropped.shape[1], width).T
    scaled /= scaled.max()
    if centre:
        top, left = _start(scaled.sum(axis=1)), _start(scaled.sum(axis=0))
    else:
        top, left = _left_at(rows, ink.shape[0], height), _left_at(columns, ink.shape[1], width)
    centred = np.zeros((SIDE, SIDE), np.float32)
    centred[top : top + height, left : left + width] = scaled
    return Preparation(ink, cropped, scaled, centred, (int(rows[0]), int(columns[0])), (top, left))


def untouched(rgba: Array) -> Array:
    """(28 n, 28 n, 4) uint8 -> (28, 28) float32 in [0, 1]: opacity averaged over n x n pixels, nothing else.

    For a picture that is a digit already, drawn over or not.

    Raises
    ------
    EmptyDrawing
        Where nothing is opaque.
    """
    n = rgba.shape[0] // SIDE
    image: Array = rgba[:, :, 3].reshape(SIDE, n, SIDE, n).mean(axis=(1, 3), dtype=np.float64) / 255
    if not image.any():
        raise EmptyDrawing(_NO_INK)
    return image.astype(np.float32)


def fitted(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of a picture of this size once its longer side is 20 and its shape has been kept."""
    return shrunk(height, width, max(height, width), BOX)


def shrunk(height: int, width: int, from_side: int, to_side: int = SIDE) -> tuple[int, int]:
    """Rows and columns of a picture once a length of `from_side` has become `to_side`; at least 1."""
    return (
        max(1, (2 * to_side * height + from_side) // (2 * from_side)),
        max(1, (2 * to_side * width + from_side) // (2 * from_side)),
    )


def _ink(rgba: Array) -> Array:
    """How much of a pen is on each pixel, (h, w) float32 whose greatest is 1. Raises EmptyDrawing.

    On a canvas that is transparent somewhere, opacity is ink; otherwise ink is what differs from the paper.
    """
    alpha = np.ascontiguousarray(rgba[:, :, 3])
    faintest, peak, floor = int(alpha.min()), int(alpha.max()), 0.0
    amount = alpha
    if min(_OPAQUE, peak) <= faintest != 0:
        amount, floor = _difference(rgba)
        peak = int(amount.max())
    if peak - floor < _FAINTEST:
        raise EmptyDrawing(_NO_INK)
    inks = np.maximum(np.arange(256) - floor, 0) / (peak - floor)  # of all the amounts there are
    ink: Array = inks.astype(np.float32)[amount]
    return ink


def _difference(rgba: Array) -> tuple[Array, float]:
    """How far each pixel is from the paper, (h, w) uint8, and how far the paper is from itself.

    The paper has the border's median colour. The distance is that of the channel where it is greatest. A
    photograph's paper is never of one colour: up to four times what the border usually strays is paper too.
    """
    distance = np.zeros(rgba.shape[:2], np.uint8)
    for channel in np.moveaxis(rgba[:, :, :3], 2, 0):
        paper = np.uint8(np.median(border(channel)))
        np.maximum(distance, np.maximum(channel, paper) - np.minimum(channel, paper), out=distance)
    return distance, 4 * float(np.median(border(distance)))


def border(picture: Array) -> Array:
    """The outermost pixels of an (h, w) picture, corners twice."""
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def _averages(n: int, m: int) -> Array:
    """(m, n) float32: the share that each of n input pixels has in each of m output pixels; rows sum to 1."""
    edges = np.arange(m + 1) * (n / m)
    pixels = np.arange(n)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares: Array = (overlap.clip(0) * (m / n)).astype(np.float32)
    return shares


def _start(mass: Array) -> int:
    """The row (or column) of the 28 at which a digit begins whose rows (or columns) hold this much ink."""
    centre = float(np.arange(len(mass)) @ mass.astype(np.float64) / mass.sum(dtype=np.float64))
    return min(max(math.ceil(_CENTRE - centre - _TIE), 0), SIDE - len(mass))


def _left_at(inked: Array, canvas: int, length: int) -> int:
    """The row (or column) of the 28 at which a digit of this length begins that stays where it was drawn."""
    middle = (int(inked[0]) + int(inked[-1]) + 1) / 2
    return min(max(math.floor(SIDE * middle / canvas - length / 2 + 0.5), 0), SIDE - length)
