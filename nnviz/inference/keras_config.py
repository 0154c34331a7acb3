"""How Keras writes a network down, read without carrying any of it out: known layers, bounded options.

A configuration may name any class in any module, and Keras would import it. Here it is only compared
(`keras_rows`), and made a single row of layers (`flattening`) or the two halves of an autoencoder (`halves`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.words import say, say_many
from nnviz.inference import graph, halves
from nnviz.inference.flattening import MOST_LAYERS, Flattened, Place, Row
from nnviz.inference.graph import BadNetwork, Network
from nnviz.inference.keras_rows import LONGEST_NAME, is_own, name_of
from nnviz.inference.layers import KINDS, PASSING

__all__ = ["Place", "Plan", "check_classes", "from_keras", "plan_of", "read_config"]

MOST_WEIGHTS = 4_000_000
MOST_VALUES = 2_000_000  # that all layers put out for one digit
MOST_PRODUCTS = 500_000_000  # multiplications for one digit
MOST_ROOM = graph.AT_ONCE  # bytes that reading one digit takes: with more of them not even one could be read
# What makes layers large, and how large the store's own may be.
_LARGEST = {"units": 4096, "filters": 512, "depth_multiplier": 8, "kernel_size": 28, "size": 28}

# What else than layers a configuration of ours names: all of it plain numbers in the end.
_OTHERS = {
    *("Functional", "Sequential"),
    *("DTypePolicy", "__keras_tensor__", "__tuple__", "L1", "L2", "L1L2", "Zeros", "Ones", "Constant"),
    *("Orthogonal", "OrthogonalInitializer"),
    *("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "RandomNormal", "RandomUniform"),
}


@dataclass(frozen=True, eq=False)
class Plan:
    """A network whose weights are still to be read.

    Attributes
    ----------
    network
        Without them.
    places
        Where they are, by the names of its layers.
    remarks
        What was done to it so that it can be used here, as sentences.
    """

    network: Network
    places: Mapping[str, Place]
    remarks: tuple[str, ...] = ()

    def with_weights(self, stored: Mapping[str, Sequence[Array]]) -> Network:
        """The network with its weights.

        Parameters
        ----------
        stored
            By the names of its layers what is at their places, in that order.

        Raises
        ------
        BadNetwork
            If they do not fit.
        """
        weights = {}
        for name, place in self.places.items():
            given = list(stored[name])
            weights[name] = given if place.adapt is None else place.adapt(given)
        return self.network.with_weights(weights)


def from_keras(model: KerasModel) -> Network:
    """The same network as a keras.Model, with copies of its weights.

    Raises
    ------
    BadNetwork
        When something in the model is not known here.
    """
    plan = read_config(model.get_config(), type(model).__name__)
    stored = {}
    for name, place in plan.places.items():
        layer: Any = model
        for one in place.names:
            layer = layer.get_layer(one)
        stored[name] = layer.get_weights()[: len(place.stored)]
    return plan.with_weights(stored)


def read_config(config: Mapping[str, Any], class_name: str, built: Any = None) -> Plan:
    """The network that a Keras configuration describes.

    Nothing of the configuration is carried out.

    Parameters
    ----------
    config
        Of a Functional or Sequential model, as `model.get_config()` or the file has it.
    built
        What the file says besides of how it was built, from which a Sequential model without an input is
        known to take digits.

    Raises
    ------
    BadNetwork
        For what is not known here.
    """
    try:
        return plan_of(Flattened(config, class_name, built), _name(config))
    except (BadNetwork, RecursionError):
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadNetwork(say("The description of the network is not as Keras writes it.")) from error


def _name(config: Mapping[str, Any]) -> str:
    return name_of(config.get("name", "network"))


def plan_of(flat: Row, name: str) -> Plan:
    """The network that a row of layers is, whatever kind of file they were in.

    Raises
    ------
    BadNetwork
        When it is too large, or its halves cannot be told apart.
    """
    if len(flat.parts) < 2:
        raise BadNetwork(say("Expected were 2 to {most_layers} layers.", most_layers=MOST_LAYERS))
    network = Network(name, tuple(flat.parts.values()))
    names = {part: part for part in flat.parts}
    if halves.draws(flat):
        network, names = halves.split(flat, name)
    if len({part.name for part in network.parts}) < len(network.parts):
        raise BadNetwork(say("Two layers have the same name."))
    _check_size(network)
    _check_logarithms(flat)
    places = {names[part]: place for part, place in flat.places.items()}
    return Plan(network, places, tuple(_remarks(flat)))


def _check_logarithms(flat: Row) -> None:
    """The logarithm of a softmax is only taken as an answer, which it does not change."""
    row = list(flat.parts.values())
    for name in flat.logarithms:
        behind = row[row.index(flat.parts[name]) + 1 :]
        if any(part.kind not in PASSING for part in behind):
            raise BadNetwork(
                say(
                    "The layer {name!r} gives the logarithm of a softmax to other layers; expected was that "
                    "only as the answer.",
                    name=name,
                )
            )


def _remarks(flat: Row) -> list[str]:
    """What was done to the layers, as sentences."""
    said = list(flat.said)
    if flat.idle:
        said.append(
            say_many(
                len(flat.idle),
                "{kinds} does nothing when a network reads.",
                "{kinds} do nothing when a network reads.",
                kinds=", ".join(flat.idle),
            )
        )
    if flat.twice:
        said.append(
            say(
                "What is used more than once ({names}) stands here as often, with the same weights.",
                names=", ".join(flat.twice),
            )
        )
    if flat.logarithms:
        said.append(
            say("The network ended in logarithms of probabilities; here it ends in the probabilities.")
        )
    return said


def check_classes(config: Any) -> None:
    """Check that Keras may be handed this configuration: it names no class but Keras' own plain ones.

    How the model was once compiled is left out, as Keras leaves it out.

    Raises
    ------
    BadNetwork
        For a Lambda layer, a class that somebody registered, or one from another module: they could run code
        when the model is opened.
    """
    waiting: list[Any] = [{key: value for key, value in config.items() if key != "compile_config"}]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
            _check_sizes(value)
            if "class_name" in value:
                _check_class(value)


def _check_sizes(said: Mapping[str, Any]) -> None:
    """Keras makes room for a layer's weights before it looks for them in the file."""
    for key, most in _LARGEST.items():
        given = said.get(key, 1)
        for number in given if isinstance(given, list) else [given]:
            if not isinstance(number, int) or not 1 <= number <= most:
                raise BadNetwork(
                    say("The network has a layer with {key!r} of more than {most}.", key=key, most=most)
                )


def _check_class(said: Mapping[str, Any]) -> None:
    name, module, registered = said["class_name"], said.get("module"), said.get("registered_name")
    known = isinstance(name, str) and (name in KINDS or name in _OTHERS)
    if not known or not is_own(module) or registered not in (None, name):
        raise BadNetwork(
            say("The network contains a {name!r}, which is not opened here.", name=str(name)[:LONGEST_NAME])
        )


def _check_size(network: Network) -> None:
    if len(network.parts) > MOST_LAYERS:
        raise BadNetwork(say("Expected were 2 to {most_layers} layers.", most_layers=MOST_LAYERS))
    shapes = {part.name: part.shape for part in network.parts}
    values = sum(math.prod(shape) for shape in shapes.values())
    weights = sum(math.prod(shape) for part in network.weight_shapes() for shape in part.values())
    if values > MOST_VALUES or weights > MOST_WEIGHTS or graph.products(network) > MOST_PRODUCTS:
        raise BadNetwork(
            say(
                "The network is too large: taken are up to {most_weights:,} weights, {most_values:,} "
                "values and {most_products:,} multiplications for a digit.",
                most_weights=MOST_WEIGHTS,
                most_values=MOST_VALUES,
                most_products=MOST_PRODUCTS,
            )
        )
    if graph.room(network) > MOST_ROOM:
        raise BadNetwork(
            say(
                "The network is too large: reading one digit takes {room:,.0f} MB of memory; up to "
                "{most_room} MB are taken. Take smaller kernels or fewer filters.",
                room=graph.room(network) / MEGABYTE,
                most_room=MOST_ROOM // MEGABYTE,
            )
        )
