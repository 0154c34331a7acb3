"""Which labels may be wrong, told by what networks say that never learned from these digits.

Confident learning (Northcutt, Jiang and Chuang 2021, Confident learning: estimating uncertainty in dataset
labels): a label is suspect where another digit is said with more confidence than is usual for that digit.
"""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array


def confident_joint(labels: Array, probabilities: Array) -> tuple[Array, Array]:
    """How often a digit with one label is confidently said to be another.

    Parameters
    ----------
    labels
        (n,) as they were given.
    probabilities
        (n, k) of networks that did not learn from these digits.

    Returns
    -------
    tuple[Array, Array]
        (k, k) int64, given by suggested, and (n,) int64, what each is confidently said to be: -1 where
        nothing is.
    """
    count = probabilities.shape[1]
    usual = np.array(
        [probabilities[labels == j, j].mean() if (labels == j).any() else np.inf for j in range(count)]
    )
    confident = np.where(probabilities >= usual, probabilities, -1.0)
    said = np.where(confident.max(axis=1) >= 0, confident.argmax(axis=1), -1)
    joint = np.zeros((count, count), np.int64)
    np.add.at(joint, (labels[said >= 0], said[said >= 0]), 1)
    return joint, said


def margins(labels: Array, probabilities: Array) -> Array:
    """How far the probability of each label is above the greatest of the others, from -1 to 1."""
    rows = np.arange(len(labels))
    others = probabilities.copy()
    others[rows, labels] = -np.inf
    found: Array = probabilities[rows, labels] - others.max(axis=1)
    return found


def suspects(labels: Array, probabilities: Array) -> Array:
    """Positions of the labels that are off the joint's diagonal, those with the least margin first."""
    _, said = confident_joint(labels, probabilities)
    off = np.flatnonzero((said >= 0) & (said != labels))
    order = np.argsort(margins(labels, probabilities)[off], kind="stable")
    return off[order]
