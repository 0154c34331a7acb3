"""One step in JavaScript, against the same step in NumPy."""

from __future__ import annotations

import base64
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from nnviz.components.one_step import _checked
from nnviz.core.records import Array
from nnviz.inference import browser, conv_step, graph
from nnviz.inspection.dense_weights import dense_weights
from nnviz.numpy_nn import one_step
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.one_step import Weights
from tests.components.javascript import evaluate
from tests.inference.test_conv_step import network as conv_network

MODULES = {
    "one_step/arithmetic": "denseLayers, fates, gradient, Trial, walked",
    "shared/text": "floatsFromBase64",
}
STEP = """({ steps, numbers, taken, values, deltas, penalty, digits, labels, rate }) => {
    const layers = walked(denseLayers(steps, floatsFromBase64(numbers)), taken, penalty);
    const grads = layers.map((layer, n) => gradient(layer, values[n], deltas[n], penalty));
    const trial = new Trial(layers, grads, deltas, Float64Array.from(digits));
    const [before, after] = [trial.after(0), trial.after(rate)];
    const told = fates(before, after, labels);
    return {
        weights: layers.map(({ w }) => [...w]),
        grads: grads.map((each) => [...each]),
        before: [...before],
        after: [...after],
        better: told.filter(({ better }) => better).length,
        newly_wrong: told.filter(({ fate }) => fate === "newly_wrong").length,
        newly_right: told.filter(({ fate }) => fate === "newly_right").length,
    };
}"""


def network(activation: str) -> graph.Network:
    rng = np.random.default_rng(4)
    sizes = [784, 20, 15, 10]
    coefs = [rng.normal(0, (3 / a) ** 0.5, (a, b)).astype(np.float32) for a, b in pairwise(sizes)]
    intercepts = [rng.normal(0, 0.2, b).astype(np.float32) for b in sizes[1:]]
    return graph.dense(coefs, intercepts, ACTIVATIONS[activation].keras)


def plain(arrays: Any) -> list[list[float]]:
    return [np.asarray(each, np.float64).ravel().tolist() for each in arrays]


def probabilities(weights: Weights, x: Array) -> Array:
    return np.array([one_step.take_apart(weights, row, 0).probabilities for row in x])


@pytest.mark.parametrize(("activation", "penalty"), [("relu", "l2"), ("gelu", "l1")])
def test_the_browser_walks_as_numpy_does_and_tells_any_step_s_effect(activation: str, penalty: str) -> None:
    made = network(activation)
    weights = dense_weights(made, {"penalty": penalty, "alpha": 0.02}).astype(np.float64)
    rng = np.random.default_rng(5)
    x = (rng.random((31, 784)) * (rng.random((31, 784)) < 0.2)).astype(np.float32)
    label, labels, rate = 3, rng.integers(0, 10, 30), 0.2
    now, taken = one_step.walk(weights, x[0], label, [0.05, 0.1])
    step = one_step.take_apart(now, x[0], label)
    after = one_step.moved(now, step, rate)
    program = browser.program_of(made)
    found = evaluate(
        MODULES,
        STEP,
        {
            "steps": program.steps,
            "numbers": base64.b64encode(program.numbers.astype("<f4").tobytes()).decode(),
            "taken": [
                {"rate": rate, "values": plain(each.values[:-1]), "deltas": plain(each.deltas)}
                for rate, each in zip([0.05, 0.1], taken, strict=True)
            ],
            "values": plain(step.values[:-1]),
            "deltas": plain(step.deltas),
            "penalty": {"name": penalty, "alpha": 0.02, "batch": 1},
            "digits": x.ravel().astype(float).tolist(),
            "labels": labels.tolist(),
            "rate": rate,
        },
    )
    for name, wanted in (("weights", now.coefs), ("grads", step.coefs)):
        for ours, theirs in zip(found[name], wanted, strict=True):
            np.testing.assert_allclose(ours, theirs.ravel(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found["before"], probabilities(now, x).ravel(), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found["after"], probabilities(after, x).ravel(), rtol=1e-6, atol=1e-9)
    counts = one_step.effect(now, after, x[1:], labels).counts
    assert {name: found[name] for name in ("better", "newly_right", "newly_wrong")} == {
        name: counts[name] for name in ("better", "newly_right", "newly_wrong")
    }


@pytest.mark.parametrize(
    "message",
    [
        None,
        {"what": "take", "n": 1, "rate": 0.1, "token": "another"},
        {"what": "take", "n": 3, "rate": 0.1, "token": "this"},
        {"what": "take", "n": 1, "rate": 1e9, "token": "this"},
        {"what": "take", "n": True, "rate": 0.1, "token": "this"},
        {"what": "take", "n": 10, "rate": 0.1, "token": "this"},
        {"what": "take", "n": 1, "rate": "0.1", "token": "this"},
    ],
)
def test_what_no_button_says_takes_no_step(message: Any) -> None:
    assert _checked(message, "this", 45) is None
    assert _checked({"what": "take", "n": 1, "rate": 0.1, "token": "this"}, "this", 45) is not None
    assert _checked({"what": "back", "n": 1, "rate": 0.1, "token": "this"}, "this", 0) is None


CONVOLVING = {**MODULES, "one_step/way": "walkedOn, workedOut"}
CONV_STEP = """({ steps, numbers, rates, digits, label, labels, rate }) => {
    const digit = Float64Array.from(digits).subarray(0, 784);
    const layers = walkedOn(denseLayers(steps, floatsFromBase64(numbers)), digit, label, rates);
    const { given, sums, deltas } = workedOut(layers, digit, label);
    const none = { name: "l2", alpha: 0, batch: 1 };
    const grads = layers.map((layer, n) => gradient(layer, given[n], deltas[n], none));
    const trial = new Trial(layers, grads, deltas, Float64Array.from(digits));
    const plain = (arrays) => arrays.map((each) => [...each]);
    return { sums: plain(sums), deltas: plain(deltas), coefs: plain(grads), after: [...trial.after(rate)] };
}"""


@pytest.mark.parametrize("how", [{}, {"padding": "same", "strides": (2, 2)}])
def test_the_browser_takes_convolutions_apart_as_numpy_does(how: dict[str, Any]) -> None:
    made = conv_network(**how)
    weights = conv_step.conv_weights(made).astype(np.float64)
    rng = np.random.default_rng(5)
    x = (rng.random((6, 784)) * (rng.random((6, 784)) < 0.3)).astype(np.float32)
    label, rate = 3, 0.02
    now, _ = one_step.walk(weights, x[0], label, [0.01, 0.02])
    step = now.take_apart(x[0], label)
    after = one_step.moved(now, step, rate)
    program = browser.program_of(made)
    found = evaluate(
        CONVOLVING,
        CONV_STEP,
        {
            "steps": program.steps,
            "numbers": base64.b64encode(program.numbers.astype("<f4").tobytes()).decode(),
            "rates": [0.01, 0.02],
            "label": label,
            "labels": [],
            "digits": x.ravel().astype(float).tolist(),
            "rate": rate,
        },
    )
    for name in ("sums", "deltas", "coefs"):
        for ours, theirs in zip(found[name], getattr(step, name), strict=True):
            np.testing.assert_allclose(ours, theirs.ravel(), rtol=1e-9, atol=1e-13)
    wanted = [after.take_apart(row, 0).probabilities for row in x]
    np.testing.assert_allclose(found["after"], np.ravel(wanted), rtol=1e-9, atol=1e-12)
