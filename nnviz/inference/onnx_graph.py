"""A network as an ONNX file has it: operators by name, and what they are given. Nothing carries one out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnviz.core.records import Array


@dataclass(frozen=True)
class Node:
    """One operator in its place.

    Attributes
    ----------
    inputs
        Names of values or constants; "" for one that is left out.
    options
        Its attributes: numbers, texts, lists of whole numbers or of numbers, arrays.
    """

    name: str
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    options: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Graph:
    """Operators in an order in which they can be calculated.

    Attributes
    ----------
    constants
        float32 or int64, by name.
    given
        Names of the inputs and their lengths, None for one left open; the first is that of the digits.
    answers
        Names of the outputs.
    opset
        Which version of the operators is meant.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, Array]
    given: tuple[tuple[str, tuple[int | None, ...]], ...]
    answers: tuple[str, ...]
    opset: int
