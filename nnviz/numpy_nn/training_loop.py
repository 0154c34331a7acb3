"""An epoch: the digits shuffled, changed if so wished, cut into batches, and a step made after each batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from nnviz.core.records import Array
from nnviz.numpy_nn.activations import Activation
from nnviz.numpy_nn.fast import FastSolver, Parameters, backward, forward
from nnviz.numpy_nn.losses import cross_entropy, softmax
from nnviz.numpy_nn.regularizers import Regularizer

Change = Callable[[Array, np.random.Generator], Array]
OnBatch = Callable[[int, int], bool | None]

_CHUNK = 512  # digits fetched (and changed) at a time: enough for NumPy, few enough to stop soon
_ASK_EVERY = 0.2  # seconds between two questions whether to stop
_LEAST = 1e-20  # less no sum would notice; below 1e-38 the processor takes fifty times as long over a number
AT_ONCE = 2048  # digits read at a time: their layers then fit into the processor's cache


class Trainer:
    """Parameters on their way, with all the room that a batch needs: made once and used for every batch.

    Parameters
    ----------
    change
        Makes other digits of a chunk of digits, or None.
    dropout
        Part of each hidden layer silenced.
    """

    def __init__(
        self,
        parameters: Parameters,
        activation: Activation,
        solver: FastSolver,
        regularizer: Regularizer,
        *,
        alpha: float,
        batch_size: int,
        dropout: float,
        change: Change | None,
        rng: np.random.Generator,
    ) -> None:
        self.parameters, self.activation, self.solver = parameters, activation, solver
        self.regularizer = regularizer
        self.alpha, self.batch_size, self.dropout = alpha, batch_size, dropout
        self.change, self.rng = change, rng
        self._room: list[Array] = []

    def epoch(self, x: Array, labels: Array, stop: Callable[[int], bool]) -> tuple[float, float] | None:
        """One pass over all of x: the mean loss and the accuracy.

        The logits of every batch go straight into their rows of one table, so that keeping score costs one
        operation an epoch. With dropout or changed digits they would be another network's or other digits',
        and x is judged as it is when the epoch is over.

        Parameters
        ----------
        x
            (n, features).
        labels
            (n,) in 0..k-1.
        stop
            stop(done) is asked after each batch; when it says yes the epoch ends there, with None.
        """
        order = epoch_order(self.rng, len(x))
        shuffled = labels[order]
        targets = np.eye(self.parameters.sizes[-1], dtype=x.dtype)[shuffled]
        logits = np.empty_like(targets)
        for start, chunk in self._chunks(x, order):
            for first in range(0, len(chunk), self.batch_size):
                batch = chunk[first : first + self.batch_size]
                rows = slice(start + first, start + first + len(batch))
                self.step(batch, targets[rows], logits[rows])
                if stop(rows.stop):
                    return None
            self.solver.flush(self.parameters)
        if self.dropout or self.change:
            return self.judge(x, labels)
        return cross_entropy(logits, shuffled), float(np.mean(logits.argmax(axis=1) == shuffled))

    def step(self, batch: Array, targets: Array, logits: Array) -> None:
        """Learn from one batch.

        Parameters
        ----------
        batch
            (n, features) digits.
        targets
            (n, k), 1 at the true label.
        logits
            (n, k), which are filled.
        """
        rows = len(batch)
        *hidden, probabilities = self._room_for(rows)
        layers = [batch, *hidden, logits]
        masks = self._masks(hidden) if self.dropout else None
        coefs, intercepts = self.parameters.coefs, self.parameters.intercepts
        derivatives: list[Array] = []
        forward(coefs, intercepts, self.activation, layers, masks, derivatives)
        softmax(logits, out=probabilities)
        np.maximum(probabilities, _LEAST, out=probabilities)
        scale = self.solver.scale / rows
        deltas = backward(coefs, layers, derivatives, probabilities, targets, scale)
        self.solver.step(self.parameters, deltas, self.regularizer, self.alpha * scale)

    def judge(self, x: Array, labels: Array) -> tuple[float, float]:
        """Mean loss and accuracy of the network as it is now.

        Parameters
        ----------
        x
            (n, features).
        labels
            (n,) in 0..k-1.
        """
        loss, right = 0.0, 0
        for start in range(0, len(x), AT_ONCE):
            part = x[start : start + AT_ONCE]
            layers = [part, *(np.empty((len(part), size), x.dtype) for size in self.parameters.sizes[1:])]
            forward(self.parameters.coefs, self.parameters.intercepts, self.activation, layers)
            truth = labels[start : start + AT_ONCE]
            loss += cross_entropy(layers[-1], truth) * len(part)
            right += int(np.count_nonzero(layers[-1].argmax(axis=1) == truth))
        return loss / len(x), right / len(x)

    def is_finite(self, *scores: tuple[float, float] | None) -> bool:
        """Whether the weights, and the losses of those scores that there are, are finite numbers."""
        finite = bool(np.isfinite(self.parameters.flat).all())
        return finite and all(np.isfinite(score[0]) for score in scores if score is not None)

    def go_back(self, candidates: Iterable[Array], x: Array, labels: Array) -> None:
        """Take the first of these parameters that answer x in finite numbers.

        Parameters
        ----------
        candidates
            Flat parameters.
        x
            (n, features).
        labels
            (n,) in 0..k-1.
        """
        for flat in candidates:
            self.parameters.flat[...] = flat
            if self.is_finite(self.judge(x, labels)):
                return

    def _chunks(self, x: Array, order: Array) -> Iterator[tuple[int, Array]]:
        """Yield where a chunk starts in `order`, and its (changed) digits: whole batches but at the end."""
        size = self.batch_size * max(1, _CHUNK // self.batch_size)
        room = np.empty((min(size, len(order)), x.shape[1]), x.dtype)
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            digits = np.take(
                x, chosen, axis=0, out=room[: len(chosen)], mode="clip"
            )  # "clip" needs no buffer
            yield start, digits if self.change is None else self.change(digits, self.rng)

    def _room_for(self, rows: int) -> list[Array]:
        """Room for the hidden layers' outputs and the probabilities of a batch of so many rows."""
        if not self._room or len(self._room[0]) != rows:
            dtype = self.parameters.flat.dtype
            self._room = [np.empty((rows, size), dtype) for size in self.parameters.sizes[1:]]
        return self._room

    def _masks(self, hidden: list[Array]) -> list[Array]:
        """Inverted dropout: 0 for a silenced unit, 1 / (1 - dropout) for the others."""
        kept = [self.rng.random(a.shape, np.float32) >= self.dropout for a in hidden]
        loudness = hidden[0].dtype.type(1 / (1 - self.dropout)) if hidden else 1
        return [keep * loudness for keep in kept]


def throttled(on_batch: OnBatch | None, total: int) -> Callable[[int], bool]:
    """A question to ask after every batch that passes on only a few of them a second."""
    asked = time.monotonic()

    def stop(done: int) -> bool:
        nonlocal asked
        if on_batch is None or time.monotonic() - asked < _ASK_EVERY:
            return False
        asked = time.monotonic()
        return bool(on_batch(done, total))

    return stop


def epoch_order(rng: np.random.Generator, n: int) -> Array:
    """The order in which an epoch takes its n digits: every digit once, any order as likely as another."""
    return rng.permutation(n)
