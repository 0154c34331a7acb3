"""What a layer does with its weighted sums: each function beside its derivative, in one table.

The table feeds the menu and the maths, so that what can be chosen and what can be computed are one thing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array


@dataclass(frozen=True)
class Activation:
    """A hidden layer's function and its derivative, as one value.

    value(z, out): the outputs a = f(z), written to `out` (which may be z itself) and returned;
    slope(a): the derivative f'(z), told from the *output* a, which is all that the backward pass has kept.
    """

    name: str
    note: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array], Array]


def _relu(z: Array, out: Array) -> Array:
    return np.maximum(z, 0, out=out)


def _logistic(z: Array, out: Array) -> Array:
    # 1 / (1 + exp(-z)) overflows for z far below zero; the same curve as a tanh of half the width never does.
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out


def _tanh(z: Array, out: Array) -> Array:
    return np.tanh(z, out=out)


def _identity(z: Array, out: Array) -> Array:
    if out is not z:
        np.copyto(out, z)
    return out


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("relu", "Passes what is positive and silences the rest.", _relu, lambda a: a > 0),
        Activation("logistic", "Squeezes every sum smoothly into 0 to 1.", _logistic, lambda a: a * (1 - a)),
        Activation("tanh", "Squeezes every sum smoothly into -1 to 1.", _tanh, lambda a: 1 - a * a),
        Activation(
            "identity", "Changes nothing: layers upon layers of it are one line.", _identity, np.ones_like
        ),
    )
}


def softmax(logits: Array, out: Array | None = None) -> Array:
    """(n, k) logits -> (n, k) probabilities, rows sum to 1; `out` may be the logits themselves.

    The largest logit of a row is taken off first, so that exp never overflows: the ratio stays the same.
    """
    out = np.subtract(logits, np.maximum.reduce(logits, axis=1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= np.add.reduce(out, axis=1, keepdims=True)
    return out


def cross_entropy(logits: Array, labels: Array) -> float:
    """Mean of -log p(label) in nats, for (n, k) logits and (n,) labels in 0..k-1.

    Told from the logits and not the probabilities, as a digit that is surely wrong has a probability
    of 0 in float32 but a finite loss.
    """
    below = logits - logits.max(axis=1, keepdims=True)  # how far each is below its row's largest
    log_of_sum = np.log(np.exp(below).sum(axis=1))
    return float(np.mean(log_of_sum - below[np.arange(len(labels)), labels], dtype=np.float64))
