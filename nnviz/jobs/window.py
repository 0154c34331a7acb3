"""A window onto a network in training: its newest weights, while somebody looks, and else nothing.

They are taken in the training's own thread, between two batches, where they are whole; so nothing is drawn
from chance, nothing is changed, and the training comes out to the last bit as if nobody had looked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.snapshots import halved

EVERY = 0.5  # seconds between two looks, at least
_STAYS = 5.0  # seconds after which somebody who has not looked again counts as gone

Pack = Callable[[], tuple[bytes, str]]
Weights = Callable[[], Sequence[Array]]


@dataclass(frozen=True, eq=False)
class Seen:
    """A network as it was at one moment of its training.

    Attributes
    ----------
    number
        Rises with every change.
    epoch
        Whole epochs so far.
    batch
        (done, total) digits of the running one.
    row
        (parameters,) float16, the weights as `core.snapshots` has them.
    model, suffix
        Its file, for who looks for the first time, else b"".
    """

    number: int
    epoch: int
    batch: tuple[int, int]
    row: Array
    model: bytes = b""
    suffix: str = ""


class Window:
    """What a training and those who look at it share."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pack: Pack | None = None
        self._weights: Weights | None = None
        self._packed: tuple[bytes, str] | None = None
        self._seen: Seen | None = None
        self._epoch, self._batch = 0, (0, 0)
        self._asked = self._taken = -1e9

    def open(self, pack: Pack, weights: Weights) -> None:
        """Let the network be looked at; both functions are called in the training's own thread.

        Parameters
        ----------
        pack
            The bytes of the network's file, and its suffix.
        weights
            Of all layers, as they are at that moment.
        """
        self._pack, self._weights = pack, weights

    def reached(self, epoch: int | None, batch: tuple[int, int]) -> None:
        """The training has come so far; None is the same epoch as before."""
        self._epoch = self._epoch if epoch is None else epoch
        self._batch = batch

    def offer(self) -> None:
        """Take the weights, if somebody looks and it is time. Called by the training, between batches."""
        now = self._clock()
        if self._pack is None or self._weights is None:
            return
        if now - self._asked > _STAYS or now - self._taken < EVERY:
            return
        self._taken = now
        row = halved(self._weights())
        before = self._seen
        if not np.isfinite(row).all():
            return
        if before is not None and np.array_equal(before.row, row) and before.epoch == self._epoch:
            return
        packed = self._packed or self._pack()
        number = 1 if before is None else before.number + 1
        with self._lock:
            self._packed = packed
            self._seen = Seen(number, self._epoch, self._batch, row)

    def look(self, have: int) -> Seen | None:
        """What there is that is newer than number `have`; with its file, where that is 0.

        Called by others than the training, in a thread of theirs; returns at once.
        """
        self._asked = self._clock()
        with self._lock:
            seen, packed = self._seen, self._packed
        if seen is None or packed is None or seen.number == have:
            return None
        if have:
            return seen
        return Seen(seen.number, seen.epoch, seen.batch, seen.row, *packed)
