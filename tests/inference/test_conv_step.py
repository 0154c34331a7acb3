"""A convolutional network's step, against TensorFlow's tape and against central differences."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.inference import conv_step
from nnviz.inference.conv_step import ConvWeights
from nnviz.inference.graph import Network, Part
from nnviz.numpy_nn import gradient_check, one_step

LABEL = 3


def network(*, padding: str = "valid", strides: tuple[int, int] = (1, 1), seed: int = 4) -> Network:
    """Two convolutions, each with a pooling, and two dense layers."""
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> dict[str, Array]:
        kernel = rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape)
        return {"kernel": kernel.astype(np.float32), "bias": rng.normal(0, 0.2, shape[-1]).astype(np.float32)}

    conv = {"activation": "relu", "use_bias": True, "dilation_rate": (1, 1)}
    pool = {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}
    one = {**conv, "filters": 4, "kernel_size": (3, 3), "padding": padding, "strides": strides}
    two = {**conv, "filters": 5, "kernel_size": (2, 2), "padding": "valid", "strides": (1, 1)}
    side = 28 if padding == "same" else 26
    side = -(-side // strides[0])
    half = side // 2
    last = (half - 1) // 2
    size = 5 * last * last
    dense = {"units": 7, "activation": "relu", "use_bias": True}
    answer = {"units": 10, "activation": "softmax", "use_bias": True}
    return Network(
        "small",
        (
            Part("image", "InputLayer", (), {}, (28, 28, 1), {}),
            Part("c1", "Conv2D", ("image",), one, (side, side, 4), weights(3, 3, 1, 4)),
            Part("p1", "MaxPooling2D", ("c1",), pool, (half, half, 4), {}),
            Part("c2", "Conv2D", ("p1",), two, (half - 1, half - 1, 5), weights(2, 2, 4, 5)),
            Part("p2", "MaxPooling2D", ("c2",), pool, (last, last, 5), {}),
            Part("flat", "Flatten", ("p2",), {}, (size,), {}),
            Part("d1", "Dense", ("flat",), dense, (7,), weights(size, 7)),
            Part("drop", "Dropout", ("d1",), {"rate": 0.2}, (7,), {}),
            Part("answer", "Dense", ("drop",), answer, (10,), weights(7, 10)),
        ),
    )


def digit(seed: int = 5) -> Array:
    rng = np.random.default_rng(seed)
    return (rng.random(784) * (rng.random(784) < 0.4)).astype(np.float32)


def exact(**how: object) -> ConvWeights:
    return conv_step.conv_weights(network(**how)).astype(np.float64)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"padding": "same", "strides": (2, 2)}])
def test_sums_loss_deltas_and_gradients_are_those_of_tensorflow_s_tape(how: dict[str, object]) -> None:
    tf = pytest.importorskip("tensorflow")
    weights, x = exact(**how), digit()
    kernels = [part.weights["kernel"].shape for part in weights.network.parts if part.weights]
    coefs = [tf.Variable(w.reshape(shape)) for w, shape in zip(weights.coefs, kernels, strict=True)]
    biases = [tf.Variable(b) for b in weights.intercepts]
    strides, padding = how.get("strides", (1, 1)), str(how.get("padding", "valid")).upper()
    sums = []
    with tf.GradientTape() as tape:

        def told(z: object) -> object:
            tape.watch(z)
            sums.append(z)
            return z

        a = tf.constant(x.reshape(1, 28, 28, 1), tf.float64)
        for n, (stride, edge) in enumerate([(strides, padding), ((1, 1), "VALID")]):
            a = tf.nn.relu(told(tf.nn.conv2d(a, coefs[n], stride, edge) + biases[n]))
            a = tf.nn.max_pool2d(a, 2, 2, "VALID")
        a = tf.nn.relu(told(tf.reshape(a, (1, -1)) @ coefs[2] + biases[2]))
        logits = told(a @ coefs[3] + biases[3])
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits([LABEL], logits)[0]
    wanted = tape.gradient(loss, {"coefs": coefs, "intercepts": biases, "deltas": sums})
    step = weights.take_apart(x, LABEL)
    assert step.loss == pytest.approx(float(loss), rel=1e-9)
    for name, found in wanted.items():
        for ours, theirs in zip(getattr(step, name), found, strict=True):
            np.testing.assert_allclose(ours, np.reshape(theirs, ours.shape), rtol=1e-6, atol=1e-10)
    for ours, theirs in zip(step.sums, sums, strict=True):
        np.testing.assert_allclose(ours, np.ravel(theirs), rtol=1e-9, atol=1e-12)


def test_central_differences_agree_and_every_mistake_is_found_where_it_spoils() -> None:
    weights, x = exact(), digit()
    places = gradient_check.sample(weights, 160, 0)
    wrong = {}
    for mistake in conv_step.MISTAKES:
        found = gradient_check.check(weights, x, LABEL, places, mistake, conv_step.MISTAKES)
        wrong[mistake] = {
            place[0] for place, gap in zip(places, found.differences, strict=True) if gap > 1e-2
        }
        if mistake == "none":
            assert found.greatest < 1e-5
    assert wrong == {
        "none": set(),
        "derivative": {0, 1, 2},
        "pool": {0, 1},
        "places": {0, 1},
        "transpose": {0, 1, 2},
    }


def test_a_kernel_s_gradient_is_the_sum_of_patch_times_delta_and_a_small_step_lowers_the_loss() -> None:
    weights, x = exact(), digit()
    step = weights.take_apart(x, LABEL)
    picture, delta = x.reshape(28, 28), step.deltas[0].reshape(26, 26, 4)
    by_hand = sum(picture[r : r + 3, c : c + 3] * delta[r, c, 2] for r in range(26) for c in range(26))
    np.testing.assert_allclose(step.coefs[0][:, 2], np.ravel(by_hand), rtol=1e-6, atol=1e-12)
    end, taken = one_step.walk(weights, x, LABEL, [1e-4])
    square = sum(float((each**2).sum()) for each in (*step.coefs, *step.intercepts))
    fallen = taken[0].loss - end.take_apart(x, LABEL).loss
    assert fallen == pytest.approx(1e-4 * square, rel=0.05)
