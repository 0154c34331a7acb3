"""The arithmetic of convolutional networks: against numbers worked by hand, SciPy, and Keras itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate2d

from nnviz.inference import gradients, graph, keras_config, keras_rows, layers, merging, ops
from nnviz.inference.option_checks import BadLayer
from nnviz.keras_models import autoencoder, backend


def test_a_convolution_worked_by_hand_comes_out_as_on_paper() -> None:
    picture = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]], np.float32).reshape(1, 3, 3, 1)
    kernel = np.array([[1, -1], [0, 2]], np.float32).reshape(2, 2, 1, 1)
    # Top left: 1*1 + 2*(-1) + 0*0 + 1*2 = 1, and 0.5 on top; the others likewise.
    on_paper = [[1 + 0.5, 8 + 0.5], [-1 + 0.5, 0 + 0.5]]
    found = ops.convolve(picture, kernel, np.array([0.5], np.float32))
    np.testing.assert_allclose(found[0, :, :, 0], on_paper)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_a_convolution_is_what_scipy_calls_a_correlation(
    height: int, width: int, kh: int, kw: int, seed: int
) -> None:
    height, width = height + kh, width + kw
    rng = np.random.default_rng(seed)
    picture, kernels = rng.normal(size=(height, width, 3)), rng.normal(size=(kh, kw, 3, 2))
    expected = [
        sum(correlate2d(picture[..., c], kernels[..., c, f], mode="valid") for c in range(3))
        for f in range(2)
    ]
    found = ops.convolve(picture[None], kernels)[0]
    np.testing.assert_allclose(np.moveaxis(found, -1, 0), expected, atol=1e-9)


def test_pooling_takes_the_greatest_of_each_four_and_leaves_out_an_odd_edge() -> None:
    picture = np.arange(25, dtype=np.float32).reshape(1, 5, 5, 1)
    np.testing.assert_array_equal(ops.pool_most(picture)[0, :, :, 0], [[6, 8], [16, 18]])
    np.testing.assert_array_equal(ops.pool_mean(picture)[0, :, :, 0], [[3, 5], [13, 15]])


def added(made: Any, x: Any) -> Any:
    """Three convolutions of one digit, summed."""
    return made.Add()([made.Conv2D(2, 3, padding="same")(x), made.Conv2D(2, 1)(x), made.Conv2D(2, 1)(x)])


def remembering(kind: str, options: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """A layer that reads the rows of the digit one after the other."""
    return lambda made, x: getattr(made, kind)(5, **options)(made.Reshape((28, 28))(x))


def met(kind: str, *, small: bool = False) -> Callable[[Any, Any], Any]:
    """Two convolutions of one digit in a layer of that kind; one of them a single number a map, if small."""

    def way(made: Any, x: Any) -> Any:
        one, other = made.Conv2D(2, 3, strides=3)(x), made.Conv2D(2, 2, strides=3)(x)
        other = made.GlobalAveragePooling2D(keepdims=True)(other) if small else made.Cropping2D(0)(other)
        return getattr(made, kind)()([one, other])

    return way


# Ways through layers of every kind, from a digit of (28, 28, 1) on; `made` is keras.layers.
WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "convolution, valid": lambda made, x: made.Conv2D(4, (5, 3), activation="tanh")(x),
    "convolution, same, stride 2": lambda made, x: made.Conv2D(
        4, 4, strides=2, padding="same", use_bias=False
    )(x),
    "convolution, stride 3 by 2": lambda made, x: made.Conv2D(3, 5, strides=(3, 2), activation="silu")(x),
    "transposed, same": lambda made, x: made.Conv2DTranspose(3, 4, strides=2, padding="same")(
        made.Conv2D(2, 2)(x)
    ),
    "transposed, valid": lambda made, x: made.Conv2DTranspose(3, (5, 2), strides=(2, 3), activation="tanh")(
        made.Conv2D(2, 2)(x)
    ),
    "transposed, odd edges": lambda made, x: made.Conv2DTranspose(
        2, 5, strides=2, padding="same", use_bias=False
    )(made.Conv2D(2, 4, strides=3)(x)),
    "transposed, gaps": lambda made, x: made.Conv2DTranspose(2, 2, strides=3, padding="same")(
        made.Conv2D(2, 4, strides=3)(x)
    ),
    "noise": lambda made, x: made.GaussianNoise(0.3)(x),
    "depthwise": lambda made, x: made.DepthwiseConv2D(3, depth_multiplier=2, padding="same")(
        made.Conv2D(3, 2)(x)
    ),
    "separable": lambda made, x: made.SeparableConv2D(4, 3, depth_multiplier=2, activation="elu")(
        made.Conv2D(3, 2)(x)
    ),
    "greatest, overlapping": lambda made, x: made.MaxPooling2D(3, strides=2)(made.Conv2D(3, 2)(x)),
    "greatest, same": lambda made, x: made.MaxPooling2D(3, padding="same")(made.Conv2D(3, 2)(x)),
    "greatest, 2 by 3": lambda made, x: made.MaxPooling2D((2, 3))(made.Conv2D(3, 2)(x)),
    "mean, same": lambda made, x: made.AveragePooling2D(3, strides=2, padding="same")(made.Conv2D(3, 2)(x)),
    "mean of all": lambda made, x: made.GlobalAveragePooling2D()(made.Conv2D(3, 2)(x)),
    "mean of all, kept": lambda made, x: made.GlobalAveragePooling2D(keepdims=True)(made.Conv2D(3, 2)(x)),
    "normalised": lambda made, x: made.BatchNormalization(epsilon=0.01)(made.Conv2D(3, 2)(x)),
    "normalised, bare": lambda made, x: made.BatchNormalization(center=False, scale=False)(
        made.Conv2D(3, 2)(x)
    ),
    "relu": lambda made, x: made.ReLU()(made.Conv2D(3, 2)(x)),
    "relu with a slope, a step and a roof": lambda made, x: made.ReLU(0.5, 0.1, 0.2)(made.Conv2D(3, 2)(x)),
    "sum": added,
    "sum with one number a map": met("Add", small=True),
    **{kind: met(kind) for kind in ("Average", "Subtract", "Multiply", "Maximum", "Minimum")},
    "product with one number a map": met("Multiply", small=True),
    "greatest, or one number a map": met("Maximum", small=True),
    "normalised by itself": lambda made, x: made.LayerNormalization(epsilon=0.01)(
        made.Conv2D(4, 3, strides=2)(x)
    ),
    "normalised by all of itself, bare": lambda made, x: made.LayerNormalization(
        axis=[-1, -2, -3], center=False, scale=False
    )(made.Conv2D(2, 3, strides=2)(x)),
    "of power 1": lambda made, x: made.RMSNormalization(epsilon=0.01)(made.Conv2D(4, 3, strides=2)(x)),
    "of power 1, all together": lambda made, x: made.RMSNormalization(axis=[1, 2, 3])(
        made.Conv2D(4, 3, strides=2)(x)
    ),
    "normalised in groups": lambda made, x: made.GroupNormalization(2)(made.Conv2D(6, 3, strides=2)(x)),
    "normalised in groups of one, bare": lambda made, x: made.GroupNormalization(
        -1, center=False, scale=False
    )(made.Conv2D(3, 3, strides=2)(x)),
    "units in groups": lambda made, x: made.GroupNormalization(4, epsilon=0.01)(
        made.Dense(12)(made.Flatten()(x))
    ),
    "a line": lambda made, x: made.MaxPooling1D(2)(
        made.Conv1D(6, 3, strides=2, padding="same", activation="tanh")(made.Reshape((28, 28))(x))
    ),
    "a line, with holes, groups and a past": lambda made, x: made.Conv1D(
        4, 2, dilation_rate=2, groups=2, use_bias=False, activation="relu"
    )(made.Conv1D(6, 5, padding="causal", dilation_rate=2)(made.Reshape((28, 28))(x))),
    "a line of single numbers": lambda made, x: made.GlobalMaxPooling1D()(
        made.AveragePooling1D(3, strides=2, padding="same")(
            made.Conv1D(4, 9, strides=4)(made.Reshape((784, 1))(x))
        )
    ),
    "dense at every place of a line": lambda made, x: made.GlobalAveragePooling1D(keepdims=True)(
        made.Dense(5, activation="softmax")(made.Reshape((28, 28))(x))
    ),
    **{
        f"{kind} {what}": remembering(kind, options)
        for kind in ("SimpleRNN", "LSTM", "GRU")
        for what, options in {
            "as it is": {},
            "bent otherwise, backwards": {"activation": "relu", "go_backwards": True},
            "without a bias, at every step": {"use_bias": False, "return_sequences": True},
            "backwards at every step": {"go_backwards": True, "return_sequences": True},
        }.items()
    },
    "GRU of old": remembering("GRU", {"reset_after": False, "use_bias": False}),
    "LSTM behind a GRU": lambda made, x: made.LSTM(4)(
        made.GRU(5, return_sequences=True)(made.Reshape((28, 28))(x))
    ),
    "LSTM over single numbers": lambda made, x: made.LSTM(3, recurrent_activation="softsign")(
        made.Reshape((49, 16))(x)
    ),
    "of length 1": lambda made, x: made.UnitNormalization()(made.Conv2D(4, 3, strides=2)(x)),
    "holes and groups": lambda made, x: made.Conv2D(4, 2, groups=2, dilation_rate=(3, 2))(
        made.Conv2D(2, 2)(x)
    ),
    "holes map by map": lambda made, x: made.SeparableConv2D(3, 3, dilation_rate=2)(
        made.DepthwiseConv2D(3, dilation_rate=2, padding="same")(made.Conv2D(2, 2)(x))
    ),
    "transposed, rows to spare": lambda made, x: made.Conv2DTranspose(
        2, 3, strides=3, output_padding=(1, 2), padding="same"
    )(made.Conv2DTranspose(2, (3, 4), strides=2, output_padding=(1, 0))(made.Conv2D(2, 4, strides=4)(x))),
    "smaller, then larger": lambda made, x: made.UpSampling2D((3, 2), interpolation="bilinear")(
        made.Resizing(9, 13)(made.Conv2D(2, 2)(x))
    ),
    "dense at every pixel": lambda made, x: made.Dense(3, activation="exponential")(
        made.Conv2D(4, 2, strides=3, activation="tanh")(x)
    ),
    "the newest bends": lambda made, x: made.Conv2D(2, 2, activation="log_sigmoid")(
        made.Conv2D(2, 2, activation="hard_tanh")(made.Conv2D(2, 2, activation="squareplus")(x))
    ),
    "greatest of all": lambda made, x: made.GlobalMaxPooling2D()(made.Conv2D(3, 2)(x)),
    "normalised along the rows": lambda made, x: made.BatchNormalization(axis=1)(made.Conv2D(3, 2)(x)),
    "rescaled, leaky, with paper around": lambda made, x: made.Rescaling(-2.0, 1.0)(
        made.ZeroPadding2D(((1, 0), (2, 3)))(made.LeakyReLU(0.1)(made.Conv2D(3, 2)(x)))
    ),
    "a slope for each map, cut": lambda made, x: made.PReLU(shared_axes=[1, 2])(
        made.Cropping2D(((1, 2), (3, 0)))(made.Conv2D(3, 2)(x))
    ),
    "a slope for each unit, side by side": lambda made, x: made.Concatenate()(
        [made.PReLU()(made.Conv2D(3, 2, strides=3)(x)), made.Conv2D(1, 2, strides=3)(x)]
    ),
    "one above the other, transposed, enlarged": lambda made, x: made.UpSampling2D((1, 2))(
        made.Permute((2, 3, 1))(made.Concatenate(axis=1)([x, made.ELU(0.7)(x), x]))
    ),
    "bends of elsewhere": lambda made, x: made.Conv2D(2, 2, activation="selu")(
        made.Conv2D(2, 2, activation="softplus")(made.Conv2D(2, 2, activation="gelu")(x))
    ),
    "more bends of elsewhere": lambda made, x: made.Activation("softsign")(
        made.Activation("mish")(made.Activation("hard_silu")(made.Conv2D(2, 2, activation="relu6")(x)))
    ),
    "reshaped": lambda made, x: made.Reshape((14, 14, 4))(x),
    "sigmoid": lambda made, x: made.Activation("sigmoid")(made.Conv2D(3, 2)(x)),
    "dropout": lambda made, x: made.Dropout(0.5)(made.Conv2D(3, 2)(x)),
}


def chance(model: Any, rng: np.random.Generator) -> Any:
    """The model with every weight drawn afresh, also those that start at nought; variances positive."""
    for layer in model.layers:
        weights = layer.get_weights()
        drawn = [rng.normal(0, 0.5, w.shape) for w in weights]
        if type(layer).__name__ == "BatchNormalization":
            drawn[-1] = rng.uniform(0.1, 2, weights[-1].shape)
        layer.set_weights(drawn)
    return model


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_layer_gives_keras_numbers(way: str) -> None:
    keras = backend.keras()
    image = keras.Input((28, 28, 1))
    x = keras.layers.Flatten()(WAYS[way](keras.layers, image))
    x = keras.layers.Dense(12, activation="relu")(x)
    model = chance(
        keras.Model(image, keras.layers.Dense(10, activation="softmax")(x)), np.random.default_rng(1)
    )
    digits = np.random.default_rng(2).random((5, 28, 28, 1), np.float32)

    network = keras_config.from_keras(model)
    inside = keras.Model(image, {layer.name: layer.output for layer in model.layers})(digits)
    for name, ours in network.forward(digits).items():
        if "_line" in name:  # which Keras has not: the values of its neighbour in another shape
            continue
        theirs = np.reshape(inside[name], ours.shape)
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-4, err_msg=name)
        assert ours.dtype == np.float32, name
    assert graph.products(network) > 0
    np.testing.assert_allclose(network.to_keras()(digits), model(digits), atol=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_layer_hands_back_the_gradients_that_tensorflow_finds(way: str) -> None:
    keras, tf = backend.keras(), backend.tensorflow()
    image = keras.Input((28, 28, 1))
    x = keras.layers.Flatten()(WAYS[way](keras.layers, image))
    x = keras.layers.Dense(10)(keras.layers.Dense(12, activation="tanh")(x))
    logits = chance(keras.Model(image, x), np.random.default_rng(1))
    digit = np.random.default_rng(2).random((1, 28, 28, 1), np.float32)
    pixels = tf.convert_to_tensor(digit)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        theirs = logits(pixels, training=False)[0, 3]

    network = keras_config.from_keras(logits)
    _, ours = gradients.of_logit(network, digit, 3)
    by_tensorflow = np.asarray(tape.gradient(theirs, pixels))
    most = np.abs(by_tensorflow).max()
    near = 1e-5 * max(1, most)
    np.testing.assert_allclose(ours[network.parts[0].name], by_tensorflow, rtol=0, atol=near)


@pytest.mark.parametrize("option", ["stateful", "return_state"])
def test_a_memory_that_outlives_its_digit_is_refused(option: str) -> None:
    layer = backend.keras().layers.LSTM(4)
    row = {"class_name": "LSTM", "config": {**layer.get_config(), option: True}}
    with pytest.raises(BadLayer, match=option):
        keras_rows.read_row(row, [(28, 28)])


def test_there_is_a_way_back_through_every_kind_of_layer() -> None:
    moving = {name for name, kind in layers.KINDS.items() if kind.moves}
    assert set(gradients.BACK) == set(layers.KINDS) - moving - merging.NAMES - {"InputLayer"}


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1)])
def test_a_network_takes_digits_in_any_of_their_shapes(shape: tuple[int, ...]) -> None:
    keras = backend.keras()
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten()])
    model.add(keras.layers.Dense(10))
    model.add(keras.layers.Softmax())
    network = keras_config.from_keras(model)
    digits = np.random.default_rng(0).random((120, 784), np.float32)
    expected = np.asarray(model(digits.reshape(-1, *shape)))
    for given_as in ((784,), (28, 28), (28, 28, 1)):
        np.testing.assert_allclose(network.predict(digits.reshape(-1, *given_as)), expected, atol=1e-6)


def test_products_of_the_report_s_network_are_counted_as_by_hand() -> None:
    keras = backend.keras()
    image = keras.Input((28, 28, 1))
    x = keras.layers.MaxPooling2D()(keras.layers.Conv2D(32, 3)(image))
    x = keras.layers.Dense(25)(keras.layers.Flatten()(x))
    network = keras_config.from_keras(keras.Model(image, keras.layers.Dense(10, activation="softmax")(x)))
    assert graph.products(network) == 26 * 26 * 32 * 9 + 13 * 13 * 32 * 25 + 25 * 10


def test_products_of_an_autoencoder_are_counted_as_by_hand() -> None:
    made = autoencoder.build(autoencoder.Settings(architecture="convolutional", code_size=32))
    there = 14 * 14 * 32 * 16 + 7 * 7 * 64 * 16 * 32 + 4 * 4 * 64 * 9 * 64 + 1024 * 256 + 256 * 32
    back = 32 * 256 + 256 * 1568 + 7 * 7 * 64 * 9 * 32 + 7 * 7 * 64 * 16 * 32 + 14 * 14 * 32 * 36
    assert graph.products(keras_config.from_keras(made)) == there + back
