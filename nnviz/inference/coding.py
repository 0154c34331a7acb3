"""The two halves of an autoencoder in plain NumPy: a digit's code, and the digit that a code stands for.

`keras_models.autoencoder` has the same for who trains, by Keras: the last bits of a code differ, and networks
that were trained on codes would come out otherwise.
"""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array
from nnviz.inference.graph import Network

_SIDE = 28


def encode(network: Network, x: Array) -> Array:
    """The codes of digits.

    Parameters
    ----------
    x
        Digits in [0, 1] in any of their shapes.

    Returns
    -------
    Array
        (n, code size) float32.
    """
    return network.encoder().predict(x)


def decode(network: Network, codes: Array) -> Array:
    """The digits that codes stand for.

    Parameters
    ----------
    codes
        (n, code size), or one code of (code size,).

    Returns
    -------
    Array
        (n, 28, 28) float32 in [0, 1].
    """
    return network.decoder().predict(codes).reshape(-1, _SIDE, _SIDE)


def reconstruct(network: Network, x: Array) -> Array:
    """What is left of digits after the narrow place.

    Parameters
    ----------
    x
        Digits in [0, 1] in any of their shapes.

    Returns
    -------
    Array
        (n, 28, 28) float32.
    """
    return decode(network, encode(network, x))


def decoder_pictures(network: Network, centre: Array | None = None, step: float = 1.0) -> Array:
    """What each number of the code draws; dark and light stand for - and +.

    A dense decoder's weights are these pictures. With more layers there are no such weights, and each picture
    is the change of the drawing when that number alone goes from half a step below `centre` to half a step
    above it, a unit of the number being the measure.

    Parameters
    ----------
    centre
        A code, 0 unless told.
    step
        In units of the code's numbers.

    Returns
    -------
    Array
        (code size, 28, 28) float32.
    """
    decoder = network.decoder()
    size = decoder.parts[0].shape[0]
    weights = [part for part in decoder.parts if part.weights]
    if len(weights) == 1:
        (kernel,) = (values for values in weights[0].weights.values() if values.ndim == 2)
        return np.asarray(kernel, np.float32).reshape(size, _SIDE, _SIDE)
    middle = np.zeros(size, np.float32) if centre is None else np.asarray(centre, np.float32)
    moves = np.eye(size, dtype=np.float32) * (step / 2)
    return (decode(network, middle + moves) - decode(network, middle - moves)) / np.float32(step)
