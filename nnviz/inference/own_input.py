"""How a network wants its digits, if not as they are here: turned over, transposed, in another range.

Digits here are light ink on dark paper, 0 to 1. A network that learned from others gets them as it knows them
by layers in front of its own: so the pad, every picture and Keras itself compute the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnviz.core.words import say
from nnviz.inference.graph import Network, Part
from nnviz.inference.kind import Shape
from nnviz.inference.layers import KINDS

_BEFORE = "own_input_"
_RANGES = {"0 to 1": (1.0, 0.0), "0 to 255": (255.0, 0.0), "-1 to 1": (2.0, -1.0)}


@dataclass(frozen=True)
class OwnInput:
    """What is done to digits before a network reads them.

    Attributes
    ----------
    turned_over
        Dark ink on light paper.
    transposed
        Rows as columns.
    values
        From paper to ink, a key of the ranges that are known.
    """

    turned_over: bool = False
    transposed: bool = False
    values: str = "0 to 1"

    @property
    def words(self) -> str:
        """What is done to digits, to stand behind that word."""
        said = []
        if self.turned_over:
            said.append(say("turned over (dark ink on light paper)"))
        if self.transposed:
            said.append(say("with rows and columns exchanged"))
        if self.values == "0 to 255":
            said.append(say("with numbers from 0 to 255"))
        elif self.values == "-1 to 1":
            said.append(say("with numbers from −1 to 1"))
        return ", ".join(said) or say("as they are")


AS_IT_IS = OwnInput()
EVERY: tuple[OwnInput, ...] = tuple(
    OwnInput(turned, transposed, values)
    for transposed in (False, True)
    for turned in (False, True)
    for values in _RANGES
)


def with_input(network: Network, own: OwnInput) -> Network:
    """The network, given its digits so; what it was given before is forgotten."""
    network = without_input(network)
    first, *rest = network.parts
    front = _front(own, first)
    last = front[-1].name if front else first.name
    rest = [
        replace(part, inputs=tuple(last if name == first.name else name for name in part.inputs))
        for part in rest
    ]
    return replace(network, parts=(first, *front, *rest))


def without_input(network: Network) -> Network:
    """The network as it was brought."""
    first, *rest = network.parts
    own = {part.name for part in rest if part.name.startswith(_BEFORE)}
    kept = [
        replace(part, inputs=tuple(first.name if name in own else name for name in part.inputs))
        for part in rest
        if part.name not in own
    ]
    return replace(network, parts=(first, *kept))


def input_of(network: Network) -> OwnInput:
    """How the network is given its digits."""
    there = {part.name: part for part in network.parts if part.name.startswith(_BEFORE)}
    found = [own for own in EVERY if _told(own, network.parts[0]) == _plain(tuple(there.values()))]
    return found[0] if found else AS_IT_IS


def _told(own: OwnInput, first: Part) -> list[Any]:
    return _plain(_front(own, first))


def _plain(parts: Sequence[Part]) -> list[Any]:
    return [(part.name, part.kind, dict(part.options)) for part in parts]


def _front(own: OwnInput, first: Part) -> list[Part]:
    """The layers for it, behind the input."""
    steps: list[tuple[str, str, dict[str, Any]]] = []
    if own.transposed and len(first.shape) == 1:
        steps.append(("Reshape", "rows", {"target_shape": (28, 28)}))
        steps.append(("Permute", "transposing", {"dims": (2, 1)}))
        steps.append(("Reshape", "row", {"target_shape": first.shape}))
    elif own.transposed:
        steps.append(("Permute", "transposing", {"dims": (2, 1, 3)[: len(first.shape)]}))
    scale, offset = _RANGES[own.values]
    if own.turned_over:
        scale, offset = -scale, offset + scale
    if (scale, offset) != (1.0, 0.0):
        steps.append(("Rescaling", "rescaling", {"scale": scale, "offset": offset}))
    parts: list[Part] = []
    shape: Shape = first.shape
    for kind, name, options in steps:
        before = parts[-1].name if parts else first.name
        shape = KINDS[kind].shape(options, [shape])
        parts.append(Part(_BEFORE + name, kind, (before,), options, shape, {}))
    return parts
