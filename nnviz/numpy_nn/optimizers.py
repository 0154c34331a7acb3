"""How weights move: the step of each optimizer, and how the learning rate goes from epoch to epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say


class SGD:
    """Stochastic gradient descent; with momentum, the steps before still carry on.

    References
    ----------
    Polyak 1964, Some methods of speeding up the convergence of iteration methods.
    """

    name: ClassVar[str] = "sgd"
    title: ClassVar[str]
    note: ClassVar[str]

    def __init__(self, params: Sequence[Array], rate: float, momentum: float = 0.0) -> None:
        self.params, self.rate, self.momentum = params, rate, momentum
        self.velocity = [np.zeros_like(w) for w in params]

    def step(self, grads: Sequence[Array]) -> None:
        """Move every parameter in place.

        Parameters
        ----------
        grads
            The gradient of the loss in each parameter, shaped like it.
        """
        for w, grad, velocity in zip(self.params, grads, self.velocity, strict=True):
            velocity *= self.momentum
            velocity -= self.rate * grad
            w += velocity


class Adam:
    """Every weight has a rate of its own, told from mean and size of its gradients.

    References
    ----------
    Kingma and Ba 2015, Adam: a method for stochastic optimization.
    """

    name: ClassVar[str] = "adam"
    title: ClassVar[str]
    note: ClassVar[str]
    BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, params: Sequence[Array], rate: float, momentum: float = 0.0) -> None:
        self.params, self.rate, self.steps = params, rate, 0
        self.mean = [np.zeros_like(w) for w in params]
        self.square = [np.zeros_like(w) for w in params]

    def step(self, grads: Sequence[Array]) -> None:
        """As SGD's. Both averages start at 0, and the rate makes up for it (their section 2, last lines)."""
        self.steps += 1
        rate = self.rate * math.sqrt(1 - self.BETA_2**self.steps) / (1 - self.BETA_1**self.steps)
        for w, grad, mean, square in zip(self.params, grads, self.mean, self.square, strict=True):
            mean += (1 - self.BETA_1) * (grad - mean)
            square += (1 - self.BETA_2) * (grad * grad - square)
            w -= rate * mean / (np.sqrt(square) + self.EPSILON)


# What menus say of them; outside of the classes, which are shown as code.
SGD.title = say("Gradient descent (SGD)")
SGD.note = say("A step against the gradient; with momentum the steps before still carry on.")
Adam.title = "Adam"
Adam.note = say("Every weight has a rate of its own, told from its gradients so far.")

SOLVERS: dict[str, type[SGD] | type[Adam]] = {solver.name: solver for solver in (SGD, Adam)}


@dataclass(frozen=True)
class Schedule:
    """How the learning rate goes.

    Attributes
    ----------
    title
        For people.
    share
        share(t): the part of the rate in use when the part t of the epochs is done.
    """

    name: str
    title: str
    note: str
    share: Callable[[float], float]


SCHEDULES: dict[str, Schedule] = {
    schedule.name: schedule
    for schedule in (
        Schedule(
            "constant",
            say("Always the same"),
            say("The learning rate is the same in all epochs."),
            lambda t: 1.0,
        ),
        Schedule(
            "falling",
            say("Falls evenly"),
            say("The learning rate gets smaller from epoch to epoch."),
            lambda t: 1.0 - t,
        ),
    )
}
