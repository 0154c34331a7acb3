"""One step of gradient descent on one digit, with every number of it kept: what the lesson takes apart.

The arithmetic is the textbook's (`backprop`, `losses`, `optimizers`); here it is only written down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from nnviz.core.records import Array
from nnviz.numpy_nn import backprop
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.losses import SoftmaxCrossEntropy, cross_entropy, softmax
from nnviz.numpy_nn.optimizers import SGD
from nnviz.numpy_nn.regularizers import REGULARIZERS

Layers = Sequence[backprop.Layer]
_BROKEN = ("relu", "leaky_relu")  # have a corner, over which no difference may reach


@dataclass(frozen=True, eq=False)
class Weights:
    """A network of dense layers with a softmax at its end.

    Attributes
    ----------
    coefs, intercepts
        (inputs, units) and (units,) of each layer.
    activations
        Names in ACTIVATIONS, one for each hidden layer.
    penalty, alpha
        Name in REGULARIZERS and strength of the weight penalty.
    """

    coefs: tuple[Array, ...]
    intercepts: tuple[Array, ...]
    activations: tuple[str, ...]
    penalty: str = "l2"
    alpha: float = 0.0

    def astype(self, dtype: DTypeLike) -> Self:
        """The same, copied, as floats of this type."""
        return replace(
            self,
            coefs=tuple(np.array(w, dtype) for w in self.coefs),
            intercepts=tuple(np.array(b, dtype) for b in self.intercepts),
        )

    @property
    def finite(self) -> bool:
        """Whether all of them are finite numbers."""
        return all(bool(np.isfinite(each).all()) for each in (*self.coefs, *self.intercepts))

    def take_apart(self, x: Array, label: int) -> Step:
        """All numbers of a digit's way through the network and back; see `take_apart`."""
        return take_apart(self, x, label)

    def logits(self, x: Array) -> Array:
        """(n, features) -> (n, k): the sums before the softmax."""
        return textbook(self).forward(np.asarray(x, self.coefs[0].dtype))

    def sides(self, x: Array) -> tuple[Array, list[bytes]]:
        """The (k,) logits of one digit, and on which side of their corners its units are."""
        network = textbook(self)
        logits = network.forward(np.asarray(x, self.coefs[0].dtype)[None])[0]
        bends = [layer for layer in network.layers if isinstance(layer, backprop.Nonlinearity)]
        return logits, [(bend.z > 0).tobytes() for bend in bends if bend.activation.name in _BROKEN]


@dataclass(frozen=True, eq=False)
class Step:
    """All numbers of one digit's way through a network and back.

    Attributes
    ----------
    values
        Of each layer, what it passes on: the (features,) digit first, the (k,) probabilities last.
    sums
        z of each dense layer, (units,).
    loss
        -log p(label), in nats.
    penalty
        What the weights add to it: alpha times the penalty, for a batch of one digit.
    deltas
        The gradient of the loss in each layer's sums, (units,).
    coefs, intercepts
        The gradient of loss and penalty in every weight, (inputs, units), and bias, (units,).
    """

    values: tuple[Array, ...]
    sums: tuple[Array, ...]
    loss: float
    penalty: float
    deltas: tuple[Array, ...]
    coefs: tuple[Array, ...]
    intercepts: tuple[Array, ...]

    @property
    def probabilities(self) -> Array:
        """(k,) that sum to 1."""
        return self.values[-1]


def textbook(
    weights: Weights,
    *,
    dense: Callable[[Array, Array], backprop.Dense] = backprop.Dense,
    bend: Callable[..., backprop.Nonlinearity] = backprop.Nonlinearity,
) -> backprop.Network:
    """The textbook's network with these weights, which it may change in place.

    Parameters
    ----------
    dense, bend
        Make its layers.
    """
    layers: list[backprop.Layer] = []
    names = [*weights.activations, ""]
    for w, b, name in zip(weights.coefs, weights.intercepts, names, strict=True):
        layers.append(dense(w, b))
        if name:
            layers.append(bend(ACTIVATIONS[name]))
    return backprop.Network(layers)


def take_apart(weights: Weights, x: Array, label: int, network: backprop.Network | None = None) -> Step:
    """Forward, the loss, and back again, in the float type of the weights.

    Parameters
    ----------
    x
        (features,) a digit.
    label
        Which it is, in 0..k - 1.
    network
        A network of these weights, if not the textbook's.
    """
    network = network or textbook(weights)
    batch = np.asarray(x, weights.coefs[0].dtype)[None]
    regularizer = REGULARIZERS[weights.penalty]
    with np.errstate(over="ignore", invalid="ignore"):
        loss = backprop.gradients(network, batch, np.array([label]), regularizer, weights.alpha)
        logits = network.dense[-1].inputs @ weights.coefs[-1] + weights.intercepts[-1]
        penalty = weights.alpha * sum(regularizer.value(w) for w in weights.coefs)
        bends = [layer for layer in network.layers if isinstance(layer, backprop.Nonlinearity)]
        inputs = [layer.inputs[0] for layer in network.dense]
        return Step(
            values=(*inputs, softmax(logits)[0]),
            sums=(*(layer.z[0] for layer in bends), logits[0]),
            loss=loss,
            penalty=float(penalty),
            deltas=tuple(layer.grads["b"] for layer in network.dense),  # of one digit they are the same
            coefs=tuple(layer.grads["w"] for layer in network.dense),
            intercepts=tuple(layer.grads["b"] for layer in network.dense),
        )


W = TypeVar("W", bound=Weights)


def moved(weights: W, step: Step, rate: float) -> W:
    """The weights after a step of plain gradient descent."""
    after = weights.astype(weights.coefs[0].dtype)
    params = [*after.coefs, *after.intercepts]
    with np.errstate(over="ignore", invalid="ignore"):
        SGD(params, rate).step([*step.coefs, *step.intercepts])
    return after


def walk(weights: W, x: Array, label: int, rates: Sequence[float]) -> tuple[W, tuple[Step, ...]]:
    """Take steps one after the other.

    Parameters
    ----------
    rates
        The learning rate of each.

    Returns
    -------
    tuple[W, tuple[Step, ...]]
        The weights after the last; and what each step was made of, without the gradients of its weights,
        which are as many numbers as the network has.
    """
    steps = []
    for rate in rates:
        step = weights.take_apart(x, label)
        weights = moved(weights, step, rate)
        steps.append(replace(step, coefs=()))
    return weights, tuple(steps)


def slopes(weights: Weights, step: Step) -> tuple[Array, ...]:
    """The derivative of each hidden layer's activation at its sums, (units,)."""
    told = zip(weights.activations, step.sums, step.values[1:], strict=False)  # the last layer has none
    with np.errstate(over="ignore", invalid="ignore"):
        return tuple(np.asarray(ACTIVATIONS[name].derivative(z, a), z.dtype) for name, z, a in told)


@dataclass(frozen=True, eq=False)
class Effect:
    """What a step did to other digits, each counted in losses before and after it.

    Attributes
    ----------
    before, after
        (n,) losses.
    right_before, right_after
        (n,) whether each was read rightly.
    """

    before: Array
    after: Array
    right_before: Array
    right_after: Array

    @property
    def counts(self) -> dict[str, int]:
        """How many became better, worse, newly right and newly wrong."""
        return {
            "better": int((self.after < self.before).sum()),
            "worse": int((self.after > self.before).sum()),
            "newly_right": int((~self.right_before & self.right_after).sum()),
            "newly_wrong": int((self.right_before & ~self.right_after).sum()),
        }


def effect(before: Weights, after: Weights, x: Array, labels: Array) -> Effect:
    """What became of other digits.

    Parameters
    ----------
    x
        (n, features).
    labels
        (n,) in 0..k - 1.
    """
    told = [_judged(weights, x, labels) for weights in (before, after)]
    return Effect(told[0][0], told[1][0], told[0][1], told[1][1])


def _judged(weights: Weights, x: Array, labels: Array) -> tuple[Array, Array]:
    """(n,) losses, and whether each digit is read rightly."""
    with np.errstate(over="ignore", invalid="ignore"):
        logits = weights.logits(x)
        losses = np.array(
            [cross_entropy(row[None], np.array([k])) for row, k in zip(logits, labels, strict=True)]
        )
    return losses, logits.argmax(axis=1) == labels


def mean_gradient(weights: Weights, x: Array, labels: Array) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """What many digits together say of every weight, and which units they wake.

    Parameters
    ----------
    x
        (n, features).
    labels
        (n,) in 0..k - 1.

    Returns
    -------
    tuple[tuple[Array, ...], tuple[Array, ...]]
        The mean gradient in every layer's weights, (inputs, units), without the penalty; and of every hidden
        layer for how many digits each unit's derivative is not zero, (units,): at 0 a unit is dead.
    """
    network = textbook(weights)
    loss = SoftmaxCrossEntropy()
    loss.forward(network.forward(np.asarray(x, weights.coefs[0].dtype)), labels)
    network.backward(loss.backward())
    bends = [layer for layer in network.layers if isinstance(layer, backprop.Nonlinearity)]
    awake = tuple((layer.activation.derivative(layer.z, layer.a) != 0).sum(axis=0) for layer in bends)
    return tuple(layer.grads["w"] for layer in network.dense), awake
