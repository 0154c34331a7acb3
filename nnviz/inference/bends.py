"""Activations that only networks from elsewhere have, beside those that can be trained here."""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array
from nnviz.numpy_nn.activations import Activation, logistic

_SCALE, _ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017, section 3


def selu(z: Array) -> Array:
    """An ELU whose two constants keep mean and variance (Klambauer et al. 2017)."""
    a: Array = _SCALE * (np.maximum(z, 0) + _ALPHA * np.expm1(np.minimum(z, 0)))
    return a


def selu_derivative(z: Array, a: Array) -> Array:
    """Told from the sign, and below zero from the value."""
    return np.where(z > 0, _SCALE, a + _SCALE * _ALPHA).astype(np.asarray(z).dtype)


def softplus(z: Array) -> Array:
    """The logarithm of 1 + exp(z), written so that nothing overflows."""
    a: Array = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    return a


def softplus_derivative(z: Array, a: Array) -> Array:
    """The logistic."""
    return logistic(z)


def softsign(z: Array) -> Array:
    """The share of z in 1 + |z|."""
    a: Array = z / (np.abs(z) + 1)
    return a


def softsign_derivative(z: Array, a: Array) -> Array:
    """The square of 1 / (1 + |z|)."""
    derivative: Array = 1 / (np.abs(z) + 1) ** 2
    return derivative


def relu6(z: Array) -> Array:
    """A ReLU that ends at 6."""
    return np.minimum(np.maximum(z, 0), 6)


def relu6_derivative(z: Array, a: Array) -> Array:
    """1 between 0 and 6."""
    return ((z > 0) & (z < 6)).astype(np.asarray(z).dtype)


def mish(z: Array) -> Array:
    """Each sum times the tanh of its softplus (Misra 2019)."""
    a: Array = z * np.tanh(softplus(z))
    return a


def mish_derivative(z: Array, a: Array) -> Array:
    """By the product rule."""
    t = np.tanh(softplus(z))
    derivative: Array = t + z * (1 - t * t) * logistic(z)
    return derivative


def hard_sigmoid(z: Array) -> Array:
    """A straight line from 0 at -3 to 1 at 3, as Keras 3 has it."""
    return np.minimum(np.maximum(z * (1 / 6) + 0.5, 0), 1)


def hard_sigmoid_derivative(z: Array, a: Array) -> Array:
    """A sixth on the slope."""
    return np.where(np.abs(z) < 3, 1 / 6, 0).astype(np.asarray(z).dtype)


def hard_silu(z: Array) -> Array:
    """Each sum times its hard sigmoid."""
    a: Array = z * hard_sigmoid(z)
    return a


def hard_silu_derivative(z: Array, a: Array) -> Array:
    """By the product rule."""
    derivative: Array = hard_sigmoid(z) + z * hard_sigmoid_derivative(z, a)
    return derivative


def exponential(z: Array) -> Array:
    """The number e to the power of z, of which float32 has no more than that of 88."""
    return np.exp(np.minimum(z, 88))


def exponential_derivative(z: Array, a: Array) -> Array:
    """The same again."""
    return a


def log_sigmoid(z: Array) -> Array:
    """The logarithm of the logistic."""
    a: Array = -softplus(-z)
    return a


def log_sigmoid_derivative(z: Array, a: Array) -> Array:
    """The logistic of the opposite."""
    return logistic(-z)


def hard_tanh(z: Array) -> Array:
    """A straight line from −1 to 1."""
    return np.minimum(np.maximum(z, -1), 1)


def hard_tanh_derivative(z: Array, a: Array) -> Array:
    """1 on the slope."""
    return (np.abs(z) < 1).astype(np.asarray(z).dtype)


def tanh_shrink(z: Array) -> Array:
    """What tanh takes away from z."""
    a: Array = z - np.tanh(z)
    return a


def tanh_shrink_derivative(z: Array, a: Array) -> Array:
    """The square of the tanh."""
    derivative: Array = np.tanh(z) ** 2
    return derivative


def squareplus(z: Array) -> Array:
    """A softplus without an exponential (Barron 2021)."""
    a: Array = (z + np.sqrt(z * z + 4)) * 0.5
    return a


def squareplus_derivative(z: Array, a: Array) -> Array:
    """Told from z alone."""
    derivative: Array = (z / np.sqrt(z * z + 4) + 1) * 0.5
    return derivative


BENDS: tuple[Activation, ...] = tuple(
    Activation(name, name, "", name, value=value, derivative=derivative)
    for name, value, derivative in (
        ("selu", selu, selu_derivative),
        ("softplus", softplus, softplus_derivative),
        ("softsign", softsign, softsign_derivative),
        ("relu6", relu6, relu6_derivative),
        ("mish", mish, mish_derivative),
        ("hard_sigmoid", hard_sigmoid, hard_sigmoid_derivative),
        ("hard_silu", hard_silu, hard_silu_derivative),
        ("exponential", exponential, exponential_derivative),
        ("log_sigmoid", log_sigmoid, log_sigmoid_derivative),
        ("hard_tanh", hard_tanh, hard_tanh_derivative),
        ("tanh_shrink", tanh_shrink, tanh_shrink_derivative),
        ("squareplus", squareplus, squareplus_derivative),
    )
)
