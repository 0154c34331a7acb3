"""A network as a program: what a browser needs to compute it by itself, as steps and numbers.

`components/frontend/network/interpreter.js` runs it, with the arithmetic of `layers.KINDS`. The numbers are
float32, as they are in the model: as float16 they would be half as many bytes, but the page's answers would
not be the model's.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import bending, graph, layers, recurrent
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import PASSING
from nnviz.numpy_nn.activations import Formula, formula

MOST_PRODUCTS = 20_000_000  # multiplications a digit: some 10 ms in a browser, of the 16 that a frame has
MOST_WEIGHTS = 2_000_000  # 8 MB to send
MOST_LAID_OUT = 8_000_000  # numbers that all layers lay out for a digit: 32 MB, which a telephone has
# The same values in another shape, or noise that is only there in training.
_MOST_TRIED = 32
# Activations that the browser has code for, by Keras' names; it is sent the formula of any other.
_BY_NAME = ("linear", "relu", "softmax")
_COMPUTED = {
    *("InputLayer", "Dense", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D"),
    *("Add", "Average", "Subtract", "Multiply", "Maximum", "Minimum"),
    *("LayerNormalization", "UnitNormalization", "RMSNormalization", "GroupNormalization", "Resizing"),
    *recurrent.GATES,
    *("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    *("BatchNormalization", "Rescaling", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax"),
    *("ZeroPadding2D", "Cropping2D", "Permute", "UpSampling2D", "Concatenate"),
}
_PLAIN_RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}


class NotForBrowsers(ValueError):
    """A network that no browser computes; the message is the end of the sentence "This network ..."."""


@dataclass(frozen=True, eq=False)
class Program:
    """A network as steps that a browser computes.

    Attributes
    ----------
    steps
        One for each layer of the folded network, in order.
    numbers
        (n,) float32, the weights of all steps behind each other.
    code
        The step whose values are an autoencoder's code, or None.
    digest
        Of all.
    trial
        Some numbers of an answer, by which a browser finds out whether it computes the same.
    """

    steps: tuple[Mapping[str, Any], ...]
    numbers: Array
    code: int | None
    digest: str
    trial: tuple[float, ...]


def program_of(network: Network) -> Program:
    """The network, folded, as steps.

    Returns
    -------
    Program
        Its steps are {name, kind, inputs, shape, weights: {name: shape}, and its options}; inputs are
        positions of earlier steps; formula: of an activation, from `activations.formula`.

    Raises
    ------
    NotForBrowsers
        For what is not known there, and for networks that would take longer than a frame.
    """
    network = folded(network)
    if strange := {part.kind for part in network.parts} - _COMPUTED - set(PASSING):
        raise NotForBrowsers(
            say("has a layer of the kind {strange}, which only the server computes", strange=min(strange))
        )
    weights = sum(values.size for part in network.parts for values in part.weights.values())
    if graph.products(network) > MOST_PRODUCTS or weights > MOST_WEIGHTS:
        raise NotForBrowsers(
            say(
                "is too large for a browser ({products:,} multiplications a digit, {weights:,} weights)",
                products=graph.products(network),
                weights=weights,
            )
        )
    if (numbers_laid := sum(graph.laid_out(network))) > MOST_LAID_OUT:
        raise NotForBrowsers(
            say("is too large for a browser ({n:,} numbers to lay out for a digit)", n=numbers_laid)
        )
    places = {part.name: i for i, part in enumerate(network.parts)}
    steps, numbers = [], [np.zeros(0, np.float32)]
    for part in network.parts:
        step, values = _step(part)
        steps.append(step | {"inputs": [places[name] for name in part.inputs]})
        numbers += values
    flat = np.concatenate(numbers)
    code = places[network.code] if network.code else None
    digest = hashlib.sha256(json.dumps([steps, code]).encode() + flat.tobytes()).hexdigest()[:16]
    return Program(tuple(steps), flat, code, digest, _trial(network))


def folded(network: Network) -> Network:
    """The same answers from fewer layers: no Dropout, no noise, and what follows a layer is part of it.

    Once training is over, normalising is a factor and a summand for each channel, and these can as well be in
    the weights and the bias of the layer before. [1]_

    Folded are a normalisation and an activation that follow a Conv2D or Dense layer at once, and alone. The
    layer that they have been folded into keeps its name, and puts out what the last of them did.

    References
    ----------
    .. [1] Jacob et al. 2018, section 3.2.
    """
    parts = {part.name: part for part in network.parts}
    code = network.code
    for name in [part.name for part in network.parts[1:]]:
        part = parts[name]
        before = parts[part.inputs[0]]
        alone = sum(before.name in other.inputs for other in parts.values()) == 1 == len(part.inputs)
        joined = _joined(before, part) if alone else None
        if joined is None:
            continue
        parts[before.name] = joined
        del parts[name]
        code = before.name if code == name else code
        for other in list(parts.values()):
            inputs = tuple(before.name if one == name else one for one in other.inputs)
            parts[other.name] = replace(other, inputs=inputs)
    return Network(network.name, tuple(parts.values()), code)


def _joined(before: Part, part: Part) -> Part | None:
    """Both layers as one in the place of the first, or None if they cannot be one."""
    if part.kind in ("Dropout", "GaussianNoise"):
        return before
    if before.kind not in ("Conv2D", "Dense") or before.options["activation"] != "linear":
        return None
    if part.kind == "BatchNormalization" and part.options.get("axis", -1) == -1:
        return _normalised(before, part)
    if part.kind == "ReLU" and dict(part.options) == _PLAIN_RELU:
        activation = "relu"
    elif part.kind == "Softmax":
        activation = "softmax"
    elif part.kind == "Activation":
        activation = part.options["activation"]
    else:
        return None
    return replace(before, options={**before.options, "activation": activation})


def _normalised(before: Part, part: Part) -> Part:
    """(x w + b - mean) * factor + beta is x (w factor) + (b factor + shift)."""
    scale = _normalising(part)
    weights = {
        "kernel": before.weights["kernel"] * scale["factor"],
        "bias": before.weights.get("bias", 0.0) * scale["factor"] + scale["shift"],
    }
    return replace(
        before,
        options={**before.options, "use_bias": True},
        weights={name: values.astype(np.float32) for name, values in weights.items()},
    )


def pack_program(program: Program) -> bytes:
    """The program as one message.

    Returns
    -------
    bytes
        How long its text is (4 bytes), the text, which is JSON, the numbers, little-endian.
    """
    said = {
        "digest": program.digest,
        "steps": program.steps,
        "code": program.code,
        "trial": program.trial,
    }
    text = json.dumps(said, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)  # so that the numbers lie where a browser can use them without a copy
    return struct.pack("<I", len(text)) + text + program.numbers.astype("<f4").tobytes()


def _trial(network: Network) -> tuple[float, ...]:
    """What the network answers to an input of no meaning, in which no number is like its neighbours."""
    given = np.arange(math.prod(network.parts[0].shape)) * 37 % 101 / 100
    return tuple(network.predict(given)[0].ravel()[:_MOST_TRIED].tolist())


def _step(part: Part) -> tuple[dict[str, Any], list[Array]]:
    kind, options, weights = part.kind, dict(part.options), dict(part.weights)
    shape = part.shape if len(part.shape) != 2 else (*part.shape, 1)  # a picture has channels there
    if kind in PASSING:
        kind, options = "Reshape", {}
    elif kind == "Softmax":
        kind, options = "Activation", {"activation": "softmax"}
    elif kind == "BatchNormalization":
        # How many values behind each other share a factor: 1 where each channel has its own.
        axis = options.get("axis", -1)
        weights, options = _normalising(part), {}
        if axis != -1:
            options = {"each": math.prod(part.shape[axis:])}
    elif kind == "Rescaling":
        weights = {"factor": np.array([options["scale"]]), "shift": np.array([options["offset"]])}
        options = {}
    elif kind == "LeakyReLU":
        options = {**_PLAIN_RELU, **options}
    elif kind == "ELU":
        options = {"formula": formula(lambda z: bending.elu(z, options["alpha"]))}
    elif kind == "PReLU":
        weights, options = {"alpha": np.broadcast_to(weights["alpha"], part.shape)}, {}
    elif kind == "GroupNormalization":
        # How many channels there are, and how many of them are normalised together.
        maps = part.shape[-1]
        options = {"maps": maps, "run": maps // options["groups"], "epsilon": options["epsilon"]}
    elif kind in ("LayerNormalization", "UnitNormalization", "RMSNormalization"):
        # How many values behind each other are normalised together.
        options = {"run": math.prod(part.shape[options["axis"][0] :]), "epsilon": options.get("epsilon", 0.0)}
    elif kind in recurrent.GATES:
        options = {
            "backwards": options["go_backwards"],
            "resetAfter": options.get("reset_after", False),
            "bend": _formula(options[recurrent.WITHIN]),
            "gate": _formula(options.get("recurrent_activation", "linear")),
        }
    elif kind == "ZeroPadding2D":
        options = {"offset": [before for before, _ in options["padding"]]}
    elif kind == "Cropping2D":
        options = {"offset": [-before for before, _ in options["cropping"]]}
    elif kind == "Permute" and len(part.shape) == 2:
        options = {"dims": [*options["dims"], 3]}
    step = {"name": part.name, "kind": kind, "shape": list(shape), **options}
    if options.get("activation", "linear") not in _BY_NAME:
        step["formula"] = _formula(options["activation"])
    step["weights"] = {name: list(values.shape) for name, values in weights.items()}
    return step, [np.ascontiguousarray(values, np.float32).ravel() for values in weights.values()]


def _formula(activation: str) -> Formula:
    try:
        return formula(layers.ACTIVATIONS[activation])
    except TypeError as error:
        raise NotForBrowsers(
            say("has the activation {activation}, which only the server computes", activation=activation)
        ) from error


def _normalising(part: Part) -> dict[str, Array]:
    """Normalising after training is a factor and a summand for each channel."""
    known = {name: values.astype(np.float64) for name, values in part.weights.items()}
    factor = known.get("gamma", 1.0) / np.sqrt(known["moving_variance"] + part.options["epsilon"])
    return {"factor": factor, "shift": known.get("beta", 0.0) - known["moving_mean"] * factor}
