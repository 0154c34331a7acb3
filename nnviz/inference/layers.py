"""The kinds of layer that networks here are made of: what Keras calls them, and what they do, in NumPy.

One table feeds those who check a file, those who count, and those who calculate. Values carry the digits
along their first axis: (n, height, width, channels) or (n, units), float32. Options are Keras', by its names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import bending, merging, moving, norms, ops, recurrent, resizing
from nnviz.inference.bending import ACTIVATION, ACTIVATIONS, FLAG
from nnviz.inference.kind import Kind, Options, Shape, Shapes, picture, same_shape
from nnviz.inference.option_checks import BadLayer, maybe, one_of, pair, regularizer, whole

__all__ = ["ACTIVATIONS", "KINDS", "Kind", "Options", "Shape", "Shapes"]


def _windows(options: Options, inputs: Sequence[Shape], kernel: str) -> tuple[int, int]:
    """Rows and columns of what a sliding window puts out."""
    sizes = []
    for length, size, stride in zip(picture(inputs)[:2], options[kernel], options["strides"], strict=True):
        places = length if options["padding"] == "same" else length - size + 1
        if places < 1:
            raise BadLayer(
                say("has a window of {size} pixels for a picture of {length}", size=size, length=length)
            )
        sizes.append(-(-places // stride))
    return sizes[0], sizes[1]


def _bias(options: Options, size: int) -> Shapes:
    return {"bias": (size,)} if options["use_bias"] else {}


_SLIDING = {
    "strides": pair(1, 28),
    "padding": one_of("valid", "same"),
    "data_format": one_of("channels_last"),
}
_CONVOLVING = {
    "kernel_size": pair(1, 28),
    **_SLIDING,
    "dilation_rate": pair(1, 1),
    **ACTIVATION,
    "use_bias": FLAG,
}
_POOLING = {"pool_size": pair(1, 28), **_SLIDING}


def _conv_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    return (*_windows(options, inputs, "kernel_size"), options["filters"])


def _padded(options: Options, inputs: Sequence[Shape], kernel: str) -> int:
    """Numbers of the picture with the edge that "same" puts around it; none where there is no edge."""
    if options["padding"] != "same":
        return 0
    height, width, channels = picture(inputs)
    high, wide = map(int, options[kernel])
    return (height + high - 1) * (width + wide - 1) * channels


def _patches(options: Options, inputs: Sequence[Shape]) -> int:
    """Numbers of a convolution's windows, side by side, and of the picture that they are cut from."""
    windows = math.prod(_windows(options, inputs, "kernel_size"))
    patches: int = windows * math.prod(options["kernel_size"]) * picture(inputs)[2]
    return patches + _padded(options, inputs, "kernel_size")


def _conv_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    filters = options["filters"]
    return {"kernel": (*options["kernel_size"], picture(inputs)[2], filters), **_bias(options, filters)}


def _conv(options: Options, weights: Mapping[str, Array], inputs: Sequence[Array]) -> Array:
    sums = ops.convolve(
        inputs[0], weights["kernel"], weights.get("bias"), options["strides"], options["padding"]
    )
    return ACTIVATIONS[options["activation"]](sums)


def _back_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    height, width, _ = picture(inputs)
    more = options.get("output_padding")
    sizes = []
    for i, length in enumerate((height, width)):
        size, stride = options["kernel_size"][i], options["strides"][i]
        valid = options["padding"] == "valid"
        if more is None:
            sizes.append(length * stride + (max(size - stride, 0) if valid else 0))
        else:
            if more[i] >= stride:
                raise BadLayer(
                    say(
                        "adds {more} rows or columns where windows are {stride} apart",
                        more=more[i],
                        stride=stride,
                    )
                )
            sizes.append((length - 1) * stride + size + more[i] - (0 if valid else 2 * (size // 2)))
        places = sizes[-1] - size + 1 if valid else sizes[-1]
        if places < 1 or -(-places // stride) != length:  # as TensorFlow has it
            raise BadLayer(say("makes a picture of another size than its windows can fill"))
    return (*sizes, options["filters"])


def _back_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    filters = options["filters"]
    return {"kernel": (*options["kernel_size"], filters, picture(inputs)[2]), **_bias(options, filters)}


def _drawings(options: Options, inputs: Sequence[Shape]) -> int:
    """Numbers of a transposed convolution's drawings before they are added up, and of their sum uncut."""
    height, width, _ = picture(inputs)
    (high, wide), (down, right) = options["kernel_size"], options["strides"]
    whole = (height * down + high) * (width * right + wide)
    filters: int = options["filters"]
    return int(height * width * high * wide + whole) * filters


def _back(options: Options, weights: Mapping[str, Array], inputs: Sequence[Array]) -> Array:
    high, wide, _ = _back_shape(options, [inputs[0].shape[1:]])
    sums = ops.convolve_back(
        inputs[0],
        weights["kernel"],
        weights.get("bias"),
        options["strides"],
        options["padding"],
        (high, wide),
    )
    return ACTIVATIONS[options["activation"]](sums)


def _depthwise_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    return (*_windows(options, inputs, "kernel_size"), picture(inputs)[2] * options["depth_multiplier"])


def _depthwise_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    channels, several = picture(inputs)[2], options["depth_multiplier"]
    return {"kernel": (*options["kernel_size"], channels, several), **_bias(options, channels * several)}


def _depthwise(options: Options, weights: Mapping[str, Array], inputs: Sequence[Array]) -> Array:
    sums = ops.convolve_each(
        inputs[0], weights["kernel"], weights.get("bias"), options["strides"], options["padding"]
    )
    return ACTIVATIONS[options["activation"]](sums)


def _separable_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    channels, several, filters = picture(inputs)[2], options["depth_multiplier"], options["filters"]
    return {
        "depthwise_kernel": (*options["kernel_size"], channels, several),
        "pointwise_kernel": (1, 1, channels * several, filters),
        **_bias(options, filters),
    }


def _separated(options: Options, inputs: Sequence[Shape]) -> int:
    """What the depthwise half lays out, and what it hands to the other half, twice."""
    between = math.prod(_windows(options, inputs, "kernel_size")) * picture(inputs)[2]
    return _patches(options, inputs) + 2 * between * int(options["depth_multiplier"])


def _separable(options: Options, weights: Mapping[str, Array], inputs: Sequence[Array]) -> Array:
    depth = ops.convolve_each(
        inputs[0], weights["depthwise_kernel"], None, options["strides"], options["padding"]
    )
    sums = ops.convolve(depth, weights["pointwise_kernel"], weights.get("bias"))
    return ACTIVATIONS[options["activation"]](sums)


def _pool_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    return (*_windows(options, inputs, "pool_size"), picture(inputs)[2])


def _pool_edge(options: Options, inputs: Sequence[Shape]) -> int:
    return _padded(options, inputs, "pool_size")


def _pool(pool: Callable[..., Array]) -> Callable[[Options, Mapping[str, Array], Sequence[Array]], Array]:
    return lambda options, weights, inputs: pool(
        inputs[0], options["pool_size"], options["strides"], options["padding"]
    )


def _overall_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    channels = picture(inputs)[2:]
    return (1, 1, *channels) if options["keepdims"] else channels


def _dense_weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
    return {"kernel": (inputs[0][0], options["units"]), **_bias(options, options["units"])}


def _dense_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    if len(inputs) != 1 or len(inputs[0]) != 1:
        raise BadLayer(say("was given a picture where a row of numbers was expected"))
    return (options["units"],)


def _dense(options: Options, weights: Mapping[str, Array], inputs: Sequence[Array]) -> Array:
    sums = inputs[0] @ weights["kernel"]
    if "bias" in weights:
        sums += weights["bias"]
    return ACTIVATIONS[options["activation"]](sums)


# They put out what came in, as far as a look can tell.
IDLE = ("Dropout", "GaussianNoise")  # at work in training alone
PASSING = ("Flatten", "Reshape", *IDLE)
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("InputLayer", {}, same_shape, lambda options, weights, inputs: inputs[0]),
        Kind(
            "Conv2D",
            {"filters": whole(1, 512), **_CONVOLVING, "groups": whole(1, 1)},
            _conv_shape,
            _conv,
            _conv_weights,
            lays_out=_patches,
        ),
        Kind(
            "Conv2DTranspose",
            {"filters": whole(1, 512), **_CONVOLVING, "output_padding": maybe(pair(0, 27))},
            _back_shape,
            _back,
            _back_weights,
            lays_out=_drawings,
        ),
        Kind(
            "DepthwiseConv2D",
            {"depth_multiplier": whole(1, 8), **_CONVOLVING},
            _depthwise_shape,
            _depthwise,
            _depthwise_weights,
            lays_out=_patches,
        ),
        Kind(
            "SeparableConv2D",
            {"filters": whole(1, 512), "depth_multiplier": whole(1, 8), **_CONVOLVING},
            _conv_shape,
            _separable,
            _separable_weights,
            lays_out=_separated,
        ),
        Kind("MaxPooling2D", _POOLING, _pool_shape, _pool(ops.pool_most), lays_out=_pool_edge),
        Kind("AveragePooling2D", _POOLING, _pool_shape, _pool(ops.pool_mean), lays_out=_pool_edge),
        Kind(
            "GlobalAveragePooling2D",
            {"keepdims": FLAG, "data_format": one_of("channels_last")},
            _overall_shape,
            lambda options, weights, inputs: inputs[0].mean(axis=(1, 2), keepdims=options["keepdims"]),
        ),
        Kind(
            "GlobalMaxPooling2D",
            {"keepdims": FLAG, "data_format": one_of("channels_last")},
            _overall_shape,
            lambda options, weights, inputs: inputs[0].max(axis=(1, 2), keepdims=options["keepdims"]),
        ),
        Kind(
            "Dense",
            {"units": whole(1, 4096), **ACTIVATION, "use_bias": FLAG},
            _dense_shape,
            _dense,
            _dense_weights,
            {"activity_regularizer": regularizer},
        ),
        *bending.KINDS,
        *merging.KINDS,
        *moving.KINDS,
        *norms.KINDS,
        *recurrent.KINDS,
        *resizing.KINDS,
    )
}
