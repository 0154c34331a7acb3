"""`backprop`'s way forward and back with the sums written where there is room for them already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnviz.core.records import Array
from nnviz.numpy_nn.activations import Activation
from nnviz.numpy_nn.fast.blas import matmul_split


def forward(
    coefs: Sequence[Array],
    intercepts: Sequence[Array],
    activation: Activation,
    layers: list[Array],
    masks: Sequence[Array] | None = None,
    derivatives: list[Array] | None = None,
) -> None:
    """Fill `layers[1:]` from `layers[0]`: the outputs of each hidden layer, then the logits.

    Parameters
    ----------
    layers
        (n, size) each; the sums are written in place, and the outputs of a hidden layer take their place in
        the list.
    masks
        What dropout multiplies each hidden layer by, shaped like it.
    derivatives
        A list to which each hidden layer's f'(z), masked alike, is added for the way back.
    """
    last = len(coefs) - 1
    for i, (w, b) in enumerate(zip(coefs, intercepts, strict=True)):
        z = matmul_split(layers[i], w, layers[i + 1])
        z += b
        if i == last:
            return
        layers[i + 1] = a = activation.value(z)
        if derivatives is not None:
            slope = activation.derivative(z, a)
            derivatives.append(slope if masks is None else slope * masks[i])
        if masks is not None:
            a *= masks[i]


def backward(
    coefs: Sequence[Array],
    layers: Sequence[Array],
    derivatives: Sequence[Array],
    probabilities: Array,
    targets: Array,
    scale: float,
) -> Iterator[tuple[int, Array, Array]]:
    """Go from the last layer to the first and tell what a step has to know of each.

    By the time a layer is told, its weights have done their part, and may be moved before the next layer is
    asked for.

    Parameters
    ----------
    layers, derivatives
        As `forward` left them.
    probabilities
        (n, k) softmax of the logits.
    targets
        (n, k), 1 at the true label.
    scale
        What the gradients of the batch's summed cross-entropy are multiplied by.

    Yields
    ------
    i, inputs, delta
        Of a layer. Its gradient is inputs.T @ delta, and delta's sum over the digits for its intercepts.
    """
    delta = probabilities - targets
    delta *= scale  # here, where it is small, rather than later on the large gradients
    for i in reversed(range(len(coefs))):
        this = delta
        if i > 0:
            delta = this @ coefs[i].T
            delta *= derivatives[i - 1]
        yield i, layers[i], this
