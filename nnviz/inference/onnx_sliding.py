"""ONNX's operators that slide over maps: convolutions, pooling, and edges put around maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.words import say
from nnviz.inference import ops
from nnviz.inference.kind import Shape
from nnviz.inference.layers import KINDS
from nnviz.inference.onnx_graph import Node
from nnviz.inference.onnx_row import PLAIN, OnnxRow, Value
from nnviz.inference.option_checks import BadLayer, brief

_Pair = tuple[int, int]
_FIRST = (2, 0, 1)  # where a picture's channels, rows and columns are in our layers
_NEVER_BELOW_ZERO = ("relu", "relu6", "sigmoid", "hard_sigmoid", "softmax", "softplus", "exponential")
_MOST_MULTIPLIED = 8  # kernels of its own for each map, beyond which they stand as groups


def _pair(node: Node, key: str, usual: int, low: int = 1) -> _Pair:
    said = node.options.get(key, [usual, usual])
    if (
        not isinstance(said, list)
        or len(said) != 2
        or not all(isinstance(n, int) and low <= n <= 64 for n in said)
    ):
        raise BadLayer(say("has {key} of {value}, which is not known here", key=key, value=brief(said)))
    return said[0], said[1]


def _edges(node: Node, dims: Sequence[int], size: _Pair, strides: _Pair) -> tuple[_Pair, _Pair]:
    """Before and behind the rows, and the columns."""
    auto = node.options.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        rows, columns = (ops.edges(n, k, s) for n, k, s in zip(dims, size, strides, strict=True))
        if auto == "SAME_LOWER":
            rows, columns = (rows[1], rows[0]), (columns[1], columns[0])
        return rows, columns
    said = node.options.get("pads", [0, 0, 0, 0]) if auto == "NOTSET" else [0, 0, 0, 0]
    if (
        auto not in ("NOTSET", "VALID")
        or not isinstance(said, list)
        or len(said) != 4
        or not all(isinstance(n, int) and 0 <= n <= 64 for n in said)
    ):
        raise BadLayer(say("has {key} of {value}, which is not known here", key="pads", value=brief(said)))
    return (said[0], said[2]), (said[1], said[3])


def _framed(
    row: OnnxRow, value: Value, edges: tuple[_Pair, _Pair], size: _Pair, strides: _Pair
) -> tuple[Value, str]:
    """The picture with what edge our layer does not put around it, and the padding of our layer."""
    usual = tuple(ops.edges(n, k, s) for n, k, s in zip(row.dims(value)[1:], size, strides, strict=True))
    if edges == ((0, 0), (0, 0)):
        return value, "valid"
    if edges == usual:
        return value, "same"
    return Value(row.layer("ZeroPadding2D", {"padding": edges, **PLAIN}, [value.part]), _FIRST), "valid"


def _conv(row: OnnxRow, node: Node) -> Value:
    value, kernel = row.picture(row.value(node)), row.constant(node, 1)
    row.charge(kernel)
    groups, channels = node.options.get("group", 1), row.dims(value)[0]
    if kernel.ndim != 4 or not isinstance(groups, int) or groups < 1 or kernel.shape[1] * groups != channels:
        raise BadLayer(say("has weights of other shapes than it needs"))
    size = (kernel.shape[2], kernel.shape[3])
    if list(size) != node.options.get("kernel_shape", list(size)):
        raise BadLayer(say("has weights of other shapes than it needs"))
    strides, holes = _pair(node, "strides", 1), _pair(node, "dilations", 1)
    spread = ((size[0] - 1) * holes[0] + 1, (size[1] - 1) * holes[1] + 1)
    edges = _edges(node, row.dims(value)[1:], spread, strides)
    value, padding = _framed(row, value, edges, spread, strides)
    biased = row.there(node, 2)
    config: dict[str, Any] = {
        "kernel_size": size, "strides": strides, "padding": padding, "dilation_rate": holes,
        "use_bias": biased,
    }  # fmt: skip
    bias = [row.constant(node, 2).astype(np.float32)] if biased else []
    kernel, filters = kernel.astype(np.float32, copy=False), kernel.shape[0]
    if 1 < groups == channels and filters % channels == 0 and filters // channels <= _MOST_MULTIPLIED:
        several = filters // channels
        laid = kernel.reshape(channels, several, *size).transpose(2, 3, 0, 1)
        config |= {"depth_multiplier": several}
        return Value(row.layer("DepthwiseConv2D", config, [value.part], [laid, *bias]), _FIRST)
    config |= {"filters": filters, "groups": groups}
    return Value(row.layer("Conv2D", config, [value.part], [kernel.transpose(2, 3, 1, 0), *bias]), _FIRST)


def _back(row: OnnxRow, node: Node) -> Value:
    value, kernel = row.picture(row.value(node)), row.constant(node, 1)
    row.charge(kernel)
    if node.options.get("group", 1) != 1 or _pair(node, "dilations", 1) != (1, 1):
        raise BadLayer(say("has groups of maps or holes in its windows, which is not known here"))
    if kernel.ndim != 4 or "output_shape" in node.options:
        raise BadLayer(say("has weights of other shapes than it needs"))
    size, strides = (kernel.shape[2], kernel.shape[3]), _pair(node, "strides", 1)
    if node.options.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise BadLayer(say("leaves open what edge it cuts off"))
    edges, more = _edges(node, (1, 1), size, strides), _pair(node, "output_padding", 0, 0)
    given = row.dims(value)[1:]
    wanted = [
        (n - 1) * s + k + extra - sum(edge)
        for n, s, k, extra, edge in zip(given, strides, size, more, edges, strict=True)
    ]
    bias = [row.constant(node, 2).astype(np.float32)] if row.there(node, 2) else []
    config: dict[str, Any] = {
        "filters": kernel.shape[1], "kernel_size": size, "strides": strides, "dilation_rate": 1,
        "use_bias": bool(bias), "output_padding": None,
    }  # fmt: skip
    weights = [kernel.astype(np.float32, copy=False).transpose(2, 3, 1, 0), *bias]
    same = [max((n - 1) * s + k - n * s, 0) // 2 for n, s, k in zip(given, strides, size, strict=True)]
    if [edge[0] for edge in edges] == same and wanted == [n * s for n, s in zip(given, strides, strict=True)]:
        return Value(
            row.layer("Conv2DTranspose", config | {"padding": "same"}, [value.part], weights), _FIRST
        )
    made = Value(row.layer("Conv2DTranspose", config | {"padding": "valid"}, [value.part], weights), _FIRST)
    whole = row.dims(made)[1:]
    cut = [
        (edge[0], there - edge[0] - length) for edge, there, length in zip(edges, whole, wanted, strict=True)
    ]
    if any(last < 0 for _, last in cut):
        raise BadLayer(say("makes maps larger than what it draws"))
    if cut == [(0, 0), (0, 0)]:
        return made
    return Value(row.layer("Cropping2D", {"cropping": tuple(cut), **PLAIN}, [made.part]), _FIRST)


def _pool(kind: str) -> Callable[[OnnxRow, Node], Value]:
    def read(row: OnnxRow, node: Node) -> Value:
        value = row.picture(row.value(node))
        size, strides = _pair(node, "kernel_shape", 0), _pair(node, "strides", 1)
        if _pair(node, "dilations", 1) != (1, 1):
            raise BadLayer(say("has groups of maps or holes in its windows, which is not known here"))
        dims = row.dims(value)[1:]
        edges = _edges(node, dims, size, strides)
        if node.options.get("ceil_mode", 0) and any(
            (n + sum(edge) - k) % s for n, edge, k, s in zip(dims, edges, size, strides, strict=True)
        ):
            raise BadLayer(say("has windows that reach over the end of a map"))
        usual = tuple(ops.edges(n, k, s) for n, k, s in zip(dims, size, strides, strict=True))
        if edges != ((0, 0), (0, 0)):
            counted = kind == "AveragePooling2D" and node.options.get("count_include_pad", 0)
            if counted:
                value = _edged(row, value, edges)
                edges = ((0, 0), (0, 0))
            elif edges != usual and (kind != "MaxPooling2D" or not _never_below_zero(row, value.part)):
                raise BadLayer(say("has windows that reach over the edge of a map in a way not known here"))
        value, padding = _framed(row, value, edges, size, strides)
        config = {"pool_size": size, "strides": strides, "padding": padding}
        return Value(row.layer(kind, config, [value.part]), _FIRST)

    return read


def _edged(row: OnnxRow, value: Value, edges: tuple[_Pair, _Pair]) -> Value:
    return Value(row.layer("ZeroPadding2D", {"padding": edges, **PLAIN}, [value.part]), _FIRST)


def _never_below_zero(row: OnnxRow, name: str) -> bool:
    """Whether zeros around such maps change nothing of which number is the greatest."""
    part = row.parts[name]
    while KINDS[part.kind].moves or part.kind in ("MaxPooling2D", "AveragePooling2D"):
        if len(part.inputs) != 1:
            return False
        part = row.parts[part.inputs[0]]
    return part.options.get("activation") in _NEVER_BELOW_ZERO or (
        part.kind == "ReLU" and not part.options["negative_slope"]
    )


def _overall(kind: str) -> Callable[[OnnxRow, Node], Value]:
    def read(row: OnnxRow, node: Node) -> Value:
        value = row.picture(row.value(node))
        return Value(row.layer(kind, {"keepdims": True}, [value.part]), _FIRST)

    return read


def _pad(row: OnnxRow, node: Node) -> Value:
    value = row.value(node)
    said = row.constant(node, 1).ravel().tolist() if row.there(node, 1) else node.options.get("pads")
    filled = row.constant(node, 2).any() if row.there(node, 2) else node.options.get("value", 0.0) != 0
    shape: Shape = row.dims(value)
    if value.flat or len(shape) != 3 or not isinstance(said, list) or len(said) != 8 or row.there(node, 3):
        raise BadLayer(say("is given something else than maps of rows and columns"))
    if filled or node.options.get("mode", "constant") != "constant":
        raise BadLayer(say("puts something else than zeros around maps"))
    both = {value.axes[at]: (said[at + 1], said[at + 5]) for at in range(3)}
    if said[0] or said[4] or any(both[2]):
        raise BadLayer(say("adds something else than rows and columns"))
    if (both[0], both[1]) == ((0, 0), (0, 0)):
        return value
    made = row.layer("ZeroPadding2D", {"padding": (both[0], both[1]), **PLAIN}, [value.part])
    return Value(made, value.axes)


SLIDING: Mapping[str, Callable[[OnnxRow, Node], Value]] = {
    "Conv": _conv,
    "ConvTranspose": _back,
    "MaxPool": _pool("MaxPooling2D"),
    "AveragePool": _pool("AveragePooling2D"),
    "GlobalAveragePool": _overall("GlobalAveragePooling2D"),
    "GlobalMaxPool": _overall("GlobalMaxPooling2D"),
    "Pad": _pad,
}
