"""Which layers of an autoencoder are its encoder, and which its decoder.

They are told by two models called so, or else by the narrowest place of a single row of layers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from nnviz.core.words import say
from nnviz.inference import graph
from nnviz.inference.flattening import Row
from nnviz.inference.graph import BadNetwork, Network, Part
from nnviz.inference.kind import Shape, Shapes
from nnviz.inference.layers import KINDS

PIXELS = 784
_SQUEEZED: Sequence[Shape] = ((28, 28, 1), (PIXELS,))  # as an autoencoder takes digits
_WANTED = say(
    "A network that draws digits again has to have halves that can be told apart: a model called 'encoder' "
    "and one called 'decoder', or one row of layers with a single narrowest place, the code."
)


def draws(flat: Row) -> bool:
    """Whether a network answers with a digit again, or is made of two halves as if it would."""
    named = [name for name, _ in flat.models]
    answer = flat.parts[flat.answer].shape
    return math.prod(answer) == PIXELS or named == [graph.ENCODER, graph.DECODER]


def split(flat: Row, name: str) -> tuple[Network, dict[str, str]]:
    """The network as an autoencoder, and the new name of every layer.

    Raises
    ------
    BadNetwork
        When its halves cannot be told apart.
    """
    parts = list(flat.parts.values())
    for before, part in pairwise(parts):
        if part.inputs != (before.name,):
            raise BadNetwork(
                say("The layers of an autoencoder have to be a single row, each fed by the one before.")
            )
    code = _code(flat, parts)
    start, noise = parts[0], []
    inside = parts[1:]
    if inside and inside[0].kind == "GaussianNoise" and not flat.within[inside[0].name]:
        noise, inside = [inside[0]], inside[1:]
    at = [part.name for part in inside].index(code) + 1 if code in {part.name for part in inside} else 0
    if not 0 < at < len(inside):
        raise BadNetwork(_WANTED)
    outer: list[Part] = [start, *noise]
    names = {part.name: part.name for part in outer}
    shape = start.shape
    encoder, decoder = inside[:at], inside[at:]
    if shape not in _SQUEEZED:  # a digit without channels
        shape = _SQUEEZED[0]
        outer = [replace(part, shape=shape) for part in outer]
        encoder = [_reshape("rows", start.shape), *encoder]
    narrow = encoder[-1].shape
    if math.prod(narrow) >= PIXELS or encoder[-1].kind == "Reshape":
        raise BadNetwork(_WANTED)
    if len(narrow) != 1:  # maps as a code
        encoder = [*encoder, Part("code", "Flatten", (), {"data_format": "channels_last"}, _row(narrow), {})]
        decoder = [_reshape("maps", narrow), *decoder]
    if decoder[-1].shape != shape:
        if math.prod(decoder[-1].shape) != math.prod(shape):
            raise BadNetwork(say("What the network draws is no digit of 28 × 28 pixels."))
        decoder = [*decoder, _reshape("digit", shape)]
    halves = []
    for half, own, given in (
        (graph.ENCODER, encoder, outer[-1].shape),
        (graph.DECODER, decoder, _row(narrow)),
    ):
        chain = _chain(flat, half, own, given)
        for part, made in zip(own, chain[1:], strict=True):
            names[part.name] = half + graph.WITHIN + made.name
        halves.append(Network(half, tuple(chain)))
    network = graph.autoencoder(name, outer, *halves)
    return network, names


def _code(flat: Row, parts: Sequence[Part]) -> str:
    """The layer whose output is the code."""
    named = dict(flat.models)
    if graph.ENCODER in named:
        return named[graph.ENCODER]
    if len(flat.models) == 2 and math.prod(flat.parts[flat.models[0][1]].shape) < PIXELS:
        return flat.models[0][1]
    sizes = [math.prod(part.shape) for part in parts]
    least = min(sizes)
    there = [part for part, size in zip(parts, sizes, strict=True) if size == least]
    first = parts.index(there[0])
    if least >= PIXELS or there != parts[first : first + len(there)]:
        raise BadNetwork(_WANTED)
    # What only bends the code, or drops some of it in training, belongs to it.
    if any(part.kind == there[0].kind for part in there[1:]):
        raise BadNetwork(_WANTED)
    last = there[0]
    for part in there[1:]:
        if KINDS[part.kind].moves or "kernel" in _weights(flat, part):
            break
        last = part
    return last.name


def _weights(flat: Row, part: Part) -> Shapes:
    return KINDS[part.kind].weights(part.options, [flat.parts[name].shape for name in part.inputs])


def _chain(flat: Row, half: str, own: Sequence[Part], given: Shape) -> list[Part]:
    """One half behind an input of its own, under its layers' own names where they differ."""
    chain = [Part(f"{half}_input", "InputLayer", (), {}, given, {})]
    for part in own:
        inside = flat.within.get(part.name, ())[:1] == (half,)
        name = flat.local[part.name] if inside else part.name
        name = part.name if name in {one.name for one in chain} else name
        chain.append(replace(part, name=name, inputs=(chain[-1].name,)))
    return chain


def _row(shape: Shape) -> Shape:
    return (math.prod(shape),)


def _reshape(name: str, shape: Shape) -> Part:
    options: dict[str, Any] = {"target_shape": shape}
    return Part(name, "Reshape", (), options, shape, {})
