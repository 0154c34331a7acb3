"""A folded network has fewer layers and the same answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.data import mnist
from nnviz.inference import keras_config
from nnviz.inference.browser import folded
from nnviz.inference.graph import Network, Part
from nnviz.keras_models import backend
from nnviz.model_store import keras_file, store


def drawn(model: Any) -> Network:
    """The network with every weight drawn afresh, variances positive."""
    rng = np.random.default_rng(0)
    for layer in model.layers:
        weights = [rng.normal(0, 0.4, w.shape) for w in layer.get_weights()]
        if type(layer).__name__ == "BatchNormalization":
            weights[-1] = rng.uniform(0.2, 2, weights[-1].shape)
        layer.set_weights(weights)
    return keras_config.from_keras(model)


def assert_same_answers(one: Network, other: Network) -> None:
    digits = np.random.default_rng(1).random((20, 784), np.float32)
    np.testing.assert_allclose(one.predict(digits), other.predict(digits), rtol=1e-3, atol=1e-5)


def test_all_that_follows_a_weighing_layer_at_once_goes_into_it() -> None:
    keras = backend.keras()
    made = keras.layers
    network = drawn(
        keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                made.Conv2D(4, 3, use_bias=False, name="first"),
                made.BatchNormalization(),
                made.ReLU(),
                made.Dropout(0.3),
                made.MaxPooling2D(),
                made.Conv2D(4, 3, name="second"),
                made.BatchNormalization(scale=False, center=False),
                made.Activation("tanh"),
                made.Flatten(),
                made.Dropout(0.3),
                made.Dense(10, name="last"),
                made.BatchNormalization(epsilon=0.1),
                made.Softmax(),
            ]
        )
    )
    short = folded(network)
    kinds = [part.kind for part in short.parts]
    assert kinds == ["InputLayer", "Conv2D", "MaxPooling2D", "Conv2D", "Flatten", "Dense"]
    assert [part.options["activation"] for part in short.parts if "activation" in part.options] == [
        *("relu", "tanh", "softmax")
    ]
    assert_same_answers(short, network)
    np.testing.assert_array_equal(
        short.to_keras()(np.ones((1, 28, 28, 1))).shape, (1, 10), err_msg="still a network of known layers"
    )


def test_what_others_need_too_or_comes_too_late_stays() -> None:
    keras = backend.keras()
    made = keras.layers
    image = keras.Input((28, 28, 1))
    x = made.Conv2D(3, 3, padding="same", name="shared")(image)
    normal = made.BatchNormalization(name="beside")(x)
    x = made.Add(name="sum")([x, normal])
    x = made.ReLU(negative_slope=0.1, name="leaky")(x)
    x = made.Conv2D(3, 3, activation="relu", name="active")(x)
    x = made.BatchNormalization(name="late")(x)
    x = made.Flatten(name="flat")(x)
    network = drawn(keras.Model(image, made.Dense(10, activation="softmax", name="answer")(x)))
    assert [part.name for part in folded(network).parts] == [part.name for part in network.parts]
    assert_same_answers(folded(network), network)


@pytest.mark.parametrize("name", ["cnn_k8", "cnn_best"])
def test_the_shipped_networks_read_the_same_when_folded(name: str) -> None:
    network, _ = keras_file.network(store.find(name).path.read_bytes())
    short = folded(network)
    assert {part.kind for part in short.parts} <= {"InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense"}
    digits = mnist.to_rows(mnist.embedded().images[::100])
    np.testing.assert_allclose(short.predict(digits), network.predict(digits), atol=2e-5)


def test_a_code_that_noise_or_an_activation_follows_is_still_found() -> None:
    def part(kind: str, shape: tuple[int, ...], before: str, **options: Any) -> Part:
        weights = {"kernel": np.full((784, 3), 0.01)} if kind == "Dense" else {}
        return Part(kind, kind, (before,) if before else (), options, shape, weights)

    network = Network(
        "autoencoder",
        (
            part("InputLayer", (784,), ""),
            part("GaussianNoise", (784,), "InputLayer", stddev=0.2),
            part("Dense", (3,), "GaussianNoise", units=3, activation="linear", use_bias=False),
            part("Activation", (3,), "Dense", activation="tanh"),
        ),
        code="Activation",
    )
    fewer = folded(network)
    assert [one.name for one in fewer.parts] == ["InputLayer", "Dense"]
    assert fewer.code == "Dense"
    assert_same_answers(network, fewer)
