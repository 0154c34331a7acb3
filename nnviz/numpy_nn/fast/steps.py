"""The steps of `optimizers` with as few passes over the weights as they can be made in."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from nnviz.core.records import Array
from nnviz.numpy_nn.fast.blas import add_scaled, flush_denormals, matmul_split, subtract_product
from nnviz.numpy_nn.fast.parameters import Parameters
from nnviz.numpy_nn.optimizers import SGD, Adam
from nnviz.numpy_nn.regularizers import L2, Regularizer

Deltas = Iterable[tuple[int, Array, Array]]
"""What `propagation.backward` yields."""


class FastSGD:
    """`optimizers.SGD`: the deltas hold the rate; product, penalty and step are one pass over a layer."""

    def __init__(self, parameters: Parameters, rate: float, momentum: float) -> None:
        self.set_rate(rate)
        self.momentum = momentum
        self.velocity = Parameters(parameters.sizes, parameters.flat.dtype) if momentum else None

    def step(self, parameters: Parameters, deltas: Deltas, regularizer: Regularizer, strength: float) -> None:
        """Move `parameters` against the gradient and the penalty's derivative.

        Parameters
        ----------
        deltas
            Tell of the gradient; already multiplied by `scale`.
        strength
            What the penalty's derivative is multiplied by; already multiplied by `scale`, too.
        """
        if self.velocity is None:
            for i, inputs, delta in deltas:
                w, keep = parameters.coefs[i], 1.0
                if strength and regularizer is L2:  # whose derivative is w: it goes into the same pass
                    keep = 1 - strength
                elif strength:
                    w -= strength * regularizer.derivative(w)
                subtract_product(w, keep, inputs, delta)
                parameters.intercepts[i] -= np.add.reduce(delta, axis=0)
            return
        for i, inputs, delta in deltas:
            subtract_product(self.velocity.coefs[i], self.momentum, inputs, delta)
            self.velocity.intercepts[i] *= self.momentum
            self.velocity.intercepts[i] -= np.add.reduce(delta, axis=0)
        if strength:
            add_scaled(self.velocity.weights, -strength, regularizer.derivative(parameters.weights))
        parameters.flat += self.velocity.flat

    def set_rate(self, rate: float) -> None:
        """The learning rate from now on."""
        self.scale = rate  # asked of the backward pass: its deltas arrive multiplied by the rate

    def flush(self, parameters: Parameters) -> None:
        """To be called now and then: numbers that have all but vanished are set to 0."""
        flush_denormals(parameters.weights)
        if self.velocity is not None:
            flush_denormals(self.velocity.flat)


class FastAdam:
    """`optimizers.Adam` on the flat vector.

    Both averages are kept without their factors (1 - beta), which go into two numbers a step instead of two
    passes over all the weights.
    """

    def __init__(self, parameters: Parameters, rate: float, momentum: float) -> None:
        # It does not mind what its gradients are measured in; large units keep their squares off denormals.
        self.scale = 1e6
        self.set_rate(rate)
        self.steps = 0
        self.gradient = Parameters(parameters.sizes, parameters.flat.dtype)
        self.first = np.zeros_like(parameters.flat)
        self.second = np.zeros_like(parameters.flat)

    def step(self, parameters: Parameters, deltas: Deltas, regularizer: Regularizer, strength: float) -> None:
        """As FastSGD's."""
        g = self.gradient.flat
        for i, inputs, delta in deltas:
            matmul_split(inputs.T, delta, self.gradient.coefs[i])
            np.add.reduce(delta, axis=0, out=self.gradient.intercepts[i])
        if strength:
            add_scaled(self.gradient.weights, strength, regularizer.derivative(parameters.weights))
        self.steps += 1
        self.first *= Adam.BETA_1
        self.first += g
        self.second *= Adam.BETA_2
        np.square(g, out=g)
        self.second += g
        mean = (1 - Adam.BETA_1) / (1 - Adam.BETA_1**self.steps)
        size = math.sqrt((1 - Adam.BETA_2) / (1 - Adam.BETA_2**self.steps))
        np.sqrt(self.second, out=g)
        g += Adam.EPSILON * self.scale / math.sqrt(1 - Adam.BETA_2)
        np.divide(self.first, g, out=g)
        g *= self.rate * mean / size
        parameters.flat -= g

    def set_rate(self, rate: float) -> None:
        """As FastSGD's."""
        self.rate = rate

    def flush(self, parameters: Parameters) -> None:
        """As FastSGD's."""
        for values in (parameters.weights, self.first, self.second):
            flush_denormals(values)


FastSolver = FastSGD | FastAdam
FAST_SOLVERS: dict[str, type[FastSGD] | type[FastAdam]] = {SGD.name: FastSGD, Adam.name: FastAdam}
