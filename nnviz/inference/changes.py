"""A network of dense layers changed by hand: the workbench's list of changes, carried out in NumPy.

The browser changes its own copy (`components/frontend/workbench/edits.js`); here the same is done to the
stored weights, number by number in the same order, sums in float64 and weights in float32. The list comes
from a browser, and nothing in it is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from nnviz.core import json_records
from nnviz.core.json_records import BadRecord
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.graph import Network

MOST_TEXT = 65_536  # characters of a list
MOST_CHANGES = 1_000
MOST_WHOLE = 20  # changes of all weights at once, which take a moment each
_STEP = 0x6D2B79F5  # of Mulberry32

_Place = Annotated[int, Meta(ge=0, lt=2**31)]
_Amount = Annotated[float, Meta(gt=0, le=2)]
_Weight = Annotated[float, Meta(gt=-1e30, lt=1e30)]  # float32 ends at 3e38


class ChangesRefused(ValueError):
    """A list of changes that cannot be carried out; one sentence."""


class _Change(msgspec.Struct, frozen=True, tag_field="what", forbid_unknown_fields=True):
    pass


class Silence(_Change, frozen=True, tag="silence"):
    """A unit puts out 0 from now on, or what it did before."""

    layer: _Place
    unit: _Place
    on: bool


class Bias(_Change, frozen=True, tag="bias"):
    """A unit's bias is this."""

    layer: _Place
    unit: _Place
    value: _Weight


class Paint(_Change, frozen=True, tag="paint"):
    """Weights of a layer, named by their places in its row of weights, grow by so much."""

    layer: _Place
    places: Annotated[tuple[_Place, ...], Meta(min_length=1, max_length=32_768)]
    by: _Weight


class Prune(_Change, frozen=True, tag="prune"):
    """The smallest of all weights, this share of them, become 0."""

    share: Annotated[float, Meta(gt=0, lt=1)]


class Round(_Change, frozen=True, tag="round"):
    """Every layer keeps only 2^bits - 1 different values."""

    bits: Annotated[int, Meta(ge=2, le=8)]


class Noise(_Change, frozen=True, tag="noise"):
    """Normal numbers are added to the weights, by so much of each layer's deviation."""

    amount: _Amount
    seed: Annotated[int, Meta(ge=0, lt=2**32)]


Change = Silence | Bias | Paint | Prune | Round | Noise


class _Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    digest: Annotated[str, Meta(max_length=64)]
    edits: Annotated[tuple[Change, ...], Meta(min_length=1, max_length=MOST_CHANGES)]


def read(text: object, digest: str) -> tuple[Change, ...]:
    """The changes that a browser sent.

    Parameters
    ----------
    text
        JSON: {digest, edits}.
    digest
        Of the program that the browser was given.

    Raises
    ------
    ChangesRefused
        For anything else, and when they were made to another network.
    """
    if not isinstance(text, str):
        raise ChangesRefused(say("The list of changes cannot be read."))
    try:
        sent = json_records.read(_Sent, json_records.parse(text, MOST_TEXT))
    except BadRecord as error:
        raise ChangesRefused(say("The list of changes {error}.", error=error)) from error
    if sent.digest != digest:
        raise ChangesRefused(say("Another network is open by now: change this one, then keep it."))
    if sum(isinstance(each, Prune | Round | Noise) for each in sent.edits) > MOST_WHOLE:
        raise ChangesRefused(
            say("A network is kept with at most {n} changes of all weights at once.", n=MOST_WHOLE)
        )
    return sent.edits


def carried_out(network: Network, changes: Sequence[Change]) -> Network:
    """The network after these changes; the one given stays as it is.

    A silent unit is one that no unit of the next layer listens to: its weights there are 0.

    Parameters
    ----------
    network
        Of dense layers behind each other, as `graph.dense` makes it.

    Raises
    ------
    ChangesRefused
        For another network, for a layer, unit or weight that there is not, and when a weight grows too large.
    """
    parts = network.parts
    if any(part.kind != "Dense" or set(part.weights) != {"kernel", "bias"} for part in parts[1:]):
        raise ChangesRefused(say("Only a network of dense layers can be kept."))
    weights = [
        {name: np.array(values, np.float32) for name, values in part.weights.items()} for part in parts
    ]
    silent: dict[int, set[int]] = {}
    with np.errstate(over="ignore", invalid="ignore"):
        for change in changes:
            _check(change, weights)
            _carry_out(change, weights, silent)
    for layer, units in silent.items():
        weights[layer + 1]["kernel"][sorted(units)] = 0
    if not all(np.isfinite(values).all() for layer in weights for values in layer.values()):
        raise ChangesRefused(say("These changes make weights too large to be kept."))
    return network.with_weights(
        {part.name: list(values.values()) for part, values in zip(parts, weights, strict=True)}
    )


def _check(change: Change, weights: Sequence[Mapping[str, Array]]) -> None:
    if not isinstance(change, Silence | Bias | Paint):
        return
    last = len(weights) - (2 if isinstance(change, Silence) else 1)  # the answer itself is never silent
    if not 1 <= change.layer <= last:
        raise ChangesRefused(say("One of the changes is of a layer that this network does not have."))
    kernel = weights[change.layer]["kernel"]
    there = max(change.places) < kernel.size if isinstance(change, Paint) else change.unit < kernel.shape[1]
    if not there:
        raise ChangesRefused(say("One of the changes is of a unit that this network does not have."))


def _carry_out(change: Change, weights: Sequence[dict[str, Any]], silent: dict[int, set[int]]) -> None:
    kernels = [layer["kernel"] for layer in weights[1:]]
    match change:
        case Silence(layer=layer, unit=unit, on=on):
            units = silent.setdefault(layer, set())
            (units.add if on else units.discard)(unit)
        case Bias(layer=layer, unit=unit, value=value):
            weights[layer]["bias"][unit] = value
        case Paint(layer=layer, places=places, by=by):
            row = weights[layer]["kernel"].reshape(-1)
            for place in places:
                row[place] = float(row[place]) + by
        case Prune(share=share):
            _prune(kernels, share)
        case Round(bits=bits):
            for values in [*kernels, *(layer["bias"] for layer in weights[1:])]:
                _round(values, bits)
        case Noise(amount=amount, seed=seed):
            drawn, done = normal(seed, sum(kernel.size for kernel in kernels)), 0
            for kernel in kernels:
                size = amount * _deviation(kernel)
                kernel[...] = kernel + size * drawn[done : done + kernel.size].reshape(kernel.shape)
                done += kernel.size


def _prune(kernels: Sequence[Array], share: float) -> None:
    """The smallest of all weights become 0; of equal ones the first."""
    sizes = np.abs(np.concatenate([kernel.ravel() for kernel in kernels]))
    gone = np.zeros(len(sizes), bool)
    gone[np.argsort(sizes, kind="stable")[: int(share * len(sizes))]] = True
    done = 0
    for kernel in kernels:
        kernel[gone[done : done + kernel.size].reshape(kernel.shape)] = 0
        done += kernel.size


def _round(values: Array, bits: int) -> None:
    """To the nearest of 2^bits - 1 values at even distances around 0; the greatest stays."""
    step = float(np.abs(values).max()) / (2 ** (bits - 1) - 1)
    if step:
        values[...] = np.floor(values.astype(np.float64) / step + 0.5) * step


def _deviation(values: Array) -> float:
    """Summed one by one, as the browser does; NumPy's own sums go in pairs."""
    row = values.ravel().astype(np.float64)
    mean = row.cumsum()[-1] / row.size
    return float(np.sqrt(((row - mean) ** 2).cumsum()[-1] / row.size))


def normal(seed: int, n: int) -> Array:
    """The browser's normal numbers: Mulberry32, and of two of its numbers one by Box and Muller's way.

    Returns
    -------
    Array
        (n,) float64.
    """
    counted = np.arange(1, 2 * n + 1, dtype=np.uint64)
    state = ((np.uint64(seed) + counted * np.uint64(_STEP)) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    t = (state ^ (state >> np.uint32(15))) * (state | np.uint32(1))
    t = (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))) ^ t
    uniform = (t ^ (t >> np.uint32(14))).astype(np.float64) / 2**32
    drawn: Array = np.sqrt(-2 * np.log(1 - uniform[::2])) * np.cos(2 * np.pi * uniform[1::2])
    return drawn
