"""Hostile .onnx files: bytes spoilt in what is good, graphs that say something else, and far too much of all.

As in `readers`: an input is made again by its number, and every so often there is a large one.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from nnviz.inference.onnx_operators import OPERATORS
from tests.attacks.hostile import NASTY, chance, spoilt_bytes

LARGE = 100
_NUMBERS = (0, 1, -1, 2, 3, 7, 28, 65, 784, 2**31, 2**40, -(2**63))


def _weights(name: str, *shape: int, value: float | None = None) -> Any:
    noise = np.random.default_rng(len(name)).normal(0, 0.2, shape)
    return numpy_helper.from_array((noise if value is None else np.full(shape, value)).astype("f4"), name)


def _model(nodes: list[Any], weights: list[Any], shape: tuple[int, ...] = (1, 28, 28)) -> onnx.ModelProto:
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "net",
        [value("x", TensorProto.FLOAT, ["N", *shape])],
        [value("y", TensorProto.FLOAT, ["N", 10])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@functools.cache
def _good() -> list[bytes]:
    node = helper.make_node
    shape = numpy_helper.from_array(np.array([-1, 32]), "s")
    maps = [
        node("Conv", ["x", "k", "b"], ["a"], strides=[2, 2], pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        node("BatchNormalization", ["a", "b", "b", "b", "v"], ["n"]),
        node("Relu", ["n"], ["r"]),
        node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[4, 4]),
        node("Transpose", ["p"], ["t"], perm=[0, 2, 1, 3]),
        node("Transpose", ["t"], ["u"], perm=[0, 2, 1, 3]),
        node("ConvTranspose", ["u", "d"], ["z"], strides=[1, 1], pads=[1, 1, 1, 1]),
        node("Clip", ["z", "low", "high"], ["c"]),
        node("Add", ["c", "u"], ["e"]),
        node("Reshape", ["e", "s"], ["f"]),
        node("Gemm", ["f", "w", "g"], ["h"], transB=1, alpha=0.5),
        node("LogSoftmax", ["h"], ["y"], axis=1),
    ]
    scalars = [
        numpy_helper.from_array(np.array(number, "f4"), name)
        for name, number in (("low", 0.0), ("high", 6.0))
    ]
    deep = _model(
        maps,
        [
            _weights("k", 2, 1, 3, 3), _weights("b", 2), _weights("v", 2, value=1.0),
            _weights("d", 2, 2, 3, 3), _weights("w", 10, 32), _weights("g", 10), shape, *scalars,
        ],
    )  # fmt: skip
    rows = [
        node("Shape", ["x"], ["n"]),
        node("Constant", [], ["i"], value=numpy_helper.from_array(np.array(0), "i")),
        node("Gather", ["n", "i"], ["m"]),
        node("Unsqueeze", ["m", "o"], ["q"]),
        node("Concat", ["q", "l"], ["s"], axis=0),
        node("Reshape", ["x", "s"], ["r"]),
        node("Sub", ["r", "w1"], ["t"]),
        node("MatMul", ["t", "w2"], ["a"]),
        node("Add", ["a", "w3"], ["b"]),
        node("PRelu", ["b", "w4"], ["c"]),
        node("Gemm", ["c", "w5"], ["y"]),
    ]
    flat = _model(
        rows,
        [
            numpy_helper.from_array(np.array([0]), "o"), numpy_helper.from_array(np.array([-1]), "l"),
            _weights("w1", 1), _weights("w2", 784, 4), _weights("w3", 4), _weights("w4", 4),
            _weights("w5", 4, 10),
        ],
    )  # fmt: skip
    return [deep.SerializeToString(), flat.SerializeToString()]


def _spoil(model: onnx.ModelProto, lot: random.Random) -> None:
    """Something else in one place of the graph."""
    graph = model.graph
    node, tensor = lot.choice(graph.node), lot.choice(graph.initializer)
    names = ["", "x", "y", "nowhere", *(each.name for each in graph.initializer)]
    names += [name for each in graph.node for name in each.output]
    match lot.randrange(12):
        case 0:
            node.op_type = lot.choice([*OPERATORS, "Loop", "If", "", "Sum" * 200])
        case 1 if node.input:
            node.input[lot.randrange(len(node.input))] = lot.choice(names)
        case 2:
            node.output[0] = lot.choice(names)
        case 3:
            graph.node.remove(node)
        case 4:
            graph.node.append(node)
        case 5:
            _set_option(node, lot)
        case 6:
            shape = [lot.choice((*_NUMBERS[:8], 10)) for _ in range(lot.randrange(6))]
            if 0 <= int(np.prod(shape, dtype=object)) < 100_000 and min(shape, default=0) >= 0:
                kind = lot.choice(["f4", "f8", "f2", "i8", "i4", "u1", "?"])
                tensor.CopyFrom(numpy_helper.from_array(np.ones(shape, kind), tensor.name))
        case 7:
            tensor.dims[:] = [lot.choice(_NUMBERS) for _ in range(lot.randrange(10))]
        case 8:
            raw = bytearray(tensor.raw_data)
            at = 4 * lot.randrange(max(1, len(raw) // 4))
            odd = lot.choice([np.nan, np.inf, 3e38, -1, 0, 1e-45])
            raw[at : at + 4] = np.array(odd, "<f4").tobytes()
            tensor.raw_data = bytes(raw)
        case 9:
            tensor.data_type, tensor.data_location = lot.randrange(25), lot.choice([0, 0, 1])
        case 10:
            dims = graph.input[0].type.tensor_type.shape.dim
            dims[lot.randrange(len(dims))].dim_value = lot.choice(_NUMBERS)
        case _:
            model.opset_import[0].version = lot.choice((-1, 0, 7, 9, 11, 13, 18, 28, 99))


def _set_option(node: Any, lot: random.Random) -> None:
    key = lot.choice(
        ["axis", "perm", "pads", "strides", "group", "dilations", "alpha", "axes", "auto_pad", "kernel_shape",
         "ceil_mode", "transB", "epsilon", "to", "value", "output_padding", "min"]
    )  # fmt: skip
    value: Any = lot.choice(
        [lot.choice(_NUMBERS[:8]), lot.random(), "SAME_LOWER", [lot.choice(_NUMBERS) for _ in range(4)],
         [1, 1], [0.5, 2.0], [2, 2], float("nan"), str(lot.choice(NASTY))[:20].encode("utf-8", "replace"),
         numpy_helper.from_array(np.arange(3), "t"), [0, 3, 1, 2]]
    )  # fmt: skip
    for each in [each for each in node.attribute if each.name == key]:
        node.attribute.remove(each)
    node.attribute.append(helper.make_attribute(key, value))


def _row(
    many: int, make: Callable[[int, str, str], Any], *weights: Any, shape: tuple[int, ...] = (1, 28, 28)
) -> bytes:
    """So many operators behind each other."""
    names = ["x", *(f"v{i}" for i in range(many - 1)), "y"]
    nodes = [make(i, names[i], names[i + 1]) for i in range(many)]
    return _model(nodes, list(weights), shape).SerializeToString()


@functools.cache
def _large() -> list[bytes]:
    """As large as can be sent; small with the most in it; and what grows as it is read."""
    node, fixed = helper.make_node, numpy_helper.from_array
    size = 39_000_000
    inside = b"\x2a" + _varint(size) + b"\x38\x00" * (size // 2)  # a tensor of fields that nobody needs
    doubling = [node("Concat", [f"c{i}", f"c{i}"], [f"c{i + 1}"], axis=0) for i in range(60)]
    turning = [
        node(kind, [f"t{i}", *more], [f"t{i + 1}"])
        for i, (kind, more) in enumerate([("Transpose", []), ("Reshape", ["s"])] * 450)
    ]
    spread = [node("Conv", ["x", "k"], ["c"], pads=[13, 13, 14, 14]), node("Conv", ["c", "m"], ["d"])]
    holes = [
        node("Conv", ["x", "k"], ["c"]),
        node("Conv", ["c", "h"], ["d"], dilations=[26, 26]),
        node("GlobalAveragePool", ["d"], ["y"]),
    ]
    edges = fixed(np.array([0, 0, 64, 64] * 2), "w")
    wide = _weights("w", 784, 784)
    return [
        _HEAD + b"\x3a" + _varint(len(inside)) + inside,
        _HEAD + b"\x3a" + _varint(size) + b"\x0a\x00" * (size // 2),
        _HEAD + b"\x3a" + _varint(2 * size) + b"\x0a\x00" * size,
        _row(900, lambda i, a, b: node("Gemm", [a, "w"], [b], alpha=2.0), wide, shape=(784,)),
        _row(900, lambda i, a, b: node("Add", [a, "w"], [b]), _weights("w", 2000, 2000)),
        _row(900, lambda i, a, b: node("Identity", [a], [b])),
        _row(60, lambda i, a, b: node("ConvTranspose", [a, "w"], [b], strides=[28, 28]),
             _weights("w", 1, 1, 1, 1)),
        _row(60, lambda i, a, b: node("Pad", [a, "w"], [b]), edges),
        _row(60, lambda i, a, b: node("Concat", [a, a], [b], axis=1)),
        _model([*turning, node("MatMul", ["x", "t900"], ["y"])],
               [_weights("t0", 2000, 2000), fixed(np.array([2000, 2000]), "s")]).SerializeToString(),
        _model([*doubling, node("Reshape", ["x", "c60"], ["y"])],
               [fixed(np.zeros(30, "i8"), "c0")]).SerializeToString(),
        _row(2, lambda i, a, b: node("Gemm", [a, f"w{i}"], [b]), _weights("w0", 784, 4096),
             _weights("w1", 4096, 10), shape=(784,)),
        _model([*spread, node("GlobalAveragePool", ["d"], ["y"])],
               [_weights("k", 512, 1, 28, 28), _weights("m", 10, 512, 1, 1)]).SerializeToString(),
        _model(holes, [_weights("k", 512, 1, 1, 1), _weights("h", 256, 512, 2, 2)]).SerializeToString(),
    ]  # fmt: skip


_HEAD = b"\x42\x02\x10\x11"  # version 17 of the operators; a graph follows


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def make(number: int) -> tuple[str, bytes]:
    lot = chance("onnx", number)
    if number < 0:
        return "a.onnx", _good()[0]
    if number % LARGE == 0:
        return "large.onnx", _large()[number // LARGE % len(_large())]
    good = lot.choice(_good())
    if lot.random() < 0.3:
        return "a.onnx", spoilt_bytes(good, lot)
    model = onnx.load_from_string(good)
    for _ in range(lot.choice((1, 1, 2, 3))):
        _spoil(model, lot)
    return "a.onnx", model.SerializeToString()
