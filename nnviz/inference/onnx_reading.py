"""An ONNX network becomes one of ours: operator by operator, nothing in the file being carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np

from nnviz.core.json_records import clean
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import own_input
from nnviz.inference.flattening import DIGITS
from nnviz.inference.graph import ENCODER, BadNetwork, Network
from nnviz.inference.keras_config import Plan, plan_of
from nnviz.inference.onnx_graph import Graph, Node
from nnviz.inference.onnx_operators import OPERATORS
from nnviz.inference.onnx_row import OnnxRow, Value
from nnviz.inference.option_checks import BadLayer

_MOST_FOLDED = 64  # numbers of a shape that is calculated on the way


def plan(graph: Graph) -> tuple[Plan, Network]:
    """What the graph becomes, and the network with its weights.

    Raises
    ------
    BadNetwork
        For what is not known here.
    """
    answer, code = _ends(graph)
    needed = _needed(graph, [answer, *([code] if code else [])])
    # Who asks for a shape alone does not mind what is done to the numbers.
    uses = Counter(name for node in needed if node.operator != "Shape" for name in node.inputs)
    uses.update([answer, *([code] if code else [])])
    row = OnnxRow(graph.constants, uses)
    row.opset = graph.opset
    _begin(row, graph)
    for node in needed:
        _read(row, node)
    if answer not in row.values:
        raise BadNetwork(say("What the network answers with does not depend on the digit."))
    row.answer = row.plain(row.values[answer]).part
    if code:
        row.models.append((ENCODER, row.plain(row.values[code]).part))
    found = plan_of(row, "network")
    weights = row.weights()
    stored = {name: weights[place.names[0]] for name, place in found.places.items()}
    return found, found.with_weights(stored)


def _ends(graph: Graph) -> tuple[str, str]:
    """The name of the answer, and that of the code where the network draws."""
    if len(graph.given) != 1:
        raise BadNetwork(
            say("The network has {many} inputs; expected was one, the digits.", many=len(graph.given))
        )
    names = list(dict.fromkeys(graph.answers))
    if len(names) == 2 and set(names) == {"drawn", "code"}:  # as it is written here
        return "drawn", "code"
    if len(names) != 1:
        raise BadNetwork(
            say("The network has {many} outputs; expected was one, the answers.", many=len(names))
        )
    return names[0], ""


def _needed(graph: Graph, wanted: list[str]) -> list[Node]:
    """The operators on which these values depend, in their order."""
    makers: dict[str, Node] = {}
    for node in graph.nodes:
        for name in filter(None, node.outputs):
            if name in makers or name in graph.constants:
                raise BadNetwork(say("Two values of the network have the same name."))
            makers[name] = node
    found: set[int] = set()
    waiting = list(wanted)
    while waiting:
        maker = makers.get(waiting.pop())
        if maker is not None and id(maker) not in found:
            found.add(id(maker))
            waiting += maker.inputs
    return [node for node in graph.nodes if id(node) in found]


def _begin(row: OnnxRow, graph: Graph) -> None:
    """The digit, in the shape that the network takes it in."""
    ((name, lengths),) = graph.given
    row.batch, shape = (lengths[0] if lengths else None), lengths[1:]
    first = len(shape) == 3 and shape[0] in (1, 3) and shape[1] == shape[2]
    picture = (shape[1], shape[2], shape[0]) if first else shape
    axes = (2, 0, 1) if first else tuple(range(len(shape)))
    digit = own_input.DIGIT
    if picture in DIGITS:
        row.begin(digit, tuple(length for length in picture if length))
        row.values[name] = Value(digit, axes)
        return
    steps = own_input.fitting(picture)
    if steps is None:
        said = " × ".join(str(length or "N") for length in lengths)
        raise BadNetwork(
            say(
                "The network takes inputs of the shape {shape}; expected were digits as N × 1 × 28 × 28, "
                "N × 28 × 28 × 1, N × 28 × 28 or N × 784.",
                shape=clean(said, 60) or "?",
            )
        )
    row.begin(digit, DIGITS[0])
    part = digit
    for kind, options in steps:
        several = options.pop("times", 1)
        part = row.layer(kind, options, [part] * several, name=own_input.FITTED + kind.lower())
    row.values[name] = Value(part, axes)
    row.said.append(
        say(
            "The network takes inputs of the shape {shape}: digits were {done}.",
            shape=tuple(shape),
            done=own_input.done(steps),
        )
    )


def _read(row: OnnxRow, node: Node) -> None:
    try:
        if any(name in row.values for name in node.outputs):
            raise BadLayer(say("puts out what is there already"))
        folded = _folded(row, node)
        if folded is not None:
            row.constants[node.outputs[0]] = folded
            return
        read = OPERATORS.get(node.operator)
        if read is None:
            raise BadNetwork(
                say(
                    "The operator {operator} is not one of those that are read here: Gemm, MatMul, Conv, "
                    "pooling, activations, normalising, and what moves or adds up values.",
                    operator=repr(clean(node.operator, 40)),
                )
            )
        found = read(row, node)
        if node.outputs[0]:
            row.values[node.outputs[0]] = found
    except BadLayer as error:
        called = f" ({node.name})" if node.name and node.name != node.operator else ""
        named = repr(clean(node.operator, 40)) + called
        raise BadNetwork(say("The operator {operator} {error}.", operator=named, error=error)) from error
    except BadNetwork:
        raise
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise BadNetwork(
            say(
                "The operator {operator} has options that cannot be.",
                operator=repr(clean(node.operator, 40)),
            )
        ) from error


def _folded(row: OnnxRow, node: Node) -> Array | None:
    """What an operator makes of numbers that no digit changes; None of one that needs the digit."""
    if node.operator == "Constant":
        return _constant(node)
    if node.operator == "Shape":
        value = row.value(node)
        if set(node.options) - {"start"} or node.options.get("start", 0):
            raise BadLayer(say("takes a part of a shape, which is not known here"))
        return np.array([-1, *row.dims(value)], np.int64)  # how many digits, is left open
    given = [name for name in node.inputs if name]
    fold = _FOLDS.get(node.operator)
    if fold is None or not given or any(name not in row.constants for name in given):
        return None
    arrays = [row.constants[name] for name in given]
    if node.operator == "Reshape":
        row.charge_folded(arrays[0].size)
    light = node.operator in _VIEWS or (node.operator == "Cast" and arrays[0].dtype == np.float32)
    if not light and sum(each.size for each in arrays) > _MOST_FOLDED:
        raise BadLayer(say("calculates with weights, which is not known here"))
    try:
        with np.errstate(all="ignore"):
            return fold(node, arrays)
    except (ValueError, IndexError, TypeError, KeyError, OverflowError) as error:
        raise BadLayer(say("does not fit to what it is given")) from error


def _constant(node: Node) -> Array:
    for key, said in node.options.items():
        if key == "value" and isinstance(said, np.ndarray):
            return said
        if key in ("value_float", "value_floats", "value_int", "value_ints") and said is not None:
            kind = np.float32 if "float" in key else np.int64
            return np.array(said, kind)
    raise BadLayer(say("holds something else than numbers"))


def _list(node: Node, arrays: list[Array]) -> list[int]:
    """Axes, as an input or an attribute."""
    found: list[int] = arrays[1].ravel().tolist() if len(arrays) > 1 else list(node.options["axes"])
    return found


def _reshaped(node: Node, arrays: list[Array]) -> Array:
    return arrays[0].reshape([int(each) for each in arrays[1].ravel()])


def _unsqueezed(node: Node, arrays: list[Array]) -> Array:
    axes = _list(node, arrays)
    if arrays[0].ndim + len(axes) > 8:
        raise BadLayer(say("does not fit to what it is given"))
    return np.expand_dims(arrays[0], tuple(axes))


def _multiplied(node: Node, arrays: list[Array]) -> Array:
    if any((each < 0).any() for each in arrays):  # the number of digits, which is left open
        raise BadLayer(say("does not keep each digit for itself"))
    return np.asarray(arrays[0] * arrays[1])


def _cast(node: Node, arrays: list[Array]) -> Array:
    return arrays[0].astype(np.float32 if node.options["to"] in (1, 10, 11) else np.int64, copy=False)


_Fold = Callable[[Node, list[Array]], Array]
_VIEWS = ("Identity", "Transpose", "Reshape", "Unsqueeze", "Squeeze")  # these make nothing new of weights
_FOLDS: Mapping[str, _Fold] = {
    "Identity": lambda node, arrays: arrays[0],
    "Transpose": lambda node, arrays: arrays[0].transpose(node.options.get("perm")),
    "Reshape": _reshaped,
    "Unsqueeze": _unsqueezed,
    "Squeeze": lambda node, arrays: arrays[0].squeeze(tuple(_list(node, arrays))),
    "Gather": lambda node, arrays: np.take(arrays[0], arrays[1], axis=node.options.get("axis", 0)),
    "Concat": lambda node, arrays: np.concatenate(arrays, axis=node.options["axis"]),
    "Cast": _cast,
    "Mul": _multiplied,
}
