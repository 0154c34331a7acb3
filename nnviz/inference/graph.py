"""A Keras network without Keras: its layers as plain records, calculated in NumPy.

Whoever only wants to read digits, look inside, or send the weights to a browser needs neither TensorFlow nor
the seconds it takes to import. `keras_config` takes a Keras model apart into such a network, and `to_keras`
puts it together again. All layers are of the kinds in `layers.KINDS`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.words import say
from nnviz.inference import recurrent
from nnviz.inference.layers import KINDS, Shape, Shapes
from nnviz.keras_models import backend

ENCODER, DECODER = "encoder", "decoder"
WITHIN = ": "  # between the name of a half of an autoencoder and that of its layer
AT_ONCE = 64 * MEGABYTE  # bytes that the digits that are read together may take
_MOST_AT_ONCE = 100  # digits: more at a time are no faster
_COPIES = (
    3  # of its output that a layer holds at most while it works: sums, what it makes of them, the result
)


class BadNetwork(ValueError):
    """A network that is not of the sort known here; the message is a sentence."""


@dataclass(frozen=True, eq=False)
class Part:
    """A layer in its place.

    Attributes
    ----------
    kind
        A name in KINDS.
    inputs
        The names of the layers before it.
    options
        As its kind has them.
    shape
        Of its output without the axis of digits.
    weights
        By name, in Keras' order.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    options: Mapping[str, Any]
    shape: Shape
    weights: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Network:
    """Layers in an order in which they can be calculated; the first is the input, the last the answer.

    Attributes
    ----------
    code
        Of an autoencoder, the name of the layer whose output is the code, its last answer being the digit
        drawn again; "" for a network that answers with probabilities.
    """

    name: str
    parts: tuple[Part, ...]
    code: str = ""

    def with_weights(self, weights: Mapping[str, Sequence[Array]]) -> Network:
        """The network with these weights.

        Parameters
        ----------
        weights
            Lists by layers' names.

        Raises
        ------
        BadNetwork
            If they do not fit.
        """
        parts = []
        for part, expected in zip(self.parts, self.weight_shapes(), strict=True):
            given = weights.get(part.name, [])
            if [w.shape for w in given] != list(expected.values()):
                raise BadNetwork(
                    say(
                        "The weights of the layer {name!r} are not of the shapes that it needs.",
                        name=part.name,
                    )
                )
            named = zip(expected, given, strict=True)
            parts.append(replace(part, weights={key: np.asarray(w, np.float32) for key, w in named}))
        return replace(self, parts=tuple(parts))

    def weight_shapes(self) -> Iterator[Shapes]:
        """For each part the shapes of its weights, by name."""
        shapes = {part.name: part.shape for part in self.parts}
        for part in self.parts:
            yield KINDS[part.kind].weights(part.options, [shapes[name] for name in part.inputs])

    def forward(self, images: Array) -> dict[str, Array]:
        """Every layer's output for digits.

        Parameters
        ----------
        images
            n digits in any of their shapes.

        Returns
        -------
        dict[str, Array]
            float32, by name and in order.
        """
        first = self.parts[0]
        values = {first.name: np.asarray(images, np.float32).reshape(-1, *first.shape)}
        for part in self.parts[1:]:
            inputs = [values[name] for name in part.inputs]
            values[part.name] = KINDS[part.kind].value(part.options, part.weights, inputs)
        return values

    def predict(self, images: Array) -> Array:
        """What the network makes of digits.

        Parameters
        ----------
        images
            n digits in any of their shapes.

        Returns
        -------
        Array
            (n, 10) probabilities, or of an autoencoder the digits drawn again, in the shape it takes them in.
        """
        if not np.size(images):
            return np.zeros((0, *self.parts[-1].shape), np.float32)
        x = np.asarray(images, np.float32).reshape(-1, *self.parts[0].shape)
        # Some at a time: a convolution lays out every window of every digit that it is given.
        size = max(1, min(_MOST_AT_ONCE, AT_ONCE // room(self)))
        chunks = [x[i : i + size] for i in range(0, len(x), size)]
        return np.concatenate([self.forward(chunk)[self.parts[-1].name] for chunk in chunks])

    def to_keras(self) -> KerasModel:
        """The same network as a keras.Model: built layer by layer, no configuration being believed.

        An autoencoder becomes what it was, an encoder and a decoder as models within the model.
        """
        keras = backend.keras()
        made: dict[str, Any] = {}
        for part in self._outer() if self.code else self.parts:
            if part.kind == "InputLayer":
                made[part.name] = keras.Input(part.shape, name=part.name)
                continue
            layer = getattr(keras.layers, part.kind)(name=part.name, **recurrent.for_keras(part.options))
            inputs = [made[name] for name in part.inputs]
            made[part.name] = layer(inputs[0] if len(inputs) == 1 else inputs)
            layer.set_weights(list(part.weights.values()))
        start, end = made[self.parts[0].name], made[list(made)[-1]]
        if self.code:
            end = self.decoder().to_keras()(self.encoder().to_keras()(end))
        model: KerasModel = keras.Model(start, end, name=self.name)
        return model

    def encoder(self) -> Network:
        """Of an autoencoder the network from the digit to its code, under its layers' own names."""
        outer = self._outer()
        return self._half(ENCODER, outer[-1], outer[0].name)

    def decoder(self) -> Network:
        """Of an autoencoder the network from a code to the digit it draws."""
        (code,) = (part for part in self.parts if part.name == self.code)
        return self._half(DECODER, code, "code")

    def _outer(self) -> list[Part]:
        """What comes before the encoder: the input, and noise that is only there in training."""
        return [part for part in self.parts if not part.name.startswith((ENCODER + WITHIN, DECODER + WITHIN))]

    def _half(self, half: str, before: Part, name: str) -> Network:
        """The layers of one half, behind an input of that name that stands for the layer `before`."""

        def own(one: str) -> str:
            return name if one == before.name else one.removeprefix(half + WITHIN)

        inside = [part for part in self.parts if part.name.startswith(half + WITHIN)]
        parts = [replace(part, name=own(part.name), inputs=tuple(map(own, part.inputs))) for part in inside]
        return Network(half, (Part(name, "InputLayer", (), {}, before.shape, {}), *parts))


def autoencoder(name: str, outer: Sequence[Part], encoder: Network, decoder: Network) -> Network:
    """Two networks behind each other as one, their layers called "encoder: ..." and "decoder: ...".

    Parameters
    ----------
    outer
        An input, and what may come between it and the encoder.
    encoder, decoder
        Their inputs are left out.
    """
    parts = list(outer)
    for half, network in ((ENCODER, encoder), (DECODER, decoder)):
        given, *inside = network.parts
        names = {part.name: half + WITHIN + part.name for part in inside} | {given.name: parts[-1].name}
        parts += [
            replace(part, name=names[part.name], inputs=tuple(names[one] for one in part.inputs))
            for part in inside
        ]
    return Network(name, tuple(parts), code=ENCODER + WITHIN + encoder.parts[-1].name)


def dense(coefs: Sequence[Array], intercepts: Sequence[Array], activation: str) -> Network:
    """A network of dense layers with a softmax at its end.

    Parameters
    ----------
    activation
        Of the hidden ones, by Keras' name.
    """
    last = len(coefs) - 1
    names = ["pixels", *(f"hidden {i + 1}" for i in range(last)), "output"]
    parts = [Part(names[0], "InputLayer", (), {}, (coefs[0].shape[0],), {})]
    for i, (w, b) in enumerate(zip(coefs, intercepts, strict=True)):
        said = "softmax" if i == last else activation
        options = {"units": w.shape[1], "activation": said, "use_bias": True}
        weights = {"kernel": w, "bias": b}
        parts.append(Part(names[i + 1], "Dense", (names[i],), options, (w.shape[1],), weights))
    return Network("mlp", tuple(parts))


def linear(directions: Array, mean: Array) -> Network:
    """What d numbers stand for as m, each a direction from the mean; PCA's way back.

    Parameters
    ----------
    directions
        (d, m).
    mean
        (m,).
    """
    size, values = directions.shape
    options = {"units": values, "activation": "linear", "use_bias": True}
    weights = {"kernel": directions, "bias": mean}
    given = Part("code", "InputLayer", (), {}, (size,), {})
    return Network("linear", (given, Part("pixels", "Dense", ("code",), options, (values,), weights)))


def products(network: Network) -> int:
    """Multiplications of a weight with a value that reading one digit takes."""
    total = 0
    shapes = {part.name: part.shape for part in network.parts}
    for part, weights in zip(network.parts, network.weight_shapes(), strict=True):
        # A kernel is laid on every place of what comes out, a transposed one drawn at every place of what
        # goes in, and what has a memory at every step; there is 1 for a dense layer.
        of_input = part.kind == "Conv2DTranspose" or part.kind in recurrent.GATES
        places = math.prod((shapes[part.inputs[0]] if of_input else part.shape)[:-1])
        total += sum(places * math.prod(shape) for name, shape in weights.items() if "kernel" in name)
    return total


def room(network: Network) -> int:
    """Bytes that reading one digit takes, told from the shapes alone.

    They are the values of all layers, which `forward` gives, and what the greediest of them holds besides.
    """
    values = sum(math.prod(part.shape) for part in network.parts)
    return 4 * (values + max(laid_out(network)))


def laid_out(network: Network) -> list[int]:
    """For each layer how many numbers it holds while it reads a digit, but for its inputs."""
    shapes = {part.name: part.shape for part in network.parts}
    return [
        KINDS[part.kind].lays_out(part.options, [shapes[name] for name in part.inputs])
        + _COPIES * math.prod(part.shape)
        for part in network.parts
    ]
