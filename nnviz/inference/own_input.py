"""How a network wants its digits, if not as they are here: turned over, transposed, in another range.

Digits here are light ink on dark paper, 0 to 1. A network that learned from others gets them as it knows them
by layers in front of its own: so the pad, every picture and Keras itself compute the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from nnviz.core.words import say
from nnviz.inference.graph import Network, Part
from nnviz.inference.kind import Shape
from nnviz.inference.layers import KINDS

DIGIT = "digit"  # the input of a network that takes its digits in another shape
FITTED = "fitted_"  # what the layers begin with that make its shape of them
_BEFORE = "own_input_"
_PADDED = 32  # pixels, as of networks for small photos
Steps = list[tuple[str, dict[str, Any]]]
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


def fitting(shape: Sequence[Any]) -> Steps | None:
    """The layers that make a network's input of a digit of 28 x 28, each a kind and its options.

    Parameters
    ----------
    shape
        Of the input, without the axis of digits; None where a length is left open.

    Returns
    -------
    Steps | None
        None where a digit cannot become such an input. `times`: how often a layer is
        given what was before it.
    """
    sizes = [length for length in shape if isinstance(length, int)]
    if len(sizes) != len(shape) or not 1 <= len(sizes) <= 3:
        return None
    total = math.prod(sizes)
    sides = [28, _PADDED]
    for side in sides:
        for channels in (1, 3):
            if total != side * side * channels:
                continue
            picture = (side, side, channels)
            first = (channels, side, side)
            known = {picture, first} if channels > 1 else {picture, first, (side, side), (total,)}
            # One long axis among axes of 1 is a row as well.
            alike = tuple(sizes) in known or (channels == 1 and sorted(sizes)[:-1] == [1] * (len(sizes) - 1))
            if not alike:
                continue
            steps: Steps = []
            edge = (side - 28) // 2
            plain = {"data_format": "channels_last"}
            if edge:
                steps.append(("ZeroPadding2D", {"padding": ((edge, edge), (edge, edge)), **plain}))
            if channels > 1:
                steps.append(("Concatenate", {"axis": 3, "times": channels}))
            if channels > 1 and tuple(sizes) == first:
                steps.append(("Permute", {"dims": (3, 1, 2)}))
            elif tuple(sizes) != picture:
                steps.append(("Reshape", {"target_shape": tuple(sizes)}))
            return steps
    return None


def done(steps: Steps) -> str:
    """What those layers do to a digit, in words."""
    said = {
        "ZeroPadding2D": say("given an edge of paper"),
        "Concatenate": say("repeated for each colour"),
        "Permute": say("put into that order"),
        "Reshape": say("put into that shape"),
    }
    return ", ".join(said[kind] for kind, _ in steps)


def with_input(network: Network, own: OwnInput) -> Network:
    """The network, given its digits so; what it was given before is forgotten."""
    network = without_input(network)
    first, *rest = network.parts
    fitted = list(takewhile(lambda part: part.name.startswith(FITTED), rest))
    moving = [part for part in _front(own, first) if part.kind != "Rescaling"]
    fitted = _behind(fitted, first.name, moving[-1].name if moving else first.name)
    lead = [first, *moving, *fitted]
    scaling = [
        replace(part, inputs=(lead[-1].name,), shape=lead[-1].shape)
        for part in _front(own, first)
        if part.kind == "Rescaling"
    ]
    before = fitted[-1].name if fitted else first.name
    others = _behind(rest[len(fitted) :], before, (lead + scaling)[-1].name)
    return replace(network, parts=(*lead, *scaling, *others))


def _behind(parts: Sequence[Part], before: str, now: str) -> list[Part]:
    """Layers that take the values of another layer than before."""
    return [
        replace(part, inputs=tuple(now if name == before else name for name in part.inputs)) for part in parts
    ]


def without_input(network: Network) -> Network:
    """The network as it was brought."""
    first, *rest = network.parts
    kept: list[Part] = []
    stands_for: dict[str, str] = {}
    for part in rest:
        inputs = tuple(stands_for.get(name, name) for name in part.inputs)
        if part.name.startswith(_BEFORE):
            stands_for[part.name] = inputs[0]
        else:
            kept.append(replace(part, inputs=inputs))
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
