"""Looking inside a Keras network: what every layer makes of digits, as keract would say it.

keract's own `get_activations` does not work with Keras 3; everything else of it does, given the ordered
dictionary that this one returns. The layers are calculated in one TensorFlow graph, made once for each model:
half a millisecond a digit, where `model.predict` takes fifty.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from nnviz.core.records import Activations, Array
from nnviz.inference import keras_config
from nnviz.inference.graph import Network
from nnviz.keras_models import autoencoder, backend, cnn

PASSING = (
    "Flatten",
    "Reshape",
    "Dropout",
    "GaussianNoise",
)  # put out what came in, as far as a look can tell

_graphs: WeakKeyDictionary[Any, Callable[[Array], list[Any]]] = WeakKeyDictionary()


def get_activations(
    model: Any, x: Array, layer_names: str | Sequence[str] | None = None
) -> OrderedDict[str, Array]:
    """Every layer's output for the digits x, by the layer's name and in order: {layer: (n, ...) array}.

    model: a keras.Model of one input; x: n digits in the model's shape or any other of theirs. The input
    comes first. layer_names: the layers wanted, one or several; by default all. Raises KeyError, as keract
    does, when there is none of that name.
    """
    wanted = (
        None if layer_names is None else {layer_names} if isinstance(layer_names, str) else set(layer_names)
    )
    layers = _layers(model)
    name = model.inputs[0].name
    if wanted is not None and not wanted & {name, *layers}:
        raise KeyError(
            f"Could not find a layer with name: [{', '.join(sorted(wanted))}]. "
            f"Network layers are [{', '.join([name, *layers])}]"
        )
    x = cnn.as_input(model, x)
    found = OrderedDict([(name, x)])
    for layer, values in zip(layers, _graph(model)(x), strict=True):
        found[layer] = values.numpy()
    return OrderedDict((key, value) for key, value in found.items() if wanted is None or key in wanted)


def activations(model: Any, image: Array) -> Activations:
    """One digit, (28, 28) or (784,) in [0, 1], on its way through a keras.Model or a `graph.Network`.

    The layers are those between what goes in and what comes out that change something: no Flatten and no
    Dropout. Of an autoencoder they are those of both halves, what it draws being the last, and there are no
    probabilities. The two kinds of model give the same numbers; the Network needs no TensorFlow.
    """
    digit = np.asarray(image, np.float32).reshape(28, 28)
    if not isinstance(model, Network) and autoencoder.is_autoencoder(model):
        model = keras_config.from_keras(model)
    if isinstance(model, Network):
        values = model.forward(digit)
        kinds = {part.name: part.kind for part in model.parts}
    else:
        values = get_activations(model, digit)
        kinds = {layer.name: type(layer).__name__ for layer in model.layers}
    _, *inside, last = values
    draws = isinstance(model, Network) and bool(model.code)
    if draws:
        inside.append(last)
    return Activations(
        image=digit,
        layers=tuple((name, values[name][0]) for name in inside if kinds.get(name) not in PASSING),
        probabilities=np.zeros(0, np.float32) if draws else values[last][0].astype(np.float32),
        code=model.code if draws else "",
    )


def _layers(model: Any) -> dict[str, Any]:
    """The outputs of a model's layers by name, those of its inputs left out."""
    return {
        # Of a model within a model this is what it puts out here, not where it was first defined.
        layer.name: layer._inbound_nodes[-1].outputs[0]
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    }


def _graph(model: Any) -> Callable[[Array], list[Any]]:
    known = _graphs.get(model)
    if known is None:
        tf, keras = backend.tensorflow(), backend.keras()
        inside = keras.Model(model.inputs[0], list(_layers(model).values()))
        shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        known = tf.function(lambda x: inside(x, training=False), input_signature=[shape], autograph=False)
        _graphs[model] = known
    return known
