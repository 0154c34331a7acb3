"""Optimizers against each other: networks that start with the same weights and see the same batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.core.records import Array
from nnviz.numpy_nn import settings as limits
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.initializers import initialize
from nnviz.numpy_nn.regularizers import REGULARIZERS
from nnviz.numpy_nn.settings import MLPSettings

if TYPE_CHECKING:  # late: SciPy comes with it, which a page that asks for a race does without
    from nnviz.numpy_nn.fast import Parameters
    from nnviz.numpy_nn.training_loop import Trainer

LOOKS = 8  # at the weights in an epoch

OnStep = Callable[[int, int], bool | None]


@dataclass(frozen=True)
class Racer:
    """An optimizer with its learning rate; `start` is the way its weights begin, "" for the race's own."""

    name: str
    solver: str
    rate: float
    momentum: float = 0.0
    start: str = ""


@dataclass(frozen=True, eq=False)
class Run:
    """What became of a racer.

    Attributes
    ----------
    steps
        (n,) int64, after how many batches its weights were looked at; 0 is the start.
    rows
        (n, parameters) float32, each layer's weights and biases in a row; those after which it lost its
        numbers are left out.
    """

    steps: Array
    rows: Array


def run(
    racer: Racer,
    asked: Mapping[str, Any],
    x: Array,
    labels: Array,
    *,
    looks: int = LOOKS,
    on_step: OnStep | None = None,
) -> Run | None:
    """Train one racer as `MLPClassifier` does, to the last bit, and look at its weights on the way.

    All racers of the same settings and seed begin with the same weights and see the same batches.

    Parameters
    ----------
    asked
        Settings of the network; `random_state` is a whole number, and `max_iter` counts the epochs.
    x, labels
        (n, features) float32, (n,) in 0..9.
    looks
        At its weights in an epoch.
    on_step
        on_step(done, total) digits; answering True stops.

    Returns
    -------
    Run | None
        None when it was stopped.
    """
    from nnviz.numpy_nn.fast import Parameters, one_blas_thread

    asked = {**asked, "solver": racer.solver, "learning_rate_init": racer.rate, "momentum": racer.momentum}
    settings = limits.checked({**asked, "learning_rate": "constant", "augment": "none"})
    settings = replace(settings, init=racer.start or settings.init)
    rng = np.random.default_rng(settings.random_state)
    parameters = Parameters([x.shape[1], *settings.sizes, 10])
    initialize(parameters.coefs, parameters.intercepts, settings.init, rng)
    trainer = _trainer(parameters, settings, rng)
    batches = -(-len(x) // settings.batch_size)
    marks = {max(1, round(batches * look / looks)) for look in range(1, looks)} - {batches}
    steps, rows = [0], [_row(parameters)]

    for epoch in range(settings.max_iter):

        def looked(done: int, before: int = epoch) -> bool:
            batch = -(-done // settings.batch_size)
            if batch in marks:
                steps.append(before * batches + batch)
                rows.append(_row(parameters))
            return bool(on_step and on_step(before * len(x) + done, settings.max_iter * len(x)))

        with one_blas_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if trainer.epoch(x, labels, looked) is None:
                return None
        steps.append((epoch + 1) * batches)
        rows.append(_row(parameters))
        if not np.isfinite(rows[-1]).all():
            break
    whole = np.stack(rows)
    n = int(np.isfinite(whole).all(axis=1).cumprod().sum())
    return Run(np.array(steps[:n], np.int64), whole[:n])


def _trainer(parameters: Parameters, settings: MLPSettings, rng: np.random.Generator) -> Trainer:
    from nnviz.numpy_nn.fast import FAST_SOLVERS
    from nnviz.numpy_nn.training_loop import Trainer

    return Trainer(
        parameters,
        ACTIVATIONS[settings.activation],
        FAST_SOLVERS[settings.solver](parameters, settings.learning_rate_init, float(settings.momentum)),
        REGULARIZERS[settings.penalty],
        alpha=float(settings.alpha),
        batch_size=settings.batch_size,
        dropout=settings.dropout,
        change=None,
        rng=rng,
    )


def _row(parameters: Parameters) -> Array:
    pairs: Sequence[tuple[Array, Array]] = list(zip(parameters.coefs, parameters.intercepts, strict=True))
    return np.concatenate([each.ravel() for pair in pairs for each in pair])
