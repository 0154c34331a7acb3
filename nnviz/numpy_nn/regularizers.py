"""Weight penalties: what large weights add to the loss, each beside its derivative."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array


@dataclass(frozen=True)
class Regularizer:
    """A penalty on weights, added to the loss.

    Attributes
    ----------
    value
        value(w): what weights w add to the loss, before it is multiplied by alpha / digits of a batch.
    derivative
        derivative(w): the value's derivative in each weight, shaped like w.
    """

    name: str
    note: str
    value: Callable[[Array], float]
    derivative: Callable[[Array], Array]


L2 = Regularizer(
    "l2",
    "Half the squares: all weights shrink in proportion to their size.",
    value=lambda w: 0.5 * float(np.sum(w * w)),
    derivative=lambda w: w,
)
L1 = Regularizer(
    "l1",
    "The absolute values: all weights shrink by the same, and many reach nought.",
    value=lambda w: float(np.sum(np.abs(w))),
    derivative=lambda w: np.sign(w),
)

REGULARIZERS: dict[str, Regularizer] = {regularizer.name: regularizer for regularizer in (L2, L1)}
