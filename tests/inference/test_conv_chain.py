"""Steps of networks with other activations, poolings and normalisings: against Keras, and differences."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.inference import conv_chain, conv_step
from nnviz.inference.conv_chain import NotConvolving
from nnviz.inference.graph import Network, Part
from nnviz.numpy_nn import gradient_check, one_step
from tests.components.javascript import evaluate
from tests.components.test_one_step_in_javascript import CONV_STEP, CONVOLVING
from tests.inference.test_conv_step import LABEL, digit
from tests.inference.test_conv_step import network as plain_network

POOL = {"pool_size": (2, 2), "strides": (2, 2), "padding": "same"}
OVERALL = {"keepdims": False, "data_format": "channels_last"}
LEAKY = ("LeakyReLU", {"negative_slope": 0.25})  # TensorFlow holds it as float32, and this is the same there
CASES: dict[str, dict[str, Any]] = {
    **{name: {"bend": ("Activation", {"activation": name})} for name in conv_chain.SHOWN},
    "LeakyReLU": {"bend": LEAKY},
    "ELU": {"bend": ("ELU", {"alpha": 0.7})},
    "own": {"own": "tanh"},
    "average": {"pool": ("AveragePooling2D", POOL), "bend": LEAKY},
    "overall": {"last": "GlobalAveragePooling2D"},
    "overall most": {"last": "GlobalMaxPooling2D", "bend": ("Activation", {"activation": "silu"})},
    "normal": {"normal": True},
    "normal, average": {"normal": True, "pool": ("AveragePooling2D", POOL), "last": "GlobalAveragePooling2D"},
}


def network(
    *,
    own: str = "linear",
    bend: tuple[str, Mapping[str, Any]] | None = None,
    pool: tuple[str, Mapping[str, Any]] = ("MaxPooling2D", POOL),
    last: str = "",
    normal: bool = False,
) -> Network:
    """Two convolutions, a dense layer in between or a pooling of whole maps, and the answer."""
    rng = np.random.default_rng(4)
    bend = bend or (
        ("Activation", {"activation": "linear"}) if own != "linear" else ("ReLU", conv_chain._PLAIN)
    )
    parts = [Part("image", "InputLayer", (), {}, (28, 28, 1), {})]

    def add(kind: str, options: Mapping[str, Any], shape: tuple[int, ...], **weights: Array) -> None:
        given = {name: w.astype(np.float32) for name, w in weights.items()}
        parts.append(Part(f"l{len(parts)}", kind, (parts[-1].name,), dict(options), shape, given))

    def kernel(*shape: int) -> Array:
        return rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape)

    def after(shape: tuple[int, ...]) -> None:
        n = shape[-1]
        if normal:
            how = {"axis": -1, "momentum": 0.9, "epsilon": 1e-3, "center": True, "scale": True}
            moments = {"moving_mean": rng.normal(0, 0.3, n), "moving_variance": rng.uniform(0.3, 2, n)}
            add(
                "BatchNormalization",
                how,
                shape,
                gamma=rng.uniform(0.5, 2, n),
                beta=rng.normal(0, 0.3, n),
                **moments,
            )
        if own == "linear":
            add(*bend, shape)

    conv = {"kernel_size": (3, 3), "strides": (2, 2), "padding": "same", "dilation_rate": (1, 1), "groups": 1}
    conv |= {"activation": own, "use_bias": not normal, "data_format": "channels_last"}
    side = 28
    for channels, filters in ((1, 4), (4, 5)):
        side = -(-side // 2)
        bias = {} if normal else {"bias": rng.normal(0, 0.2, filters)}
        add(
            "Conv2D",
            {**conv, "filters": filters},
            (side, side, filters),
            kernel=kernel(3, 3, channels, filters),
            **bias,
        )
        after((side, side, filters))
        if filters == 5 and last:
            add(last, OVERALL, (5,))
            size = 5
        else:
            side = -(-side // 2)
            add(pool[0], {**pool[1], "data_format": "channels_last"}, (side, side, filters))
            size = side * side * filters
    if not last:
        add("Flatten", {}, (size,))
    add(
        "Dense",
        {"units": 7, "activation": own, "use_bias": True},
        (7,),
        kernel=kernel(size, 7),
        bias=rng.normal(0, 0.2, 7),
    )
    after((7,))
    add("Dropout", {"rate": 0.2}, (7,))
    answer = {"units": 10, "activation": "softmax", "use_bias": True}
    add("Dense", answer, (10,), kernel=kernel(7, 10), bias=rng.normal(0, 0.2, 10))
    return Network("small", tuple(parts))


@pytest.mark.parametrize("case", CASES)
def test_central_differences_agree(case: str) -> None:
    weights, x = conv_step.conv_weights(network(**CASES[case])).astype(np.float64), digit()
    found = gradient_check.check(
        weights, x, LABEL, gradient_check.sample(weights, 120, 0), "none", conv_step.MISTAKES
    )
    assert found.greatest < 1e-5
    step = weights.take_apart(x, LABEL)
    for layer, grads in enumerate(step.intercepts):
        if len(weights.stages[layer].part.weights) == 1:
            assert not grads.any()  # a layer without a bias
            continue
        unit, b = int(np.abs(grads).argmax()), weights.intercepts[layer]
        own, losses = b[unit], []
        for moved in (own + 1e-6, own - 1e-6):
            b[unit] = moved
            losses.append(weights.take_apart(x, LABEL).loss)
        b[unit] = own
        assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(grads[unit], rel=1e-5, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_gradients_are_those_of_tensorflow_s_tape(case: str) -> None:
    tf = pytest.importorskip("tensorflow")
    made, x = network(**CASES[case]), digit()
    weights = conv_step.conv_weights(made).astype(np.float64)
    before = tf.keras.config.dtype_policy()  # floatx alone would leave one of float64 to all that come later
    tf.keras.config.set_dtype_policy("float64")
    try:
        model = made.to_keras()
    finally:
        tf.keras.config.set_dtype_policy(before)
    with tf.GradientTape() as tape:
        said = model(tf.constant(x.reshape(1, 28, 28, 1), tf.float64), training=False)
        loss = -tf.math.log(said[0, LABEL])
    wanted = tape.gradient(loss, [each.value for each in model.trainable_variables])
    step = weights.take_apart(x, LABEL)
    assert step.loss == pytest.approx(float(loss), rel=1e-7)
    ours = []
    for stage, w, b in zip(weights.stages, step.coefs, step.intercepts, strict=True):
        ours += [w, b] if {"bias", "beta"} & set(stage.part.weights) else [w]
    for mine, theirs in zip(ours, wanted, strict=True):
        np.testing.assert_allclose(mine, np.reshape(theirs, mine.shape), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("case", [*CASES])
def test_the_browser_takes_them_apart_as_numpy_does(case: str) -> None:
    weights = conv_step.conv_weights(network(**CASES[case])).astype(np.float64)
    rng = np.random.default_rng(5)
    x = (rng.random((4, 784)) * (rng.random((4, 784)) < 0.3)).astype(np.float32)
    now, _ = one_step.walk(weights, x[0], LABEL, [0.01, 0.02])
    step = now.take_apart(x[0], LABEL)
    after = one_step.moved(now, step, 0.02)
    program = weights.program()
    given = {
        "steps": program.steps,
        "numbers": base64.b64encode(program.numbers.astype("<f4").tobytes()).decode(),
        "rates": [0.01, 0.02],
        "label": LABEL,
        "labels": [],
        "digits": x.ravel().astype(float).tolist(),
        "rate": 0.02,
    }
    found = evaluate(CONVOLVING, CONV_STEP, given)
    for name in ("sums", "deltas", "coefs"):
        for ours, theirs in zip(found[name], getattr(step, name), strict=True):
            np.testing.assert_allclose(ours, theirs.ravel(), rtol=1e-8, atol=1e-12)
    wanted = [after.take_apart(row, 0).probabilities for row in x]
    np.testing.assert_allclose(found["after"], np.ravel(wanted), rtol=1e-8, atol=1e-11)


def test_of_other_networks_it_is_said_why_they_cannot_be_taken_apart() -> None:
    own = plain_network()

    def refused(at: int, reason: str, **changed: Any) -> None:
        parts = list(own.parts)
        parts[at] = replace(parts[at], **changed)
        with pytest.raises(NotConvolving, match=reason):
            conv_step.conv_weights(replace(own, parts=tuple(parts)))

    options = dict(own.parts[1].options)
    refused(1, "activation relu6", options={**options, "activation": "relu6"})
    refused(1, "before any other", kind="BatchNormalization")
    refused(2, "LayerNormalization", kind="LayerNormalization")
    refused(2, "without γ", kind="BatchNormalization", options={"axis": -1})
    refused(2, "two activations", kind="ReLU", options=conv_chain._PLAIN)
    refused(5, "second pooling", kind="GlobalMaxPooling2D")
    refused(4, "side by side", inputs=("c2", "p1"))
    refused(8, "softmax", options={**own.parts[8].options, "activation": "relu"})
    bounded = Part("bent", "ReLU", ("c1",), {**conv_chain._PLAIN, "max_value": 6}, own.parts[1].shape, {})
    parts = [*own.parts[:2], bounded, replace(own.parts[2], inputs=("bent",)), *own.parts[3:]]
    parts[1] = replace(parts[1], options={**options, "activation": "linear"})
    with pytest.raises(NotConvolving, match="bounds"):
        conv_step.conv_weights(replace(own, parts=tuple(parts)))
