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


def logistic(z: Array) -> Array:
    """1 / (1 + exp(-z)), which overflows for z far below zero; a tanh of half the width never does."""
    a: Array = 0.5 * np.tanh(0.5 * z) + 0.5
    return a


def _normal_share(z: Array) -> Array:
    """The part of the standard normal distribution that lies below z."""
    from scipy.special import erf  # a quarter of a second, which only a network with GELU has to wait for

    share: Array = 0.5 * erf(z * 0.5**0.5) + 0.5
    return share


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            "relu",
            "ReLU",
            "Passes what is positive and silences the rest.",
            "relu",
            value=lambda z: np.maximum(z, 0),
            derivative=lambda z, a: a > 0,
        ),
        Activation(
            "logistic",
            "Logistic",
            "Squeezes every sum smoothly into 0 to 1.",
            "sigmoid",
            value=logistic,
            derivative=lambda z, a: a * (1 - a),
        ),
        Activation(
            "tanh",
            "tanh",
            "Squeezes every sum smoothly into -1 to 1.",
            "tanh",
            value=lambda z: np.tanh(z),
            derivative=lambda z, a: 1 - a * a,
        ),
        Activation(
            "identity",
            "Identity",
            "Changes nothing: layers upon layers of it are one line.",
            "linear",
            value=lambda z: z,
            derivative=lambda z, a: np.ones_like(a),
        ),
        Activation(  # Maas, Hannun and Ng 2013
            "leaky_relu",
            "Leaky ReLU",
            "Passes what is positive and a fifth of the rest, so that no unit falls silent for good.",
            "leaky_relu",
            value=lambda z: np.maximum(z, 0.2 * z),
            derivative=lambda z, a: np.maximum(np.sign(z), 0.2),
        ),
        Activation(  # Clevert, Unterthiner and Hochreiter 2016
            "elu",
            "ELU",
            "Passes what is positive; the rest levels off smoothly at -1.",
            "elu",
            value=lambda z: np.maximum(z, 0) + np.expm1(np.minimum(z, 0)),
            derivative=lambda z, a: np.minimum(a, 0) + 1,
        ),
        Activation(  # Hendrycks and Gimpel 2016, equation 2
            "gelu",
            "GELU",
            "Each sum times the chance that a standard normal number lies below it: a smooth ReLU.",
            "gelu",
            value=lambda z: z * _normal_share(z),
            derivative=lambda z, a: _normal_share(z) + z * np.exp(-0.5 * z * z) * (2 * np.pi) ** -0.5,
        ),
        Activation(  # Elfwing, Uchibe and Doya 2018; Ramachandran, Zoph and Le 2017 call it swish
            "silu",
            "SiLU",
            "Each sum times its own logistic: a smooth ReLU that dips below nought.",
            "silu",
            value=lambda z: z * logistic(z),
            derivative=lambda z, a: a + logistic(z) * (1 - a),
        ),
    )
}
