"""Why this answer: each method on networks so simple that its map can be worked out beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.inspection import saliency
from nnviz.keras_models import backend, cnn


def linear_model() -> Any:
    """A softmax of a weighted sum of the pixels: its logits' slopes are its weights."""
    keras = backend.keras()
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 1, (784, 10)), rng.normal(0, 1, 10)])
    return model


def report_model() -> Any:
    """A small network of the report's kind with large random weights."""
    model = cnn.build(cnn.Settings(kernel_size=3, filters=3, dense=8, dropout=0.5))
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return model


@pytest.fixture
def image() -> Array:
    return np.random.default_rng(3).random((28, 28), np.float32)


def test_gradient_times_input_of_a_linear_network_is_weight_times_pixel(image: Array) -> None:
    model = linear_model()
    weights = model.get_weights()[0].reshape(28, 28, 10)
    found = saliency.gradient_times_input(model, image, 7)
    np.testing.assert_allclose(found, weights[..., 7] * image, rtol=1e-5, atol=1e-6)


def test_a_softmax_layer_of_its_own_makes_no_difference(image: Array) -> None:
    keras = backend.keras()
    together = linear_model()
    apart = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10), keras.layers.Softmax()]
    )
    apart.set_weights(together.get_weights())
    np.testing.assert_allclose(
        saliency.gradient_times_input(apart, image, 2), saliency.gradient_times_input(together, image, 2)
    )


def test_gradients_are_the_slopes_that_finite_differences_find(image: Array) -> None:
    keras = backend.keras()
    model = report_model()
    last = keras.Model(model.inputs[0], model.layers[-1].input)
    kernel, bias = model.layers[-1].get_weights()

    def logit(picture: Array) -> float:
        features = np.asarray(last(picture.reshape(1, 28, 28, 1)), np.float64)
        return float((features @ kernel.astype(np.float64) + bias)[0, 4])

    found = saliency.gradient_times_input(model, image, 4)
    step = 1e-3
    for row, column in ((3, 3), (14, 15), (20, 7), (10, 25)):
        louder, quieter = image.copy(), image.copy()
        louder[row, column] += step
        quieter[row, column] -= step
        slope = (logit(louder) - logit(quieter)) / (2 * step)
        assert found[row, column] == pytest.approx(slope * image[row, column], rel=0.05, abs=2e-3)


def test_occlusion_finds_the_one_place_that_the_answer_hangs_on() -> None:
    def predict(x: Array) -> Array:
        """Sure of a 3 as far as the square at rows 10 to 11, columns 20 to 21 is inked."""
        ink = x.reshape(-1, 28, 28)[:, 10:12, 20:22].mean(axis=(1, 2))
        answer = np.zeros((len(x), 10), np.float32)
        answer[:, 3] = ink
        answer[:, 5] = 1 - ink
        return answer

    fall = saliency.occlusion(predict, np.ones((28, 28)), 3, patch=2)
    assert fall[10:12, 20:22].min() > 0.5
    # No square of two pixels that touches the place reaches further than one pixel from it.
    elsewhere = fall.copy()
    elsewhere[9:13, 19:23] = 0
    assert not elsewhere.any()
    # A pixel inside is covered by a square that hides all four, two that hide two, and one that hides one.
    assert fall[10, 20] == pytest.approx((4 + 2 + 2 + 1) / 4 / 4)
    # What speaks for 3 speaks against 5.
    np.testing.assert_allclose(saliency.occlusion(predict, np.ones((28, 28)), 5, patch=2), -fall)


def test_occlusion_counts_every_pixel_at_the_edge_too() -> None:
    def predict(x: Array) -> Array:
        return np.repeat(x.mean(axis=1, keepdims=True), 10, axis=1)

    fall = saliency.occlusion(predict, np.ones((28, 28)), 0, patch=5)
    assert fall.min() > 0
    assert fall[0, 0] < fall[14, 14] == pytest.approx(25 / 784, rel=1e-5)


def test_grad_cam_is_the_weighted_sum_of_the_maps_by_its_definition(image: Array) -> None:
    tf, keras = backend.tensorflow(), backend.keras()
    model = report_model()
    for layer in ("convolution", "pooling"):
        after = keras.Model(model.get_layer(layer).output, model.layers[-1].input)
        maps = keras.Model(model.inputs[0], model.get_layer(layer).output)(image.reshape(1, 28, 28, 1))
        kernel, bias = model.layers[-1].get_weights()
        with tf.GradientTape() as tape:
            tape.watch(maps)
            logit = (after(maps) @ kernel + bias)[0, 6]
        slopes = np.asarray(tape.gradient(logit, maps))[0]
        expected = sum(slopes[..., f].mean() * np.asarray(maps)[0, ..., f] for f in range(3))
        expected = np.maximum(expected, 0)
        assert expected.max() > 0, "the example should have something to show"
        found = saliency.grad_cam(model, image, 6, layer)
        np.testing.assert_allclose(found, expected / expected.max(), rtol=1e-4, atol=1e-5)


def test_grad_cam_chooses_the_last_maps_that_are_not_pooled(image: Array) -> None:
    model = report_model()
    assert saliency.layers_of_maps(model) == ["convolution", "pooling"]
    np.testing.assert_array_equal(
        saliency.grad_cam(model, image, 1), saliency.grad_cam(model, image, 1, "convolution")
    )
    assert saliency.enlarged(saliency.grad_cam(model, image, 1, "pooling")).shape == (28, 28)


def test_questions_that_make_no_sense_are_refused_in_a_sentence(image: Array) -> None:
    with pytest.raises(ValueError, match="needs a layer of feature maps, and this network has none"):
        saliency.grad_cam(linear_model(), image, 1)
    with pytest.raises(ValueError, match="one of the layers convolution, pooling, not 'dense'"):
        saliency.grad_cam(report_model(), image, 1, "dense")
    with pytest.raises(ValueError, match="one of 10 digits; there is no 10"):
        saliency.gradient_times_input(linear_model(), image, 10)
    with pytest.raises(ValueError, match="1 to 28 pixels wide"):
        saliency.occlusion(lambda x: x, image, 1, patch=0)


def test_every_method_says_what_it_does_and_does_not_say() -> None:
    for method in saliency.METHODS.values():
        assert method.says.endswith(".")
        assert method.not_says.endswith(".")
        assert any(year.isdigit() for year in method.paper.split())
