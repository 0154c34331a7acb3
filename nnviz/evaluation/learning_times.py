"""When a network learned each digit: from its answers after every epoch that was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnviz.core.records import Array

GROUPS = ("first", "late", "forgotten", "never")


@dataclass(frozen=True, eq=False)
class LearningTimes:
    """What a network made of digits over its training.

    Attributes
    ----------
    epochs
        Rising; the last one is the network as it ended.
    labels
        (n,) true digits.
    probabilities
        (epochs, n, 10) float32.
    """

    epochs: tuple[int, ...]
    labels: Array
    probabilities: Array

    @cached_property
    def right(self) -> Array:
        """(epochs, n) bool: which digits were read rightly when."""
        return np.asarray(self.probabilities.argmax(axis=2) == self.labels)

    @cached_property
    def stayed_from(self) -> Array:
        """(n,) index in `epochs` from which a digit stayed right to the end; `len(epochs)` if it did not."""
        wrong = ~self.right[::-1]
        return len(self.epochs) - np.where(wrong.any(axis=0), wrong.argmax(axis=0), len(self.epochs))

    def group(self, name: str) -> Array:
        """The positions of the digits of one of GROUPS, the clearest case first.

        first, late: those that stayed right, from the earliest epoch on and from the latest; late is what
        was learned later than on average. forgotten: right once and wrong at the end. never: always wrong.
        """
        stays = self.stayed_from
        ever = self.right.any(axis=0)
        if name == "forgotten":
            chosen = np.flatnonzero(ever & ~self.right[-1])
            return chosen[np.argsort(-self.right[:, chosen].sum(axis=0), kind="stable")]
        if name == "never":
            chosen = np.flatnonzero(~ever)
            return chosen[np.argsort(self.probabilities[-1, chosen, self.labels[chosen]], kind="stable")]
        learned = np.flatnonzero(self.right[-1])
        order = learned[np.argsort(stays[learned], kind="stable")]
        late = stays[order] > (stays[order].mean() if len(order) else 0)
        return order[late][::-1] if name == "late" else order[~late]


def stayed_right_from(epochs: Sequence[int], answers: Array, label: int) -> int | None:
    """The epoch from which one digit was read rightly to the end; None where it is not at the end.

    Parameters
    ----------
    answers
        (epochs, 10) probabilities.
    """
    found = LearningTimes(tuple(epochs), np.array([label]), answers[:, None])
    index = int(found.stayed_from[0])
    return epochs[index] if index < len(epochs) else None
