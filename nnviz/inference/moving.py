"""Layers that only move numbers: another shape, an edge put on or cut off, maps side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.kind import Kind, Options, Shape, picture, positive_axis, same_shape
from nnviz.inference.option_checks import BadLayer, axis, brief, edges, one_of, order, pair, size_of

Weights = Mapping[str, Array]
Inputs = Sequence[Array]

_MOST_EDGE = 64  # pixels
_PICTURES = {"data_format": one_of("channels_last")}


def _reshape_settled(options: Options, inputs: Sequence[Shape]) -> Options:
    """With the one length that is left open, -1."""
    target: Shape = options["target_shape"]
    if target.count(-1) != 1 or len(inputs) != 1:
        return options
    rest = math.prod(size for size in target if size != -1)
    return {
        **options,
        "target_shape": tuple(math.prod(inputs[0]) // rest if size == -1 else size for size in target),
    }


def _reshaped(options: Options, inputs: Sequence[Shape]) -> Shape:
    target: Shape = options["target_shape"]
    if len(inputs) != 1 or -1 in target or math.prod(target) != math.prod(inputs[0]):
        raise BadLayer(say("makes {brief} of another number of values", brief=brief(target)))
    return target


def _padded_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    height, width, channels = picture(inputs)
    rows, columns = options["padding"]
    return height + sum(rows), width + sum(columns), channels


def _cropped_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    height, width, channels = picture(inputs)
    rows, columns = options["cropping"]
    high, wide = height - sum(rows), width - sum(columns)
    if high < 1 or wide < 1:
        raise BadLayer(say("cuts all of a picture of {height} × {width} away", height=height, width=width))
    return high, wide, channels


def _cropped(options: Options, weights: Weights, inputs: Inputs) -> Array:
    (top, bottom), (left, right) = options["cropping"]
    x = inputs[0]
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def _permuted_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    shape = same_shape(options, inputs)
    if sorted(options["dims"]) != list(range(1, len(shape) + 1)):
        raise BadLayer(say("puts axes in the order {dims}, which its input has not", dims=options["dims"]))
    return tuple(shape[i - 1] for i in options["dims"])


def _enlarged_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    height, width, channels = picture(inputs)
    return height * options["size"][0], width * options["size"][1], channels


def _joined_settled(options: Options, inputs: Sequence[Shape]) -> Options:
    return {**options, "axis": positive_axis(options["axis"], inputs[0])}


def _joined_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    at = positive_axis(options["axis"], inputs[0]) - 1
    others = {(*shape[:at], *shape[at + 1 :]) for shape in inputs}
    if len(inputs) < 2 or len(others) > 1 or any(len(shape) != len(inputs[0]) for shape in inputs):
        raise BadLayer(say("joins what does not fit together"))
    return (*inputs[0][:at], sum(shape[at] for shape in inputs), *inputs[0][at + 1 :])


KINDS: tuple[Kind, ...] = (
    Kind(
        "Flatten",
        _PICTURES,
        lambda options, inputs: (math.prod(same_shape(options, inputs)),),
        lambda options, weights, inputs: inputs[0].reshape(len(inputs[0]), -1),
        moves=True,
    ),
    Kind(
        "Reshape",
        {"target_shape": size_of},
        _reshaped,
        lambda options, weights, inputs: inputs[0].reshape(len(inputs[0]), *options["target_shape"]),
        settled=_reshape_settled,
        moves=True,
    ),
    Kind(
        "ZeroPadding2D",
        {"padding": edges(_MOST_EDGE), **_PICTURES},
        _padded_shape,
        lambda options, weights, inputs: np.pad(inputs[0], ((0, 0), *options["padding"], (0, 0))),
        moves=True,
    ),
    Kind("Cropping2D", {"cropping": edges(_MOST_EDGE), **_PICTURES}, _cropped_shape, _cropped, moves=True),
    Kind(
        "Permute",
        {"dims": order},
        _permuted_shape,
        lambda options, weights, inputs: inputs[0].transpose(0, *options["dims"]),
        moves=True,
    ),
    Kind(
        "UpSampling2D",
        {"size": pair(1, 28), "interpolation": one_of("nearest"), **_PICTURES},
        _enlarged_shape,
        lambda options, weights, inputs: (
            inputs[0].repeat(options["size"][0], axis=1).repeat(options["size"][1], axis=2)
        ),
        moves=True,
    ),
    Kind(
        "Concatenate",
        {"axis": axis},
        _joined_shape,
        lambda options, weights, inputs: np.concatenate(inputs, axis=options["axis"]),
        settled=_joined_settled,
        moves=True,
    ),
)
