"""Digits spoiled on purpose: wrong labels, few of one digit, few altogether.

All of it is told by a seed, and more of it holds less of it: the 10% of the labels that are wrong are still
wrong among the 20%, and the first 10 digits are among the first 20. So a curve over it shows what it did, and
not another draw.
"""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array

_LABELS, _SCARCE, _FEW = 1, 2, 3  # each draws from a source of chance of its own


def mislabel(labels: Array, part: float, wrong: str, seed: int) -> Array:
    """The labels, that part of them being wrong, to the nearest whole digit.

    Parameters
    ----------
    labels
        (n,) int64.
    wrong
        "" for any of the other nine; "47" for 4s that are called 7, of which `part` is then the part.

    Returns
    -------
    Array
        (n,) int64.
    """
    chance = np.random.default_rng([seed, _LABELS])
    order, others = chance.permutation(len(labels)), chance.integers(1, 10, len(labels))
    chosen = order if not wrong else order[labels[order] == int(wrong[0])]
    chosen = chosen[: round(part * len(chosen))]
    spoiled = labels.copy()
    spoiled[chosen] = int(wrong[1]) if wrong else (labels[chosen] + others[chosen]) % 10
    return spoiled


def scarce(labels: Array, digit: int, kept: float, seed: int) -> Array:
    """Which digits are left when only that part of one of them is kept.

    Returns
    -------
    Array
        (n,) bool.
    """
    order = np.random.default_rng([seed, _SCARCE]).permutation(len(labels))
    of_digit = order[labels[order] == digit]
    left = np.ones(len(labels), bool)
    left[of_digit[round(kept * len(of_digit)) :]] = False
    return left


def few(labels: Array, n: int, seed: int) -> Array:
    """The positions of n digits, every label taking its turn, in the order in which they stand.

    All of them, where there are fewer.
    """
    order = np.random.default_rng([seed, _FEW]).permutation(len(labels))
    turn = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        of_label = labels[order] == label
        turn[of_label] = np.arange(of_label.sum())
    return np.sort(order[np.argsort(turn, kind="stable")[:n]])
