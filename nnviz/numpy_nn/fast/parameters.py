"""All weights and intercepts as one flat vector, so that an update of everything is one operation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nnviz.core.records import Array


class Parameters:
    """All the numbers a network learns, or their gradients, as one flat vector.

    Attributes
    ----------
    flat
        Every number; the others are views of it.
    weights
        The part of it that is weights and not intercepts, still flat.
    coefs, intercepts
        (inputs, outputs) and (outputs,) of each layer.
    """

    def __init__(self, sizes: Sequence[int], dtype: DTypeLike = np.float32) -> None:
        shapes = list(pairwise(sizes))
        ends = np.cumsum([n * m for n, m in shapes] + [m for _, m in shapes])
        self.sizes = tuple(sizes)
        self.flat: Array = np.zeros(ends[-1], dtype)
        pieces = np.split(self.flat, ends[:-1])
        self.weights: Array = self.flat[: ends[len(shapes) - 1]]
        self.coefs = [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=False)]
        self.intercepts = pieces[len(shapes) :]

    @classmethod
    def of(
        cls, coefs: Sequence[Array], intercepts: Sequence[Array], dtype: DTypeLike = np.float32
    ) -> Parameters:
        """Copies of these weights and intercepts, as one vector."""
        parameters = cls([coefs[0].shape[0], *(w.shape[1] for w in coefs)], dtype)
        for target, source in zip(
            parameters.coefs + parameters.intercepts, [*coefs, *intercepts], strict=True
        ):
            target[...] = source
        return parameters

    def __reduce__(self) -> tuple[Any, ...]:
        # Copied or pickled as they are, the views would no longer be views of one vector.
        return Parameters.of, (self.coefs, self.intercepts, self.flat.dtype)
