"""Each kind of layer as operators of ONNX. Values are channels last, as they are here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.export.onnx_nodes import Graph
from nnviz.export.onnx_recurrent import recurrent
from nnviz.inference import bending, ops, resizing
from nnviz.inference.graph import Part
from nnviz.inference.kind import Shape
from nnviz.inference.layers import IDLE
from nnviz.inference.recurrent import GATES

_Writer = Callable[[Graph, Part, Sequence[str], Sequence[Shape]], str]


def _bias(g: Graph, part: Part) -> list[str]:
    return [g.constant(part.weights["bias"])] if "bias" in part.weights else []


def _around(part: Part, size: Sequence[int], shape: Shape) -> dict[str, Any]:
    """Steps and edges of a sliding window."""
    strides = list(part.options["strides"])
    edges = [(0, 0), (0, 0)]
    if part.options["padding"] == "same":
        edges = [ops.edges(n, k, s) for n, k, s in zip(shape[:2], size, strides, strict=True)]
    return {"strides": strides, "pads": [*(before for before, _ in edges), *(after for _, after in edges)]}


def _dense(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    return g.node("Gemm", x[0], g.constant(part.weights["kernel"]), *_bias(g, part))


def _conv(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    kernel = part.weights["kernel"]
    around = _around(part, kernel.shape[:2], shapes[0])
    return g.sliding("Conv", x[0], g.constant(kernel.transpose(3, 2, 0, 1)), *_bias(g, part), **around)


def _each(g: Graph, part: Part, name: str, x: str, shape: Shape, bias: Sequence[str]) -> str:
    """Every channel with kernels of its own."""
    kernel = part.weights[name]
    high, wide, channels, several = kernel.shape
    laid = kernel.transpose(2, 3, 0, 1).reshape(channels * several, 1, high, wide)
    around = _around(part, (high, wide), shape)
    return g.sliding("Conv", x, g.constant(laid), *bias, group=channels, **around)


def _depthwise(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    return _each(g, part, "kernel", x[0], shapes[0], _bias(g, part))


def _separable(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    depth = _each(g, part, "depthwise_kernel", x[0], shapes[0], ())
    points = part.weights["pointwise_kernel"].transpose(3, 2, 0, 1)
    return g.sliding("Conv", depth, g.constant(points), *_bias(g, part))


def _back(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    kernel = part.weights["kernel"]
    before, after, more = [], [], []
    for n, size, k, s in zip(shapes[0], part.shape, kernel.shape, part.options["strides"], strict=False):
        spare = (n - 1) * s + k - size
        before.append(max(spare, 0) // 2)
        after.append(max(spare, 0) - before[-1])
        more.append(max(-spare, 0))
    return g.sliding(
        "ConvTranspose", x[0], g.constant(kernel.transpose(3, 2, 0, 1)), *_bias(g, part),
        strides=list(part.options["strides"]), pads=before + after, output_padding=more,
    )  # fmt: skip


def _pool(operator: str) -> _Writer:
    def write(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
        size = list(part.options["pool_size"])
        return g.sliding(operator, x[0], kernel_shape=size, **_around(part, size, shapes[0]))

    return write


def _overall(operator: str) -> _Writer:
    return lambda g, part, x, shapes: g.node(
        operator, x[0], g.constant([1, 2], np.int64), keepdims=int(part.options["keepdims"])
    )


def _norm(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    w: dict[str, Array] = {
        name: bending.along(values, part.options, len(shapes[0]) + 1) for name, values in part.weights.items()
    }
    factor = w.get("gamma", np.float32(1)) / np.sqrt(
        w["moving_variance"] + np.float32(part.options["epsilon"])
    )
    shift = w.get("beta", np.float32(0)) - w["moving_mean"] * factor
    return g.node("Add", g.node("Mul", x[0], g.constant(factor)), g.constant(shift))


def _layer_norm(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    axis = -len(part.options["axis"])
    ones = np.ones(shapes[0][axis:], np.float32)
    weights = [part.weights.get("gamma", ones), part.weights.get("beta", 0 * ones)]
    epsilon = float(part.options["epsilon"])
    return g.node("LayerNormalization", x[0], *map(g.constant, weights), axis=axis, epsilon=epsilon)


def _unit(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    length = g.node("ReduceL2", x[0], g.constant(list(part.options["axis"]), np.int64), keepdims=1)
    return g.node("Div", x[0], g.node("Max", length, g.constant(1e-12)))


def _power(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    axes = g.constant(list(part.options["axis"]), np.int64)
    power = g.node("ReduceMean", g.node("Mul", x[0], x[0]), axes, keepdims=1)
    root = g.node("Sqrt", g.node("Add", power, g.constant(part.options["epsilon"])))
    return g.node("Mul", g.node("Div", x[0], root), g.constant(part.weights["scale"]))


def _group_norm(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    maps, groups = shapes[0][-1], part.options["groups"]
    axes = g.constant([1, 3], np.int64)
    grouped = g.shaped(x[0], (math.prod(shapes[0][:-1]), groups, maps // groups))
    apart = g.node("Sub", grouped, g.node("ReduceMean", grouped, axes, keepdims=1))
    variance = g.node("ReduceMean", g.node("Mul", apart, apart), axes, keepdims=1)
    root = g.node("Sqrt", g.node("Add", variance, g.constant(part.options["epsilon"])))
    y = g.shaped(g.node("Div", apart, root), shapes[0])
    for name, operator in (("gamma", "Mul"), ("beta", "Add")):
        if name in part.weights:
            y = g.node(operator, y, g.constant(part.weights[name]))
    return y


def _relu(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    most, slope = part.options["max_value"], float(part.options["negative_slope"])
    if not part.options["threshold"] and (most is None or not slope):
        if most is not None:
            return g.node("Clip", x[0], g.constant(0), g.constant(most))
        return g.node("LeakyRelu", x[0], alpha=slope) if slope else g.node("Relu", x[0])
    threshold = g.constant(part.options["threshold"])
    below = g.node("Mul", g.node("Sub", x[0], threshold), g.constant(slope))
    y = g.node("Where", g.node("GreaterOrEqual", x[0], threshold), x[0], below)
    return y if most is None else g.node("Min", y, g.constant(most))


def _rescaled(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    larger = g.node("Mul", x[0], g.constant(part.options["scale"]))
    return g.node("Add", larger, g.constant(part.options["offset"]))


def _padded(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    (top, bottom), (left, right) = part.options["padding"]
    return g.node("Pad", x[0], g.constant([0, top, left, 0, 0, bottom, right, 0], np.int64))


def _cropped(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    (top, bottom), (left, right) = part.options["cropping"]
    ends = [shapes[0][0] - bottom, shapes[0][1] - right]
    return g.node("Slice", x[0], *(g.constant(each, np.int64) for each in ([top, left], ends, [1, 2])))


def _enlarged(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    # Every pixel gets axes of its own to be repeated along.
    (height, width, channels), (down, right) = shapes[0], part.options["size"]
    apart = g.shaped(x[0], (height, 1, width, 1, channels))
    many = g.node("Expand", apart, g.constant([1, 1, down, 1, right, 1], np.int64))
    return g.shaped(many, part.shape)


def _resized(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
    rows, columns = resizing.matrices(part.options, *shapes[0][:2])
    first = g.node("Transpose", x[0], perm=[0, 3, 1, 2])
    both = g.node("MatMul", g.node("MatMul", g.constant(rows), first), g.constant(columns.T))
    return g.node("Transpose", both, perm=[0, 2, 3, 1])


def _pairs(operator: str) -> _Writer:
    def write(g: Graph, part: Part, x: Sequence[str], shapes: Sequence[Shape]) -> str:
        value = x[0]
        for other in x[1:]:
            value = g.node(operator, value, other)
        return value

    return write


LAYERS: Mapping[str, _Writer] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "Conv2DTranspose": _back,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "MaxPooling2D": _pool("MaxPool"),
    "AveragePooling2D": _pool("AveragePool"),
    "GlobalAveragePooling2D": _overall("ReduceMean"),
    "GlobalMaxPooling2D": _overall("ReduceMax"),
    "BatchNormalization": _norm,
    "LayerNormalization": _layer_norm,
    "UnitNormalization": _unit,
    "RMSNormalization": _power,
    "GroupNormalization": _group_norm,
    **dict.fromkeys(GATES, recurrent),
    "Rescaling": _rescaled,
    "Activation": lambda g, part, x, shapes: x[0],  # which is done behind every layer
    "ReLU": _relu,
    "LeakyReLU": lambda g, part, x, shapes: g.node(
        "LeakyRelu", x[0], alpha=float(part.options["negative_slope"])
    ),
    "ELU": lambda g, part, x, shapes: g.node("Elu", x[0], alpha=float(part.options["alpha"])),
    "PReLU": lambda g, part, x, shapes: g.node("PRelu", x[0], g.constant(part.weights["alpha"])),
    "Softmax": lambda g, part, x, shapes: g.node("Softmax", x[0], axis=-1),
    **dict.fromkeys(IDLE, lambda g, part, x, shapes: x[0]),
    "Flatten": lambda g, part, x, shapes: g.node("Flatten", x[0], axis=1),
    "Reshape": lambda g, part, x, shapes: g.shaped(x[0], part.shape),
    "ZeroPadding2D": _padded,
    "Cropping2D": _cropped,
    "Permute": lambda g, part, x, shapes: g.node("Transpose", x[0], perm=[0, *part.options["dims"]]),
    "UpSampling2D": _enlarged,
    "Concatenate": lambda g, part, x, shapes: g.node("Concat", *x, axis=part.options["axis"]),
    "Resizing": _resized,
    "Add": _pairs("Add"),
    "Subtract": _pairs("Sub"),
    "Multiply": _pairs("Mul"),
    "Maximum": _pairs("Max"),
    "Minimum": _pairs("Min"),
    "Average": lambda g, part, x, shapes: g.node("Mean", *x),
}
