"""How large activations and gradients are, layer by layer: whether signals fade or grow on their way.

References
----------
Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.inference import gradients
from nnviz.inference.graph import Network, Part
from nnviz.inspection.layer_names import plain_names
from nnviz.numpy_nn.initializers import initialize

FLAT = 0.01  # a slope below this lets hardly any gradient through
DIGITS = 200  # that are read


@dataclass(frozen=True, eq=False)
class LayerSizes:
    """Of several networks of the same layers, one after the other.

    Attributes
    ----------
    layers
        What the layers with weights are called, the answer last.
    activations, deltas
        (networks, layers) float64, the root of the mean square over all digits and units.
    flat
        (networks, layers) which part of the slopes of all digits and units is below FLAT; not a number for a
        layer without an activation.
    dead
        The same of units for which that is so with every digit.
    """

    layers: tuple[str, ...]
    activations: Array
    deltas: Array
    flat: Array
    dead: Array


def measure(networks: Sequence[Network], x: Array, labels: Array) -> LayerSizes:
    """Measure networks of the same layers.

    Parameters
    ----------
    x, labels
        (n, 784) and (n,): digits, of which the first DIGITS are read.

    Raises
    ------
    ValueError
        When they do not end in a softmax, so that they have no such loss.
    """
    parts = [part for part in networks[0].parts if any("kernel" in name for name in part.weights)]
    titles = dict(
        zip(
            (part.name for part in networks[0].parts),
            plain_names([(part.name, part.kind) for part in networks[0].parts]),
            strict=True,
        )
    )
    found = np.array([_measured(each, parts, x[:DIGITS], labels[:DIGITS]) for each in networks])
    return LayerSizes(tuple(titles[part.name] for part in parts), *np.moveaxis(found, 2, 0))


def with_start(network: Network, start: str, seed: int) -> Network | None:
    """The same layers before any training, by the name of an initializer; None where not all are dense."""
    dense = [part for part in network.parts if part.weights]
    if any(part.kind != "Dense" or set(part.weights) != {"kernel", "bias"} for part in dense):
        return None
    coefs = [np.empty(part.weights["kernel"].shape, np.float32) for part in dense]
    biases = [np.empty(part.weights["bias"].shape, np.float32) for part in dense]
    initialize(coefs, biases, start, np.random.default_rng(seed))
    return network.with_weights({part.name: [w, b] for part, w, b in zip(dense, coefs, biases, strict=True)})


def _measured(network: Network, parts: Sequence[Part], x: Array, labels: Array) -> Array:
    """(layers, 4) float64."""
    with np.errstate(all="ignore"):
        values, deltas = gradients.of_loss(network, x, labels)
    own = {part.name: part for part in network.parts}
    return np.array(
        [
            [_size(values[part.name]), _size(deltas[part.name]), *_flatness(own[part.name], values)]
            for part in parts
        ]
    )


def _size(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))


def _flatness(part: Part, values: dict[str, Array]) -> tuple[float, float]:
    with np.errstate(all="ignore"):
        slopes = gradients.slopes_of(part, values)
    if slopes is None:
        return np.nan, np.nan
    low = np.abs(slopes) < FLAT
    return float(low.mean()), float(low.reshape(-1, low.shape[-1]).all(axis=0).mean())
