"""Layers behind each other, as stages of a step: weights, then perhaps an activation, perhaps a pooling.

Normalising is a stage of its own: with the mean and variance kept from training it multiplies every map with
one weight, gamma, and adds another, beta.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import bending, bends, ops
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import PASSING
from nnviz.numpy_nn.activations import ACTIVATIONS, Formula, formula

NORMAL = "BatchNormalization"
LEARNS = ("Conv2D", "Dense", NORMAL)
POOLS = ("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D")
BENDING = ("Activation", "ReLU", "LeakyReLU", "ELU")  # layers that are an activation
SHOWN = ("linear", "relu", "leaky_relu", "sigmoid", "tanh", "elu", "gelu", "silu", "selu", "softplus")
CORNERS = ("relu", "leaky_relu", "selu")  # over which no difference may reach
_PLAIN = {"max_value": None, "negative_slope": 0, "threshold": 0}
_KNOWN = {each.keras: each for each in (*ACTIVATIONS.values(), *bends.BENDS)}
TITLES = {name: each.title for name, each in {**_KNOWN, **ACTIVATIONS}.items()}


class NotConvolving(ValueError):
    """Not such a network; the message is the end of the sentence "This network ..."."""


@dataclass(frozen=True, eq=False)
class Stage:
    """A layer of weights and what follows it.

    Attributes
    ----------
    part
        The layer with the weights.
    bend
        The layer that is its activation; None where it has its own, or none.
    pool
        The pooling after it, if there is one.
    """

    part: Part
    bend: Part | None = None
    pool: Part | None = None

    @property
    def activation(self) -> str:
        """Keras' name of it, "linear" where there is none."""
        if self.bend is None:
            return str(self.part.options.get("activation", "linear"))
        layers = {"ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "Softmax": "softmax"}
        return layers.get(self.bend.kind) or str(self.bend.options["activation"])

    def formulas(self) -> tuple[Formula, Formula]:
        """The activation and its derivative, as a browser computes them."""
        options = self.bend.options if self.bend is not None else {}
        name, alpha = self.activation, 1.0
        if name == "leaky_relu" and "negative_slope" in options:
            slope = float(options["negative_slope"])
            return formula(lambda z: np.maximum(z, slope * z)), formula(
                lambda z: np.maximum(np.sign(z), slope)
            )
        if name == "elu" and "alpha" in options:
            alpha = float(options["alpha"])
            return formula(lambda z: bending.elu(z, alpha)), formula(lambda z: _two_sided(z, 1.0, alpha))
        known = _KNOWN[name]
        return formula(known.value), formula(_SLOPES.get(name, lambda z: known.derivative(z, known.value(z))))


def _two_sided(z: Array, above: float, below: float) -> Array:
    """One number above 0, another times exp(z) below it."""
    positive = np.maximum(np.sign(z), 0)
    found: Array = above * positive + below * (1 - positive) * np.exp(np.minimum(z, 0))
    return found


# Of those whose own derivative is not made of a browser's operations.
_SLOPES: dict[str, Callable[[Array], Array]] = {
    "relu": lambda z: np.maximum(np.sign(z), 0),
    "linear": lambda z: np.sign(z) * 0 + 1,
    "selu": lambda z: _two_sided(z, bends.selu_derivative(np.ones(1), np.ones(1)).item(), _selu_below()),
}


def _selu_below() -> float:
    return float(bends.selu_derivative(np.zeros(1), np.zeros(1)).item())


def stages_of(network: Network) -> tuple[Stage, ...]:
    """The stages of a network of layers behind each other.

    Raises
    ------
    NotConvolving
        For any other network, or what cannot be shown of it.
    """
    parts = network.parts
    if strange := {part.kind for part in parts[1:]} - {*LEARNS, *POOLS, *BENDING, *PASSING, "Softmax"}:
        raise NotConvolving(say("has a layer of the kind {strange}", strange=min(strange)))
    if any(part.inputs != (before.name,) for part, before in zip(parts[1:], parts, strict=False)):
        raise NotConvolving(say("has layers that stand side by side"))
    stages: list[Stage] = []
    for part in parts[1:]:
        if part.kind in PASSING:
            continue
        if part.kind in LEARNS:
            _check_weights(part, first=not stages)
            stages.append(Stage(part))
            continue
        stage = stages.pop() if stages else None
        if stage is None:
            raise NotConvolving(say("has a pooling or an activation before all weights"))
        if stage.pool is not None:
            raise NotConvolving(say("has an activation or a second pooling behind a pooling"))
        if part.kind in POOLS:
            stages.append(Stage(stage.part, stage.bend, part))
        elif stage.activation != "linear" or stage.bend is not None:
            raise NotConvolving(say("has two activations behind each other"))
        else:
            _check_bend(part)
            stages.append(Stage(stage.part, part))
    for stage in stages[:-1]:
        if stage.activation not in SHOWN:
            raise NotConvolving(say("has the activation {unknown}", unknown=stage.activation))
    return tuple(stages)


def _check_weights(part: Part, *, first: bool) -> None:
    if part.kind == NORMAL:
        if first:
            raise NotConvolving(say("normalises the digit before any other weights"))
        if not {"gamma", "beta"} <= set(part.weights):
            raise NotConvolving(say("normalises without γ or without β"))
        if part.options.get("axis", -1) != -1:
            raise NotConvolving(say("normalises along rows or columns, not maps"))
    elif part.options.get("dilation_rate", (1, 1)) != (1, 1):
        raise NotConvolving(say("has kernels with gaps"))


def _check_bend(part: Part) -> None:
    options = dict(part.options)
    if part.kind == "ReLU" and options != _PLAIN:
        raise NotConvolving(say("has a ReLU with bounds of its own"))
    if part.kind == "LeakyReLU" and not 0 <= options["negative_slope"] <= 1:
        raise NotConvolving(say("has a leaky ReLU that is steeper below zero than above"))


def normal(part: Part, x: Array) -> Array:
    """What a normalising layer multiplies with its gamma: by the kept mean and variance."""
    mean, factor = kept_statistics(part)
    found: Array = (x - mean) * factor
    return found


def kept_statistics(part: Part) -> tuple[Array, Array]:
    """The kept mean, and 1 / deviation, (channels,) float64."""
    variance = part.weights["moving_variance"].astype(np.float64) + np.float32(part.options["epsilon"])
    return part.weights["moving_mean"].astype(np.float64), 1 / np.sqrt(variance)


def corners(stage: Stage, values: dict[str, Array]) -> list[bytes]:
    """On which side of their corners a stage's units and windows are, for a digit."""
    told = []
    if stage.activation in CORNERS:
        # Of a layer with its own activation the values have the signs of the sums.
        told.append((values[stage.part.name] > 0).tobytes())
    if stage.pool is not None and "Max" in stage.pool.kind:
        x, options = values[stage.pool.inputs[0]], stage.pool.options
        if stage.pool.kind == "MaxPooling2D":
            how = options["pool_size"], options["strides"], options["padding"]
            windows = ops.windows(x, *how, outside=-np.inf)
            told.append(windows.reshape(*windows.shape[:4], -1).argmax(axis=-1).tobytes())
        else:
            told.append(x.reshape(-1, x.shape[-1]).argmax(axis=0).tobytes())
    return told


def products(stages: tuple[Stage, ...]) -> int:
    """Multiplications of a weight with a value that reading one digit takes."""
    return sum(
        math.prod(stage.part.shape[:-1]) * stage.part.weights["kernel"].size
        for stage in stages
        if stage.part.kind != NORMAL
    )
