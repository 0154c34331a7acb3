"""The weights of a network as they were after its epochs, so that its training can be looked at again.

A training does not know how long it will last: it may be stopped, or end early. So `Keeper` keeps every
epoch at first, and whenever it has too many it lets go of the one that is missed least. What is left is every
epoch up to 20, then ever rarer ones. Numbers are halved to float16: enough to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array

MOST = 40  # snapshots of a network, the start among them
FIRST = 20  # epochs that are all kept
MOST_BYTES = 7_900_000  # of all snapshots of a network
FEWEST = 3  # a network of which not so many have room keeps none: there would be nothing to move along


@dataclass(frozen=True, eq=False)
class Snapshots:
    """What a network's weights were.

    Attributes
    ----------
    epochs
        (n,) int32, rising; 0 is the start, before anything was learned.
    values
        (n, parameters) float16, the weights of all layers in a row.
    """

    epochs: Array
    values: Array

    def at(self, epoch: int) -> Array:
        """The weights after the last epoch kept up to that one, else the first: (parameters,) float32."""
        row = max(0, int(np.searchsorted(self.epochs, epoch, side="right")) - 1)
        found: Array = self.values[row].astype(np.float32)
        return found

    def thinned(self, most_bytes: int) -> Snapshots | None:
        """Those of them that a training would have kept in so little room; None where that is too little."""
        keeper = Keeper(most_bytes)
        for epoch, row in zip(self.epochs.tolist(), self.values, strict=True):
            keeper(epoch, [row])
        return keeper.snapshots([])


class Keeper:
    """Keeps snapshots while a network learns: it is called with every epoch's number and its weights.

    Parameters
    ----------
    most_bytes
        That all of them may take.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: dict[int, Array] = {}

    def __call__(self, number: int, weights: Sequence[Array]) -> None:
        """Keep the weights of all layers after epoch `number`; those before the first are of epoch 0."""
        most = min(MOST, self._most_bytes // (2 * max(1, sum(each.size for each in weights))))
        if most < FEWEST:
            return
        row = halved(weights)
        if not np.isfinite(row).all():
            return
        self._kept[number] = row
        while len(self._kept) > most:
            del self._kept[least_missed(sorted(self._kept), min(FIRST, most // 2))]

    def snapshots(self, final: Sequence[Array]) -> Snapshots | None:
        """All that were kept, but for the last where it is the network itself; None where there are none.

        Parameters
        ----------
        final
            The weights that the network has ended with.
        """
        kept = sorted(self._kept.items())
        if kept and np.array_equal(kept[-1][1], halved(final)):
            kept.pop()
        if not kept:
            return None
        epochs, rows = zip(*kept, strict=True)
        return Snapshots(np.array(epochs, np.int32), np.stack(rows))


def halved(weights: Sequence[Array]) -> Array:
    """All weights in a row, as float16; one that is too large for it is infinite then."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.concatenate(
            [np.zeros(0, np.float16), *(each.ravel().astype(np.float16) for each in weights)]
        )


def least_missed(epochs: Sequence[int], first: int) -> int:
    """Which of these epochs is to go: the one whose gap would be the smallest beside its number.

    Parameters
    ----------
    epochs
        Rising. The newest stays, and so do those up to `first`.
    """
    later = [i for i in range(1, len(epochs) - 1) if epochs[i] > first]
    i = min(later, key=lambda i: ((epochs[i + 1] - epochs[i - 1]) / epochs[i], i))
    return epochs[i]
