"""A digit squeezed through a few numbers, its code, and drawn again from them: an encoder and a decoder.

Nobody says what the numbers should mean: the network is only asked to give back what it was given, and the
narrow place in its middle makes it find out what digits have in common. (Hinton and Salakhutdinov 2006.)

    dense           784 -> Dense `code_size` -> Dense 784, sigmoid; with 32 numbers 25,120 + 25,872 parameters
    convolutional   28 x 28 -> three convolutions, each halving the picture -> Dense -> Dense `code_size`
                    -> Dense -> Dense -> a convolution and two transposed ones, each doubling the picture

Both are ordinary Keras 3 models (functional API) of two parts, `model.get_layer("encoder")` and
`model.get_layer("decoder")`, kept in one file. The dense one takes and gives (n, 784), the convolutional one
(n, 28, 28, 1); the helpers below take digits in any shape and spare callers the difference. Keras is imported
by the functions that need it (see `backend`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeGuard, get_args

import numpy as np

from nnviz.core.protocols import KerasModel
from nnviz.core.records import Array, Layer
from nnviz.keras_models import backend, cnn, compiled
from nnviz.keras_models.settings import CheckedSettings, Schedule

SIDE, PIXELS = 28, 784
Architecture = Literal["dense", "convolutional"]
Loss = Literal["cross-entropy", "squared error"]


@dataclass(frozen=True)
class Settings(CheckedSettings):
    """What an autoencoder is made of and how it learns.

    Attributes
    ----------
    code_size
        Numbers in the code.
    noise
        Standard deviation of the normal noise added to the digits it sees in training, while the clean ones
        are asked for (Vincent et al. 2008).
    sparsity
        Weight in the loss of the sum of the code's absolute values (L1), which switches off what a digit does
        not need.
    loss
        What is made small, told of all pixels' mean.
    learning_rate
        A `settings.Schedule`.
    """

    architecture: Architecture = "dense"
    code_size: int = 32
    sparsity: float = 0.0
    noise: float = 0.0
    loss: Loss = "cross-entropy"
    learning_rate_init: float = 0.001
    learning_rate: Schedule = "cosine"
    batch_size: int = 128
    max_iter: int = 20
    random_state: int = 42

    title = "An autoencoder"
    whole = MappingProxyType(
        {
            "code_size": (1, PIXELS),
            "batch_size": (1, 4096),
            "max_iter": (1, 1000),
            "random_state": (0, 2**31 - 1),
        }
    )
    numbers = MappingProxyType(
        {"sparsity": (0.0, 1.0), "noise": (0.0, 1.0), "learning_rate_init": (1e-8, 10.0)}
    )
    choices = MappingProxyType(
        {
            "architecture": get_args(Architecture),
            "loss": get_args(Loss),
            "learning_rate": get_args(Schedule),
        }
    )


def parameters(settings: Settings) -> int:
    """How many numbers such a network learns, without building it."""
    code = settings.code_size
    if settings.architecture == "dense":
        return (PIXELS + 1) * code + (code + 1) * PIXELS
    return _FIXED + (2 * _WIDE + 1) * code


def build(settings: Settings) -> KerasModel:
    """The untrained network: a keras.Model from digits to digits. The same seed gives the same weights."""
    settings.check()
    keras = backend.keras()
    parts = {"dense": _dense, "convolutional": _convolutional}[settings.architecture]
    encoder, decoder = parts(settings)
    shape = encoder.input_shape[1:]
    image = seen = keras.Input(shape, name="image")
    if settings.noise:
        # Only while it is trained: afterwards this layer lets everything through unchanged.
        seen = keras.layers.GaussianNoise(settings.noise, seed=settings.random_state, name="noise")(image)
    model: KerasModel = keras.Model(image, decoder(encoder(seen)), name="autoencoder")
    return model


def _dense(settings: Settings) -> tuple[KerasModel, KerasModel]:
    keras = backend.keras()
    start = _starts(settings)
    image = keras.Input((PIXELS,), name="image")
    encoder = keras.Model(image, _code(settings, start)(image), name="encoder")
    code = keras.Input((settings.code_size,), name="code")
    pixels = keras.layers.Dense(
        PIXELS, activation="sigmoid", kernel_initializer=start(), bias_initializer=_darkness(), name="pixels"
    )
    return encoder, keras.Model(code, pixels(code), name="decoder")


_WIDE = 256  # units of the dense layers on either side of the convolutional code
_FIXED = 788_385  # parameters of the convolutional one, whatever its code
_DARK = -1.9  # log(p / (1 - p)) of the mean pixel, p = 0.13


def _convolutional(settings: Settings) -> tuple[KerasModel, KerasModel]:
    keras = backend.keras()
    layers = keras.layers
    start = _starts(settings)

    def convolution(kind: Any, filters: int, size: int, strides: int, name: str, **options: Any) -> Any:
        usual = {"padding": "same", "activation": "relu", "kernel_initializer": start()}
        return kind(filters, size, strides=strides, name=name, **(usual | options))

    def dense(units: int, name: str) -> Any:
        return layers.Dense(units, activation="relu", kernel_initializer=start(), name=name)

    image = keras.Input((SIDE, SIDE, 1), name="image")
    x = convolution(layers.Conv2D, 32, 4, 2, "strokes")(image)  # 14 x 14 x 32
    x = convolution(layers.Conv2D, 64, 4, 2, "parts")(x)  # 7 x 7 x 64
    x = convolution(layers.Conv2D, 64, 3, 2, "shapes")(x)  # 4 x 4 x 64
    x = dense(_WIDE, "gathered")(layers.Flatten(name="flat")(x))
    encoder = keras.Model(image, _code(settings, start)(x), name="encoder")

    code = keras.Input((settings.code_size,), name="code")
    x = dense(_WIDE, "spread")(code)
    x = layers.Reshape((7, 7, 32), name="square")(dense(7 * 7 * 32, "plan")(x))
    x = convolution(layers.Conv2D, 64, 3, 1, "shapes")(x)  # 7 x 7 x 64
    x = convolution(layers.Conv2DTranspose, 32, 4, 2, "parts")(x)  # 14 x 14 x 32
    pixels = {"activation": "sigmoid", "bias_initializer": _darkness()}
    x = convolution(layers.Conv2DTranspose, 1, 6, 2, "pixels", **pixels)(x)  # 28 x 28
    return encoder, keras.Model(code, x, name="decoder")


def _code(settings: Settings, start: Callable[[], Any]) -> Any:
    """The narrow place. Its numbers may be of either sign, and with a penalty on them many are nearly 0."""
    keras = backend.keras()
    penalty = keras.regularizers.L1(settings.sparsity) if settings.sparsity else None
    return keras.layers.Dense(
        settings.code_size, activity_regularizer=penalty, kernel_initializer=start(), name="code"
    )


def _starts(settings: Settings) -> Callable[[], Any]:
    """Initialisers, each with a seed of its own that follows from the settings' one."""
    keras = backend.keras()
    seeds = iter(range(settings.random_state, settings.random_state + 64))
    return lambda: keras.initializers.GlorotUniform(seed=next(seeds))


def _darkness() -> Any:
    """Pixels that are as dark at the start as a digit's are on average.

    From grey, all steps would first lead to black, so far that with the squared error the sigmoid has no
    slope left, and nothing is learned.
    """
    return backend.keras().initializers.Constant(_DARK)


def is_autoencoder(model: Any) -> TypeGuard[KerasModel]:
    """Whether a Keras model has an encoder and a decoder that fit together and onto 784 pixels."""
    try:
        encoder, decoder = model.get_layer("encoder"), model.get_layer("decoder")
        shapes = encoder.input_shape, encoder.output_shape, decoder.input_shape, decoder.output_shape
    except (AttributeError, ValueError):
        return False
    digit, code, again, drawn = shapes
    return digit == drawn and digit[1:] in _DIGITS and code == again and len(code) == 2


_DIGITS = ((PIXELS,), (SIDE, SIDE, 1))


def _encoder(model: KerasModel) -> KerasModel:
    found: KerasModel = model.get_layer("encoder")
    return found


def _decoder(model: KerasModel) -> KerasModel:
    found: KerasModel = model.get_layer("decoder")
    return found


def code_size(model: KerasModel) -> int:
    """How many numbers the model's code has."""
    return _encoder(model).output_shape[-1]


def encode(model: KerasModel, x: Array) -> Array:
    """The codes of digits.

    Parameters
    ----------
    x
        Digits in [0, 1] in any of their shapes.

    Returns
    -------
    Array
        (n, code_size) float32.
    """
    return compiled.predict(_encoder(model), x)


def decode(model: KerasModel, codes: Array) -> Array:
    """The digits that codes stand for.

    Parameters
    ----------
    codes
        (n, code_size), or one code of (code_size,).

    Returns
    -------
    Array
        (n, 28, 28) float32 in [0, 1].
    """
    return compiled.predict(_decoder(model), codes).reshape(-1, SIDE, SIDE)


def reconstruct(model: KerasModel, x: Array) -> Array:
    """What is left of digits after the narrow place.

    Parameters
    ----------
    x
        Digits in [0, 1] in any of their shapes.

    Returns
    -------
    Array
        (n, 28, 28) float32.
    """
    return decode(model, encode(model, x))


def errors(x: Array, again: Array) -> Array:
    """The mean squared error a pixel of each digit's reconstruction.

    Parameters
    ----------
    x, again
        n digits and n reconstructions, each in any shape.

    Returns
    -------
    Array
        (n,) float64.
    """
    pixels, drawn = (np.asarray(each, np.float64).reshape(-1, PIXELS) for each in (x, again))
    return np.asarray(np.mean((drawn - pixels) ** 2, axis=1))


def noisy(x: Array, amount: float, rng: np.random.Generator) -> Array:
    """Digits with normal noise on every pixel, cut to [0, 1].

    Parameters
    ----------
    amount
        The noise's standard deviation.

    Returns
    -------
    Array
        In the shape of `x`.
    """
    return np.clip(x + rng.normal(0, amount, np.shape(x)), 0, 1).astype(np.float32)


def line(model: KerasModel) -> tuple[Array, Array] | None:
    """An encoder that is one dense layer without a bend, so that a code is x @ weights + offsets.

    Returns
    -------
    tuple[Array, Array] | None
        Weights (784, code_size) and offsets (code_size,); None of any other encoder.
    """
    learned = [layer for layer in _encoder(model).layers if layer.weights]
    if len(learned) != 1 or learned[0].activation.__name__ != "linear":
        return None
    weights, offsets = learned[0].get_weights()
    return weights, offsets


def layers(model: KerasModel) -> tuple[Layer, ...]:
    """The table of both parts' layers, inputs left out; each name says which part it is of."""
    return cnn.layers(_encoder(model), "encoder: ") + cnn.layers(_decoder(model), "decoder: ")


def describe(model: KerasModel) -> dict[str, Any]:
    """settings, layers and parameters of a ModelCard, as far as the model itself tells them."""
    encoder = _encoder(model)
    penalty = encoder.layers[-1].activity_regularizer
    kinds = {type(layer).__name__ for layer in encoder.layers}
    noise = [layer.stddev for layer in model.layers if type(layer).__name__ == "GaussianNoise"]
    return {
        "settings": {
            "architecture": "convolutional" if "Conv2D" in kinds else "dense",
            "code_size": code_size(model),
            "sparsity": float(f"{penalty.l1:.6g}") if penalty is not None else 0.0,
            "noise": float(noise[0]) if noise else 0.0,
        },
        "layers": layers(model),
        "parameters": int(model.count_params()),
    }
