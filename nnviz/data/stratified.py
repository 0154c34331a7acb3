"""Digits in parts, every digit's share of each being the same: scikit-learn's cuts, to the last position.

scikit-learn comes with 100 MB and a second, and who only shows a network has to know which digits it never
saw. So its two ways of cutting are carried out here, drawing from the same source of chance in the same
order; the tests hold both to scikit-learn's.
"""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array


def cut(index: Array, labels: Array, n_second: int, seed: int) -> tuple[Array, Array]:
    """Shuffle and cut, as `sklearn.model_selection.train_test_split` does.

    Parameters
    ----------
    index
        (n,) positions among the labels.
    n_second
        Of the second part.

    Returns
    -------
    tuple[Array, Array]
        Both parts of `index`, int64.

    Raises
    ------
    ValueError
        When there are not enough digits of a label for both parts.
    """
    _, which, counts = np.unique(labels[index], return_inverse=True, return_counts=True)
    n_first = len(index) - n_second
    if counts.min(initial=2) < 2 or not len(counts) <= min(n_first, n_second):
        raise ValueError(
            f"{n_first} and {n_second} digits cannot both have some of all {len(counts)} labels."
        )
    chance = np.random.RandomState(seed)
    firsts = _shares(counts, n_first, chance)
    seconds = _shares(counts - firsts, n_second, chance)
    first, second = [], []
    for label, (here, there) in enumerate(zip(firsts, seconds, strict=True)):
        shuffled = np.flatnonzero(which == label)[chance.permutation(counts[label])]
        first.append(shuffled[:here])
        second.append(shuffled[here : here + there])
    return index[chance.permutation(np.concatenate(first))], index[chance.permutation(np.concatenate(second))]


def folds(labels: Array, count: int, seed: int) -> Array:
    """The fold of each digit, as shuffled `sklearn.model_selection.StratifiedKFold` deals them out.

    Parameters
    ----------
    labels
        (n,) digits.
    count
        Of the folds.

    Returns
    -------
    Array
        (n,) from 0 to count - 1.

    Raises
    ------
    ValueError
        When no label has as many digits as there are folds.
    """
    known, first_seen, which = np.unique(labels, return_index=True, return_inverse=True)
    if np.bincount(which).max(initial=0) < count:
        raise ValueError(f"No label has enough digits for {count} folds.")
    # Labels take their turns in the order in which they are first met.
    which = np.argsort(np.argsort(first_seen))[which]
    in_order = np.sort(which)
    dealt = [np.bincount(in_order[fold::count], minlength=len(known)) for fold in range(count)]
    chance = np.random.RandomState(seed)
    found = np.empty(len(labels), np.int64)
    for label, shares in enumerate(np.transpose(dealt)):
        of_label = np.repeat(np.arange(count), shares)
        chance.shuffle(of_label)
        found[which == label] = of_label
    return found


def _shares(counts: Array, total: int, chance: np.random.RandomState) -> Array:
    """How many of each label, when `total` of all are taken; those left over go where most of one is due."""
    due = counts / counts.sum() * total
    shares = np.floor(due)
    left, part = int(total - shares.sum()), due - shares
    for size in np.unique(part)[::-1]:
        if left <= 0:
            break
        alike = np.flatnonzero(part == size)
        lucky = chance.choice(alike, min(len(alike), left), replace=False)
        shares[lucky] += 1
        left -= len(lucky)
    whole: Array = shares.astype(np.int64)
    return whole
