"""Who lies next to whom among digits told by numbers: pixels, principal components, codes, places on a map.

How well a representation keeps the ten digits apart is measured without training anything: every digit is
read by a vote of its nearest neighbours, itself left out (Fix and Hodges 1951).
"""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array

VOTERS = 5


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
    from sklearn.neighbors import NearestNeighbors  # a second to import

    if len(codes) < 2:
        return np.zeros((len(codes), 0), np.int64), np.zeros((len(codes), 0), np.float32)
    # With so many numbers a code, trees of them are slower than looking at every pair.
    known = NearestNeighbors(n_neighbors=min(count, len(codes) - 1), algorithm="brute").fit(codes)
    distances, positions = known.kneighbors()  # of nobody in particular: each without itself
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
    votes = np.zeros((len(labels), 10), np.int64)
    for voter in positions.T:
        votes[np.arange(len(labels)), labels[voter]] += 1
    answers: Array = votes.argmax(axis=1)
    return answers


def agreement(labels: Array, codes: Array, count: int = VOTERS) -> float:
    """The share of digits, in [0, 1], that a vote of their `count` nearest neighbours reads right."""
    positions, _ = of_each(codes, count)
    return float(np.mean(read_by_neighbours(labels, positions) == labels))
