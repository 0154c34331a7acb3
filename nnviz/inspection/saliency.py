"""Why this answer? Three ways to ask a network which pixels mattered. Arrays out; the caller draws.

They answer different questions, and none of them proves anything: read a map together with what METHODS says
it does not tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from nnviz.core.protocols import KerasModel, Tensor
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.keras_models import backend, compiled

SIDE = 28


@dataclass(frozen=True)
class Method:
    """One way of asking.

    Attributes
    ----------
    title
        For people.
    says, not_says
        One sentence each.
    paper
        Where it is from.
    """

    name: str
    title: str
    says: str
    not_says: str
    paper: str


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "occlusion",
            say("Occlusion"),
            say("How much less sure the network becomes when a small square of the digit is wiped out."),
            say(
                "It sees one square at a time: ink that another stroke could stand in for looks unimportant."
            ),
            say("Zeiler and Fergus 2014"),
        ),
        Method(
            "gradient",
            say("Gradient × input"),
            say("Which ink, made a little darker, would make this answer louder (blue) or quieter (red)."),
            say("It speaks of tiny changes only, and blank paper, which may matter as much, is always zero."),
            say("Simonyan, Vedaldi and Zisserman 2014; Shrikumar et al. 2016"),
        ),
        Method(
            "grad-cam",
            say("Grad-CAM"),
            say("Where the feature maps fire that speak for this answer, each weighed by its mean gradient."),
            say("It is as coarse as the maps are, and leaves out whatever speaks against the answer."),
            say("Selvaraju et al. 2017"),
        ),
    )
}


def occlusion(
    predict: Callable[[Array], Array],
    image: Array,
    digit: int,
    *,
    patch: int = 5,
    stride: int = 1,
    paper: float = 0.0,
) -> Array:
    """How far the probability of `digit` falls where a patch is wiped out.

    Parameters
    ----------
    predict
        (n, 784) in [0, 1] -> (n, 10), any model's.
    image
        (28, 28).
    patch
        Side of the square, pixels.
    stride
        Pixels from one square to the next.
    paper
        What the square is filled with.

    Returns
    -------
    Array
        (28, 28) float32 from -1 to 1: for each pixel the mean fall over the squares that covered it, above
        zero where the ink spoke for the digit.

    Raises
    ------
    ValueError
        For a patch or a stride that cannot be.

    References
    ----------
    Zeiler and Fergus 2014, Visualizing and understanding convolutional networks, section 4.2.
    """
    image = np.asarray(image, np.float32).reshape(SIDE, SIDE)
    if not 1 <= patch <= SIDE or stride < 1:
        raise ValueError(f"The patch has to be 1 to {SIDE} pixels wide and move by at least 1.")
    # Squares hang over the edge, so that pixels there are covered as often as those in the middle.
    starts = np.arange(1 - patch, SIDE, stride)
    corners = [(row, column) for row in starts for column in starts]
    wiped = np.repeat(image[None], len(corners) + 1, axis=0)
    covers = np.zeros((len(corners), SIDE, SIDE), bool)
    for i, (row, column) in enumerate(corners):
        covers[i, max(row, 0) : row + patch, max(column, 0) : column + patch] = True
    wiped[:-1][covers] = paper
    said = predict(wiped.reshape(-1, SIDE * SIDE))[:, digit]
    falls = said[-1] - said[:-1]
    times = covers.sum(axis=0)
    total = np.tensordot(falls, covers.astype(np.float32), axes=1)
    means: Array = np.divide(total, times, out=np.zeros_like(image), where=times > 0)
    return means


def gradient_times_input(model: KerasModel, image: Array, digit: int) -> Array:
    """The slope of the digit's logit in every pixel, times the pixel [1]_ [2]_.

    The logit and not the probability is followed, as a probability near 1 hardly has a slope.

    Parameters
    ----------
    model
        A keras.Model ending in a softmax.
    image
        (28, 28) in [0, 1].

    Returns
    -------
    Array
        (28, 28) float32, of any sign.

    References
    ----------
    .. [1] Simonyan et al. 2014.
    .. [2] Shrikumar et al. 2016.
    """
    tf, keras = backend.tensorflow(), backend.keras()
    inside = keras.Model(model.inputs[0], model.layers[-1].input)
    x = tf.convert_to_tensor(compiled.as_input(model, image))
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = _logit(model, inside(x, training=False), digit)
    return np.asarray(tape.gradient(logit, x) * x).reshape(SIDE, SIDE)


def grad_cam(model: KerasModel, image: Array, digit: int, layer: str = "") -> Array:
    """Where the maps of `layer` fire that speak for `digit` [1]_.

    A map's weight is the mean slope of the digit's logit in it; what is negative in the end is left out, and
    the greatest is 1 unless all is zero.

    Parameters
    ----------
    model
        A keras.Model ending in a softmax.
    layer
        The name of one that puts out maps, by default the last that is not pooling.

    Returns
    -------
    Array
        (h, w) float32 in [0, 1], as large as the maps.

    Raises
    ------
    ValueError
        When the network has no layer of maps, or `layer` is none of them.

    References
    ----------
    .. [1] Selvaraju et al. 2017.
    """
    tf, keras = backend.tensorflow(), backend.keras()
    known = layers_of_maps(model)
    if not known:
        raise ValueError("Grad-CAM needs a layer of feature maps, and this network has none.")
    fine = [name for name in known if "Pooling" not in type(model.get_layer(name)).__name__]
    name = layer or (fine or known)[-1]
    if name not in known:
        raise ValueError(f"Grad-CAM looks at one of the layers {', '.join(known)}, not {name!r}.")
    inside = keras.Model(model.inputs[0], [model.get_layer(name).output, model.layers[-1].input])
    with tf.GradientTape() as tape:
        maps, last = inside(compiled.as_input(model, image), training=False)
        logit = _logit(model, last, digit)
    weights = tf.reduce_mean(tape.gradient(logit, maps), axis=(1, 2), keepdims=True)
    heat: Array = np.maximum(np.asarray(tf.reduce_sum(weights * maps, axis=-1))[0], 0)
    return heat / heat.max() if heat.max() > 0 else heat


def layers_of_maps(model: KerasModel) -> list[str]:
    """The layers of a keras.Model that put out feature maps, by name and in order."""
    return [
        layer.name
        for layer in model.layers
        if type(layer).__name__ not in ("InputLayer", "Reshape") and len(layer.output.shape) == 4
    ]


def enlarged(heat: Array) -> Array:
    """A heat-map to be laid over the digit, smoothly (bilinear) enlarged.

    Parameters
    ----------
    heat
        (h, w) of any size.

    Returns
    -------
    Array
        (28, 28) float32.
    """
    picture = Image.fromarray(np.asarray(heat, np.float32))
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def _logit(model: KerasModel, last: Tensor, digit: int) -> Tensor:
    """What the last layer makes of its input before the softmax, for one digit. Raises ValueError."""
    layer = model.layers[-1]
    if not 0 <= digit < model.output_shape[-1]:
        raise ValueError(f"The answer is one of {model.output_shape[-1]} digits; there is no {digit}.")
    if type(layer).__name__ == "Dense":
        sums = last @ layer.kernel
        return (sums if layer.bias is None else sums + layer.bias)[:, digit]
    if type(layer).__name__ in ("Activation", "Softmax"):
        return last[:, digit]
    raise ValueError("The network has to end in a dense layer or a softmax.")
