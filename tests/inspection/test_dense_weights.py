"""Which networks the textbook has, and why others are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.inference import graph
from nnviz.inference.graph import Network, Part
from nnviz.inspection import dense_weights as module
from nnviz.inspection.dense_weights import NotDense, dense_weights
from nnviz.numpy_nn import one_step


def dense(name: str, before: str, given: int, units: int, activation: str, *, bias: bool = True) -> Part:
    rng = np.random.default_rng(units)
    weights = {"kernel": rng.normal(0, 0.1, (given, units)).astype(np.float32)}
    if bias:
        weights["bias"] = rng.normal(0, 0.1, units).astype(np.float32)
    options = {"units": units, "activation": activation, "use_bias": bias}
    return Part(name, "Dense", (before,), options, (units,), weights)


def network(*more: Part) -> Network:
    first = Part("image", "InputLayer", (), {}, (28, 28), {})
    flat = Part("flat", "Flatten", ("image",), {}, (784,), {})
    return Network("theirs", (first, flat, *more))


def softmax(before: str) -> Part:
    return Part("answer", "Softmax", (before,), {}, (10,), {})


def test_a_dense_network_of_keras_gives_the_same_answers_as_the_textbook_s() -> None:
    hidden = dense("a", "flat", 784, 12, "linear")
    bend = Part("bend", "Activation", ("a",), {"activation": "tanh"}, (12,), {})
    drop = Part("drop", "Dropout", ("bend",), {"rate": 0.5}, (12,), {})
    made = network(hidden, bend, drop, dense("b", "drop", 12, 10, "linear"), softmax("b"))
    weights = dense_weights(made, {})
    assert (weights.activations, weights.alpha) == (("tanh",), 0.0)
    x = np.random.default_rng(1).random(784, np.float32)
    step = one_step.take_apart(weights, x, 3)
    np.testing.assert_allclose(step.probabilities, made.predict(x)[0], rtol=1e-4, atol=1e-7)


def test_the_penalty_is_that_of_the_settings() -> None:
    made = graph.dense([np.eye(784, 10, dtype=np.float32)], [np.zeros(10, np.float32)], "relu")
    weights = dense_weights(made, {"penalty": "l1", "alpha": 0.5})
    assert (weights.penalty, weights.alpha, weights.activations) == ("l1", 0.5, ())
    assert dense_weights(made, {"penalty": "unknown", "alpha": 0.5}).alpha == 0


NORMAL = Part("even", "BatchNormalization", ("flat",), {"epsilon": 1e-3, "axis": -1}, (784,), {})


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([NORMAL, dense("a", "even", 784, 10, "softmax")], "BatchNormalization"),
        ([dense("a", "flat", 784, 10, "softmax", bias=False)], "a bias each"),
        ([dense("a", "flat", 784, 10, "linear")], "softmax"),
        ([dense("a", "flat", 784, 9, "hard_sigmoid"), dense("b", "a", 9, 10, "softmax")], "hard_sigmoid"),
        ([], "dense layers"),
    ],
)
def test_any_other_network_is_refused_with_the_reason(parts: list[Any], why: str) -> None:
    with pytest.raises(NotDense, match=why):
        dense_weights(network(*parts), {})


def test_a_network_that_is_too_large_for_a_finger_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WEIGHTS", 7839)
    with pytest.raises(NotDense, match="7,840"):
        dense_weights(network(dense("a", "flat", 784, 10, "softmax")), {})
