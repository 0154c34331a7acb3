"""Layers that make one of several inputs, number by number: sum, mean, product, greatest and so on.

As Keras has it, what is 1 long along an axis meets every number of that axis of the others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.kind import Kind, Options, Shape
from nnviz.inference.option_checks import BadLayer


def _shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    if len(inputs) < 2 or len({len(shape) for shape in inputs}) > 1:
        raise BadLayer(say("joins what does not fit together"))
    lengths = [{length for length in lengths if length != 1} for lengths in zip(*inputs, strict=True)]
    if any(len(each) > 1 for each in lengths):
        raise BadLayer(say("joins what does not fit together"))
    return tuple(max(each, default=1) for each in lengths)


def _two(options: Options, inputs: Sequence[Shape]) -> Shape:
    if len(inputs) != 2:
        raise BadLayer(say("takes two inputs"))
    return _shape(options, inputs)


def _mean(options: Options, weights: Mapping[str, Array], inputs: Sequence[Array]) -> Array:
    mean: Array = functools.reduce(np.add, inputs) / np.float32(len(inputs))
    return mean


def _by(
    merge: Callable[[Array, Array], Array],
) -> Callable[[Options, Mapping[str, Array], Sequence[Array]], Array]:
    return lambda options, weights, inputs: functools.reduce(merge, inputs)


def back(kind: str, inputs: Sequence[Array], grad: Array) -> list[Array]:
    """For each input the gradient, from that of the output; of equals the first has it."""
    ways: dict[str, Callable[[int], Array]] = {
        "Add": lambda i: grad,
        "Average": lambda i: grad / np.float32(len(inputs)),
        "Subtract": lambda i: grad if i == 0 else -grad,
        "Multiply": lambda i: functools.reduce(np.multiply, [grad, *inputs[:i], *inputs[i + 1 :]]),
        "Maximum": lambda i: grad * _chosen(np.maximum, np.greater_equal, inputs, i),
        "Minimum": lambda i: grad * _chosen(np.minimum, np.less_equal, inputs, i),
    }
    return [_gathered(ways[kind](i), x.shape) for i, x in enumerate(inputs)]


KINDS: tuple[Kind, ...] = (
    Kind("Add", {}, _shape, _by(np.add)),
    Kind("Average", {}, _shape, _mean),
    Kind("Subtract", {}, _two, _by(np.subtract)),
    Kind("Multiply", {}, _shape, _by(np.multiply)),
    Kind("Maximum", {}, _shape, _by(np.maximum)),
    Kind("Minimum", {}, _shape, _by(np.minimum)),
)
NAMES = frozenset(kind.name for kind in KINDS)


def _chosen(
    merge: Callable[[Array, Array], Array],
    beats: Callable[[Array, Array], Array],
    inputs: Sequence[Array],
    i: int,
) -> Array:
    """Where input i is what came out: of equals the first."""
    there = np.ones_like(functools.reduce(merge, inputs))
    if i:
        before = functools.reduce(merge, inputs[:i])
        there = there * ~beats(before, inputs[i])
    for other in inputs[i + 1 :]:
        there = there * beats(inputs[i], other)
    return there


def _gathered(grad: Array, shape: Shape) -> Array:
    """The sum over the axes along which an input was repeated."""
    axes = tuple(i for i, (a, b) in enumerate(zip(grad.shape, shape, strict=True)) if a != b)
    return grad.sum(axis=axes, keepdims=True) if axes else grad
