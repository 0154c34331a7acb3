"""How wrong a stored network is on average: the loss that its training made small, without a penalty."""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array
from nnviz.inference import gradients
from nnviz.inference.graph import Network
from nnviz.numpy_nn.losses import cross_entropy

CROSS_ENTROPY, SQUARED_ERROR = "cross-entropy", "squared error"
_LEAST = 1e-7  # of a pixel's probability, as Keras has it
_LEAST_ANSWER = 1e-30  # a probability that is nothing has no logarithm


def mean_loss(network: Network, x: Array, labels: Array, loss: str = CROSS_ENTROPY) -> float:
    """The mean loss of digits; not finite where the network's numbers have become too large.

    A softmax is left out and the loss told from the sums before it: a digit that is surely wrong has a
    probability of 0 in float32, but a finite loss.

    Parameters
    ----------
    x
        (n, 784) in [0, 1].
    labels
        (n,) true digits, of which an autoencoder makes no use.
    loss
        Of an autoencoder: what each pixel counts for.
    """
    with np.errstate(all="ignore"):
        if network.code:
            return _of_pixels(network.predict(x).reshape(len(x), -1), x.reshape(len(x), -1), loss)
        sums = gradients.without_softmax(network)
        if sums is not None:
            return cross_entropy(sums.predict(x).reshape(len(x), -1), labels)
        told = network.predict(x).reshape(len(x), -1)[np.arange(len(x)), labels]
        return float(np.mean(-np.log(np.maximum(told, _LEAST_ANSWER)), dtype=np.float64))


def _of_pixels(again: Array, x: Array, loss: str) -> float:
    if loss == SQUARED_ERROR:
        return float(np.mean(np.square(again - x), dtype=np.float64))
    ink = np.clip(again, _LEAST, 1 - _LEAST)
    return float(np.mean(-x * np.log(ink) - (1 - x) * np.log(1 - ink), dtype=np.float64))
