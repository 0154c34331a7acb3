"""What each of ONNX's operators becomes among the layers that are known here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.kind import Shape
from nnviz.inference.onnx_graph import Node
from nnviz.inference.onnx_row import OnnxRow, Value, norm
from nnviz.inference.onnx_sliding import SLIDING
from nnviz.inference.option_checks import BadLayer, brief

Operator = Callable[[OnnxRow, Node], Value]
_ONE, _ZERO = np.ones((), np.float32), np.zeros((), np.float32)


def _same(row: OnnxRow, node: Node) -> Value:
    return row.value(node)


def _dropout(row: OnnxRow, node: Node) -> Value:
    if row.there(node, 2) and (not row.is_constant(node, 2) or row.constant(node, 2).any()):
        raise BadLayer(say("is at work as in training; export the network for reading"))
    return row.value(node)


def _cast(row: OnnxRow, node: Node) -> Value:
    if node.options.get("to") not in (1, 10, 11):
        raise BadLayer(say("makes another kind of numbers of the values than floats"))
    return row.value(node)


# Sums


def _dense(row: OnnxRow, value: Value, kernel: Array, bias: Array | None) -> Value:
    if kernel.ndim != 2:
        raise BadLayer(say("has weights of other shapes than it needs"))
    dims = row.dims(value)
    if kernel.shape[0] != dims[-1]:
        raise BadLayer(
            say("has weights for {many} values; it is given {given}", many=kernel.shape[0], given=dims[-1])
        )
    row.charge(kernel)
    weights = [np.asarray(kernel, np.float32)]
    if value.flat and not row.in_order(value):
        # Its weights are put into the order of the layer, which has channels last.
        weights = [weights[0][np.argsort(row.order(value))]]
        value = row.whole(row.layer("Flatten", {"data_format": "channels_last"}, [value.part]))
    else:
        value = row.plain(value)
    if bias is not None:
        row.charge(bias)
        weights.append(bias)
    config = {"units": kernel.shape[1], "use_bias": bias is not None}
    return row.whole(row.layer("Dense", config, [value.part], weights))


def _gemm(row: OnnxRow, node: Node) -> Value:
    value, kernel = row.value(node), row.constant(node, 1)
    if node.options.get("transA", 0):
        raise BadLayer(say("turns the values of digits, which is not known here"))
    if node.options.get("transB", 0):
        kernel = kernel.T
    if len(row.dims(value)) != 1 or kernel.ndim != 2:
        raise BadLayer(say("is given something else than a row of numbers"))
    alpha, beta = np.float32(node.options.get("alpha", 1.0)), np.float32(node.options.get("beta", 1.0))
    kernel = kernel if alpha == 1 else kernel * alpha
    bias = None
    if row.there(node, 2):
        given = row.constant(node, 2)
        if given.ndim > 2 or given.size not in (1, kernel.shape[1]) or given.shape[-1:] not in (
            (), (1,), (kernel.shape[1],)
        ):  # fmt: skip
            raise BadLayer(say("has weights of other shapes than it needs"))
        bias = np.broadcast_to(given.ravel().astype(np.float32) * beta, kernel.shape[1:])
    return _dense(row, value, kernel, bias)


def _matmul(row: OnnxRow, node: Node) -> Value:
    return _dense(row, row.value(node), row.constant(node, 1), None)


# Two values, or one and fixed numbers


def _joined(kind: str) -> Operator:
    return lambda row, node: _merged(row, node, kind)


def _merged(row: OnnxRow, node: Node, kind: str, config: Mapping[str, Any] | None = None) -> Value:
    values = [row.value(node, at) for at in range(len(node.inputs))]
    if any(value.flat or value.axes != values[0].axes for value in values):
        values = [row.plain(value) for value in values]
    made = row.layer(kind, config or {}, [value.part for value in values])
    return Value(made, values[0].axes)


def _sum(kind: str, scaling: Callable[[Array, bool], tuple[Array, Array]]) -> Operator:
    """Of two values a layer that merges them, of one and numbers what `scaling` makes of these."""

    def read(row: OnnxRow, node: Node) -> Value:
        first, second = row.is_constant(node, 0), row.is_constant(node, 1)
        if not first and not second:
            if not kind:
                raise BadLayer(say("divides one value by another, which is not known here"))
            return _merged(row, node, kind)
        at = 0 if first else 1
        numbers = row.constant(node, at).astype(np.float32)
        factor, shift = scaling(numbers, first)
        return row.scaled(row.value(node, 1 - at), factor, shift)

    return read


def _over(numbers: Array, first: bool) -> tuple[Array, Array]:
    if first or not numbers.all():
        raise BadLayer(say("divides by something else than numbers, or by zero"))
    return np.float32(1) / numbers, _ZERO


def _concat(row: OnnxRow, node: Node) -> Value:
    values = [row.value(node, at) for at in range(len(node.inputs))]
    if any(value.flat or value.axes != values[0].axes for value in values):
        values = [row.plain(value) for value in values]
    axis = _axis(row, node, values[0], None)
    made = row.layer("Concatenate", {"axis": values[0].axes[axis] + 1}, [value.part for value in values])
    return Value(made, values[0].axes)


# Activations


def _axis(row: OnnxRow, node: Node, value: Value, usual: int | None) -> int:
    """The axis of an operator among those behind that of the digits."""
    said, many = node.options.get("axis", usual), len(row.dims(value))
    if not isinstance(said, int):
        raise BadLayer(say("does not say along which axis it works"))
    found = said + many + 1 if said < 0 else said
    if not 1 <= found <= many:
        raise BadLayer(say("works along the axis {axis}, which its input has not", axis=brief(said)))
    return found - 1


def _bend(activation: str) -> Operator:
    return lambda row, node: row.bent(row.value(node), activation)


def _layer(kind: str, options: Mapping[str, Any]) -> Callable[[OnnxRow, Value], Value]:
    return lambda row, value: row.behind(row.layer(kind, options, [value.part]), value)


def _leaky(row: OnnxRow, node: Node) -> Value:
    slope, value = round(float(node.options.get("alpha", 0.01)), 7), row.value(node)
    if slope == 0.2:
        return row.bent(value, "leaky_relu")
    return _layer("LeakyReLU", {"negative_slope": slope})(row, value)


def _elu(row: OnnxRow, node: Node) -> Value:
    alpha, value = float(node.options.get("alpha", 1.0)), row.value(node)
    return row.bent(value, "elu") if alpha == 1 else _layer("ELU", {"alpha": alpha})(row, value)


def _known(activation: str, **wanted: float | str) -> Operator:
    """An activation that is known with one choice of its numbers: these, and its usual ones elsewhere."""

    def read(row: OnnxRow, node: Node) -> Value:
        for key, value in node.options.items():
            fits = value == wanted.get(key) if isinstance(value, str) else (
                key in wanted and isinstance(value, float) and abs(value - float(wanted[key])) < 1e-6
            )  # fmt: skip
            if not fits:
                raise BadLayer(
                    say("has {key} of {value}, which is not known here", key=key, value=brief(value))
                )
        if activation == "hard_sigmoid" and "alpha" not in node.options:
            raise BadLayer(say("has {key} of {value}, which is not known here", key="alpha", value="0.2"))
        return row.bent(row.value(node), activation)

    return read


def _prelu(row: OnnxRow, node: Node) -> Value:
    value, slope = row.value(node), row.constant(node, 1).astype(np.float32)
    if slope.size == 1:
        return _layer("LeakyReLU", {"negative_slope": float(slope.ravel()[0])})(row, value)
    value = row.plain(value) if value.flat else value
    shape = row.parts[value.part].shape
    if slope.ndim == 1 and len(shape) == 3 and len(slope) == shape[-1] and value.axes == (2, 0, 1):
        slope = slope[:, None, None]  # as PyTorch once wrote it
    if slope.ndim > len(shape):
        raise BadLayer(say("has weights of other shapes than it needs"))
    slope = slope.reshape((1,) * (len(shape) - slope.ndim) + slope.shape).transpose(np.argsort(value.axes))
    shared = [axis + 1 for axis, length in enumerate(slope.shape) if length == 1 and shape[axis] > 1]
    row.charge(slope)
    return row.behind(row.layer("PReLU", {"shared_axes": shared or None}, [value.part], [slope]), value)


def _softmax(row: OnnxRow, node: Node) -> Value:
    value = row.value(node)
    # Until version 13, 1 was the usual axis, and all axes behind it were one.
    axis = _axis(row, node, value, -1 if row.opset >= 13 else 1)
    if axis != len(row.dims(value)) - 1 and (row.opset < 13 or value.flat):
        raise BadLayer(say("works along several axes together"))
    if value.flat or value.axes[axis] != len(value.axes) - 1:
        value = row.plain(value)
        if axis != len(value.axes) - 1:
            raise BadLayer(
                say("works along the axis {axis}; expected was that of the answers", axis=axis + 1)
            )
    return row.bent(value, "softmax")


def _log_softmax(row: OnnxRow, node: Node) -> Value:
    found = _softmax(row, node)
    row.logarithms.append(found.part)
    return found


def _clip(row: OnnxRow, node: Node) -> Value:
    ends: list[float | None] = []
    for at, key, none in ((1, "min", -1e30), (2, "max", 1e30)):
        said: Any = node.options.get(key)
        if row.there(node, at):
            array = row.constant(node, at)
            if array.size != 1:
                raise BadLayer(say("has no single number as an end"))
            said = float(array.ravel()[0])
        ends.append(None if said is None or abs(said) > abs(none) else float(said))
    value, (low, high) = row.value(node), ends
    if (low, high) == (None, None):
        return value
    if (low, high) in _CLIPS:
        return row.bent(value, _CLIPS[low, high])
    if low == 0 and high is not None and high >= 0:
        options = {"max_value": high, "negative_slope": 0.0, "threshold": 0.0}
        return _layer("ReLU", options)(row, value)
    raise BadLayer(say("cuts values off at {low} and {high}, which is not known here", low=low, high=high))


_CLIPS: Mapping[tuple[float | None, float | None], str] = {
    (0.0, 6.0): "relu6",
    (-1.0, 1.0): "hard_tanh",
    (0.0, None): "relu",
}


# Normalising


def _batch_norm(row: OnnxRow, node: Node) -> Value:
    if node.options.get("training_mode", 0) or not node.options.get("spatial", 1):
        raise BadLayer(say("is at work as in training; export the network for reading"))
    value = row.value(node)
    value = row.plain(value) if value.flat else value
    weights = [row.constant(node, at).astype(np.float32) for at in range(1, 5)]
    row.charge(*weights)
    if (weights[3] < 0).any():
        raise BadLayer(say("has a variance below zero"))
    config = norm(float(node.options.get("epsilon", 1e-5))) | {"axis": value.axes[0] + 1}
    return row.behind(row.layer("BatchNormalization", config, [value.part], weights), value)


# Order and shape


def _transpose(row: OnnxRow, node: Node) -> Value:
    value = row.value(node)
    many = len(row.dims(value))
    order = node.options.get("perm")
    if not isinstance(order, list) or sorted(order) != list(range(many + 1)) or order[0] != 0:
        raise BadLayer(say("puts the digits themselves in another order"))
    if value.flat:
        return value
    return Value(value.part, tuple(value.axes[axis - 1] for axis in order[1:]), alone=value.alone)


def _flatten(row: OnnxRow, node: Node) -> Value:
    value = row.value(node)
    axis = node.options.get("axis", 1)
    if axis not in (1, -len(row.dims(value))):
        raise BadLayer(say("makes one row of several digits"))
    return row.shaped(value, (int(np.prod(row.dims(value))),))


def _reshape(row: OnnxRow, node: Node) -> Value:
    value = row.value(node)
    wanted = node.options["shape"] if "shape" in node.options else row.constant(node, 1).ravel().tolist()
    given = row.dims(value)
    if not 2 <= len(wanted) <= 8 or not all(isinstance(each, int) and each >= -1 for each in wanted):
        raise BadLayer(say("makes the shape {dims} of {given}", dims=brief(wanted), given=given))
    batch, *rest = wanted
    if batch not in (-1, 0, 1, row.batch):
        raise BadLayer(say("does not keep each digit for itself"))
    if not node.options.get("allowzero", 0):
        if any(each == 0 and at >= len(given) for at, each in enumerate(rest)):
            raise BadLayer(say("makes the shape {dims} of {given}", dims=brief(wanted), given=given))
        rest = [given[at] if each == 0 else each for at, each in enumerate(rest)]
    return row.shaped(value, _filled(rest, given))


def _filled(wanted: Sequence[int], given: Shape) -> Shape:
    """The lengths, with the one that was left open."""
    known = int(np.prod([each for each in wanted if each != -1], dtype=object))
    if wanted.count(-1) > 1 or known <= 0:
        raise BadLayer(say("makes the shape {dims} of {given}", dims=brief(wanted), given=given))
    return tuple(int(np.prod(given)) // known if each == -1 else each for each in wanted)


def _axes(row: OnnxRow, node: Node, many: int) -> list[int]:
    """Axes that an operator names, by their numbers among `many`; as an attribute or, later, an input."""
    said = row.constant(node, 1).ravel().tolist() if row.there(node, 1) else node.options.get("axes")
    if not isinstance(said, list) or not all(isinstance(each, int) and -many <= each < many for each in said):
        raise BadLayer(say("does not say along which axis it works"))
    found = sorted(each % many for each in said)
    if 0 in found or len(set(found)) < len(found):
        raise BadLayer(say("does not keep each digit for itself"))
    return found


def _squeeze(row: OnnxRow, node: Node) -> Value:
    value = row.value(node)
    dims = row.dims(value)
    gone = {axis - 1 for axis in _axes(row, node, len(dims) + 1)}
    if any(dims[axis] != 1 for axis in gone):
        raise BadLayer(say("leaves out an axis that is longer than 1"))
    return row.shaped(value, tuple(length for axis, length in enumerate(dims) if axis not in gone))


def _unsqueeze(row: OnnxRow, node: Node) -> Value:
    value = row.value(node)
    dims = list(row.dims(value))
    said = row.constant(node, 1) if row.there(node, 1) else np.array(node.options.get("axes", []))
    for axis in _axes(row, node, len(dims) + 1 + said.size):
        dims.insert(axis - 1, 1)
    return row.shaped(value, tuple(dims))


def _overall(kind: str) -> Operator:
    """One number of each map, as a reduction along its rows and columns."""

    def read(row: OnnxRow, node: Node) -> Value:
        value = row.value(node)
        many = len(row.dims(value))
        wanted = {axis - 1 for axis in _axes(row, node, many + 1)}
        if value.flat or many != 3 or {value.axes[axis] for axis in wanted} != {0, 1}:
            raise BadLayer(say("works along other axes than rows and columns of maps"))
        keeps = bool(node.options.get("keepdims", 1))
        made = row.layer(kind, {"keepdims": keeps}, [value.part])
        return Value(made, value.axes) if keeps else row.whole(made)

    return read


OPERATORS: Mapping[str, Operator] = {
    **SLIDING,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Add": _sum("Add", lambda numbers, first: (_ONE, numbers)),
    "Sub": _sum("Subtract", lambda numbers, first: (-_ONE, numbers) if first else (_ONE, -numbers)),
    "Mul": _sum("Multiply", lambda numbers, first: (numbers, _ZERO)),
    "Div": _sum("", _over),
    "Sum": _joined("Add"),
    "Max": _joined("Maximum"),
    "Min": _joined("Minimum"),
    "Mean": _joined("Average"),
    "Concat": _concat,
    "Relu": _bend("relu"),
    "Sigmoid": _bend("sigmoid"),
    "Tanh": _bend("tanh"),
    "Softplus": _bend("softplus"),
    "Softsign": _bend("softsign"),
    "Mish": _bend("mish"),
    "HardSwish": _bend("hard_silu"),
    "HardSigmoid": _known("hard_sigmoid", alpha=1 / 6, beta=0.5),
    "Selu": _known("selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "Gelu": _known("gelu", approximate="none"),
    "LeakyRelu": _leaky,
    "Elu": _elu,
    "PRelu": _prelu,
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "Clip": _clip,
    "BatchNormalization": _batch_norm,
    "Dropout": _dropout,
    "Identity": _same,
    "Cast": _cast,
    "Transpose": _transpose,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "ReduceMean": _overall("GlobalAveragePooling2D"),
    "ReduceMax": _overall("GlobalMaxPooling2D"),
}
