"""Whole hands on either side: what one person wrote is learned from or judged by, never both.

Cut as scikit-learn's `GroupShuffleSplit` and shuffled `GroupKFold` do it, drawing from the same source of
chance in the same order; without it, as in `stratified`, since it takes a second to come.
"""

from __future__ import annotations

import math

import numpy as np

from nnviz.core.records import Array

HELD_BACK = 0.2  # of all hands


def known(hands: Array | None, index: Array | None = None) -> Array:
    """The hands that are among digits, in order; nobody of digits whose hands nobody knows.

    Parameters
    ----------
    hands
        (n,) int64, a number for each that wrote, -1 where that is not known.
    index
        Positions of the digits that are meant; all by default.
    """
    if hands is None:
        return np.arange(0)
    among = hands if index is None else hands[index]
    return np.unique(among[among >= 0])


def cut(index: Array, hands: Array, seed: int, part: float = HELD_BACK) -> tuple[Array, Array]:
    """Shuffle, and cut off that part of the hands.

    Parameters
    ----------
    index
        (n,) positions among the hands.

    Returns
    -------
    tuple[Array, Array]
        Both parts of `index`.

    Raises
    ------
    ValueError
        When fewer than two people wrote.
    """
    writers, which = np.unique(hands[index], return_inverse=True)
    if len(writers) < 2:
        raise ValueError("One hand cannot be both learned from and held back.")
    chance = np.random.RandomState(seed)
    held_back = chance.permutation(len(writers))[: min(math.ceil(part * len(writers)), len(writers) - 1)]
    second = np.isin(which, held_back)
    return chance.permutation(index[~second]), chance.permutation(index[second])


def folds(hands: Array, count: int, seed: int) -> Array:
    """The fold of each digit, all of a hand in one: shuffled hands dealt out.

    Raises
    ------
    ValueError
        When there are fewer hands than folds.
    """
    writers = np.unique(hands)
    if len(writers) < count:
        raise ValueError(f"{len(writers)} hands are too few for {count} folds.")
    found = np.empty(len(hands), np.int64)
    shuffled = np.random.RandomState(seed).permutation(writers)
    for fold, here in enumerate(np.array_split(shuffled, count)):
        found[np.isin(hands, here)] = fold
    return found
