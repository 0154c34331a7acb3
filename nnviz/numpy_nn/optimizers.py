"""How weights start and how they move: initialisations, penalties, solvers, schedules, a table of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
from scipy.linalg.blas import get_blas_funcs

from nnviz.core.records import Array
from nnviz.numpy_nn.backprop import Parameters, halved, product


@dataclass(frozen=True)
class Initialisation:
    """draw(rng, fan_in, fan_out, last): (fan_in, fan_out) start weights, `last` for the output layer's."""

    name: str
    note: str
    draw: Callable[[np.random.Generator, int, int, bool], Array]


def _he(rng: np.random.Generator, fan_in: int, fan_out: int, last: bool) -> Array:
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))  # He et al. 2015


def _glorot(rng: np.random.Generator, fan_in: int, fan_out: int, last: bool) -> Array:
    bound = np.sqrt(6 / (fan_in + fan_out))  # Glorot and Bengio 2010
    return rng.uniform(-bound, bound, (fan_in, fan_out))


def _normal(rng: np.random.Generator, fan_in: int, fan_out: int, last: bool) -> Array:
    return rng.standard_normal((fan_in, fan_out)) * (0.1 if last else 1)


INITIALISATIONS: dict[str, Initialisation] = {
    start.name: start
    for start in (
        Initialisation("he", "Normal, narrower the more inputs a unit has: made for ReLU.", _he),
        Initialisation("glorot", "Uniform, narrower the more inputs and outputs: made for tanh.", _glorot),
        Initialisation("normal", "The report's: standard normal, the last layer a tenth of it.", _normal),
    )
}


def initialise(parameters: Parameters, init: str, rng: np.random.Generator) -> None:
    """Draw fresh weights by the name of an initialisation, layer by layer; intercepts start at nought."""
    last = len(parameters.coefs) - 1
    for i, w in enumerate(parameters.coefs):
        w[...] = INITIALISATIONS[init].draw(rng, *w.shape, i == last)
    for b in parameters.intercepts:
        b[...] = 0


@dataclass(frozen=True)
class Penalty:
    """A price on large weights.

    value(w): the price; slope(w): its derivative. A step takes rate * slope(w) from w: shrink(w, rate) takes,
    in place, what is not in proportion to w, and returns the factor that what is leaves of it.
    """

    name: str
    note: str
    value: Callable[[Array], float]
    slope: Callable[[Array], Array]
    shrink: Callable[[Array, float], float]


def _shrink_l2(w: Array, rate: float) -> float:
    return 1 - rate


def _shrink_l1(w: Array, rate: float) -> float:
    w -= rate * np.sign(w)
    return 1.0


PENALTIES: dict[str, Penalty] = {
    penalty.name: penalty
    for penalty in (
        Penalty(
            "l2",
            "Half the squares: all weights shrink in proportion to their size.",
            lambda w: 0.5 * float(np.vdot(w, w)),
            lambda w: w,
            _shrink_l2,
        ),
        Penalty(
            "l1",
            "The absolute values: all weights shrink by the same, and many reach nought.",
            lambda w: float(np.abs(w).sum()),
            np.sign,
            _shrink_l1,
        ),
    )
}


@dataclass(frozen=True)
class Schedule:
    """How the learning rate goes. share(t): the part of it in use when the part t of the epochs is done."""

    name: str
    note: str
    share: Callable[[float], float]


SCHEDULES: dict[str, Schedule] = {
    schedule.name: schedule
    for schedule in (
        Schedule("constant", "The same rate from the first epoch to the last.", lambda t: 1.0),
        Schedule("falling", "Long steps first, then ever shorter ones: it comes to rest.", lambda t: 1.0 - t),
    )
}


def _add(onto: Array, times: float, values: Array) -> None:
    """onto += times * values, for flat arrays of one float type, in one pass and without a copy."""
    _blas("axpy", onto.dtype)(values, onto, a=times)


def _subtract_product(w: Array, keep: float, inputs: Array, delta: Array) -> None:
    """w = keep * w - inputs.T @ delta, (a, b) from (n, a) and (n, b), in place and one pass over w.

    It is BLAS' gemm, handed everything turned round, as BLAS has columns where NumPy has rows.
    """
    gemm = _blas("gemm", w.dtype)
    n, rows = inputs.shape
    parts = (slice(0, rows // 2), slice(rows // 2, rows)) if halved(rows, n, w.shape[1]) else (slice(rows),)
    for part in parts:
        gemm(-1.0, delta.T, inputs[:, part].T, keep, w[part].T, trans_b=True, overwrite_c=True)


@cache
def _blas(name: str, dtype: np.dtype[Any]) -> Any:
    """BLAS' function of that name for one float type; looking for it takes longer than a small product."""
    return get_blas_funcs(name, dtype=dtype)


def _forget_dust(values: Array) -> None:
    """Set to nought what no sum would notice. A weight of a pixel that is never inked only shrinks, and
    below 1e-38 the processor takes fifty times as long over every number."""
    values[np.abs(values) < 1e-20] = 0


Blames = Iterable[tuple[int, Array, Array]]
"""What `backprop.backward` yields."""


class SGD:
    """Stochastic gradient descent, with momentum if wanted: v = momentum * v - rate * gradient; w += v."""

    name: ClassVar[str] = "sgd"
    note: ClassVar[str] = "A step against the gradient; with momentum the steps before still carry on."

    def __init__(self, parameters: Parameters, rate: float, momentum: float) -> None:
        self.set_rate(rate)
        self.momentum = momentum
        self.velocity = Parameters(parameters.sizes, parameters.flat.dtype) if momentum else None

    def step(self, parameters: Parameters, blames: Blames, penalty: Penalty, strength: float) -> None:
        """Move `parameters` against the gradient that `blames` tell of and `strength` times the penalty's
        slope, both already multiplied by `scale`."""
        if self.velocity is None:
            for i, inputs, delta in blames:
                w = parameters.coefs[i]
                keep = penalty.shrink(w, strength) if strength else 1.0
                _subtract_product(w, keep, inputs, delta)
                parameters.intercepts[i] -= np.add.reduce(delta, axis=0)
            return
        for i, inputs, delta in blames:
            _subtract_product(self.velocity.coefs[i], self.momentum, inputs, delta)
            self.velocity.intercepts[i] *= self.momentum
            self.velocity.intercepts[i] -= np.add.reduce(delta, axis=0)
        if strength:
            _add(self.velocity.weights, -strength, penalty.slope(parameters.weights))
        parameters.flat += self.velocity.flat

    def set_rate(self, rate: float) -> None:
        """The learning rate from now on."""
        self.scale = rate  # asked of the backward pass: its deltas arrive multiplied by the rate

    def tidy(self, parameters: Parameters) -> None:
        """To be called now and then: numbers that have all but vanished are set to nought."""
        _forget_dust(parameters.weights)
        if self.velocity is not None:
            _forget_dust(self.velocity.flat)


class Adam:
    """Every weight has its own rate, told from the mean and the size of its late gradients (Kingma, Ba 2014).

    Both moments are kept without their factors (1 - beta), which go into two numbers a step instead of two
    passes over all the weights.
    """

    name: ClassVar[str] = "adam"
    note: ClassVar[str] = "Every weight has a rate of its own, told from its gradients so far."
    BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, parameters: Parameters, rate: float, momentum: float) -> None:
        # It does not mind what its gradients are measured in; large units keep their squares clear of dust.
        self.scale = 1e6
        self.set_rate(rate)
        self.steps = 0
        self.gradient = Parameters(parameters.sizes, parameters.flat.dtype)
        self.first = np.zeros_like(parameters.flat)
        self.second = np.zeros_like(parameters.flat)

    def step(self, parameters: Parameters, blames: Blames, penalty: Penalty, strength: float) -> None:
        """As SGD's."""
        g = self.gradient.flat
        for i, inputs, delta in blames:
            product(inputs.T, delta, self.gradient.coefs[i])
            np.add.reduce(delta, axis=0, out=self.gradient.intercepts[i])
        if strength:
            _add(self.gradient.weights, strength, penalty.slope(parameters.weights))
        self.steps += 1
        self.first *= self.BETA_1
        self.first += g
        self.second *= self.BETA_2
        np.square(g, out=g)
        self.second += g
        mean = (1 - self.BETA_1) / (1 - self.BETA_1**self.steps)
        size = math.sqrt((1 - self.BETA_2) / (1 - self.BETA_2**self.steps))
        np.sqrt(self.second, out=g)
        g += self.EPSILON * self.scale / math.sqrt(1 - self.BETA_2)
        np.divide(self.first, g, out=g)
        g *= self.rate * mean / size
        parameters.flat -= g

    def set_rate(self, rate: float) -> None:
        """As SGD's."""
        self.rate = rate

    def tidy(self, parameters: Parameters) -> None:
        """As SGD's."""
        for values in (parameters.weights, self.first, self.second):
            _forget_dust(values)


Solver = SGD | Adam
SOLVERS: dict[str, type[SGD] | type[Adam]] = {solver.name: solver for solver in (SGD, Adam)}
