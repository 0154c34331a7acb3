"""Why this answer? Three ways to ask a network which pixels mattered. Arrays out; the caller draws.

They answer different questions, and none of them proves anything: read a map together with what METHODS says
it does not tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import gradients, keras_config
from nnviz.inference.graph import Network

SIDE = 28


@dataclass(frozen=True)
class Method:
    """One way of asking.

    Attributes
    ----------
    title
        For people.
    term
        What the field calls it.
    says, not_says
        A sentence or two each, in which {digit} and {layer} may stand for what is asked of.
    paper
        Where it is from.
    """

    name: str
    title: str
    term: str
    says: str
    not_says: str
    paper: str


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "occlusion",
            say("Cover a part"),
            say("occlusion"),
            say(
                "A small square is wiped out, at one place after the other. Blue: without this place the "
                "network is less sure of the {digit}. Red: it is surer."
            ),
            say(
                "Only one square is wiped out at a time. Two parts that can replace each other look "
                "unimportant."
            ),
            say("Zeiler and Fergus 2014"),
        ),
        Method(
            "gradient",
            say("Change the ink a little"),
            say("gradient × input"),
            say(
                "Each pixel with ink gets a little more of it. Blue: this speaks for the {digit}. Red: it "
                "speaks against it."
            ),
            say("It tells about tiny changes only. Empty paper is always 0, though it can matter as much."),
            say("Simonyan, Vedaldi and Zisserman 2014; Shrikumar et al. 2016"),
        ),
        Method(
            "grad-cam",
            say("Where it found something"),
            say("Grad-CAM"),
            say("Bright: here the maps of the layer “{layer}” found what speaks for the {digit}."),
            say("It is only as sharp as these maps, and it leaves out what speaks against the {digit}."),
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
    changed = np.append((wiped[:-1] != image).any(axis=(1, 2)), True)  # the others are read as it is itself
    said = predict(wiped[changed].reshape(-1, SIDE * SIDE))[:, digit]
    falls = np.zeros(len(corners), said.dtype)
    falls[changed[:-1]] = said[-1] - said[:-1]
    times = covers.sum(axis=0)
    total = np.tensordot(falls, covers.astype(np.float32), axes=1)
    means: Array = np.divide(total, times, out=np.zeros_like(image), where=times > 0)
    return means


def gradient_times_input(model: KerasModel | Network, image: Array, digit: int) -> Array:
    """The slope of the digit's logit in every pixel, times the pixel [1]_ [2]_.

    The logit and not the probability is followed, as a probability near 1 hardly has a slope.

    Parameters
    ----------
    model
        A network ending in a softmax; as a `graph.Network` it needs no TensorFlow.
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
    network = _stored(model)
    values, grads = gradients.of_logit(network, image, digit)
    first = network.parts[0].name
    slopes: Array = grads[first] * values[first]
    return slopes.reshape(SIDE, SIDE)


def grad_cam(model: KerasModel | Network, image: Array, digit: int, layer: str = "") -> Array:
    """Where the maps of `layer` fire that speak for `digit` [1]_.

    A map's weight is the mean slope of the digit's logit in it; what is negative in the end is left out, and
    the greatest is 1 unless all is zero.

    Parameters
    ----------
    model
        As of `gradient_times_input`.
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
    network = _stored(model)
    name = layer or layer_of_grad_cam(network)
    known = layers_of_maps(network)
    if name not in known:
        raise ValueError(f"Grad-CAM looks at one of the layers {', '.join(known)}, not {name!r}.")
    values, grads = gradients.of_logit(network, image, digit)
    weights = grads[name].mean(axis=(1, 2), keepdims=True)
    heat: Array = np.maximum((weights * values[name]).sum(axis=-1)[0], 0)
    return heat / heat.max() if heat.max() > 0 else heat


def layers_of_maps(model: KerasModel | Network) -> list[str]:
    """The layers of a network that put out feature maps on the way to its answer, by name and in order."""
    network = _stored(model)
    answering = gradients.answering(network)
    return [
        part.name
        for part in network.parts
        if part.kind not in ("InputLayer", "Reshape") and len(part.shape) == 3 and part.name not in answering
    ]


def layer_of_grad_cam(model: KerasModel | Network) -> str:
    """The layer that `grad_cam` looks at unless told: the last of maps that is not pooling.

    Raises
    ------
    ValueError
        When the network has no layer of maps.
    """
    network = _stored(model)
    known = layers_of_maps(network)
    if not known:
        raise ValueError("Grad-CAM needs a layer of feature maps, and this network has none.")
    kinds = {part.name: part.kind for part in network.parts}
    return ([name for name in known if "Pooling" not in kinds[name]] or known)[-1]


def _stored(model: KerasModel | Network) -> Network:
    return model if isinstance(model, Network) else keras_config.from_keras(model)


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
