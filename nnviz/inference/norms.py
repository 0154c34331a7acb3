"""Layers that normalise each digit by its own numbers: to mean 0 and deviation 1, to length 1, to power 1.

They work on runs of numbers that lie behind each other: along the last axis, or the last ones together; or on
groups of maps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.kind import Kind, Options, Shape, Shapes, positive_axis, same_shape
from nnviz.inference.option_checks import BadLayer, axes, axis, number, one_of, whole

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


def _power_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    return {"scale": inputs[0][-len(options["axis"]) :]}


def _power_factor(options: Options, x: Array) -> Array:
    power = np.square(x).mean(axis=tuple(options["axis"]), keepdims=True)
    factor: Array = 1 / np.sqrt(power + np.float32(options["epsilon"]))
    return factor


def _power(options: Options, weights: Weights, inputs: Inputs) -> Array:
    normal: Array = inputs[0] * _power_factor(options, inputs[0])
    normal *= weights["scale"]
    return normal


def power_back(options: Options, weights: Weights, x: Array, grad: Array) -> Array:
    """The gradient of an RMSNormalization's input."""
    factor = _power_factor(options, x)
    grad = grad * weights["scale"]
    normal = x * factor
    along = (grad * normal).mean(axis=tuple(options["axis"]), keepdims=True)
    back: Array = factor * (grad - normal * along)
    return back


def _groups_settled(options: Options, inputs: Sequence[Shape]) -> Options:
    """The axis as the last one, and as many groups as there are maps where -1 stands for that."""
    shape = same_shape(options, inputs)
    if positive_axis(options["axis"], shape) != len(shape):
        raise BadLayer(
            say("normalises along the axes {axes}; expected were the last ones", axes=(options["axis"],))
        )
    groups = shape[-1] if options["groups"] == -1 else options["groups"]
    if groups < 1 or shape[-1] % groups:
        raise BadLayer(say("has {groups} groups, which do not share its maps evenly", groups=groups))
    return {**options, "axis": -1, "groups": groups}


def _group_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    shape = inputs[0][-1:]
    return {name: shape for name, there in (("gamma", "scale"), ("beta", "center")) if options[there]}


def _in_groups(options: Options, x: Array) -> Array:
    """(n, places, groups, maps of each): without a copy, where the values lie behind each other."""
    return x.reshape(len(x), -1, options["groups"], x.shape[-1] // options["groups"])


def _group(options: Options, weights: Weights, inputs: Inputs) -> Array:
    grouped = _in_groups(options, inputs[0])
    mean, factor = moments({**options, "axis": (1, 3)}, grouped)
    normal: Array = ((grouped - mean) * factor).reshape(inputs[0].shape)
    if "gamma" in weights:
        normal *= weights["gamma"]
    if "beta" in weights:
        normal += weights["beta"]
    return normal


def group_back(options: Options, weights: Weights, x: Array, grad: Array) -> Array:
    """The gradient of a GroupNormalization's input."""
    grad = grad * weights.get("gamma", np.float32(1))
    together = {**options, "axis": (1, 3)}
    back = layer_back(together, {}, _in_groups(options, x), _in_groups(options, grad))
    return back.reshape(x.shape)


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
    Kind(
        "RMSNormalization",
        {"axis": _axes, "epsilon": number(0, 1)},
        same_shape,
        _power,
        _power_weights,
        settled=_last_axes,
    ),
    Kind(
        "GroupNormalization",
        {
            "groups": whole(-1, 512),
            "axis": axis,
            "epsilon": number(0, 1),
            "center": _FLAG,
            "scale": _FLAG,
        },
        same_shape,
        _group,
        _group_weights,
        settled=_groups_settled,
    ),
)
