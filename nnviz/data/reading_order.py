"""Digits of a photo in the order in which one reads: line by line, where lines may rise or fall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Box = tuple[int, int, int, int]

_ENOUGH = 5  # of fewer digits the way of a line is not told
_LINE = 0.5  # of their height: digits of a line are less above or below their neighbours
_STEEP = 0.3  # lines rise or fall by less, on their way


def of(boxes: Sequence[Box]) -> list[int]:
    """Which box comes first, which second: line by line, each from its beginning.

    Parameters
    ----------
    boxes
        As (top, left, bottom, right).
    """
    if not boxes:
        return []
    top, left, bottom, right = np.array(boxes, float).T
    middles = (top + bottom) / 2 - _slope(boxes) * (left + right) / 2
    order = np.argsort(middles)
    ends = np.flatnonzero(np.diff(middles[order]) > _LINE * np.median(bottom - top)) + 1
    return [int(i) for line in np.split(order, ends) for i in line[np.argsort(left[line])]]


def _slope(boxes: Sequence[Box]) -> float:
    """How much lines of digits fall on their way, told by each digit and its neighbour to the right."""
    if len(boxes) < _ENOUGH:
        return 0.0
    top, left, bottom, right = np.array(boxes, float).T
    y, x, height = (top + bottom) / 2, (left + right) / 2, float(np.median(bottom - top))
    across, down = x[None, :] - x[:, None], y[None, :] - y[:, None]
    beside = (across > 0) & (across < 4 * height) & (np.abs(down) < _STEEP * across + 0.2 * height)
    across = np.where(beside, across, np.inf)
    nearest = across.argmin(axis=1)
    own = np.flatnonzero(np.isfinite(across.min(axis=1)))
    if len(own) < _ENOUGH - 1:
        return 0.0
    return float(np.median(down[own, nearest[own]] / across[own, nearest[own]]))
