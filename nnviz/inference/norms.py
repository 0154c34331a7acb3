"""Layers that normalise each digit by its own numbers: to mean 0 and deviation 1, or to length 1.

They work on runs of numbers that lie behind each other: along the last axis, or the last ones together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.kind import Kind, Options, Shape, Shapes, positive_axis, same_shape
from nnviz.inference.option_checks import BadLayer, axes, axis, number, one_of

Weights = Mapping[str, Array]
Inputs = Sequence[Array]

_FLAG = one_of(True, False)
_LEAST_LENGTH = 1e-12


def _axes(value: Any) -> tuple[int, ...]:
    return axes(value) if isinstance(value, list | tuple) else (axis(value),)


def _last_axes(options: Options, inputs: Sequence[Shape]) -> Options:
    """The axes counted from the end, which have to be the last ones, in order."""
    shape = same_shape(options, inputs)
    found = sorted(positive_axis(one, shape) - 1 - len(shape) for one in options["axis"])
    if not found or found != list(range(-len(found), 0)):
        raise BadLayer(
            say("normalises along the axes {axes}; expected were the last ones", axes=tuple(options["axis"]))
        )
    return {**options, "axis": tuple(found)}


def _layer_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    shape = inputs[0][-len(options["axis"]) :]
    return {name: shape for name, there in (("gamma", "scale"), ("beta", "center")) if options[there]}


def moments(options: Options, x: Array) -> tuple[Array, Array]:
    """What a LayerNormalization takes away, and what it multiplies with before its gamma."""
    along = tuple(options["axis"])
    mean = x.mean(axis=along, keepdims=True)
    variance = np.square(x - mean).mean(axis=along, keepdims=True)
    return mean, 1 / np.sqrt(variance + np.float32(options["epsilon"]))


def _layer(options: Options, weights: Weights, inputs: Inputs) -> Array:
    mean, factor = moments(options, inputs[0])
    normal: Array = (inputs[0] - mean) * factor
    if "gamma" in weights:
        normal *= weights["gamma"]
    if "beta" in weights:
        normal += weights["beta"]
    return normal


def layer_back(options: Options, weights: Weights, x: Array, grad: Array) -> Array:
    """The gradient of a LayerNormalization's input: neither the mean nor the deviation lets any through."""
    along = tuple(options["axis"])
    mean, factor = moments(options, x)
    normal = (x - mean) * factor
    grad = grad * weights.get("gamma", np.float32(1))
    level = grad.mean(axis=along, keepdims=True)
    spread = (grad * normal).mean(axis=along, keepdims=True)
    back: Array = factor * (grad - level - normal * spread)
    return back


def _one_over_length(options: Options, x: Array) -> Array:
    length = np.sqrt(np.square(x).sum(axis=tuple(options["axis"]), keepdims=True))
    one_over: Array = 1 / np.maximum(length, np.float32(_LEAST_LENGTH))
    return one_over


def _unit(options: Options, weights: Weights, inputs: Inputs) -> Array:
    found: Array = inputs[0] * _one_over_length(options, inputs[0])
    return found


def unit_back(options: Options, x: Array, grad: Array) -> Array:
    """The gradient of a UnitNormalization's input: what points along the input is lost."""
    factor = _one_over_length(options, x)
    normal = x * factor
    along = (grad * normal).sum(axis=tuple(options["axis"]), keepdims=True)
    back: Array = factor * (grad - normal * along)
    return back


KINDS: tuple[Kind, ...] = (
    Kind(
        "LayerNormalization",
        {
            "axis": _axes,
            "epsilon": number(0, 1),
            "center": _FLAG,
            "scale": _FLAG,
            "rms_scaling": one_of(False),
        },
        same_shape,
        _layer,
        _layer_weights,
        settled=_last_axes,
    ),
    Kind("UnitNormalization", {"axis": _axes}, same_shape, _unit, settled=_last_axes),
)
