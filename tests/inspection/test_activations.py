"""Looking inside Keras networks: against keract itself in a process of its own, and a convolution by hand."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.inference import keras_config
from nnviz.inspection import activations
from nnviz.keras_models import backend, cnn, compiled
from tests.processes import unwatched

# keract works on Keras 2 only, which TensorFlow still brings when it is told so before it is imported.
KERACT = """
import sys
import numpy as np
import tensorflow as tf
from keract import get_activations

given = np.load(sys.argv[1])
layers = tf.keras.layers
image = tf.keras.Input((28, 28, 1), name="image")
x = layers.Conv2D(6, 5, activation="relu", name="convolution")(image)
x = layers.MaxPooling2D(2, name="pooling")(x)
x = layers.Flatten(name="flat")(x)
x = layers.Dense(7, activation="relu", name="dense")(x)
x = layers.Dropout(0.5, name="dropout")(x)
model = tf.keras.Model(image, layers.Dense(10, activation="softmax", name="answer")(x))
model.set_weights([given[f"w{i}"] for i in range(6)])
found = get_activations(model, given["x"])
pooling = get_activations(model, given["x"], layer_names="pooling")
assert list(pooling) == ["pooling"]
np.savez(sys.argv[2], names=list(found), **{f"v{i}": v for i, v in enumerate(found.values())})
"""


@pytest.fixture(scope="module")
def model() -> Any:
    """A small network of the report's kind, its biases drawn as well."""
    made = cnn.build(cnn.Settings(kernel_size=5, filters=6, dense=7, dropout=0.5))
    rng = np.random.default_rng(4)
    made.set_weights([rng.normal(0, 0.2, w.shape) for w in made.get_weights()])
    return made


@pytest.fixture(scope="module")
def digits() -> Array:
    return np.random.default_rng(5).random((3, 28, 28, 1), np.float32)


@pytest.mark.slow
def test_activations_are_keract_s_own_by_name_order_and_value(
    model: Any, digits: Array, tmp_path: Path
) -> None:
    given, answer = tmp_path / "given.npz", tmp_path / "answer.npz"
    np.savez(given, x=digits, **{f"w{i}": w for i, w in enumerate(model.get_weights())})
    subprocess.run(
        [sys.executable, "-c", KERACT, str(given), str(answer)],
        env=unwatched(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3"),
        check=True,
        capture_output=True,
        timeout=600,
    )
    ours = activations.get_activations(model, digits)
    with np.load(answer) as theirs:
        assert list(ours) == list(theirs["names"])
        for i, (name, values) in enumerate(ours.items()):
            assert values.shape == theirs[f"v{i}"].shape
            np.testing.assert_allclose(values, theirs[f"v{i}"], atol=1e-5, err_msg=name)


def test_the_convolution_inside_is_the_one_worked_by_hand(model: Any, digits: Array) -> None:
    kernels, bias = model.get_layer("convolution").get_weights()
    maps = activations.get_activations(model, digits)["convolution"]
    for digit, row, column, which in ((0, 0, 0, 0), (1, 7, 20, 3), (2, 23, 23, 5)):
        total = bias[which]
        for i in range(5):
            for j in range(5):
                total += digits[digit, row + i, column + j, 0] * kernels[i, j, 0, which]
        assert maps[digit, row, column, which] == pytest.approx(max(total, 0), abs=1e-5)


def test_the_last_layer_says_what_the_model_says(
    model: Any, digits: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = np.asarray(model(digits, training=False))
    np.testing.assert_allclose(activations.get_activations(model, digits)["answer"], expected, atol=1e-6)
    monkeypatch.setattr(compiled, "_MOST_AT_ONCE", 2)
    np.testing.assert_allclose(compiled.predict(model, digits), expected, atol=1e-6)


def test_some_layers_may_be_asked_for_by_name(model: Any, digits: Array) -> None:
    assert list(activations.get_activations(model, digits, "pooling")) == ["pooling"]
    assert list(activations.get_activations(model, digits, ["dense", "image"])) == ["image", "dense"]
    np.testing.assert_array_equal(activations.get_activations(model, digits, "image")["image"], digits)
    with pytest.raises(
        KeyError, match=r"Could not find a layer with name: \[nowhere\].*convolution, pooling"
    ):
        activations.get_activations(model, digits, "nowhere")


def test_activations_follow_the_weights_when_these_change(digits: Array) -> None:
    learning = cnn.build(cnn.Settings(kernel_size=2, filters=1, dense=2))
    before = activations.get_activations(learning, digits)["answer"]
    learning.set_weights([w + 0.1 for w in learning.get_weights()])
    after = activations.get_activations(learning, digits)["answer"]
    np.testing.assert_allclose(after, learning(digits), atol=1e-6)
    assert np.abs(after - before).max() > 1e-4


def test_a_digit_s_way_is_told_alike_with_and_without_keras(model: Any, digits: Array) -> None:
    by_keras = activations.activations(model, digits[1])
    by_numpy = activations.activations(keras_config.from_keras(model), digits[1].ravel())
    assert [name for name, _ in by_keras.layers] == ["convolution", "pooling", "dense"]
    assert [name for name, _ in by_numpy.layers] == ["convolution", "pooling", "dense"]
    for (name, one), (_, other) in zip(by_keras.layers, by_numpy.layers, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(by_keras.probabilities, by_numpy.probabilities, atol=1e-6)
    np.testing.assert_array_equal(by_keras.image, digits[1, :, :, 0])
    assert by_keras.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_models_that_are_used_in_a_model_show_what_they_put_out_there() -> None:
    keras = backend.keras()
    inner_input = keras.Input((784,))
    encoder = keras.Model(inner_input, keras.layers.Dense(3)(inner_input), name="encoder")
    code = keras.Input((3,))
    decoder = keras.Model(code, keras.layers.Dense(784)(code), name="decoder")
    image = keras.Input((784,), name="image")
    whole = keras.Model(image, decoder(encoder(image)))
    x = np.random.default_rng(0).random((2, 784), np.float32)
    found = activations.get_activations(whole, x)
    assert list(found) == ["image", "encoder", "decoder"]
    np.testing.assert_allclose(found["encoder"], encoder(x), atol=1e-6)
    np.testing.assert_allclose(found["decoder"], whole(x), atol=1e-6)


def test_a_model_that_is_no_longer_needed_is_let_go(digits: Array) -> None:
    passing = cnn.build(cnn.Settings(kernel_size=2, filters=1, dense=2))
    activations.get_activations(passing, digits)
    compiled.predict(passing, digits)
    trace = weakref.ref(passing)
    del passing
    gc.collect()
    assert trace() is None
