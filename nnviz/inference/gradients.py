"""Backpropagation through a stored network, in NumPy: how its answer changes with what its layers put out.

It is for looking, one answer or one loss at a time; trainings have their own. Beside each kind of layer in
`layers.KINDS` that does more than move values stands here what it hands back to the layer before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnviz.core.records import Array
from nnviz.inference import merging, norms, ops, recurrent, resizing
from nnviz.inference.bending import DERIVATIVES, along
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import KINDS, PASSING, Options
from nnviz.inference.ops import Pair
from nnviz.numpy_nn.losses import softmax

_LEAST = 1e-30  # a probability that is nothing has no logarithm


@dataclass(frozen=True, eq=False)
class Step:
    """A layer at work on a digit.

    Attributes
    ----------
    options, weights
        As its part has them.
    x
        (1, ...), what it is given.
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


def of_logit(network: Network, image: Array, digit: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """How the logit of a digit, its sum before the softmax, changes with the output of every layer.

    Of a network whose answer is no softmax of ten sums (a mean of the answers at many places, say), it is the
    logarithm of the digit's probability.

    Parameters
    ----------
    image
        One digit, in any of its shapes.

    Returns
    -------
    tuple[dict[str, Array], dict[str, Array]]
        Outputs and their gradients, each (1, ...) float32, by the layers' names. Layers that have no way to
        the answer have no gradient, and neither have those of `answering`.

    Raises
    ------
    ValueError
        When the network has no such digit.
    """
    values, last = network.forward(image), network.parts[-1]
    if not 0 <= digit < math.prod(last.shape):
        raise ValueError(f"The answer is one of {last.shape[-1]} digits; there is no {digit}.")
    ends, softmax = _answering(network)
    given = np.zeros_like(values[last.name])
    given.reshape(1, -1)[:, digit] = 1
    sums = softmax or "kernel" in last.weights
    grads = {last.name: given if sums else given / np.maximum(values[last.name], _LEAST)}
    for part in reversed(network.parts[1:]):
        if part.name in grads:
            through = _linear(part) if part is softmax else part
            for name, back in zip(part.inputs, _handed_back(through, values, grads[part.name]), strict=True):
                grads[name] = grads[name] + back if name in grads else back
    return values, {name: grad for name, grad in grads.items() if name not in ends}


def of_loss(network: Network, images: Array, labels: Array) -> tuple[dict[str, Array], dict[str, Array]]:
    """What every layer puts out, and its deltas: how each digit's loss changes with the layer's sums.

    Parameters
    ----------
    images
        n digits, in any of their shapes.
    labels
        (n,) true digits.

    Returns
    -------
    tuple[dict[str, Array], dict[str, Array]]
        Outputs and deltas, each (n, ...) float32, by the layers' names. The answering layer's output is its
        sums, before the softmax.

    Raises
    ------
    ValueError
        When the network does not end in a softmax.
    """
    plain = without_softmax(network)
    if plain is None:
        raise ValueError("This network does not end in a softmax of ten sums.")
    values = plain.forward(images)
    first, last = plain.parts[0].name, plain.parts[-1].name
    sums = values[last].reshape(len(values[first]), -1)
    wrong = softmax(sums)
    wrong[np.arange(len(sums)), labels] -= 1
    grads, deltas = {last: wrong.reshape(values[last].shape)}, {}
    for part in reversed(plain.parts[1:]):
        if part.name not in grads:
            continue
        before, delta = _at_sums(part, values, grads.pop(part.name))
        deltas[part.name] = delta
        if set(part.inputs) == {first}:
            continue  # how the paper should change is not asked
        for name, back in zip(part.inputs, from_sums(part, values, before, delta), strict=True):
            grads[name] = grads[name] + back if name in grads else back
    return values, deltas


def without_softmax(network: Network) -> Network | None:
    """The network that ends in the ten sums before its softmax; None where its answer is no softmax."""
    softmax_at = _answering(network)[1]
    if softmax_at is None:
        return None
    parts = tuple(_linear(part) if part is softmax_at else part for part in network.parts)
    return replace(network, parts=parts)


def answering(network: Network) -> set[str]:
    """The layers that have no gradient, by name: from the softmax on that makes the answer, or the last."""
    return _answering(network)[0]


def _answering(network: Network) -> tuple[set[str], Part | None]:
    """The same, and the layer with the softmax, if the answer is one."""
    parts = {part.name: part for part in network.parts}
    part = network.parts[-1]
    ends = {part.name}
    while _passes(part):
        part = parts[part.inputs[0]]
        ends.add(part.name)
    softmax = part.kind == "Softmax" or part.options.get("activation") == "softmax"
    if softmax and math.prod(part.shape) == part.shape[-1]:
        return ends, part
    return {network.parts[-1].name}, None


def _passes(part: Part) -> bool:
    """Whether a layer only gives the values before it another shape, or does nothing when a network reads."""
    return part.kind in PASSING


def _linear(part: Part) -> Part:
    """The layer without its softmax."""
    return replace(
        part,
        kind="Activation" if part.kind == "Softmax" else part.kind,
        options={**part.options, "activation": "linear"},
    )


def _handed_back(part: Part, values: Mapping[str, Array], grad: Array) -> list[Array]:
    """For each input of a layer what it is handed."""
    sums, delta = _at_sums(part, values, grad)
    return from_sums(part, values, sums, delta)


def sums_of(part: Part, values: Mapping[str, Array]) -> Array:
    """(n, ...) what a layer makes before its own activation, if it has one."""
    activation = part.options.get("activation", "linear")
    if part.kind == "Activation" or activation == "linear":
        return values[part.name]
    inputs = [values[name] for name in part.inputs]
    return KINDS[part.kind].value({**part.options, "activation": "linear"}, part.weights, inputs)


def slopes_of(part: Part, values: Mapping[str, Array]) -> Array | None:
    """(n, ...) the slope of a layer's own activation at each of its sums; None where it has none."""
    activation = part.options.get("activation", "linear")
    if activation == "linear" or activation not in DERIVATIVES:
        return None
    return DERIVATIVES[activation](sums_of(part, values), values[part.name])


def _at_sums(part: Part, values: Mapping[str, Array], grad: Array) -> tuple[Array, Array]:
    """A layer's sums, before its own activation, and their gradient."""
    sums = sums_of(part, values)
    if sums is not values[part.name]:
        grad = _through(part.options["activation"], sums, values[part.name], grad)
    return sums, grad


def from_sums(part: Part, values: Mapping[str, Array], sums: Array, delta: Array) -> list[Array]:
    """For each input of a layer what it is handed, from the deltas of the layer's sums."""
    inputs = [values[name] for name in part.inputs]
    if KINDS[part.kind].moves:
        return _moved_back(part, inputs, delta)
    if part.kind in merging.NAMES:
        return merging.back(part.kind, inputs, delta)
    return [BACK[part.kind](Step(part.options, part.weights, inputs[0], sums, delta))]


def _moved_back(part: Part, inputs: Sequence[Array], grad: Array) -> list[Array]:
    """What was moved goes back to where it came from, which is found out by moving numbers of places."""
    ends = np.cumsum([x.size for x in inputs])
    places = [
        np.arange(end - x.size + 1, end + 1).reshape(x.shape) for x, end in zip(inputs, ends, strict=True)
    ]
    moved = KINDS[part.kind].value(part.options, {}, places)  # 0 where nothing came from
    back = np.bincount(moved.ravel(), weights=grad.ravel(), minlength=ends[-1] + 1)[1:]
    pieces = np.split(back.astype(grad.dtype), ends[:-1])
    return [piece.reshape(x.shape) for piece, x in zip(pieces, inputs, strict=True)]


def _through(activation: str, z: Array, a: Array, grad: Array) -> Array:
    """The gradient of an activation's input from that of its output."""
    if activation == "softmax":
        return np.asarray(a * (grad - (grad * a).sum(axis=-1, keepdims=True)))
    return np.asarray(grad * DERIVATIVES[activation](z, a))


def of_kernel(part: Part, x: Array, delta: Array) -> Array:
    """How the loss changes with the weights of a dense or convolving layer: (inputs, units).

    Parameters
    ----------
    x
        (n, ...), what the layer is given.
    delta
        (n, ...), of its sums.
    """
    if part.kind == "Dense":
        return x.T @ delta
    kh, kw, channels, filters = part.weights["kernel"].shape
    places = ops.windows(x, (kh, kw), part.options["strides"], part.options["padding"])
    rows = places.transpose(0, 1, 2, 4, 5, 3).reshape(-1, kh * kw * channels)
    return rows.T @ delta.reshape(-1, filters)


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
        before = max((n - 1) * s + k - there, 0) // 2 if step.options["padding"] == "same" else 0
        edges.append((before, max((n - 1) * s + max(k, s) - there - before, 0)))
    whole = np.pad(step.grad, ((0, 0), *edges, (0, 0)))
    rows, columns = step.x.shape[1:3]
    return ops.convolve(whole, kernel, None, strides)[:, :rows, :columns]


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


def _overall_most(step: Step) -> Array:
    flat = step.x.reshape(len(step.x), -1, step.x.shape[3])
    found = np.zeros_like(flat)
    first = flat.argmax(axis=1)[:, None]  # the first, where several are
    np.put_along_axis(found, first, step.grad.reshape(len(flat), 1, -1), axis=1)
    return found.reshape(step.x.shape)


def _norm(step: Step) -> Array:
    factor = step.weights.get("gamma", 1) / np.sqrt(
        step.weights["moving_variance"] + np.float32(step.options["epsilon"])
    )
    return step.grad * along(factor, step.options, step.x.ndim)


def _rescaled(step: Step) -> Array:
    return step.grad * np.float32(step.options["scale"])


def _leaky(step: Step) -> Array:
    return step.grad * np.where(step.x > 0, 1, step.x.dtype.type(step.options["negative_slope"]))


def _elu(step: Step) -> Array:
    alpha = step.x.dtype.type(step.options["alpha"])
    return step.grad * np.where(step.x > 0, 1, alpha * np.exp(np.minimum(step.x, 0)))


def _prelu(step: Step) -> Array:
    return step.grad * np.where(step.x > 0, 1, step.weights["alpha"])


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


def _resized(step: Step) -> Array:
    rows, columns = resizing.matrices(step.options, *step.x.shape[1:3])
    return resizing.resized(step.grad, rows.T, columns.T)


def _recurrent(kind: str) -> Callable[[Step], Array]:
    return lambda step: recurrent.back(kind, step.options, step.weights, step.x, step.grad)


def _unchanged(step: Step) -> Array:
    return step.grad


# By the kinds of layer, but for those that only move or merge values: from the gradient of a layer's sums
# that of its input.
BACK: dict[str, Callable[[Step], Array]] = {
    "Conv2D": _conv,
    "Conv2DTranspose": _conv_back,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "MaxPooling2D": _pool_most,
    "AveragePooling2D": _pool_mean,
    "GlobalAveragePooling2D": _overall,
    "GlobalMaxPooling2D": _overall_most,
    "BatchNormalization": _norm,
    "Rescaling": _rescaled,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "ELU": _elu,
    "PReLU": _prelu,
    "Softmax": _softmax,
    "LayerNormalization": lambda step: norms.layer_back(step.options, step.weights, step.x, step.grad),
    "UnitNormalization": lambda step: norms.unit_back(step.options, step.x, step.grad),
    "RMSNormalization": lambda step: norms.power_back(step.options, step.weights, step.x, step.grad),
    "GroupNormalization": lambda step: norms.group_back(step.options, step.weights, step.x, step.grad),
    **{kind: _recurrent(kind) for kind in recurrent.GATES},
    "Resizing": _resized,
    "Dense": _dense,
    "Dropout": _unchanged,
    "GaussianNoise": _unchanged,
}
