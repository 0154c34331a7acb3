"""Layers that do one thing to every number: activations, a scale, a normalising."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import ops
from nnviz.inference.bends import BENDS
from nnviz.inference.kind import Kind, Options, Shape, Shapes, positive_axis, same_shape, with_axis
from nnviz.inference.option_checks import BadLayer, Check, axes, axis, maybe, number, one_of
from nnviz.numpy_nn import activations
from nnviz.numpy_nn.losses import softmax

Weights = Mapping[str, Array]
Inputs = Sequence[Array]

# By Keras' names.
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    **{activation.keras: activation.value for activation in (*activations.ACTIVATIONS.values(), *BENDS)},
    "softmax": softmax,
}
DERIVATIVES = {
    activation.keras: activation.derivative for activation in (*activations.ACTIVATIONS.values(), *BENDS)
}
ACTIVATION: dict[str, Check] = {"activation": one_of(*ACTIVATIONS)}
FLAG = one_of(True, False)
_MOST = 1e6


def elu(z: Array, alpha: float) -> Array:
    """What is positive, and alpha * (exp(z) - 1) for the rest."""
    a: Array = np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))
    return a


def _norm_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    size = (inputs[0][positive_axis(options.get("axis", -1), inputs[0]) - 1],)
    names = {
        "gamma": options["scale"],
        "beta": options["center"],
        "moving_mean": True,
        "moving_variance": True,
    }
    return {name: size for name, there in names.items() if there}


def along(values: Array, options: Options, dimensions: int) -> Array:
    """Numbers of one axis, shaped to meet values of so many dimensions; those of the last are as they are."""
    if options.get("axis", -1) == -1:
        return values
    shape = [1] * dimensions
    shape[options["axis"]] = -1
    found: Array = values.reshape(shape)
    return found


def _norm(options: Options, weights: Weights, inputs: Inputs) -> Array:
    there = {name: along(values, options, inputs[0].ndim) for name, values in weights.items()}
    return ops.normalise(
        inputs[0],
        there.get("gamma"),
        there.get("beta"),
        there["moving_mean"],
        there["moving_variance"],
        options["epsilon"],
    )


def _relu(options: Options, weights: Weights, inputs: Inputs) -> Array:
    x, threshold = inputs[0], np.float32(options["threshold"])
    y = np.where(x >= threshold, x, np.float32(options["negative_slope"]) * (x - threshold))
    return y if options["max_value"] is None else np.minimum(y, np.float32(options["max_value"]))


def _leaky(options: Options, weights: Weights, inputs: Inputs) -> Array:
    slope = inputs[0].dtype.type(options["negative_slope"])
    return np.where(inputs[0] >= 0, inputs[0], slope * inputs[0])


def _prelu_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    shape = list(same_shape(options, inputs))
    for shared in options["shared_axes"] or ():
        shape[positive_axis(shared, inputs[0]) - 1] = 1
    return {"alpha": tuple(shape)}


def _prelu(options: Options, weights: Weights, inputs: Inputs) -> Array:
    x = inputs[0]
    bent: Array = np.maximum(x, 0) + weights["alpha"] * np.minimum(x, 0)
    return bent


def _only_last(options: Options, inputs: Sequence[Shape]) -> Options:
    found = with_axis(options, inputs)
    if found["axis"] != -1:
        raise BadLayer(say("works along the axis {axis}; expected was the last one", axis=options["axis"]))
    return found


def _nothing(options: Options, weights: Weights, inputs: Inputs) -> Array:
    return inputs[0]


KINDS: tuple[Kind, ...] = (
    Kind(
        "BatchNormalization",
        {
            "axis": axis,
            "momentum": number(0, 1),
            "epsilon": number(0, 1),
            "center": FLAG,
            "scale": FLAG,
        },
        same_shape,
        _norm,
        _norm_weights,
        settled=with_axis,
    ),
    Kind(
        "Rescaling",
        {"scale": number(-_MOST, _MOST), "offset": number(-_MOST, _MOST)},
        same_shape,
        lambda options, weights, inputs: (
            inputs[0] * np.float32(options["scale"]) + np.float32(options["offset"])
        ),
    ),
    Kind(
        "Activation",
        ACTIVATION,
        same_shape,
        lambda options, weights, inputs: ACTIVATIONS[options["activation"]](inputs[0]),
    ),
    Kind(
        "ReLU",
        {
            "max_value": maybe(number(0, _MOST)),
            "negative_slope": number(0, 1),
            "threshold": number(0, _MOST),
        },
        same_shape,
        _relu,
    ),
    Kind("LeakyReLU", {"negative_slope": number(0, _MOST)}, same_shape, _leaky),
    Kind(
        "ELU",
        {"alpha": number(0, _MOST)},
        same_shape,
        lambda options, weights, inputs: elu(inputs[0], options["alpha"]),
    ),
    Kind("PReLU", {"shared_axes": maybe(axes)}, same_shape, _prelu, _prelu_weights),
    Kind(
        "Softmax",
        {"axis": axis},
        same_shape,
        lambda options, weights, inputs: softmax(inputs[0]),
        settled=_only_last,
    ),
    Kind("Dropout", {"rate": number(0, 0.99)}, same_shape, _nothing),
    Kind("GaussianNoise", {"stddev": number(0, 1)}, same_shape, _nothing),  # as Keras has it
)
