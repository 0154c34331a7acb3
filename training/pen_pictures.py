"""Pen digits as the drawing pad would hand them to a network: one pen stroke, drawn in many hands and pens.

The strokes are real (see `training.unipen` for the data set and its licence); what varies are the pen's
width, the size, slant, turn and proportions of the digit, and how steadily it was drawn. Each drawing goes
through the pad's own preparation, so that a network trained on these sees what it will see at the pad.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from nnviz.core.records import Array
from nnviz.data import preprocessing
from training import unipen

WHERE = (
    "The pen strokes are not part of the project: get pendigits-orig.tra.Z of the data set 'Pen-Based "
    "Recognition of Handwritten Digits' (UCI Machine Learning Repository, data set 81, CC BY 4.0), unpack it "
    "as pendigits-train.unipen into a folder, and name that folder in NNVIZ_DATA."
)

# Whose digits are for what. Settled before anything was trained.
TESTERS = (3, 8, 13, 18, 23, 28)
VALIDATORS = (5, 10, 15, 20)

WIDTHS = (8, 12, 16, 20, 24, 28)  # pixels of a pad 280 wide: what a model is judged on, each with each
HEIGHTS = (90, 120, 150, 180, 220)

_FORM, _ROWS = 120, 32  # pixels a side of the field of a form, and rows that its reader makes of a digit


def read() -> tuple[unipen.PenDigit, ...]:
    """The 7,494 digits of 30 writers. Raises FileNotFoundError saying where they are to be had."""
    path = Path(os.environ.get("NNVIZ_DATA", "")) / "pendigits-train.unipen"
    if not path.is_file():
        raise FileNotFoundError(WHERE)
    return unipen.read(path)


def written_by(digits: Sequence[unipen.PenDigit], writers: Sequence[int]) -> tuple[unipen.PenDigit, ...]:
    """Only the digits of these writers."""
    return tuple(digit for digit in digits if digit.writer in writers)


def as_drawn(digits: Sequence[unipen.PenDigit], width: float, height: float) -> Array:
    """Every digit drawn plainly with that pen at that height: (n, 784) float32."""
    pictures = [preprocessing.to_mnist(unipen.render(digit.strokes, width, height)) for digit in digits]
    return np.stack(pictures).reshape(-1, 784)


def varied(digits: Sequence[unipen.PenDigit], rng: np.random.Generator) -> Array:
    """Every digit drawn once, each in a way of its own: (n, 784) uint8."""
    pictures = np.empty((len(digits), 784), np.uint8)
    for i, digit in enumerate(digits):
        rgba = unipen.render(another_hand(digit.strokes, rng), rng.uniform(6, 30), rng.uniform(80, 230))
        pictures[i] = np.rint(255 * preprocessing.to_mnist(rgba)).ravel()
    return pictures


def scanned(digits: Sequence[unipen.PenDigit], rng: np.random.Generator) -> Array:
    """Every digit written once on paper, in a way of its own, as a reader of forms sees it: (n, 784) uint8.

    Such readers give every digit the same 32 rows, black or white and nothing between, and widen the narrow
    ones: a 1 becomes a broad bar, and the loops of 8s and 9s close where the pen is thick.
    """
    pictures = np.empty((len(digits), 784), np.uint8)
    for i, digit in enumerate(digits):
        drawn = unipen.render(
            another_hand(digit.strokes, rng), _FORM * rng.uniform(0.06, 0.24), 0.7 * _FORM, size=_FORM
        )
        ink = Image.fromarray(drawn[:, :, 3])
        left, top, right, bottom = ink.getbbox() or (0, 0, *ink.size)
        width = _ROWS * (right - left) / (bottom - top)
        wider = rng.uniform(0.9, np.clip(0.8 * _ROWS / width, 1.1, 2.5))
        size = (round(np.clip(wider * width, 3, _ROWS)), _ROWS)
        grey = np.asarray(ink.crop((left, top, right, bottom)).resize(size, Image.Resampling.BOX))
        black = np.zeros((*grey.shape, 4), np.uint8)
        black[:, :, 3] = 255 * (grey > rng.uniform(90, 165))
        pictures[i] = np.rint(255 * preprocessing.to_mnist(black)).ravel()
    return pictures


def another_hand(strokes: tuple[Array, ...], rng: np.random.Generator) -> tuple[Array, ...]:
    """The same strokes slanted, turned, stretched, bent a little and drawn with a less steady hand."""
    middle = np.concatenate(strokes).mean(0)
    angle, slant = np.deg2rad(rng.uniform(-12, 12)), rng.uniform(-0.35, 0.35)
    stretch = np.exp(rng.uniform(-0.25, 0.25))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.diag([stretch, 1.0]) @ np.array([[1.0, 0.0], [slant, 1.0]]) @ turn
    span = max(float(np.ptp(np.concatenate(strokes), axis=0).max()), 1.0)
    waves = rng.normal(0, 0.02 * span, (2, 2))  # how far the paper bends, in x and y, along each axis
    lengths = rng.uniform(0.5, 1.5, (2, 2)) * span
    phases = rng.uniform(0, 2 * np.pi, (2, 2))
    shake = rng.uniform(0, 0.008) * span

    def redraw(stroke: Array) -> Array:
        points = (stroke - middle) @ matrix
        bend = waves * np.sin(2 * np.pi * points[:, None, :] / lengths + phases)
        return np.asarray(points + bend.sum(2) + rng.normal(0, shake, points.shape))

    return tuple(redraw(stroke) for stroke in strokes)
