"""A decoder as plain steps and numbers: what a browser needs to draw a digit from its code by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nnviz.records import Array

Kind = Literal["dense", "convolution", "transposed", "reshape"]
ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh")


@dataclass(frozen=True, eq=False)
class Step:
    """One layer. kernel: (in, out), (rows, columns, in, out), or transposed (rows, columns, out, in);
    bias: (out,); output: the layer's shape without the axis of digits; stride: of a transposed convolution.
    """

    kind: Kind
    activation: str
    output: tuple[int, ...]
    kernel: Array
    bias: Array
    stride: int = 1


_NOTHING = np.zeros(0, np.float32)


def steps(model: Any) -> tuple[Step, ...] | None:
    """The decoder of an autoencoder, a keras.Model; None for layers that are not known to the browser."""
    layers = model.get_layer("decoder").layers
    found = [_step(layer) for layer in layers if type(layer).__name__ != "InputLayer"]
    return tuple(step for step in found if step) if all(found) else None


def straight(mean: Array, directions: Array) -> tuple[Step, ...]:
    """PCA's way back: (784,) and (d, 784), as a single step."""
    return (Step("dense", "linear", (len(mean),), directions, mean),)


def _step(layer: Any) -> Step | None:
    output = tuple(layer.output.shape[1:])
    name = type(layer).__name__
    if name == "Reshape":
        return Step("reshape", "linear", output, _NOTHING, _NOTHING)
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    if activation not in ACTIVATIONS or not layer.use_bias:
        return None
    kernel, bias = layer.get_weights()
    if name == "Dense":
        return Step("dense", activation, output, kernel, bias)
    if layer.padding != "same" or layer.strides[0] != layer.strides[1] or layer.dilation_rate != (1, 1):
        return None
    if name == "Conv2D" and layer.strides == (1, 1):
        return Step("convolution", activation, output, kernel, bias)
    if name == "Conv2DTranspose" and min(layer.kernel_size) >= layer.strides[0]:
        return Step("transposed", activation, output, kernel, bias, layer.strides[0])
    return None
