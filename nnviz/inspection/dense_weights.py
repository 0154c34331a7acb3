"""A stored network as the textbook's: dense layers, an activation after each, and a softmax at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnviz.core.words import say
from nnviz.inference import browser
from nnviz.inference.graph import Network
from nnviz.inference.layers import PASSING
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.one_step import Weights
from nnviz.numpy_nn.regularizers import REGULARIZERS

MOST_WEIGHTS = 1_000_000  # of all layers: more take a browser longer than a finger waits
_KNOWN = {"InputLayer", "Dense", "Activation", "ReLU", "Softmax", *PASSING}


class NotDense(ValueError):
    """Not such a network; the message is the end of the sentence "This network ..."."""


def dense_weights(network: Network, settings: Mapping[str, Any]) -> Weights:
    """The weights of a network of dense layers.

    Parameters
    ----------
    settings
        Of its card; a network from elsewhere has none, and so no weight penalty.

    Raises
    ------
    NotDense
        For any other network.
    """
    if strange := {part.kind for part in network.parts} - _KNOWN:
        raise NotDense(say("has a layer of the kind {strange}", strange=min(strange)))
    parts = [part for part in browser.folded(network).parts if part.kind not in ("InputLayer", *PASSING)]
    if not parts or any(part.kind != "Dense" or "bias" not in part.weights for part in parts):
        raise NotDense(say("is not made of dense layers with a bias each"))
    if any(len(part.shape) != 1 for part in parts):
        raise NotDense(say("has a dense layer that is used at many places"))
    names = {each.keras: each.name for each in ACTIVATIONS.values()}
    *hidden, last = [part.options["activation"] for part in parts]
    if unknown := set(hidden) - set(names):
        raise NotDense(say("has the activation {unknown}", unknown=min(unknown)))
    if last != "softmax":
        raise NotDense(say("does not end in a softmax"))
    sizes = [part.weights["kernel"].shape for part in parts]
    if sizes[0][0] != 28 * 28:
        raise NotDense(say("does not take 28 × 28 pixels"))
    if (count := sum(given * units for given, units in sizes)) > MOST_WEIGHTS:
        raise NotDense(
            say("has {count:,} weights, and up to {most:,} can be shown", count=count, most=MOST_WEIGHTS)
        )
    penalty = settings.get("penalty")
    known = penalty in REGULARIZERS
    return Weights(
        coefs=tuple(part.weights["kernel"] for part in parts),
        intercepts=tuple(part.weights["bias"] for part in parts),
        activations=tuple(names[each] for each in hidden),
        penalty=str(penalty) if known else "l2",
        alpha=float(settings.get("alpha", 0.0)) if known else 0.0,
    )
