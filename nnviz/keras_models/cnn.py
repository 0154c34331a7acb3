"""A convolutional network for digits: one small window of weights, slid over the picture, many times over.

The report's network, whatever the size k of its kernels:

    28 x 28 -> Conv2D, `filters` kernels of k x k, ReLU -> MaxPooling 2 x 2 -> Flatten -> Dense, ReLU
            -> Dropout -> Dense 10, softmax

With k = 3, 32 filters and 25 dense units these are 320 + 135,225 + 260 = 135,805 parameters. It is a Keras 3
model (functional API); `training_loop` trains it, as it does any other Keras model that makes (n, 10)
probabilities of (n, 28, 28, 1) digits. Keras is imported by the functions that need it (see `backend`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

from nnviz.core.protocols import KerasModel, Tensor
from nnviz.core.records import Layer
from nnviz.core.words import say
from nnviz.data import augmentation
from nnviz.keras_models import backend
from nnviz.keras_models.settings import CheckedSettings, Schedule

SIDE, DIGITS = 28, 10
SMALLEST_KERNEL, LARGEST_KERNEL = 2, 24
Solver = Literal["adam", "sgd", "rmsprop"]
_MOST_VALUES = 64_000_000  # of all maps of a batch: 256 MB, and a step keeps several such


@dataclass(frozen=True)
class Settings(CheckedSettings):
    """What a CNN of the report's kind is made of and how it learns.

    Attributes
    ----------
    kernel_size
        2 to 24, pixels.
    filters
        Kernels.
    dense
        Units of the hidden dense layer.
    dropout
        Part of them silenced at each step.
    solver
        adam, sgd (with momentum 0.9) or rmsprop.
    learning_rate
        A `settings.Schedule`.
    augment
        A name in `augmentation.AUGMENTATIONS`.
    """

    kernel_size: int = 3
    filters: int = 32
    dense: int = 25
    dropout: float = 0.5
    solver: Solver = "adam"
    learning_rate_init: float = 0.001
    learning_rate: Schedule = "constant"
    batch_size: int = 64
    max_iter: int = 10
    augment: str = "none"
    random_state: int = 42

    title = "A CNN"
    whole = MappingProxyType(
        {
            "kernel_size": (SMALLEST_KERNEL, LARGEST_KERNEL),
            "filters": (1, 128),
            "dense": (1, 1024),
            "batch_size": (1, 4096),
            "max_iter": (1, 1000),
            "random_state": (0, 2**31 - 1),
        }
    )
    numbers = MappingProxyType({"dropout": (0.0, 0.9), "learning_rate_init": (1e-8, 10.0)})
    choices = MappingProxyType(
        {
            "solver": get_args(Solver),
            "learning_rate": get_args(Schedule),
            "augment": tuple(augmentation.AUGMENTATIONS),
        }
    )

    def check(self) -> None:
        """Check every setting.

        Raises
        ------
        ValueError
            One sentence that says what was expected.
        """
        super().check()
        if self.batch_size * self.filters * (SIDE - self.kernel_size + 1) ** 2 > _MOST_VALUES:
            raise ValueError(
                say(
                    "The maps of {n:,} digits with {filters} filters take too much memory: "
                    "the batch size or the filters have to be smaller.",
                    n=self.batch_size,
                    filters=self.filters,
                )
            )


def parameters(settings: Settings) -> int:
    """How many numbers such a network learns, without building it."""
    conv = settings.filters * (settings.kernel_size**2 + 1)
    pooled = ((SIDE - settings.kernel_size + 1) // 2) ** 2 * settings.filters
    return conv + (pooled + 1) * settings.dense + (settings.dense + 1) * DIGITS


def build(settings: Settings) -> KerasModel:
    """The untrained keras.Model, (n, 28, 28, 1) -> (n, 10). The same seed gives the same weights."""
    settings.check()
    keras = backend.keras()
    seed = settings.random_state

    def start(step: int) -> Any:
        return keras.initializers.GlorotUniform(seed=seed + step)

    image = keras.Input((SIDE, SIDE, 1), name="image")
    x = keras.layers.Conv2D(
        settings.filters,
        settings.kernel_size,
        activation="relu",
        kernel_initializer=start(0),
        name="convolution",
    )(image)
    x = keras.layers.MaxPooling2D(2, name="pooling")(x)
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dense(settings.dense, activation="relu", kernel_initializer=start(1), name="dense")(x)
    x = keras.layers.Dropout(settings.dropout, seed=seed, name="dropout")(x)
    x = keras.layers.Dense(DIGITS, activation="softmax", kernel_initializer=start(2), name="answer")(x)
    model: KerasModel = keras.Model(image, x, name=f"cnn_k{settings.kernel_size}")
    return model


def pool_before_relu(model: KerasModel) -> Callable[[Tensor], Tensor] | None:
    """The same answers in training for less: a function of a batch, or None for any other kind of network.

    The greatest of what ReLU leaves of four numbers is what ReLU leaves of the greatest, and a bias that all
    four share may be added later. So the maps are pooled first, and three quarters of the bias and the ReLU,
    there and on the way back, need not be worked out: a fifth of a step.
    """
    kinds = ["InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout", "Dense"]
    if [type(layer).__name__ for layer in model.layers] != kinds:
        return None
    _, conv, pool, *rest = model.layers
    keras = backend.keras()
    if conv.activation is not keras.activations.relu or conv.padding != "valid" or not conv.use_bias:
        return None

    def answer(x: Tensor) -> Tensor:
        x = pool(keras.ops.conv(x, conv.kernel, conv.strides))
        x = keras.ops.relu(x + conv.bias)
        for layer in rest:
            x = layer(x, training=True) if type(layer).__name__ == "Dropout" else layer(x)
        return x

    return answer


def layers(model: KerasModel, before: str = "") -> tuple[Layer, ...]:
    """The table of a Keras model's layers, the input left out.

    Parameters
    ----------
    before
        Is put before each name.
    """
    return tuple(
        Layer(
            name=before + layer.name,
            kind=type(layer).__name__,
            input_shape=tuple(layer.input.shape[1:]) if not isinstance(layer.input, list) else (),
            output_shape=tuple(layer.output.shape[1:]),
            activation=getattr(getattr(layer, "activation", None), "__name__", ""),
            parameters=layer.count_params(),
        )
        for layer in model.layers
        if type(layer).__name__ != "InputLayer"
    )
