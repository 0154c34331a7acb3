"""The bytes of an .onnx file as an `onnx_graph.Graph`, read here and not by ONNX's own library.

An ONNX file is a protocol buffer. A library would make an object of each two bytes that a hostile file has,
and would look for weights in other files. Here messages are walked through in place: only the fields that are
needed are looked at, their number is limited, and a length is compared with what there is before anything is
made. Numbers of fields are those of onnx.proto.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnviz.core.json_records import clean
from nnviz.core.records import Array
from nnviz.core.safe_files import MEGABYTE, BadFile
from nnviz.core.words import say
from nnviz.inference.keras_config import MOST_WEIGHTS
from nnviz.inference.onnx_graph import Graph, Node

MOST_SENT = 40 * MEGABYTE  # the most weights as float64, and more
MOST_NODES = 1000
_MOST_FIELDS = 200_000
_MOST_NUMBERS = MOST_WEIGHTS + 100_000  # in all constants: a network also has some that are no weights
_MOST_AXES, _MOST_NAME = 8, 300
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5  # how a field is written down
_OPSETS = range(7, 29)
_OWN_DOMAINS = ("", "ai.onnx")
# By their numbers in the format: of what numbers are, and where else than in `raw_data` they may stand.
_TYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2", 11: "<f8"}
_INPUT_TYPES = (1, 10, 11)
_APART = {1: 4, 7: 7, 11: 10}

Field = tuple[int, Any]


class _Fields:
    """Walks through messages, and counts what it meets."""

    def __init__(self) -> None:
        self._left = _MOST_FIELDS

    def of(self, message: memoryview) -> Iterator[Field]:
        """The number and the value of each field: a whole number, or the bytes as they stand."""
        at, end = 0, len(message)
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise BadFile(say("has too many parts"))
            tag, at = _varint(message, at)
            kind = tag & 7
            if kind == _VARINT:
                value, at = _varint(message, at)
                yield tag >> 3, value
                continue
            if kind == _BYTES:
                length, at = _varint(message, at)
            elif kind in (_EIGHT, _FOUR):
                length = 8 if kind == _EIGHT else 4
            else:
                raise BadFile(say("is damaged"))
            if length > end - at:
                raise BadFile(say("is damaged, or cut off before its end"))
            yield tag >> 3, message[at : at + length]
            at += length


def read(content: bytes) -> Graph:
    """The network in the bytes of a file.

    Raises
    ------
    BadFile
        When there is none, or it is too large; "The file" + message.
    """
    if len(content) > MOST_SENT:
        raise BadFile(say("is larger than {most_sent} MB", most_sent=MOST_SENT // MEGABYTE))
    fields = _Fields()
    graph, opset = None, 0
    for number, value in fields.of(memoryview(content)):
        if number == 7:
            graph = _bytes(value)
        elif number == 8:
            domain, version = _opset(fields, _bytes(value))
            opset = version if domain in _OWN_DOMAINS else opset
        elif number == 25:
            raise BadFile(say("brings operators of its own, which are not carried out"))
    if graph is None:
        raise BadFile(say("holds no network"))
    if opset not in _OPSETS:
        raise BadFile(
            say(
                "has operators of ONNX's version {opset}; taken are {first} to {last}",
                opset=opset,
                first=_OPSETS[0],
                last=_OPSETS[-1],
            )
        )
    return _graph(fields, graph, opset)


def _graph(fields: _Fields, message: memoryview, opset: int) -> Graph:
    nodes: list[Node] = []
    constants: dict[str, Array] = {}
    given: list[tuple[str, tuple[int | None, ...]]] = []
    answers: list[str] = []
    tensors = _Tensors(fields)
    for number, value in fields.of(message):
        if number == 1:
            if len(nodes) == MOST_NODES:
                raise BadFile(say("has more than {most} operators", most=MOST_NODES))
            nodes.append(_node(fields, tensors, _bytes(value)))
        elif number == 5:
            name, array = tensors.read(_bytes(value))
            if name in constants:
                raise BadFile(say("has two values of one name"))
            constants[name] = array
        elif number == 11:
            given.append(_value_info(fields, _bytes(value)))
        elif number == 12:
            answers.append(_name_of(fields, _bytes(value)))
        elif number == 15:
            raise BadFile(say("has sparse weights, which are not read here"))
    inputs = tuple(each for each in given if each[0] not in constants)
    return Graph(tuple(nodes), constants, inputs, tuple(answers), opset)


def _node(fields: _Fields, tensors: _Tensors, message: memoryview) -> Node:
    inputs: list[str] = []
    outputs: list[str] = []
    options: dict[str, Any] = {}
    name = operator = domain = ""
    for number, value in fields.of(message):
        if number == 1:
            inputs.append(_text(value))
        elif number == 2:
            outputs.append(_text(value))
        elif number == 3:
            name = _text(value)
        elif number == 4:
            operator = _text(value)
        elif number == 5:
            key, said = _attribute(fields, tensors, _bytes(value))
            options[key] = said
        elif number == 7:
            domain = _text(value)
    if domain not in _OWN_DOMAINS:
        raise BadFile(
            say(
                "has the operator {operator!r} of {domain!r}, and not of ONNX itself",
                operator=clean(operator, 40),
                domain=clean(domain, 40),
            )
        )
    return Node(clean(name, 60), operator, tuple(inputs), tuple(outputs), options)


def _attribute(fields: _Fields, tensors: _Tensors, message: memoryview) -> tuple[str, Any]:
    """Name and value; of what no operator here takes (graphs, sparse tensors) the value is None."""
    name = ""
    found: Any = None
    several: list[Any] = []
    for number, value in fields.of(message):
        if number == 1:
            name = _text(value)
        elif number == 2:
            found = _float(value)
        elif number == 3:
            found = _signed(value)
        elif number == 4:
            found = _text(value)
        elif number == 5:
            found = tensors.read(_bytes(value))[1]
        elif number == 7:
            several += [_float(value)] if len(_bytes(value)) == 4 else _packed_floats(value)
        elif number == 8:
            several += [_signed(value)] if isinstance(value, int) else _packed_ints(value)
    return name, several or found


class _Tensors:
    """Reads constants, as many numbers as a network may have."""

    def __init__(self, fields: _Fields) -> None:
        self._fields = fields
        self._left = _MOST_NUMBERS

    def read(self, message: memoryview) -> tuple[str, Array]:
        """Name and numbers, float32 or int64."""
        name, kind, raw = "", 0, None
        dims: list[int] = []
        apart: dict[int, list[Any]] = {}  # numbers in one piece, or one by one: the same when joined
        for number, value in self._fields.of(message):
            if number == 1:
                dims += [_signed(value)] if isinstance(value, int) else _packed_ints(value)
            elif number == 2:
                kind = _whole(value)
            elif number == 8:
                name = _text(value)
            elif number == 9:
                raw = _bytes(value)
            elif number in _APART.values():
                apart.setdefault(number, []).append(_encoded(value) if isinstance(value, int) else value)
            elif number == 13 or (number == 14 and value != 0):
                raise BadFile(
                    say(
                        "has weights in another file, which is not looked for; export the network with all "
                        "its weights in one file"
                    )
                )
        if kind not in _TYPES:
            raise BadFile(say("has numbers of a kind that is not read here"))
        if len(dims) > _MOST_AXES or any(length < 0 for length in dims):
            raise BadFile(say("has weights of a shape that cannot be"))
        count = math.prod(dims)
        self._left -= count
        if self._left < 0:
            raise BadFile(say("holds more than {most:,} numbers", most=_MOST_NUMBERS))
        if raw is None and kind in _APART:
            flat = _numbers(kind, memoryview(b"".join(apart.get(_APART[kind], []))), count)
        else:
            flat = np.frombuffer(_exactly(raw, count * np.dtype(_TYPES[kind]).itemsize), _TYPES[kind])
        wanted = np.float32 if flat.dtype.kind == "f" else np.int64
        with np.errstate(
            over="ignore"
        ):  # what is too large for float32 is found out when the network answers
            return name, flat.astype(wanted, copy=False).reshape(dims)


def _numbers(kind: int, packed: memoryview, count: int) -> Array:
    if kind == 7:
        found = np.array(_packed_ints(packed), np.int64)
        if len(found) != count:
            raise BadFile(say("has other weights than their shape says"))
        return found
    return np.frombuffer(_exactly(packed, count * np.dtype(_TYPES[kind]).itemsize), _TYPES[kind])


def _encoded(value: int) -> bytes:
    """A whole number, seven bits a byte."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _exactly(raw: memoryview | None, size: int) -> memoryview:
    if raw is None or len(raw) != size:
        raise BadFile(say("has other weights than their shape says"))
    return raw


def _value_info(fields: _Fields, message: memoryview) -> tuple[str, tuple[int | None, ...]]:
    """Name and lengths of a graph's input, whose numbers have to be floats."""
    name, dims = "", []
    for number, value in fields.of(message):
        if number == 1:
            name = _text(value)
        elif number == 2:
            for inner, tensor in fields.of(_bytes(value)):
                if inner != 1:
                    raise BadFile(say("takes something else than an array of numbers"))
                dims = _tensor_type(fields, _bytes(tensor))
    return name, tuple(dims)


def _tensor_type(fields: _Fields, message: memoryview) -> list[int | None]:
    dims: list[int | None] = []
    for number, value in fields.of(message):
        if number == 1 and value not in _INPUT_TYPES:
            raise BadFile(say("takes digits as whole numbers; expected were floats"))
        if number == 2:
            for _, each in fields.of(_bytes(value)):
                length = next((_signed(said) for n, said in fields.of(_bytes(each)) if n == 1), None)
                dims.append(length if length is None or length > 0 else None)
                if len(dims) > _MOST_AXES:
                    raise BadFile(say("takes an input of a shape that cannot be"))
    return dims


def _name_of(fields: _Fields, message: memoryview) -> str:
    return next((_text(value) for number, value in fields.of(message) if number == 1), "")


def _opset(fields: _Fields, message: memoryview) -> tuple[str, int]:
    domain, version = "", 0
    for number, value in fields.of(message):
        if number == 1:
            domain = _text(value)
        elif number == 2:
            version = _signed(value)
    return domain, version


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """A whole number, seven bits a byte, and where it ends."""
    found = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise BadFile(say("is damaged, or cut off before its end"))
        byte = message[at]
        at += 1
        found |= (byte & 127) << shift
        if byte < 128:
            return found & (2**64 - 1), at
    raise BadFile(say("is damaged"))


def _bytes(value: Any) -> memoryview:
    if not isinstance(value, memoryview):
        raise BadFile(say("is damaged"))
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise BadFile(say("is damaged"))
    return value


def _signed(value: Any) -> int:
    found = _whole(value)
    return found - 2**64 if found >= 2**63 else found


def _float(value: Any) -> float:
    return float(struct.unpack("<f", _exactly(_bytes(value), 4))[0])


def _packed_floats(value: memoryview) -> list[float]:
    if len(value) % 4 or len(value) > 4 * MOST_NODES:
        raise BadFile(say("is damaged"))
    return [float(one) for one in np.frombuffer(value, "<f4")]


def _packed_ints(value: Any) -> Sequence[int]:
    message, at, found = _bytes(value), 0, []
    if len(message) > 10 * MOST_NODES:
        raise BadFile(say("has a list that is too long"))
    while at < len(message):
        one, at = _varint(message, at)
        found.append(_signed(one))
    return found


def _text(value: Any) -> str:
    message = _bytes(value)
    if len(message) > _MOST_NAME:
        raise BadFile(say("has a name that is too long"))
    try:
        return bytes(message).decode()
    except UnicodeDecodeError as error:
        raise BadFile(say("is damaged")) from error
