"""A network that reads digits answers with ten probabilities: what is missing for that is put behind it."""

from __future__ import annotations

import math
from dataclasses import replace

from nnviz.core.words import say
from nnviz.inference.graph import BadNetwork, Network, Part
from nnviz.inference.layers import PASSING

DIGITS = 10
_ADDED_SOFTMAX, _ADDED_ROW, _ADDED_SHARES = "added_softmax", "added_row", "added_shares"
# By the names of the layers that were put behind the network's own.
REMARKS = {
    _ADDED_SOFTMAX: say(
        "The network in the file ends in ten sums. A softmax was put behind them, so that it answers with "
        "probabilities."
    ),
    _ADDED_SHARES: say(
        "The network in the file ends in ten sigmoids, each an answer of its own. They were divided by their "
        "sum, so that it answers with probabilities."
    ),
}
_NO_SUMS = ("InputLayer", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "UnitNormalization")


def in_a_row(network: Network) -> Network:
    """The network with its ten answers in a row, where they are maps of one pixel each.

    Raises
    ------
    BadNetwork
        When there are not ten of them.
    """
    last = network.parts[-1]
    if math.prod(last.shape) != DIGITS:
        raise BadNetwork(
            say(
                "The network answers with {shape} numbers; expected were ten probabilities.", shape=last.shape
            )
        )
    if last.shape == (DIGITS,):
        return network
    return _followed(network, "Flatten", _ADDED_ROW, {"data_format": "channels_last"})


def with_softmax(network: Network) -> Network:
    """The network with a softmax behind the sums that it ends in; of ten sigmoids with each one's share.

    The softmax of the logarithms of ten numbers is each divided by their sum.

    Raises
    ------
    BadNetwork
        When it ends in something else.
    """
    parts = {part.name: part for part in network.parts}
    part = network.parts[-1]
    while part.kind in PASSING:
        part = parts[part.inputs[0]]
    activation = part.options.get("activation", "linear")
    if activation == "sigmoid":
        ended = replace(part, options={**part.options, "activation": "log_sigmoid"})
        parts[part.name] = ended
        logarithms = replace(network, parts=tuple(parts.values()))
        return _followed(logarithms, "Softmax", _ADDED_SHARES, {"axis": -1})
    if activation != "linear" or part.kind in _NO_SUMS:
        raise BadNetwork(
            say(
                "The network does not answer with probabilities: its last step is {step}. Expected was a "
                "softmax, or nothing at all behind the last sums.",
                step=activation if activation != "linear" else part.kind,
            )
        )
    return _followed(network, "Softmax", _ADDED_SOFTMAX, {"axis": -1})


def _followed(network: Network, kind: str, name: str, options: dict[str, object]) -> Network:
    last = network.parts[-1]
    if name in {part.name for part in network.parts}:
        raise BadNetwork(say("Two layers are called {name!r}.", name=name))
    added = Part(name, kind, (last.name,), options, (DIGITS,), {})
    return Network(network.name, (*network.parts, added), network.code)
