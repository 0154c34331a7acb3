"""What layers are called for people, on every tab as in the network's picture: "Convolution 2", "Pooling".

`components/frontend/network/stages.js` names them there, and in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnviz.core.words import say
from nnviz.inference import graph
from nnviz.inference.graph import Network

_ANSWER = say("Answer")
_WORDS = {
    "InputLayer": say("Digit"),
    "Dense": say("Dense layer"),
    "dense": say("Dense layer"),
    "Conv2D": say("Convolution"),
    "Conv2DTranspose": say("Enlarging convolution"),
    "DepthwiseConv2D": say("Convolution map by map"),
    "SeparableConv2D": say("Convolution in two steps"),
    "MaxPooling2D": say("Pooling"),
    "AveragePooling2D": say("Pooling (mean)"),
    "GlobalAveragePooling2D": say("Mean of each map"),
    "GlobalMaxPooling2D": say("Greatest of each map"),
    "BatchNormalization": say("Normalising"),
    "Rescaling": say("Rescaling"),
    "Activation": say("Activation"),
    "ReLU": "ReLU",
    "LeakyReLU": say("Leaky ReLU"),
    "ELU": "ELU",
    "PReLU": "PReLU",
    "Softmax": _ANSWER,
    "Add": say("Sum of layers"),
    "Resizing": say("In another size"),
    "UnitNormalization": say("Brought to length 1"),
    "LayerNormalization": say("Normalising by itself"),
    "RMSNormalization": say("Brought to power 1"),
    "GroupNormalization": say("Normalising in groups"),
    "SimpleRNN": say("Step by step"),
    "GRU": say("Step by step (GRU)"),
    "LSTM": say("Step by step (LSTM)"),
    "Minimum": say("Least of layers"),
    "Maximum": say("Greatest of layers"),
    "Multiply": say("Product of layers"),
    "Subtract": say("Difference of layers"),
    "Average": say("Mean of layers"),
    "Concatenate": say("Side by side"),
    "ZeroPadding2D": say("Paper around it"),
    "Cropping2D": say("Cut off at the edge"),
    "UpSampling2D": say("Enlarging"),
    "Permute": say("Turned over the diagonal"),
    "Flatten": say("All in one row"),
    "Reshape": say("In another shape"),
    "Dropout": say("Dropout"),
    "GaussianNoise": say("Noise"),
}
# Of new maps, and what is done to them.
_MAKERS = (
    *("Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D", "Concatenate"),
    *("Add", "Average", "Subtract", "Multiply", "Maximum", "Minimum"),
)
_AFTER = (
    *("BatchNormalization", "LayerNormalization", "UnitNormalization"),
    *("RMSNormalization", "GroupNormalization"),
    *("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Dropout", "GaussianNoise"),
)
_HALVES = graph.ENCODER + graph.WITHIN, graph.DECODER + graph.WITHIN


def plain_names(layers: Sequence[tuple[str, str]]) -> list[str]:
    """The names of a network's layers for people, numbered where several would have the same.

    Parameters
    ----------
    layers
        Name and kind of each, in order, as a card or a `graph.Network` has them.
    """
    encoder, decoder = _HALVES
    codes = [i for i, (name, _) in enumerate(layers) if name.startswith(encoder)]
    hidden = not codes and not any(kind in _MAKERS or "Pooling" in kind for _, kind in layers)  # an MLP
    named = []
    for i, (name, kind) in enumerate(layers):
        if i == len(layers) - 1:
            named.append(say("Drawn again") if name.startswith(decoder) else _ANSWER)
        elif codes and i == codes[-1]:
            named.append(say("Code"))
        elif hidden and kind.lower() == "dense":
            named.append(say("Hidden layer"))
        else:
            named.append(_WORDS.get(kind) or name.replace("_", " ").capitalize())
    return [
        f"{name} {named[: i + 1].count(name)}" if named.count(name) > 1 else name
        for i, name in enumerate(named)
    ]


def layers_of_maps(network: Network) -> Mapping[str, str]:
    """The layers whose maps are worth a look, each by the name of what people read.

    A convolution is looked at when all is done to its maps: normalising, ReLU.

    Returns
    -------
    Mapping[str, str]
        For each title the name of the layer, in order.
    """
    titles = plain_names([(part.name, part.kind) for part in network.parts])
    found: dict[str, str] = {}
    last = ""
    for title, part in zip(titles, network.parts, strict=True):
        if len(part.shape) != 3:
            continue
        if part.kind in _MAKERS or "Pooling2D" in part.kind:
            last = title
            found[last] = part.name
        elif last and part.kind in _AFTER:
            found[last] = part.name
    return found
