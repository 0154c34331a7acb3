"""One step of gradient descent on one digit for a small convolutional network, with every number of it kept.

A kernel is the weights of a unit that stands at many places: `coefs` has a column for each kernel, as it has
for each unit of a dense layer. Everything else of `numpy_nn.one_step` is then the same for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import browser, gradients, ops
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import PASSING
from nnviz.numpy_nn.gradient_check import Mistake
from nnviz.numpy_nn.losses import cross_entropy, softmax
from nnviz.numpy_nn.one_step import Step, Weights

MOST_WEIGHTS = 1_000_000
MOST_SUMS = 60_000  # of all convolutions for a digit: more take a browser longer than a finger waits
_KNOWN = {"InputLayer", "Conv2D", "MaxPooling2D", "Dense", "Activation", "ReLU", "Softmax", *PASSING}
_LEARNS = ("Conv2D", "Dense")


class NotConvolving(ValueError):
    """Not such a network; the message is the end of the sentence "This network ..."."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ConvWeights(Weights):
    """The weights of convolutions, poolings and dense layers behind each other.

    Attributes
    ----------
    network
        The layers; its own weights do not matter.
    """

    network: Network

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
        told = []
        for part in network.parts[1:-1]:
            if part.kind in _LEARNS:
                told.append((values[part.name] > 0).tobytes())
            elif part.kind == "MaxPooling2D":
                told.append(_greatest(part, values[part.inputs[0]]).tobytes())
        return values[network.parts[-1].name][0], told

    def filled(self) -> Network:
        """The network with these weights, up to the sums before its softmax."""
        parts, n = [], 0
        for part in self.network.parts:
            if part.kind in _LEARNS:
                kernel = self.coefs[n].reshape(part.weights["kernel"].shape)
                part = replace(part, weights={"kernel": kernel, "bias": self.intercepts[n]})
                n += 1
            parts.append(part)
        return replace(self.network, parts=tuple(parts))


def conv_weights(network: Network) -> ConvWeights:
    """The weights of a network of convolutions, poolings and dense layers with ReLU.

    Raises
    ------
    NotConvolving
        For any other network.
    """
    kinds = {part.kind for part in network.parts}
    if "BatchNormalization" in kinds:
        raise NotConvolving(
            say("normalises its maps, and one digit alone has no mean of a batch to do that by")
        )
    if strange := kinds - _KNOWN:
        raise NotConvolving(say("has a layer of the kind {strange}", strange=min(strange)))
    folded = browser.folded(network)
    parts = [part for part in folded.parts if part.kind in _LEARNS]
    names = [part.name for part in folded.parts]
    if any(part.inputs != (before,) for part, before in zip(folded.parts[1:], names, strict=False)):
        raise NotConvolving(say("has layers that stand side by side"))
    if not parts or any("bias" not in part.weights for part in parts):
        raise NotConvolving(say("is not made of convolutions and dense layers with a bias each"))
    if {"Activation", "ReLU", "Softmax"} & {part.kind for part in folded.parts}:
        raise NotConvolving(say("has an activation behind a pooling"))
    if any(part.options.get("dilation_rate", (1, 1)) != (1, 1) for part in parts):
        raise NotConvolving(say("has kernels with gaps"))
    *hidden, last = [str(part.options["activation"]) for part in parts]
    if unknown := set(hidden) - {"relu"}:
        raise NotConvolving(say("has the activation {unknown}, not ReLU", unknown=min(unknown)))
    plain = gradients.without_softmax(folded)
    if last != "softmax" or plain is None or folded.parts[-1] is not parts[-1] or parts[-1].kind != "Dense":
        raise NotConvolving(say("does not end in a dense layer with a softmax"))
    if np.prod(folded.parts[0].shape) != 28 * 28:
        raise NotConvolving(say("does not take 28 × 28 pixels"))
    count = sum(part.weights["kernel"].size for part in parts)
    sums = sum(int(np.prod(part.shape)) for part in parts)
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
    return ConvWeights(
        coefs=tuple(part.weights["kernel"].reshape(-1, part.shape[-1]) for part in parts),
        intercepts=tuple(part.weights["bias"] for part in parts),
        activations=tuple(hidden),
        network=plain,
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
            given, own = values[part.inputs[0]], gradients.sums_of(part, values)
            slope = gradients.slopes_of(part, values)
            if slope is not None and mistake != "derivative":
                grad = grad * slope
            if part.kind in _LEARNS:
                inputs.append(given.ravel())
                sums.append(own.ravel())
                deltas.append(grad.ravel())
                coefs.append(_of_kernel(part, given, grad, mistake))
                intercepts.append(grad.reshape(-1, grad.shape[-1]).sum(axis=0))
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


def _greatest(part: Part, x: Array) -> Array:
    """Which place of each window is the greatest."""
    options = part.options
    windows = ops.windows(x, options["pool_size"], options["strides"], options["padding"], outside=-np.inf)
    greatest: Array = windows.reshape(*windows.shape[:4], -1).argmax(axis=-1)
    return greatest


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
