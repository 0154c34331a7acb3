"""Operators of ONNX one behind the other, and what each activation is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.words import say


class NotOnnx(ValueError):
    """A network with a layer that is not written out; the message is a sentence."""


class Graph:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, values: Any, dtype: type = np.float32) -> str:
        """The name of a constant of these values."""
        from onnx import numpy_helper

        name = f"constant {len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """The name of what an operator makes of values of these names."""
        from onnx import helper

        name = f"value {len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def named(self, value: str, name: str) -> None:
        """Give a value a name of its own."""
        from onnx import helper

        self.nodes.append(helper.make_node("Identity", [value], [name]))

    def shaped(self, x: str, shape: Sequence[int]) -> str:
        """The value with another shape for each digit."""
        return self.node("Reshape", x, self.constant([-1, *shape], np.int64))

    def sliding(self, operator: str, x: str, *weights: str, **attributes: Any) -> str:
        """What an operator that has channels first makes of a value that has them last."""
        first = self.node("Transpose", x, perm=[0, 3, 1, 2])
        return self.node("Transpose", self.node(operator, first, *weights, **attributes), perm=[0, 2, 3, 1])


def bent(g: Graph, name: str, z: str) -> str:
    """What the activation of that name makes of a value."""
    if name == "linear":
        return z
    if name in _PLAIN:
        operator, attributes = _PLAIN[name]
        return g.node(operator, z, **attributes)
    if name in _MADE:
        return _MADE[name](g, z)
    raise NotOnnx(say("The activation {name} is not written to ONNX.", name=name))


_PLAIN: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "elu": ("Elu", {"alpha": 1.0}),
    "gelu": ("Gelu", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "selu": ("Selu", {"alpha": 1.6732632423543772, "gamma": 1.0507009873554805}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "mish": ("Mish", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "hard_silu": ("HardSwish", {}),
}


def _squareplus(g: Graph, z: str) -> str:
    root = g.node("Sqrt", g.node("Add", g.node("Mul", z, z), g.constant(4)))
    return g.node("Mul", g.node("Add", z, root), g.constant(0.5))


_MADE: Mapping[str, Callable[[Graph, str], str]] = {
    "silu": lambda g, z: g.node("Mul", z, g.node("Sigmoid", z)),
    "relu6": lambda g, z: g.node("Clip", z, g.constant(0), g.constant(6)),
    "hard_tanh": lambda g, z: g.node("Clip", z, g.constant(-1), g.constant(1)),
    "exponential": lambda g, z: g.node("Exp", g.node("Min", z, g.constant(88))),
    "log_sigmoid": lambda g, z: g.node("Neg", g.node("Softplus", g.node("Neg", z))),
    "tanh_shrink": lambda g, z: g.node("Sub", z, g.node("Tanh", z)),
    "squareplus": _squareplus,
}
