"""The network itself: its weights, the way forward and the way back, in any float type.

A batch of n digits is a matrix with a digit a row. A layer turns (n, inputs) into (n, outputs) by
f(x @ coefs + intercepts); the last layer has no f, and its sums are called logits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nnviz.core.records import Array
from nnviz.numpy_nn.activations import Activation


class Parameters:
    """All the numbers a network learns, or their gradients, as one flat vector.

    flat: every number; weights: the part of it that is weights and not intercepts, still flat;
    coefs, intercepts: (inputs, outputs) and (outputs,) of each layer. All are views of `flat`, so that
    an update of everything is one operation on one vector.
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


def forward(
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    activation: Activation,
    layers: Sequence[Array],
    masks: Sequence[Array] | None = None,
) -> list[Array]:
    """Fill `layers[1:]` from `layers[0]`: the outputs of each hidden layer, then the logits.

    layers: (n, size) each, written in place; masks: what dropout multiplies each hidden layer by, shaped like
    it. Returns the slopes that the way back needs: of each hidden layer, what its outputs answer to a small
    change of its sums.
    """
    slopes = []
    last = len(coefs) - 1
    for i, (w, b) in enumerate(zip(coefs, intercepts, strict=True)):
        z = product(layers[i], w, layers[i + 1])
        z += b
        if i < last:
            a = activation.value(z, z)
            slope = activation.slope(a)
            if masks is not None:
                a *= masks[i]
                slope = slope * masks[i]
            slopes.append(slope)
    return slopes


def backward(
    coefs: Sequence[Array],
    layers: Sequence[Array],
    slopes: Sequence[Array],
    probabilities: Array,
    targets: Array,
    scale: float,
) -> Iterator[tuple[int, Array, Array]]:
    """Yield (i, inputs, delta) from the last layer to the first: what a step has to know of each.

    inputs.T @ delta is `scale` times the slope of the batch's summed cross-entropy in the weights of layer i,
    delta's sum over the digits that in its intercepts. By then these weights have done their part, and may be
    moved before the next layer is asked for. layers, slopes: as `forward` left them; probabilities: (n, k)
    softmax of the logits; targets: (n, k), 1 at the true label. (Rumelhart, Hinton and Williams 1986; Bishop
    2006, section 5.3.)
    """
    # Softmax and cross-entropy together have the simplest slope there is: what was said less what is true.
    delta = probabilities - targets
    delta *= scale  # here, where it is small, rather than later on the large gradients
    for i in reversed(range(len(coefs))):
        blame = delta
        if i > 0:
            # The blame goes back through the same weights, and through f by the chain rule.
            delta = blame @ coefs[i].T
            delta *= slopes[i - 1]
        # What a weight is to blame for: what came in at one end times what went wrong at the other.
        yield i, layers[i], blame


def product(a: Array, b: Array, out: Array) -> Array:
    """a @ b into `out`, which is returned: np.matmul, in two halves where that is a quarter faster."""
    n, inner = a.shape
    if halved(n, inner, b.shape[1]):
        np.matmul(a.reshape(2, n // 2, inner), b, out=out.reshape(2, n // 2, -1))
        return out
    return np.matmul(a, b, out=out)


def halved(n: int, inner: int, m: int) -> bool:
    """Whether (n, inner) @ (inner, m) is faster in two halves of n.

    Products of up to a million multiplications OpenBLAS makes without copying the matrices first. Batch 16
    and the report's first layer need 1.25 million; half of the rows at a time need few enough.
    """
    return 1_000_000 < n * inner * m <= 2_000_000 and n % 2 == 0
