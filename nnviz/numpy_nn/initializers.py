"""How weights start: random numbers, of a size at which signals neither fade nor grow from layer to layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say


@dataclass(frozen=True)
class Initializer:
    """A way to draw the weights that a training starts from.

    Attributes
    ----------
    title
        For people.
    draw
        draw(rng, fan_in, fan_out, last): (fan_in, fan_out) weights; `last`: of the output layer.
    """

    name: str
    title: str
    note: str
    draw: Callable[[np.random.Generator, int, int, bool], Array]


def _he(rng: np.random.Generator, fan_in: int, fan_out: int, last: bool) -> Array:
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))  # He et al. 2015


def _glorot(rng: np.random.Generator, fan_in: int, fan_out: int, last: bool) -> Array:
    bound = np.sqrt(6 / (fan_in + fan_out))  # Glorot and Bengio 2010
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def _normal(rng: np.random.Generator, fan_in: int, fan_out: int, last: bool) -> Array:
    return rng.standard_normal((fan_in, fan_out)) * (0.1 if last else 1)


INITIALIZERS: dict[str, Initializer] = {
    start.name: start
    for start in (
        Initializer(
            "he",
            say("Better (He 2015)"),
            say("Better starting weights for ReLU: the more inputs, the smaller."),
            _he,
        ),
        Initializer(
            "glorot",
            say("For tanh (Glorot 2010)"),
            say("Starting weights for tanh: the more inputs and outputs, the smaller."),
            _glorot,
        ),
        Initializer(
            "normal",
            say("As in the report"),
            say("The report's starting weights: large. The last layer's are ten times smaller."),
            _normal,
        ),
    )
}


def initialize(
    coefs: Sequence[Array], intercepts: Sequence[Array], init: str, rng: np.random.Generator
) -> None:
    """Draw fresh weights in place by the name of an initializer, layer by layer; intercepts start at 0."""
    for i, w in enumerate(coefs):
        fan_in, fan_out = w.shape
        w[...] = INITIALIZERS[init].draw(rng, fan_in, fan_out, i == len(coefs) - 1)
    for b in intercepts:
        b[...] = 0
