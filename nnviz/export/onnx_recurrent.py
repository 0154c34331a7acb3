"""Layers with a memory as ONNX' own RNN, GRU and LSTM, which take the steps along the first axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.export.onnx_nodes import Graph, NotOnnx
from nnviz.inference.graph import Part
from nnviz.inference.kind import Shape
from nnviz.inference.recurrent import WITHIN

_OPERATORS = {"SimpleRNN": "RNN", "GRU": "GRU", "LSTM": "LSTM"}
_ORDER: Mapping[str, tuple[int, ...]] = {"SimpleRNN": (0,), "GRU": (0, 1, 2), "LSTM": (0, 3, 1, 2)}
_BENDS = {"tanh": "Tanh", "sigmoid": "Sigmoid"}  # others are not held against ONNX' reference


def recurrent(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    """The name of the layer's value.

    Raises
    ------
    NotOnnx
        For another activation than the usual ones.
    """
    options, steps, units = part.options, shapes[0][0], part.options["units"]
    first = g.node("Transpose", x[0], perm=[1, 0, 2])
    if options["go_backwards"]:
        first = g.node("Gather", first, g.constant(np.arange(steps)[::-1], np.int64), axis=0)
    order = _ORDER[part.kind]
    weights = [_ordered(part.weights[name], order).T[None] for name in ("kernel", "recurrent_kernel")]
    bias = part.weights.get("bias", np.zeros(len(order) * units, np.float32)).reshape(-1, len(order) * units)
    both = np.concatenate([_ordered(each, order) for each in (bias, np.zeros_like(bias))[: 3 - len(bias)]])
    given = [g.constant(each) for each in (*weights, both.reshape(1, -1))]
    more = {"linear_before_reset": 1} if options.get("reset_after") else {}
    value = g.node(
        _OPERATORS[part.kind], first, *given, hidden_size=units, activations=_activations(part), **more
    )
    if options["return_sequences"]:
        every = g.node("Squeeze", value, g.constant([1], np.int64))
        return g.node("Transpose", every, perm=[1, 0, 2])
    last = g.node("Gather", value, g.constant([steps - 1], np.int64), axis=0)
    return g.node("Squeeze", last, g.constant([0, 1], np.int64))


def _ordered(values: Array, order: Sequence[int]) -> Array:
    """Kernels or biases that lie side by side, in ONNX' order."""
    each = np.split(values, len(order), axis=-1)
    return np.concatenate([each[i] for i in order], axis=-1)


def _activations(part: Part) -> list[str]:
    bend, gate = part.options[WITHIN], part.options.get("recurrent_activation")
    names = {"SimpleRNN": [bend], "GRU": [gate, bend], "LSTM": [gate, bend, bend]}[part.kind]
    for name in names:
        if name not in _BENDS:
            raise NotOnnx(say("The activation {name} is not written to ONNX.", name=name))
    return [_BENDS[name] for name in names]
