"""How Keras 3 writes a network down, read without carrying any of it out: known layers, bounded options.

A configuration may name any class in any module, and Keras would import it. Here it is only compared: a layer
is one of `layers.KINDS`, its options are the ones listed there and within their ranges, and everything else
in the text (how weights were started, penalties, constraints) is left unread.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from nnviz.core.protocols import KerasModel
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.words import say
from nnviz.inference import graph
from nnviz.inference.graph import BadNetwork, Network, Part
from nnviz.inference.layers import KINDS, Shape
from nnviz.inference.option_checks import BadLayer

MOST_LAYERS = 64
MOST_WEIGHTS = 4_000_000
MOST_VALUES = 2_000_000  # that all layers put out for one digit
MOST_PRODUCTS = 500_000_000  # multiplications for one digit
MOST_ROOM = graph.AT_ONCE  # bytes that reading one digit takes: with more of them not even one could be read
_LONGEST_NAME = 60
_DIGITS: Sequence[Shape] = ((28, 28, 1), (28, 28), (784,))
_SQUEEZED: Sequence[Shape] = ((28, 28, 1), (784,))  # as an autoencoder takes them
_HALVES = say(
    "A network of networks has to be an autoencoder: an input, perhaps noise, then a model "
    "called 'encoder' and one called 'decoder'."
)
# What makes layers large, and how large the store's own may be.
_LARGEST = {"units": 4096, "filters": 512, "depth_multiplier": 8, "kernel_size": 28, "size": 28}

# What else than layers a configuration of ours names: all of it plain numbers in the end.
_OTHERS = {
    *("Functional", "Sequential", "UpSampling2D", "ZeroPadding2D"),
    *("DTypePolicy", "__keras_tensor__", "__tuple__", "L1", "L2", "L1L2", "Zeros", "Ones", "Constant"),
    *("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "RandomNormal", "RandomUniform"),
}


def from_keras(model: KerasModel) -> Network:
    """The same network as a keras.Model, with copies of its weights.

    Raises
    ------
    BadNetwork
        When something in the model is not known here.
    """
    network = read_config(model.get_config(), type(model).__name__)
    layers = {layer.name: layer for layer in model.layers}
    if network.code:
        for half in (graph.ENCODER, graph.DECODER):
            inside = layers.pop(half).layers
            layers |= {half + graph.WITHIN + layer.name: layer for layer in inside}
    return network.with_weights({name: layer.get_weights() for name, layer in layers.items()})


def read_config(config: Mapping[str, Any], class_name: str) -> Network:
    """The network, still without weights, that a Keras configuration describes.

    Nothing of the configuration is carried out.

    Parameters
    ----------
    config
        Of a Functional or Sequential model, as `model.get_config()` or the file has it.

    Raises
    ------
    BadNetwork
        For what is not known here.
    """
    try:
        return _network(config, class_name)
    except (BadNetwork, RecursionError):
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadNetwork(say("The description of the network is not as Keras 3 writes it.")) from error


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
    own = module is None or module == "keras" or str(module).startswith("keras.")
    if not known or not own or registered not in (None, name):
        raise BadNetwork(
            say("The network contains a {name!r}, which is not opened here.", name=str(name)[:_LONGEST_NAME])
        )


def _network(config: Mapping[str, Any], class_name: str) -> Network:
    nested = [row["class_name"] == "Functional" for row in _rows(config)]
    network = _autoencoder(config) if any(nested) else _plain(config, class_name, _DIGITS)
    _check_size(network)
    return network


def _rows(config: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    rows = config["layers"]
    if not isinstance(rows, list) or not 2 <= len(rows) <= MOST_LAYERS:
        raise BadNetwork(say("Expected were 2 to {most_layers} layers.", most_layers=MOST_LAYERS))
    return rows


def _plain(config: Mapping[str, Any], class_name: str, given: Sequence[Shape]) -> Network:
    """A network of layers alone. given: the shapes that its input may have."""
    if class_name not in ("Functional", "Sequential"):
        raise BadNetwork(
            say(
                "Expected was a Functional or Sequential model, not {class_name!r:.60}.",
                class_name=class_name,
            )
        )
    parts: dict[str, Part] = {}
    before: tuple[str, ...] = ()
    for row in _rows(config):
        inputs = before if class_name == "Sequential" else _inputs(row)
        part = _part(row, inputs, parts, given)
        parts[part.name] = part
        before = (part.name,)
    network = Network(_name(config.get("name", "network")), tuple(parts.values()))
    _check_ends(network, config, class_name)
    return network


def _autoencoder(config: Mapping[str, Any]) -> Network:
    """An encoder and a decoder, each a network of its own within the network, as one."""
    *rows, encoding, decoding = _rows(config)
    outer: dict[str, Part] = {}
    before: str = ""
    shape: Shape = ()
    for row, kind in zip(rows, ("InputLayer", "GaussianNoise"), strict=False):
        part = _part(row, _inputs(row), outer, _SQUEEZED)
        if part.kind != kind or part.inputs != tuple(outer)[-1:]:
            raise BadNetwork(_HALVES)
        outer[part.name] = part
        before, shape = part.name, part.shape
    if not 1 <= len(rows) <= 2:
        raise BadNetwork(_HALVES)
    halves = []
    for row, name in ((encoding, graph.ENCODER), (decoding, graph.DECODER)):
        said = row["config"]
        if (row["class_name"], said["name"], _inputs(row)) != ("Functional", name, (before,)):
            raise BadNetwork(_HALVES)
        halves.append(_plain(said, "Functional", [shape]))
        if any(part.inputs != (before.name,) for before, part in pairwise(halves[-1].parts)):
            raise BadNetwork(
                say(
                    "The layers of the {name} have to be a single row, each fed by the one before.", name=name
                )
            )
        before, shape = name, halves[-1].parts[-1].shape
    ends = config["input_layers"], config["output_layers"]
    if [_end(end, of_model=True) for end in ends] != [next(iter(outer)), before]:
        raise BadNetwork(_HALVES)
    encoder, decoder = halves
    network = graph.autoencoder(_name(config.get("name", "network")), list(outer.values()), *halves)
    if len(encoder.parts[-1].shape) != 1 or decoder.parts[-1].shape != network.parts[0].shape:
        raise BadNetwork(
            say("The code in the middle has to be a row of numbers, and the answer a digit again.")
        )
    if len({part.name for part in network.parts}) < len(network.parts):
        raise BadNetwork(say("Two layers have the same name."))
    return network


def _part(
    row: Mapping[str, Any], inputs: tuple[str, ...], known: Mapping[str, Part], given: Sequence[Shape]
) -> Part:
    """One layer, not called as one of those that are `known`; an input has one of the shapes `given`.

    Its options are the known ones out of its configuration; what is missing raises KeyError.
    """
    kind, name = row["class_name"], _name(row["config"]["name"])
    if name in known:
        raise BadNetwork(say("Two layers are called {name!r}.", name=name))
    if kind not in KINDS or not _is_keras_own(row):
        raise BadNetwork(
            say(
                "The layer {name!r} is a {kind!r}, which is not one of the kinds that are taken here: "
                "{kinds}.",
                name=name,
                kind=str(kind)[:_LONGEST_NAME],
                kinds=", ".join(KINDS),
            )
        )
    said = row["config"]
    if not _is_float32(said.get("dtype", "float32")):
        raise BadNetwork(
            say("The layer {name!r} calculates in another type of number than float32.", name=name)
        )
    try:
        options = KINDS[kind].read(said)
        if kind == "InputLayer":
            if inputs:
                raise BadLayer(say("is an input that comes from another layer"))
            shape = _input_shape(said, given)
        else:
            if not inputs or not all(one in known for one in inputs):
                raise BadLayer(say("comes before the layers that it needs"))
            shape = KINDS[kind].shape(options, [known[one].shape for one in inputs])
    except BadLayer as error:
        raise BadNetwork(say("The layer {name!r} {error}.", name=name, error=error)) from error
    return Part(name, kind, inputs, options, shape, {})


def _inputs(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The layers whose outputs a layer of a Functional model takes."""
    nodes = row["inbound_nodes"]
    if not nodes:
        return ()
    if len(nodes) != 1 or len(nodes[0]["args"]) != 1 or set(nodes[0]["kwargs"]) - {"mask", "training"}:
        raise BadNetwork(say("A layer is used twice, or in a way that is not known here."))
    given = nodes[0]["args"][0]
    tensors = given if isinstance(given, list) else [given]
    names = []
    for tensor in tensors:
        if tensor["class_name"] != "__keras_tensor__":
            raise BadNetwork(say("A layer takes something else than the output of another layer."))
        name, node, output = tensor["config"]["keras_history"]
        if (node, output) != (0, 0):
            raise BadNetwork(say("A layer is used twice, or has several outputs."))
        names.append(_name(name))
    return tuple(names)


def _input_shape(said: Mapping[str, Any], given: Sequence[Shape]) -> Shape:
    shape = tuple((said.get("batch_shape") or said["batch_input_shape"])[1:])
    if shape not in given:
        expected = str(given[0]) if len(given) == 1 else say("a digit, {given}", given=given[0])
        raise BadLayer(
            say(
                "takes inputs of the shape {shape}; expected was {expected}",
                shape=str(shape)[:_LONGEST_NAME],
                expected=expected,
            )
        )
    return shape


def _is_keras_own(row: Mapping[str, Any]) -> bool:
    """Whether the class of that name is Keras' and not one that somebody registered under its name."""
    module, registered = row.get("module"), row.get("registered_name")
    return module == "keras.layers" and registered in (None, row["class_name"])


def _is_float32(dtype: Any) -> bool:
    if isinstance(dtype, Mapping):
        return dtype.get("class_name") == "DTypePolicy" and dtype["config"].get("name") == "float32"
    return bool(dtype == "float32")


def _name(name: Any) -> str:
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
        raise BadNetwork(say("A layer has no name that can be shown."))
    if "/" in name:
        raise BadNetwork(
            say("The layer {name!r} has a “/” in its name, which Keras does not take.", name=name)
        )
    return name


def _check_ends(network: Network, config: Mapping[str, Any], class_name: str) -> None:
    """One input, at the start; one output, of ten numbers, at the end; nothing that leads nowhere."""
    names = [part.name for part in network.parts]
    if [part.kind for part in network.parts].count("InputLayer") != 1 or network.parts[
        0
    ].kind != "InputLayer":
        raise BadNetwork(say("Expected was one input layer, before all others."))
    if class_name == "Functional":
        ends = [_end(config["input_layers"]), _end(config["output_layers"])]
        if ends != [names[0], names[-1]]:
            raise BadNetwork(say("Expected was one input, the first layer, and one output, the last layer."))
    used = {name for part in network.parts for name in part.inputs}
    if idle := [name for name in names[:-1] if name not in used]:
        raise BadNetwork(say("The layer {idle!r} leads nowhere.", idle=idle[0]))


def _end(given: Any, *, of_model: bool = False) -> str:
    """The layer that Keras names as a model's end: [name, 0, 0], or a list of one of those.

    A model within a model was used once before, when it was made: its node may have another number.
    """
    if len(given) == 1:
        given = given[0]
    name, node, output = given
    if output != 0 or (node != 0 and not of_model):
        raise BadNetwork(say("A layer is used twice, or has several outputs."))
    return str(name)


def _check_size(network: Network) -> None:
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
