"""Who lies next to whom among digits told by numbers: pixels, principal components, codes, places on a map.

How well a representation keeps the ten digits apart is measured without training anything: every digit is
read by a vote of its nearest neighbours, itself left out (Fix and Hodges 1951).
"""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array

VOTERS = 5
_ROWS = 100  # whose distances to all codes are in memory together
_SPARE = 8  # that float32 may take for nearer than they are


def of_each(codes: Array, count: int = VOTERS) -> tuple[Array, Array]:
    """For each code the nearest others.

    Parameters
    ----------
    codes
        (n, d).
    count
        Neighbours of each code; there are never more than other codes.

    Returns
    -------
    tuple[Array, Array]
        Positions and distances, both (n, count).
    """
    if len(codes) < 2:
        return np.zeros((len(codes), 0), np.int64), np.zeros((len(codes), 0), np.float32)
    return _nearest(codes, None, min(count, len(codes) - 1))


def of_new(codes: Array, new: Array, count: int = VOTERS) -> tuple[Array, Array]:
    """For each new code the nearest of the codes.

    Parameters
    ----------
    codes
        (n, d).
    new
        (m, d).
    count
        Neighbours of each; there are never more than codes.

    Returns
    -------
    tuple[Array, Array]
        Positions and distances, both (m, count).
    """
    return _nearest(codes, new, min(count, len(codes)))


def _nearest(codes: Array, new: Array | None, count: int) -> tuple[Array, Array]:
    """Of every pair, some rows at a time; without `new`, each code's nearest but itself."""
    middle = codes.mean(axis=0, dtype=np.float64)  # sums of squares lose least around it
    known = (codes - middle).astype(np.float32)
    lengths = np.einsum("ij,ij->i", known, known)
    asked = codes if new is None else new
    candidates = min(count + _SPARE, len(codes) - (new is None))
    positions = np.empty((len(asked), count), np.int64)
    distances = np.empty((len(asked), count))
    for start in range(0, len(asked), _ROWS):
        some = asked[start : start + _ROWS].astype(np.float64)
        far = lengths - 2 * ((some - middle).astype(np.float32) @ known.T)  # but for what all have alike
        if new is None:
            far[np.arange(len(some)), np.arange(start, start + len(some))] = np.inf
        near = np.argpartition(far, candidates - 1, axis=1)[:, :candidates]
        near.sort(axis=1)  # of those that are as far, the first comes first
        exact = np.linalg.norm(codes[near] - some[:, None], axis=2)
        order = np.argsort(exact, axis=1, kind="stable")[:, :count]
        positions[start : start + _ROWS] = np.take_along_axis(near, order, axis=1)
        distances[start : start + _ROWS] = np.take_along_axis(exact, order, axis=1)
    return positions, distances


def read_by_neighbours(labels: Array, positions: Array) -> Array:
    """What most of each digit's neighbours are; of equals the smallest.

    Parameters
    ----------
    labels
        (n,) digits.
    positions
        (n, count) positions of the neighbours.

    Returns
    -------
    Array
        (n,) int64.
    """
    return vote(labels[positions])


def vote(labels: Array) -> Array:
    """What most of a row's labels are; of equals the smallest.

    Parameters
    ----------
    labels
        (n, count) digits.

    Returns
    -------
    Array
        (n,) int64.
    """
    votes = np.zeros((len(labels), 10), np.int64)
    for voter in labels.T:
        votes[np.arange(len(labels)), voter] += 1
    answers: Array = votes.argmax(axis=1)
    return answers


def agreement(labels: Array, codes: Array, count: int = VOTERS) -> float:
    """The share of digits, in [0, 1], that a vote of their `count` nearest neighbours reads right."""
    positions, _ = of_each(codes, count)
    return float(np.mean(read_by_neighbours(labels, positions) == labels))
