"""What a layer does with its weighted sums: each function beside its derivative, in one table.

The table feeds the form, the experiments, the training, stored files, inference and the browser: a new entry
of it is a new activation everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from nnviz.core.records import Array
from nnviz.core.words import say

Formula = Any
"""An expression in "z": "z", a number, or [operation, operand, ...] whose operands are expressions."""


@dataclass(frozen=True)
class Activation:
    """A hidden layer's function and its derivative, as one value.

    Attributes
    ----------
    name
        In settings and files.
    title
        For people.
    note
        What it does, as a sentence.
    keras
        What Keras calls it, the same function with the same constants.
    value
        a = f(z), element by element, in the float type of z.
    derivative
        f'(z) from z and a = f(z), whichever of the two makes it shorter.
    """

    name: str
    title: str
    note: str
    keras: str
    value: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]


def formula(value: Callable[[Array], Array]) -> Formula:
    """An activation's `value` as an expression that a browser can compute, found by handing it a symbol.

    Raises
    ------
    TypeError
        If it is made of anything but operators and the functions in `OPERATIONS`.
    """
    return _tree(value(_Symbol("z")))  # type: ignore[arg-type]


OPERATIONS = {  # by NumPy's and SciPy's names; the browser's interpreter has the same
    *("add", "subtract", "multiply", "divide", "negative", "absolute", "square", "sqrt", "sign"),
    *("maximum", "minimum", "exp", "expm1", "log1p", "tanh", "erf"),
}


class _Symbol(NDArrayOperatorsMixin):
    """Stands for an array and remembers what is done with it."""

    def __init__(self, tree: Formula) -> None:
        self.tree = tree

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc.__name__ not in OPERATIONS:
            return NotImplemented
        return _Symbol([ufunc.__name__, *map(_tree, inputs)])


def _tree(value: Any) -> Formula:
    if isinstance(value, _Symbol):
        return value.tree
    return float(value)  # which raises TypeError for an array or a list


def relu(z: Array) -> Array:
    """What is positive, and 0 for the rest."""
    return np.maximum(z, 0)


def relu_derivative(z: Array, a: Array) -> Array:
    """1 where z is positive, else 0."""
    return a > 0


def logistic(z: Array) -> Array:
    """1 / (1 + exp(-z)), which overflows for z far below zero; a tanh of half the width never does."""
    a: Array = 0.5 * np.tanh(0.5 * z) + 0.5
    return a


def logistic_derivative(z: Array, a: Array) -> Array:
    """Told from the value alone."""
    derivative: Array = a * (1 - a)
    return derivative


def tanh(z: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(z)


def tanh_derivative(z: Array, a: Array) -> Array:
    """Told from the value alone."""
    return 1 - a * a


def identity(z: Array) -> Array:
    """The sum as it is."""
    return z


def identity_derivative(z: Array, a: Array) -> Array:
    """1 everywhere."""
    return np.ones_like(a)


def leaky_relu(z: Array) -> Array:
    """What is positive, and a fifth of the rest (Maas, Hannun and Ng 2013)."""
    return np.maximum(z, 0.2 * z)


def leaky_relu_derivative(z: Array, a: Array) -> Array:
    """1 where z is positive, else 0.2."""
    return np.maximum(np.sign(z), 0.2)


def elu(z: Array) -> Array:
    """What is positive, and exp(z) - 1 for the rest (Clevert, Unterthiner and Hochreiter 2016)."""
    return np.maximum(z, 0) + np.expm1(np.minimum(z, 0))


def elu_derivative(z: Array, a: Array) -> Array:
    """1 where z is positive, else exp(z)."""
    return np.minimum(a, 0) + 1


def normal_cdf(z: Array) -> Array:
    """The part of the standard normal distribution that lies below z."""
    from scipy.special import erf  # a quarter of a second, which only a network with GELU has to wait for

    share: Array = 0.5 * erf(z * 0.5**0.5) + 0.5
    return share


def gelu(z: Array) -> Array:
    """Each sum times the normal distribution below it (Hendrycks and Gimpel 2016, equation 2)."""
    a: Array = z * normal_cdf(z)
    return a


def gelu_derivative(z: Array, a: Array) -> Array:
    """By the product rule: the distribution below z, and z times its density there."""
    density: Array = np.exp(-0.5 * z * z) * (2 * np.pi) ** -0.5
    derivative: Array = normal_cdf(z) + z * density
    return derivative


def silu(z: Array) -> Array:
    """Each sum times its own logistic (Elfwing, Uchibe and Doya 2018; also called swish)."""
    a: Array = z * logistic(z)
    return a


def silu_derivative(z: Array, a: Array) -> Array:
    """By the product rule, with z * logistic(z) written as a."""
    derivative: Array = a + logistic(z) * (1 - a)
    return derivative


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "relu",
            say("ReLU"),
            say("What is below zero becomes zero. The rest stays as it is."),
            "relu",
            value=relu,
            derivative=relu_derivative,
        ),
        Activation(
            "logistic",
            say("Sigmoid"),
            say("Brings every sum smoothly between 0 and 1."),
            "sigmoid",
            value=logistic,
            derivative=logistic_derivative,
        ),
        Activation(
            "tanh",
            "tanh",
            say("Brings every sum smoothly between −1 and 1."),
            "tanh",
            value=tanh,
            derivative=tanh_derivative,
        ),
        Activation(
            "identity",
            say("Identity"),
            say("Changes nothing. Many such layers can do no more than one."),
            "linear",
            value=identity,
            derivative=identity_derivative,
        ),
        Activation(
            "leaky_relu",
            say("Leaky ReLU"),
            say(
                "As ReLU, but what is below zero is made five times smaller. So no unit stays at zero "
                "for good."
            ),
            "leaky_relu",
            value=leaky_relu,
            derivative=leaky_relu_derivative,
        ),
        Activation(
            "elu",
            "ELU",
            say("As ReLU, but what is below zero bends smoothly to −1."),
            "elu",
            value=elu,
            derivative=elu_derivative,
        ),
        Activation(
            "gelu",
            "GELU",
            say("A smooth ReLU: each sum times the chance that a random (normal) number is smaller."),
            "gelu",
            value=gelu,
            derivative=gelu_derivative,
        ),
        Activation(
            "silu",
            say("SiLU"),
            say("A smooth ReLU that goes a little below zero: each sum times its sigmoid."),
            "silu",
            value=silu,
            derivative=silu_derivative,
        ),
    )
}
