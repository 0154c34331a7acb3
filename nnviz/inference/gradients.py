"""Backpropagation through a stored network, in NumPy: how its answer changes with what its layers put out.

It is for looking, one digit and one answer at a time; trainings have their own. Beside each kind of layer in
`layers.KINDS` stands here what it hands back to the layer before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.inference import ops
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import KINDS, Options
from nnviz.inference.ops import Pair
from nnviz.numpy_nn.activations import ACTIVATIONS


@dataclass(frozen=True, eq=False)
class Step:
    """A layer at work on a digit.

    Attributes
    ----------
    options, weights
        As its part has them.
    x
        (1, ...), what it is given; of several inputs the first.
    sums
        (1, ...), what it puts out before its activation.
    grad
        (1, ...), the gradient of these sums.
    """

    options: Options
    weights: Mapping[str, Array]
    x: Array
    sums: Array
    grad: Array


_DERIVATIVES = {each.keras: each.derivative for each in ACTIVATIONS.values()}


def of_logit(network: Network, image: Array, digit: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """How the logit of a digit, its sum before the softmax, changes with the output of every layer.

    Parameters
    ----------
    image
        One digit, in any of its shapes.

    Returns
    -------
    tuple[dict[str, Array], dict[str, Array]]
        Outputs and their gradients, each (1, ...) float32, by the layers' names. Layers that have no way to
        the answer have no gradient, and neither has the last.

    Raises
    ------
    ValueError
        When the network has no such digit, or ends in something else than a dense layer or a softmax.
    """
    values, last = network.forward(image), network.parts[-1]
    if not 0 <= digit < math.prod(last.shape):
        raise ValueError(f"The answer is one of {last.shape[-1]} digits; there is no {digit}.")
    if last.kind not in ("Dense", "Activation", "Softmax"):
        raise ValueError("The network has to end in a dense layer or a softmax.")
    given = np.zeros_like(values[last.name])
    given[:, digit] = 1
    grads = {last.inputs[0]: given @ last.weights["kernel"].T if last.kind == "Dense" else given}
    for part in reversed(network.parts[1:-1]):
        if part.name in grads:
            back = _handed_back(part, values, grads[part.name])
            for name in part.inputs:  # of several, as where layers are added, each is given the same
                grads[name] = grads[name] + back if name in grads else back
    return values, grads


def _handed_back(part: Part, values: Mapping[str, Array], grad: Array) -> Array:
    inputs, sums = [values[name] for name in part.inputs], values[part.name]
    activation = part.options.get("activation", "linear")
    if part.kind != "Activation" and activation != "linear":
        sums = KINDS[part.kind].value({**part.options, "activation": "linear"}, part.weights, inputs)
        grad = _through(activation, sums, values[part.name], grad)
    return BACK[part.kind](Step(part.options, part.weights, inputs[0], sums, grad))


def _through(activation: str, z: Array, a: Array, grad: Array) -> Array:
    """The gradient of an activation's input from that of its output."""
    if activation == "softmax":
        return np.asarray(a * (grad - (grad * a).sum(axis=-1, keepdims=True)))
    return np.asarray(grad * _DERIVATIVES[activation](z, a))


def _dense(step: Step) -> Array:
    return step.grad @ step.weights["kernel"].T


def _conv(step: Step) -> Array:
    return _scattered(step.grad, step.weights["kernel"], step.options, step.x)


def _depthwise(step: Step) -> Array:
    return _scattered(step.grad, _whole(step.weights["kernel"]), step.options, step.x)


def _separable(step: Step) -> Array:
    between = step.grad @ step.weights["pointwise_kernel"][0, 0].T
    return _scattered(between, _whole(step.weights["depthwise_kernel"]), step.options, step.x)


def _whole(kernel: Array) -> Array:
    """Kernels of single channels, (kh, kw, c, m), as those of all channels, (kh, kw, c, c * m)."""
    kh, kw, channels, several = kernel.shape
    whole = np.zeros((kh, kw, channels, channels * several), kernel.dtype)
    for i in range(channels):
        whole[:, :, i, i * several : (i + 1) * several] = kernel[:, :, i]
    return whole


def _scattered(grad: Array, kernel: Array, options: Options, x: Array) -> Array:
    """A convolution's way back is the transposed convolution with the same kernel, cut to the picture."""
    drawn = ops.convolve_back(grad, kernel, None, options["strides"])
    return _cut(drawn, x, kernel.shape[:2], options)


def _cut(drawn: Array, x: Array, size: Sequence[int], options: Options) -> Array:
    """Without the edge that "same" puts around a picture, and zero where no window was."""
    found = np.zeros_like(x)
    top, left = _edge(x, size, options)
    inside = drawn[:, top : top + x.shape[1], left : left + x.shape[2]]
    found[:, : inside.shape[1], : inside.shape[2]] = inside
    return found


def _edge(x: Array, size: Sequence[int], options: Options) -> Pair:
    """Rows above and columns before the picture that "same" adds."""
    if options["padding"] != "same":
        return 0, 0
    before = [ops.edges(n, k, s)[0] for n, k, s in zip(x.shape[1:3], size, options["strides"], strict=True)]
    return before[0], before[1]


def _conv_back(step: Step) -> Array:
    kernel, strides = step.weights["kernel"], step.options["strides"]
    edges = []
    for n, k, s, there in zip(
        step.x.shape[1:3], kernel.shape[:2], strides, step.grad.shape[1:3], strict=True
    ):
        before = max(k - s, 0) // 2 if step.options["padding"] == "same" else 0
        edges.append((before, (n - 1) * s + max(k, s) - there - before))
    whole = np.pad(step.grad, ((0, 0), *edges, (0, 0)))
    return ops.convolve(whole, kernel, None, strides)


def _pool_most(step: Step) -> Array:
    windows = ops.windows(
        step.x, step.options["pool_size"], step.options["strides"], step.options["padding"], outside=-np.inf
    )
    flat = windows.reshape(*windows.shape[:4], -1)
    greatest = np.eye(flat.shape[-1], dtype=step.grad.dtype)[
        flat.argmax(axis=-1)
    ]  # the first, where several are
    return _spread(greatest * step.grad[..., None], step.options, step.x)


def _pool_mean(step: Step) -> Array:
    x = step.x
    size, strides, padding = step.options["pool_size"], step.options["strides"], step.options["padding"]
    count = ops.windows(np.ones_like(x[:1, :, :, :1]), size, strides, padding).sum(axis=(4, 5))
    share = np.repeat((step.grad / count)[..., None], math.prod(size), axis=-1)
    return _spread(share, step.options, x)


def _spread(parts: Array, options: Options, x: Array) -> Array:
    """The sum of what every window hands to each of its places: (n, h', w', c, kh * kw) -> (n, h, w, c)."""
    (kh, kw), (down, right) = options["pool_size"], options["strides"]
    n, rows, columns, channels = parts.shape[:4]
    whole = np.zeros((n, (rows - 1) * down + kh, (columns - 1) * right + kw, channels), parts.dtype)
    for i in range(kh):
        for j in range(kw):
            whole[:, i : i + (rows - 1) * down + 1 : down, j : j + (columns - 1) * right + 1 : right] += (
                parts[..., i * kw + j]
            )
    return _cut(whole, x, (kh, kw), options)


def _overall(step: Step) -> Array:
    x = step.x
    grad = step.grad.reshape(len(x), 1, 1, x.shape[3])
    return np.broadcast_to(grad / (x.shape[1] * x.shape[2]), x.shape).astype(x.dtype)


def _norm(step: Step) -> Array:
    factor = step.weights.get("gamma", 1) / np.sqrt(
        step.weights["moving_variance"] + np.float32(step.options["epsilon"])
    )
    return step.grad * factor


def _activation(step: Step) -> Array:
    return _through(step.options["activation"], step.x, step.sums, step.grad)


def _softmax(step: Step) -> Array:
    return _through("softmax", step.x, step.sums, step.grad)


def _relu(step: Step) -> Array:
    x, most = step.x, step.options["max_value"]
    slope = np.where(x > step.options["threshold"], 1, step.options["negative_slope"])
    if most is not None:
        slope = np.where(x < most, slope, 0)
    return (step.grad * slope).astype(x.dtype)


def _added(step: Step) -> Array:
    return step.grad


def _reshaped(step: Step) -> Array:
    return step.grad.reshape(step.x.shape)


# By the kinds of layer: from the gradient of a layer's sums that of each of its inputs.
BACK: dict[str, Callable[[Step], Array]] = {
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_back,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "MaxPooling2D": _pool_most,
    "AveragePooling2D": _pool_mean,
    "GlobalAveragePooling2D": _overall,
    "BatchNormalization": _norm,
    "Activation": _activation,
    "ReLU": _relu,
    "Softmax": _softmax,
    "Add": _added,
    "Flatten": _reshaped,
    "Reshape": _reshaped,
    "Dense": _dense,
    "Dropout": _reshaped,
    "GaussianNoise": _reshaped,
}
