"""Are the gradients right? Each is held against what the loss does when its weight is moved a little.

Central differences in float64: (loss(w + h) - loss(w - h)) / 2h. Backpropagation with a mistake in it, of a
kind that is easily made, is there to be found out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.numpy_nn import backprop
from nnviz.numpy_nn.one_step import Step, Weights, take_apart, textbook
from nnviz.numpy_nn.regularizers import REGULARIZERS

Place = tuple[int, int, int]
"""A weight: its layer, the input it comes from, and the unit it goes to, each from 0."""

STEP = 1e-5  # h: half of it changes nothing that is told here
_LEAST_STEP = 1e-8
FLOOR = 1e-4  # of a layer's greatest gradient: smaller ones are held against that
ROUNDING = 1e-9  # and what is smaller than this against this: softmax's p - 1 has only so many places


@dataclass(frozen=True)
class Mistake:
    """A way to get backpropagation wrong.

    Attributes
    ----------
    title, note
        For people.
    apart
        As `take_apart`, with the mistake in it.
    """

    name: str
    title: str
    note: str
    apart: Callable[[Any, Array, int], Step]


class _NoDerivative(backprop.Nonlinearity):
    def backward(self, grad: Array) -> Array:
        return grad


class _NoTranspose(backprop.Dense):
    def backward(self, grad: Array) -> Array:
        super().backward(grad)
        w = self.params["w"]
        return grad @ w.reshape(w.shape[::-1])


def _without_penalty(weights: Weights, x: Array, label: int) -> Step:
    plain = Weights(weights.coefs, weights.intercepts, weights.activations)
    return take_apart(plain, x, label)


MISTAKES: dict[str, Mistake] = {
    mistake.name: mistake
    for mistake in (
        Mistake(
            "none",
            say("None: as the textbook has it"),
            say("Both ways should give the same numbers."),
            take_apart,
        ),
        Mistake(
            "derivative",
            say("Forget the activation's derivative"),
            say("`return grad` instead of `return grad * self.activation.derivative(self.z, self.a)`."),
            lambda weights, x, label: take_apart(weights, x, label, textbook(weights, bend=_NoDerivative)),
        ),
        Mistake(
            "transpose",
            say("Forget the transpose"),
            say(
                "`grad @ w` does not even run: the shapes do not fit. `grad @ w.reshape(w.shape[::-1])` has "
                "the right shape and runs, but every weight is in the wrong place."
            ),
            lambda weights, x, label: take_apart(weights, x, label, textbook(weights, dense=_NoTranspose)),
        ),
        Mistake(
            "penalty",
            say("Forget λ"),
            say("The line that adds the weight penalty's gradient is left out."),
            _without_penalty,
        ),
    )
}


@dataclass(frozen=True, eq=False)
class Checked:
    """Gradients of some weights, found in two ways.

    Attributes
    ----------
    places
        Which weights.
    told, measured
        (n,) by backpropagation and by central differences.
    differences
        (n,) relative: to the larger of the two, to FLOOR of the layer's greatest gradient, or to ROUNDING,
        whichever is largest.
    """

    places: tuple[Place, ...]
    told: Array
    measured: Array
    differences: Array

    @property
    def greatest(self) -> float:
        """The greatest relative difference."""
        return float(self.differences.max())


def sample(weights: Weights, n: int, seed: int) -> tuple[Place, ...]:
    """Draw n different weights, as many of each layer as of every other, as far as it has them."""
    rng = np.random.default_rng(seed)
    left, places = n, list[Place]()
    smallest_first = sorted(range(len(weights.coefs)), key=lambda i: weights.coefs[i].size)
    for turn, layer in enumerate(smallest_first):
        w = weights.coefs[layer]
        count = min(w.size, left // (len(smallest_first) - turn))
        chosen = rng.choice(w.size, count, replace=False)
        places += [(layer, int(at // w.shape[1]), int(at % w.shape[1])) for at in np.sort(chosen)]
        left -= count
    return tuple(sorted(places))


def check(
    weights: Weights,
    x: Array,
    label: int,
    places: Sequence[Place],
    mistake: str = "none",
    mistakes: Mapping[str, Mistake] = MISTAKES,
) -> Checked:
    """Hold gradients of these weights, in float64, against central differences.

    Parameters
    ----------
    x
        (features,) a digit.
    label
        Which it is.
    mistake
        What backpropagation gets wrong, a name in `mistakes`.
    mistakes
        Those of a network of that kind.
    """
    exact = weights.astype(np.float64)
    step = mistakes[mistake].apart(exact, x, label)
    told = np.array([step.coefs[layer][i, unit] for layer, i, unit in places])
    measured = np.array([difference(exact, x, label, place) for place in places])
    floors = np.array([max(FLOOR * np.abs(step.coefs[layer]).max(), ROUNDING) for layer, _, _ in places])
    sizes = np.maximum(np.maximum(np.abs(told), np.abs(measured)), floors)
    gaps = np.abs(told - measured)
    return Checked(tuple(places), told, measured, gaps / sizes)


def difference(weights: Weights, x: Array, label: int, place: Place) -> float:
    """How the loss changes with one weight, from moving it to both sides.

    Parameters
    ----------
    weights
        In float64; the weight is put back.
    """
    layer, i, unit = place
    w = weights.coefs[layer]
    own, size = float(w[i, unit]), STEP
    penalty = REGULARIZERS[weights.penalty].value
    while True:
        sides = []
        for moved in (own + size, own - size):
            w[i, unit] = moved
            loss, positive = _loss(weights, x, label)
            # All other weights' part of the penalty is the same on both sides.
            sides.append((moved, loss + weights.alpha * penalty(np.array([moved])), positive))
        w[i, unit] = own
        (high, above, one), (low, below, other) = sides
        if size <= _LEAST_STEP or one == other:
            return float((above - below) / (high - low))
        size /= 10  # a unit has turned its corner on the way


def _loss(weights: Weights, x: Array, label: int) -> tuple[float, list[bytes]]:
    """-log p(label), also where that is tiny, and on which side of their corners units are."""
    logits, sides = weights.sides(x)
    others = np.delete(logits, label) - logits[label]
    most = float(others.max(initial=-np.inf))
    if most < 0:
        return float(np.log1p(np.exp(others).sum())), sides
    return most + float(np.log(np.exp(-most) + np.exp(others - most).sum())), sides
