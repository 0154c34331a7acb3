"""Why one answer and not another: what each unit of the last hidden layer adds to the difference.

The last layer of a classifier adds up: the logit of a digit is its bias and, for each unit before it, the
unit's value times a weight. So the difference of two logits is a sum with one term a unit, and exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import PASSING


class NoSum(ValueError):
    """A network whose answer is no plain sum over units; the message is a sentence."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """What speaks for one answer against another.

    Attributes
    ----------
    units
        (n,) float64: for each unit its value times the difference of its two weights.
    bias
        The difference of the two biases.
    """

    units: Array
    bias: float

    @property
    def difference(self) -> float:
        """The difference of the two logits, which all of them sum to."""
        return float(self.units.sum() + self.bias)


def contributions(network: Network, image: Array, given: int, other: int) -> Contributions:
    """What each unit of the last hidden layer adds to how far one logit is above another.

    Parameters
    ----------
    image
        A digit in [0, 1] in any of its shapes.
    given, other
        Above zero speaks for the first, below for the second.

    Raises
    ------
    NoSum
        For a network that does not end in a dense layer with a softmax.
    """
    last = _answering(network)
    values = network.forward(image)[last.inputs[0]][0].astype(np.float64)
    kernel = last.weights["kernel"].astype(np.float64)
    bias = last.weights["bias"].astype(np.float64) if "bias" in last.weights else np.zeros(kernel.shape[1])
    return Contributions(values * (kernel[:, given] - kernel[:, other]), float(bias[given] - bias[other]))


def last_hidden(network: Network, images: Array) -> Array:
    """What the last layer before the answer makes of digits.

    Parameters
    ----------
    images
        n digits in [0, 1] in any of their shapes.

    Returns
    -------
    Array
        (n, units) float32.

    Raises
    ------
    NoSum
        As `contributions`.
    """
    before = _answering(network).inputs[0]
    place = [part.name for part in network.parts].index(before)
    return replace(network, parts=network.parts[: place + 1]).predict(images)


def _answering(network: Network) -> Part:
    """The dense layer whose sums become the answer."""
    parts = {part.name: part for part in network.parts}
    last = network.parts[-1]
    softmax = last.options.get("activation") == "softmax"
    if last.kind == "Softmax":
        last, softmax = parts[last.inputs[0]], True
        while last.kind in PASSING:
            last = parts[last.inputs[0]]
        softmax = last.options.get("activation", "linear") == "linear"
    if last.kind != "Dense" or not softmax or len(parts[last.inputs[0]].shape) != 1:
        raise NoSum(say("This network's answer is not one sum over units, so it cannot be taken apart."))
    return last
