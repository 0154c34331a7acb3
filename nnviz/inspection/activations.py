"""Looking inside a network: what every layer makes of digits.

keract's own `get_activations` does not work with Keras 3; everything else of it does, given the ordered
dictionary that this one returns. A Keras model's layers are calculated in one TensorFlow function: half a
millisecond a digit, where `model.predict` takes fifty.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnviz.core.protocols import DenseNetwork, KerasModel
from nnviz.core.records import Activations, Array
from nnviz.inference import keras_config
from nnviz.inference.graph import Network
from nnviz.inference.layers import PASSING
from nnviz.keras_models import autoencoder, compiled

Inspectable = DenseNetwork | KerasModel | Network


def activations(model: Inspectable, image: Array) -> Activations:
    """One digit on its way through a network.

    The layers are the hidden ones, in order, that change something: no Flatten and no Dropout. Of an
    autoencoder they are those of both halves, what it draws being the last, and there are no probabilities. A
    network that never learned some digit gives it probability 0. A keras.Model and its `graph.Network` give
    the same numbers; the latter needs no TensorFlow.

    Parameters
    ----------
    image
        (28, 28) or (784,) in [0, 1].

    Raises
    ------
    ValueError
        For labels that are no digits.
    """
    digit = np.asarray(image, np.float32).reshape(28, 28)
    if isinstance(model, DenseNetwork):
        return _of_dense(model, digit)
    if not isinstance(model, Network) and autoencoder.is_autoencoder(model):
        model = keras_config.from_keras(model)
    if isinstance(model, Network):
        values = model.forward(digit)
        kinds = {part.name: part.kind for part in model.parts}
        code = model.code
    else:
        values = get_activations(model, digit)
        kinds = {layer.name: type(layer).__name__ for layer in model.layers}
        code = ""
    _, *inside, last = values
    if code:
        inside.append(last)
    return Activations(
        image=digit,
        layers=tuple((name, values[name][0]) for name in inside if kinds.get(name) not in PASSING),
        probabilities=np.zeros(0, np.float32) if code else values[last][0].astype(np.float32),
        code=code,
    )


def get_activations(
    model: KerasModel, x: Array, layer_names: str | Sequence[str] | None = None
) -> OrderedDict[str, Array]:
    """Every layer's output for digits, by the layer's name and in order; the input comes first.

    Parameters
    ----------
    model
        A keras.Model of one input.
    x
        n digits in the model's shape or any other of theirs.
    layer_names
        The layers wanted, one or several; by default all.

    Returns
    -------
    OrderedDict[str, Array]
        {layer: (n, ...) array}.

    Raises
    ------
    KeyError
        As in keract, when there is no layer of that name.
    """
    layers = _outputs(model)
    name = model.inputs[0].name
    wanted = {name, *layers}
    if layer_names is not None:
        wanted &= {layer_names} if isinstance(layer_names, str) else set(layer_names)
        if not wanted:
            raise KeyError(
                f"Could not find a layer with name: [{layer_names}]. "
                f"Network layers are [{', '.join([name, *layers])}]"
            )
    x = compiled.as_input(model, x)
    values = compiled.function_of(model, "layers", lambda: list(layers.values()))(x)
    found = {name: x, **{layer: each.numpy() for layer, each in zip(layers, values, strict=True)}}
    return OrderedDict((key, value) for key, value in found.items() if key in wanted)


def _outputs(model: KerasModel) -> dict[str, Any]:
    """The outputs of a model's layers by name, those of its inputs left out."""
    return {
        # Of a model within a model this is what it puts out here, not where it was first defined.
        layer.name: layer._inbound_nodes[-1].outputs[0]
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    }


def _of_dense(model: DenseNetwork, digit: Array) -> Activations:
    if not np.isin(model.classes_, np.arange(10)).all():
        raise ValueError(
            f"The model's classes are expected to be digits from 0 to 9, not {list(model.classes_)}."
        )
    _, *hidden, output = model.forward(digit.reshape(1, -1))
    probabilities = np.zeros(10, np.float32)
    probabilities[model.classes_.astype(np.int64)] = output[0]
    return Activations(
        image=digit,
        layers=tuple((f"hidden {i}", values[0]) for i, values in enumerate(hidden, start=1)),
        probabilities=probabilities,
    )
