"""Weight penalties: what large weights add to the loss, each beside its derivative."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say


@dataclass(frozen=True)
class Regularizer:
    """A penalty on weights, added to the loss.

    Attributes
    ----------
    title
        For people.
    value
        value(w): what weights w add to the loss, before it is multiplied by alpha / digits of a batch.
    derivative
        derivative(w): the value's derivative in each weight, shaped like w.
    """

    name: str
    title: str
    note: str
    value: Callable[[Array], float]
    derivative: Callable[[Array], Array]


def l2(w: Array) -> float:
    """Half the sum of the squares."""
    return 0.5 * float(np.sum(w * w))


def l2_derivative(w: Array) -> Array:
    """Each weight itself."""
    return w


def l1(w: Array) -> float:
    """The sum of the absolute values."""
    return float(np.sum(np.abs(w)))


def l1_derivative(w: Array) -> Array:
    """The sign of each weight."""
    return np.sign(w)


L2 = Regularizer(
    "l2",
    say("Squares of the weights (L2)"),
    say("Large weights shrink most."),
    value=l2,
    derivative=l2_derivative,
)
L1 = Regularizer(
    "l1",
    say("Sizes of the weights (L1)"),
    say("All weights shrink by the same amount. Many become zero."),
    value=l1,
    derivative=l1_derivative,
)

REGULARIZERS: dict[str, Regularizer] = {regularizer.name: regularizer for regularizer in (L2, L1)}
