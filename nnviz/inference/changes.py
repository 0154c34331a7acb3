"""A network changed by hand: the workbench's list of changes, carried out in NumPy.

The browser changes its own copy (`components/frontend/workbench/edits.js`); here the same is done to the
stored weights, number by number in the same order, sums in float64 and weights in float32. A browser has the
network folded (`browser.folded`), so layers are counted there, and what was folded into a layer is taken out
of its new weights again. The list comes from a browser, and nothing in it is believed.
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
from nnviz.inference import browser
from nnviz.inference.graph import Network, Part

MOST_TEXT = 65_536  # characters of a list
MOST_CHANGES = 1_000
MOST_WHOLE = 20  # changes of all weights at once, which take a moment each
_STEP = 0x6D2B79F5  # of Mulberry32
_KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")
# Layers in which a map, or a unit, has nothing to do with its neighbours.
_APART = {
    *("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Dropout", "GaussianNoise", "Rescaling"),
    *("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    *("ZeroPadding2D", "Cropping2D", "UpSampling2D", "Flatten"),
}

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


def _normalisings(network: Network) -> dict[str, Part]:
    """The normalisations that `browser.folded` makes part of another layer, by that layer's name."""
    stays = {part.name for part in browser.folded(network).parts}
    found: dict[str, Part] = {}
    for part in network.parts:
        if part.kind == "BatchNormalization" and part.name not in stays:
            if part.inputs[0] not in stays or part.inputs[0] in found:
                raise ChangesRefused(
                    say("This network normalises in a way that changed weights cannot be kept with.")
                )
            found[part.inputs[0]] = part
    return found


def carried_out(network: Network, changes: Sequence[Change]) -> Network:
    """The network after these changes; the one given stays as it is.

    A silent unit or map is one that no later layer listens to: its weights there are 0.

    Parameters
    ----------
    network
        Whose layers are counted as its `browser.folded` has them.

    Raises
    ------
    ChangesRefused
        For a network that cannot be kept, for a layer, unit or weight that there is not, for a silence that
        cannot be written as weights, and when a weight grows too large.
    """
    normalisings = _normalisings(network)
    parts = browser.folded(network).parts
    weights = [
        {name: np.array(values, np.float32) for name, values in part.weights.items()} for part in parts
    ]
    silent: dict[int, set[int]] = {}
    with np.errstate(over="ignore", invalid="ignore"):
        for change in changes:
            _check(change, parts, weights)
            _carry_out(change, weights, silent)
    for layer, units in silent.items():
        if units:
            _unheard(parts, weights, layer, sorted(units))
    if not all(np.isfinite(values).all() for layer in weights for values in layer.values()):
        raise ChangesRefused(say("These changes make weights too large to be kept."))
    changed = {part.name: values for part, values in zip(parts, weights, strict=True)}
    stored = {part.name: part for part in network.parts}
    for part in parts:
        if part.name in normalisings:
            changed |= _unfolded(stored[part.name], normalisings[part.name], part, changed[part.name])
    kept = {name: list(values.values()) for name, values in changed.items()}
    return network.with_weights(
        {name: kept.get(name, list(part.weights.values())) for name, part in stored.items()}
    )


def _unfolded(
    stored: Part, normalising: Part, own: Part, new: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Weights of a layer and the normalisation behind it that together are these new ones.

    What was measured on the training digits stays as it is, so that training can go on; so do all weights
    that were not changed, to the bit. The others are divided by the factor, and come back within a rounding.
    """
    if "beta" not in normalising.weights:
        raise ChangesRefused(
            say("This network normalises in a way that changed weights cannot be kept with.")
        )
    known = {name: values.astype(np.float64) for name, values in normalising.weights.items()}
    factor = known.get("gamma", 1.0) / np.sqrt(known["moving_variance"] + normalising.options["epsilon"])
    other = new["kernel"] != own.weights["kernel"]
    if (other & (factor == 0)).any():
        raise ChangesRefused(
            say("A unit whose normalising makes 0 of everything cannot be kept with other weights.")
        )
    divided = new["kernel"].astype(np.float64) / np.where(factor == 0, 1, factor)
    layer = {name: values.copy() for name, values in stored.weights.items()}
    layer["kernel"] = np.where(other, divided, layer["kernel"]).astype(np.float32)
    moved = new["bias"].astype(np.float64) - own.weights["bias"]
    behind = {name: values.copy() for name, values in normalising.weights.items()}
    behind["beta"] = (known["beta"] + moved).astype(np.float32)
    return {stored.name: layer, normalising.name: behind}


def _check(change: Change, parts: Sequence[Part], weights: Sequence[Mapping[str, Array]]) -> None:
    if not isinstance(change, Silence | Bias | Paint):
        return
    last = len(parts) - (2 if isinstance(change, Silence) else 1)  # the answer itself is never silent
    if not 1 <= change.layer <= last or "kernel" not in weights[change.layer]:
        raise ChangesRefused(say("One of the changes is of a layer that this network does not have."))
    part, own = parts[change.layer], weights[change.layer]
    if isinstance(change, Paint):
        there = max(change.places) < own["kernel"].size
    elif isinstance(change, Bias):
        there = "bias" in own and change.unit < own["bias"].size
    else:
        there = change.unit < part.shape[-1]
    if not there:
        raise ChangesRefused(say("One of the changes is of a unit that this network does not have."))


def _unheard(
    parts: Sequence[Part], weights: Sequence[dict[str, Any]], layer: int, units: Sequence[int]
) -> None:
    """No layer listens to these units any more.

    A row of numbers that was a picture has its maps side by side, so the units come again in every pixel.
    """
    width = parts[layer].shape[-1]
    waiting, last = [parts[layer].name], parts[-1].name
    while waiting:
        heard = waiting.pop()
        listening = [i for i, part in enumerate(parts) if heard in part.inputs]
        for i in listening:
            kind, kernel = parts[i].kind, weights[i].get("kernel")
            if kind == "Dense" and kernel is not None and kernel.ndim == 2:
                kernel.reshape(-1, width, kernel.shape[1])[:, units] = 0
            elif kind == "Conv2D" and kernel is not None:
                kernel[:, :, units] = 0
            elif kind in _APART and parts[i].options.get("activation") != "softmax" and parts[i].name != last:
                waiting.append(parts[i].name)
            else:
                raise ChangesRefused(
                    say(
                        "A silent unit of the layer “{name}” cannot be kept: what comes behind it does more "
                        "than listen.",
                        name=parts[layer].name,
                    )
                )


def _carry_out(change: Change, weights: Sequence[dict[str, Any]], silent: dict[int, set[int]]) -> None:
    kernels = [values for layer in weights for name, values in layer.items() if name in _KERNELS]
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
            for values in [*kernels, *(layer["bias"] for layer in weights if "bias" in layer)]:
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
