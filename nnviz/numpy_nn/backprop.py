"""Backpropagation as a lecture writes it: what a layer does forward, and the gradient it hands back.

A batch of n digits is a matrix with a digit a row. Training runs the same steps from `fast`, which saves
time, not arithmetic; the tests hold the two against each other. (Rumelhart, Hinton and Williams 1986; Bishop
2006, section 5.3.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import DTypeLike

from nnviz.core.records import Array
from nnviz.numpy_nn.activations import ACTIVATIONS, Activation
from nnviz.numpy_nn.initializers import initialize
from nnviz.numpy_nn.losses import SoftmaxCrossEntropy
from nnviz.numpy_nn.optimizers import SGD, Adam
from nnviz.numpy_nn.regularizers import Regularizer


class Layer(Protocol):
    """A step of the way from a digit to its logits."""

    def forward(self, inputs: Array) -> Array:
        """(n, inputs) -> (n, outputs)."""

    def backward(self, grad: Array) -> Array:
        """Gradient in the outputs, (n, outputs) -> gradient in the inputs, (n, inputs)."""


class Dense:
    """Weighted sums: (n, inputs) -> (n, outputs)."""

    def __init__(self, w: Array, b: Array) -> None:
        self.params = {"w": w, "b": b}
        self.grads: dict[str, Array] = {}

    def forward(self, inputs: Array) -> Array:
        """(n, inputs) -> (n, outputs)."""
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad: Array) -> Array:
        """Keep the gradients of the weights and biases; return the gradient in the inputs."""
        self.grads["w"] = self.inputs.T @ grad
        self.grads["b"] = grad.sum(axis=0)
        return grad @ self.params["w"].T


class Nonlinearity:
    """The activation function, number by number; backward is the chain rule."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation

    def forward(self, z: Array) -> Array:
        """Sums z, (n, units) -> activations a, (n, units)."""
        self.z, self.a = z, self.activation.value(z)
        return self.a

    def backward(self, grad: Array) -> Array:
        """Gradient in a -> gradient in z."""
        return grad * self.activation.derivative(self.z, self.a)


class Dropout:
    """A part of the units silenced at random, the others as much louder.

    References
    ----------
    Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting.
    """

    def __init__(self, rate: float, rng: np.random.Generator) -> None:
        self.rate, self.rng = rate, rng

    def forward(self, a: Array) -> Array:
        """(n, units) -> the same, some of them 0 and the others divided by 1 - rate."""
        kept: Array = self.rng.random(a.shape, np.float32) >= self.rate
        self.mask = kept.astype(a.dtype) / (1 - self.rate)
        return a * self.mask

    def backward(self, grad: Array) -> Array:
        """The gradient, through the units that were kept."""
        return grad * self.mask


class Network:
    """Layers behind each other: forward through all, backward through all in the opposite order."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        self.dense = [layer for layer in layers if isinstance(layer, Dense)]

    def forward(self, x: Array) -> Array:
        """(n, features) -> (n, classes) logits."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad: Array) -> Array:
        """Gradient in the logits -> gradient in the features; every dense layer keeps its own."""
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def params(self) -> list[Array]:
        """Weights and biases of every dense layer, in turn."""
        return [layer.params[name] for layer in self.dense for name in ("w", "b")]

    def grads(self) -> list[Array]:
        """Their gradients, in the same order."""
        return [layer.grads[name] for layer in self.dense for name in ("w", "b")]


def gradients(network: Network, x: Array, labels: Array, regularizer: Regularizer, alpha: float) -> float:
    """Have every dense layer keep the gradients of the loss and of the weight penalty; returns the loss.

    Parameters
    ----------
    x
        (n, features) digits.
    labels
        (n,) in 0..classes - 1.
    alpha
        Strength of the weight penalty.
    """
    loss = SoftmaxCrossEntropy()
    value = loss.forward(network.forward(x), labels)
    network.backward(loss.backward())
    for layer in network.dense:
        layer.grads["w"] += alpha / len(x) * regularizer.derivative(layer.params["w"])
    return value


def train_batch(
    network: Network, x: Array, labels: Array, optimizer: SGD | Adam, regularizer: Regularizer, alpha: float
) -> float:
    """Learn from a batch in one step; returns the loss before it. Parameters as of `gradients`."""
    before = gradients(network, x, labels, regularizer, alpha)
    optimizer.step(network.grads())
    return before


def batches(x: Array, labels: Array, size: int, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """An epoch: every digit once, in an order drawn anew, `size` at a time."""
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], labels[chosen]


def build(
    sizes: Sequence[int],
    activation: str,
    init: str,
    rng: np.random.Generator,
    *,
    dropout: float = 0.0,
    dtype: DTypeLike = np.float32,
) -> Network:
    """Dense layers of these sizes with an activation, and dropout if wished, between every two of them."""
    dense = [Dense(np.zeros(shape, dtype), np.zeros(shape[1], dtype)) for shape in pairwise(sizes)]
    initialize([layer.params["w"] for layer in dense], [layer.params["b"] for layer in dense], init, rng)
    layers: list[Layer] = [dense[0]]
    for layer in dense[1:]:
        layers.append(Nonlinearity(ACTIVATIONS[activation]))
        if dropout:
            layers.append(Dropout(dropout, rng))
        layers.append(layer)
    return Network(layers)
