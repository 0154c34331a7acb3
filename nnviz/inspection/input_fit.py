"""A network that reads our digits at chance may have learned from others: which change of them it reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnviz.data import mnist
from nnviz.inference import graph, own_input
from nnviz.inference.graph import Network
from nnviz.inference.own_input import OwnInput

CHANCE = 0.3  # right at most, of a network that reads what it does not know
_BETTER = 0.2  # that another input has to read more, to be worth telling
_MOST_TRIED, _FEWEST_TRIED = 300, 20
_MOST_PRODUCTS = 3_000_000_000  # multiplications for all that is tried


@dataclass(frozen=True)
class Fit:
    """How a network reads digits as it is given them now, and as it reads them best.

    Attributes
    ----------
    now, best
        What is done to the digits.
    now_right, best_right
        Shares of the digits that were tried, from 0 to 1.
    """

    now: OwnInput
    now_right: float
    best: OwnInput
    best_right: float

    @property
    def worth_telling(self) -> bool:
        """Whether another input makes the difference between chance and reading."""
        return self.now_right <= CHANCE and self.best_right >= self.now_right + _BETTER


def fit(network: Network) -> Fit:
    """Try every input on some of the embedded digits, as many as are read in a moment."""
    digits = mnist.embedded()
    every = len(own_input.EVERY)
    several = _MOST_PRODUCTS // max(1, every * graph.products(network))
    several = int(np.clip(several, _FEWEST_TRIED, _MOST_TRIED))
    chosen = np.linspace(0, len(digits) - 1, several).astype(int)
    x, y = mnist.to_rows(digits.images[chosen]), digits.labels[chosen]
    right = {}
    for own in own_input.EVERY:
        with np.errstate(all="ignore"):  # sums may overflow in a range that it does not know
            said = own_input.with_input(network, own).predict(x).argmax(axis=1)
        right[own] = float((said == y).mean())
    now = own_input.input_of(network)
    best = max(own_input.EVERY, key=lambda own: right[own])  # of several the first, which is the plainest
    return Fit(now, right[now], best, right[best])
