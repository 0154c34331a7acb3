"""One step of gradient descent on one digit for a small convolutional network, with every number of it kept.

A kernel is the weights of a unit that stands at many places: `coefs` has a column for each kernel, as it has
for each unit of a dense layer. Everything else of `numpy_nn.one_step` is then the same for both.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import conv_chain, gradients
from nnviz.inference.browser import Program
from nnviz.inference.conv_chain import LEARNS, NORMAL, NotConvolving, Stage
from nnviz.inference.graph import Network, Part
from nnviz.numpy_nn.gradient_check import Mistake
from nnviz.numpy_nn.losses import cross_entropy, softmax
from nnviz.numpy_nn.one_step import Step, Weights

MOST_WEIGHTS = 1_000_000
MOST_SUMS = 100_000  # of all layers for a digit: more take a browser longer than a finger waits


@dataclass(frozen=True, eq=False, kw_only=True)
class ConvWeights(Weights):
    """The weights of convolutions, poolings, normalisings and dense layers behind each other.

    Attributes
    ----------
    network
        The layers; its own weights do not matter, but for the means and variances that were kept.
    stages
        The same, a layer of weights and what follows it in each.
    """

    network: Network
    stages: tuple[Stage, ...]

    @property
    def normalises(self) -> bool:
        """Whether it has normalising layers."""
        return any(stage.part.kind == NORMAL for stage in self.stages)

    def take_apart(self, x: Array, label: int) -> Step:
        """All numbers of a digit's way through the network and back."""
        return take_apart(self, x, label)

    def logits(self, x: Array) -> Array:
        """(n, features) -> (n, k): the sums before the softmax."""
        network = self.filled()
        return network.forward(x)[network.parts[-1].name]

    def sides(self, x: Array) -> tuple[Array, list[bytes]]:
        """The (k,) logits of a digit, and where its units and windows are on their corners."""
        network = self.filled()
        values = network.forward(x)
        told = [side for stage in self.stages[:-1] for side in conv_chain.corners(stage, values)]
        return values[network.parts[-1].name][0], told

    def filled(self) -> Network:
        """The network with these weights, up to the sums before its softmax."""
        parts, n = [], 0
        for part in self.network.parts:
            if part.kind in LEARNS:
                own = _names(part)
                given = dict(zip(own, (self.coefs[n], self.intercepts[n]), strict=False))
                shaped = {name: w.reshape(part.weights[name].shape) for name, w in given.items()}
                kept = {name: each.astype(self.coefs[n].dtype) for name, each in part.weights.items()}
                part = replace(part, weights=kept | shaped)
                n += 1
            parts.append(part)
        return replace(self.network, parts=tuple(parts))

    def program(self) -> Program:
        """The stages for a browser, which works out a step by itself."""
        steps: list[dict[str, Any]] = [{"kind": "InputLayer", "shape": [28, 28, 1], "weights": {}}]
        numbers: list[Array] = []
        for stage, w, b in zip(self.stages, self.coefs, self.intercepts, strict=True):
            part, last = stage.part, stage is self.stages[-1]
            arrays = {
                "kernel": w if part.kind == NORMAL else w.reshape(part.weights["kernel"].shape),
                "bias": b,
            }
            step: dict[str, Any] = {
                "kind": part.kind,
                "shape": list(part.shape),
                "fixed": len(_names(part)) == 1,
            }
            step |= {name: part.options[name] for name in ("strides", "padding") if name in part.options}
            if part.kind == NORMAL:
                mean, factor = conv_chain.kept_statistics(part)
                step["mean"], step["factor"] = mean.tolist(), factor.tolist()
            if not last:
                step["formula"], step["slope"] = stage.formulas()
                step["rises"] = stage.activation in ("linear", "relu")
            steps.append(step | {"weights": {name: list(each.shape) for name, each in arrays.items()}})
            numbers += [np.ravel(each) for each in arrays.values()]
            if stage.pool is not None:
                options = dict(stage.pool.options)
                even = "Average" in stage.pool.kind
                steps.append(
                    {"kind": stage.pool.kind, "shape": list(stage.pool.shape), "mean": even, "weights": {}}
                    | {name: options[name] for name in ("pool_size", "strides", "padding") if name in options}
                )
        flat = np.concatenate(numbers).astype(np.float32)
        digest = hashlib.sha256(json.dumps(["one step", steps]).encode() + flat.tobytes()).hexdigest()[:16]
        return Program(tuple(steps), flat, None, digest, ())


def _names(part: Part) -> tuple[str, ...]:
    """What a step moves of a layer."""
    if part.kind == NORMAL:
        return ("gamma", "beta")
    return ("kernel", "bias") if "bias" in part.weights else ("kernel",)


def conv_weights(network: Network) -> ConvWeights:
    """The weights of a network of convolutions, poolings, normalisings and dense layers.

    Raises
    ------
    NotConvolving
        For any other network.
    """
    stages = conv_chain.stages_of(network)
    plain = gradients.without_softmax(network)
    ends = bool(stages) and stages[-1].activation == "softmax" and stages[-1].part.kind == "Dense"
    if not ends or plain is None or stages[-1].pool is not None:
        raise NotConvolving(say("does not end in a dense layer with a softmax"))
    if math.prod(network.parts[0].shape) != 28 * 28:
        raise NotConvolving(say("does not take 28 × 28 pixels"))
    last = next(i for i, part in enumerate(plain.parts) if part.name == stages[-1].part.name)
    plain = replace(plain, parts=plain.parts[: last + 1])  # a softmax that is a layer is left out
    parts = [stage.part for stage in stages]
    count = sum(part.weights[name].size for part in parts for name in _names(part))
    sums = sum(math.prod(part.shape) for part in parts)
    if count > MOST_WEIGHTS or sums > MOST_SUMS:
        raise NotConvolving(
            say(
                "has {count:,} weights and {sums:,} sums for a digit; up to {most:,} and {many:,} "
                "can be shown",
                count=count,
                sums=sums,
                most=MOST_WEIGHTS,
                many=MOST_SUMS,
            )
        )
    first = [part.weights[_names(part)[0]] for part in parts]
    return ConvWeights(
        coefs=tuple(w.reshape(-1, w.shape[-1]) for w in first),
        intercepts=tuple(
            part.weights[_names(part)[1]] if len(_names(part)) == 2 else np.zeros(w.shape[-1], w.dtype)
            for part, w in zip(parts, first, strict=True)
        ),
        activations=tuple(stage.activation for stage in stages[:-1]),
        network=plain,
        stages=stages,
    )


def take_apart(weights: ConvWeights, x: Array, label: int, mistake: str = "none") -> Step:
    """Forward, the loss, and back again, in the float type of the weights.

    Parameters
    ----------
    x
        (784,) a digit, float32.
    label
        Which it is.
    mistake
        What is done wrong on the way back, a name in MISTAKES.

    Returns
    -------
    Step
        Sums and deltas of a convolution are place after place, the maps of a place side by side.
    """
    network = weights.filled()
    inputs, sums, deltas, coefs, intercepts = (list[Array]() for _ in range(5))
    with np.errstate(over="ignore", invalid="ignore"):
        values = network.forward(x)
        logits = values[network.parts[-1].name]
        probabilities = softmax(logits)
        grad = probabilities.copy()
        grad[0, label] -= 1
        for part in reversed(network.parts[1:]):
            if mistake == "derivative" and part.kind in conv_chain.BENDING:
                continue
            given, own = values[part.inputs[0]], gradients.sums_of(part, values)
            slope = None if part.kind in conv_chain.BENDING else gradients.slopes_of(part, values)
            if slope is not None and mistake != "derivative":
                grad = grad * slope
            if part.kind in LEARNS:
                inputs.append((conv_chain.normal(part, given) if part.kind == NORMAL else given).ravel())
                sums.append(own.ravel())
                deltas.append(grad.ravel())
                coefs.append(_of_kernel(part, given, grad, mistake))
                whole = grad.reshape(-1, grad.shape[-1]).sum(axis=0)
                intercepts.append(whole if len(_names(part)) == 2 else np.zeros_like(whole))
            if part.inputs[0] != network.parts[0].name:  # how the paper should change is not asked
                grad = _back(part, values, own, grad, mistake)
        loss = cross_entropy(logits, np.array([label]))
    return Step(
        values=(*reversed(inputs), probabilities[0]),
        sums=tuple(reversed(sums)),
        loss=loss,
        penalty=0.0,
        deltas=tuple(reversed(deltas)),
        coefs=tuple(reversed(coefs)),
        intercepts=tuple(reversed(intercepts)),
    )


def _of_kernel(part: Part, given: Array, delta: Array, mistake: str) -> Array:
    if part.kind == NORMAL:
        every = (conv_chain.normal(part, given) * delta).astype(delta.dtype)
        gamma: Array = every.reshape(-1, every.shape[-1]).sum(axis=0)[None]
        return gamma
    if part.kind == "Conv2D" and mistake == "places":
        one = np.zeros_like(delta)
        middle = delta.shape[1] // 2, delta.shape[2] // 2
        one[:, *middle] = delta[:, *middle]
        delta = one
    return gradients.of_kernel(part, given, delta)


def _back(part: Part, values: Mapping[str, Array], sums: Array, delta: Array, mistake: str) -> Array:
    if part.kind == "Dense" and mistake == "transpose":
        w = part.weights["kernel"]
        return delta @ w.reshape(w.shape[::-1])
    if part.kind == "MaxPooling2D" and mistake == "pool":
        part = replace(part, kind="AveragePooling2D")
        delta = delta * np.prod(part.options["pool_size"])  # all of it to every place
    (back,) = gradients.from_sums(part, values, sums, delta)
    return back


MISTAKES: dict[str, Mistake] = {
    name: Mistake(name, title, note, partial(take_apart, mistake=name))
    for name, title, note in (
        (
            "none",
            say("None: as the textbook has it"),
            say("Both ways should give the same numbers."),
        ),
        (
            "derivative",
            say("Forget the activation's derivative"),
            say("`grad` instead of `grad * slope`: it also goes back to places where ReLU gave 0."),
        ),
        (
            "pool",
            say("Pooling: hand it back to every place"),
            say("Only the greatest place of each window has made the answer. Here all places of it get δ."),
        ),
        (
            "places",
            say("Convolution: forget the sum over all places"),
            say(
                "A kernel stands at many places, and its gradient is the sum of them all. Here only the "
                "place in the middle counts."
            ),
        ),
        (
            "transpose",
            say("Forget the transpose"),
            say(
                "`grad @ w` does not even run: the shapes do not fit. `grad @ w.reshape(w.shape[::-1])` has "
                "the right shape and runs, but every weight is in the wrong place."
            ),
        ),
    )
}
