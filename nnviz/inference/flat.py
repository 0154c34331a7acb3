"""All weights of a network as one row of numbers: a point, from which one can go to other networks.

The layers stand one after the other, each with its weights in Keras' order.
"""

from __future__ import annotations

import math

import numpy as np

from nnviz.core.records import Array
from nnviz.inference.graph import Network


def size(network: Network) -> int:
    """How many weights a network has."""
    return sum(math.prod(shape) for shapes in network.weight_shapes() for shape in shapes.values())


def values(network: Network) -> Array:
    """All weights of a network in a row: (parameters,) float32."""
    return np.concatenate(
        [np.zeros(0, np.float32), *(w.ravel() for part in network.parts for w in part.weights.values())]
    )


def with_values(network: Network, row: Array) -> Network:
    """The network with all its weights from this row, (parameters,) float32."""
    done, found = 0, {}
    for part, shapes in zip(network.parts, network.weight_shapes(), strict=True):
        own = []
        for shape in shapes.values():
            size = math.prod(shape)
            own.append(row[done : done + size].reshape(shape))
            done += size
        found[part.name] = own
    return network.with_weights(found)
