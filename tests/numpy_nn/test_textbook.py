"""What the lesson shows against what trains: the same weights, step by step, whatever the settings."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from nnviz.core.records import Array
from nnviz.numpy_nn import backprop, training_loop
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.numpy_nn.fast import FAST_SOLVERS, Parameters
from nnviz.numpy_nn.initializers import INITIALIZERS
from nnviz.numpy_nn.losses import SoftmaxCrossEntropy, cross_entropy
from nnviz.numpy_nn.optimizers import SCHEDULES, SOLVERS
from nnviz.numpy_nn.regularizers import REGULARIZERS

STEPS = [("sgd", 0.0, 0.05), ("sgd", 0.9, 0.02), ("adam", 0.0, 0.002)]


def weights_of(network: backprop.Network) -> Array:
    """In the order of `Parameters.flat`."""
    layers = network.dense
    parts = [layer.params["w"].ravel() for layer in layers] + [layer.params["b"] for layer in layers]
    return np.concatenate(parts)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("penalty", sorted(REGULARIZERS))
@pytest.mark.parametrize(("solver", "momentum", "rate"), STEPS)
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_step_of_training_is_the_textbook_s(
    activation: str, solver: str, momentum: float, rate: float, penalty: str, dropout: float
) -> None:
    # In float64, where two ways of writing one sum differ by 1e-16 and a wrong term by far more than 1e-12.
    sizes, n, alpha = [12, 9, 7, 4], 6, 0.3
    rng = np.random.default_rng(5)
    theirs, ours = np.random.default_rng(6), np.random.default_rng(6)
    network = backprop.build(sizes, activation, "he", rng, dropout=dropout, dtype=np.float64)
    for layer in network.layers:
        if isinstance(layer, backprop.Dropout):
            layer.rng = theirs
    for layer in network.dense:
        layer.params["b"][...] = rng.normal(0, 0.2, layer.params["b"].shape)
    parameters = Parameters.of(
        [layer.params["w"] for layer in network.dense], [layer.params["b"] for layer in network.dense], float
    )
    trainer = training_loop.Trainer(
        parameters,
        ACTIVATIONS[activation],
        FAST_SOLVERS[solver](parameters, rate, momentum),
        REGULARIZERS[penalty],
        alpha=alpha,
        batch_size=n,
        dropout=dropout,
        change=None,
        rng=ours,
    )
    optimizer = SOLVERS[solver](network.params(), rate, momentum)
    for step in range(12):
        before = parameters.flat.copy()
        rows = n - step % 2
        x, labels = rng.normal(0, 1, (rows, 12)), rng.integers(0, 4, rows)
        loss = backprop.train_batch(network, x, labels, optimizer, REGULARIZERS[penalty], alpha)
        logits = np.empty((rows, 4))
        trainer.step(x, np.eye(4)[labels], logits)
        np.testing.assert_allclose(parameters.flat, weights_of(network), rtol=0, atol=1e-11)
        assert cross_entropy(logits, labels) == pytest.approx(loss, abs=1e-11)
        assert np.abs(parameters.flat - before).max() > 1e-4, "nothing is proved by weights that stand still"


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    """200 digits of 8 x 8 pixels in [0, 1]: batches of 16 and a short one of 8."""
    x, y = load_digits(return_X_y=True)
    return (x[:200] / 16).astype(np.float32), y[:200]


@pytest.mark.parametrize("dropout", [0.0, 0.2])
@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@pytest.mark.parametrize("init", sorted(INITIALIZERS))
@pytest.mark.parametrize(("solver", "momentum", "rate"), STEPS)
@pytest.mark.parametrize("hidden", [(), (20, 12)])
def test_the_same_seed_gives_a_textbook_loop_the_weights_of_the_classifier(
    digits: tuple[Array, Array],
    hidden: tuple[int, ...],
    solver: str,
    momentum: float,
    rate: float,
    init: str,
    schedule: str,
    dropout: float,
) -> None:
    x, y = digits
    epochs = 3
    chosen: dict[str, Any] = {"solver": solver, "momentum": momentum, "init": init, "dropout": dropout}
    trained = MLPClassifier(
        hidden,
        **chosen,
        learning_rate=schedule,
        learning_rate_init=rate,
        max_iter=epochs,
        alpha=0.1,
        random_state=4,
    ).fit(x, y)

    rng = np.random.default_rng(4)
    network = backprop.build([64, *hidden, 10], "relu", init, rng, dropout=dropout)
    begun = weights_of(network).copy()
    optimizer = SOLVERS[solver](network.params(), rate, momentum)
    for epoch in range(epochs):
        optimizer.rate = rate * SCHEDULES[schedule].share(epoch / epochs)
        for batch, labels in backprop.batches(x, y, 16, rng):
            backprop.train_batch(network, batch, labels, optimizer, REGULARIZERS["l2"], 0.1)
    found = Parameters.of(trained.coefs_, trained.intercepts_).flat
    # float32: 39 steps, each rounded in another order
    np.testing.assert_allclose(found, weights_of(network), rtol=1e-5, atol=2e-5)
    assert weights_of(network).dtype == np.float32
    assert np.abs(found - begun).max() > 0.01


def test_what_is_shown_and_what_trains_offer_the_same_optimizers() -> None:
    assert SOLVERS.keys() == FAST_SOLVERS.keys()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_the_gradient_of_the_loss_is_the_one_that_finite_differences_find(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, labels, step = rng.normal(0, 3, (n, k)), rng.integers(0, k, n), 1e-6
    loss = SoftmaxCrossEntropy()
    loss.forward(logits, labels)
    found = loss.backward()
    for place in np.ndindex(n, k):
        around = []
        for moved in (step, -step):
            other = logits.copy()
            other[place] += moved
            around.append(cross_entropy(other, labels))
        assert found[place] == pytest.approx((around[0] - around[1]) / (2 * step), abs=1e-7)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_backward_hands_back_the_gradient_in_the_inputs(activation: str) -> None:
    rng = np.random.default_rng(3)
    network = backprop.build([5, 4, 3], activation, "glorot", rng, dtype=np.float64)
    x, labels, loss, step = rng.normal(0, 1, (2, 5)), np.array([0, 2]), SoftmaxCrossEntropy(), 1e-6
    loss.forward(network.forward(x), labels)
    found = network.backward(loss.backward())
    for place in np.ndindex(*x.shape):
        around = []
        for moved in (step, -step):
            other = x.copy()
            other[place] += moved
            around.append(cross_entropy(network.forward(other), labels))
        assert found[place] == pytest.approx((around[0] - around[1]) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("name", sorted(REGULARIZERS))
def test_a_penalty_s_derivative_is_the_one_that_finite_differences_find(name: str) -> None:
    penalty, step = REGULARIZERS[name], 1e-6
    w = np.array([[-2.0, -0.3], [0.7, 5.0]])
    found = penalty.derivative(w)
    for place in np.ndindex(*w.shape):
        up, down = w.copy(), w.copy()
        up[place] += step
        down[place] -= step
        assert found[place] == pytest.approx((penalty.value(up) - penalty.value(down)) / (2 * step), abs=1e-6)


def test_dropout_silences_its_share_and_keeps_the_mean() -> None:
    layer = backprop.Dropout(0.25, np.random.default_rng(0))
    out = layer.forward(np.ones((100, 400)))
    assert set(np.unique(out)) == {0.0, 1 / 0.75}
    assert out.mean() == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(layer.backward(np.full((100, 400), 2.0)), 2 * out)


def test_an_epoch_takes_every_digit_once_and_each_time_in_another_order() -> None:
    x = np.arange(10.0)[:, None]
    rng = np.random.default_rng(0)
    epochs = [list(backprop.batches(x, x[:, 0], 4, rng)) for _ in range(5)]
    for epoch in epochs:
        assert [len(labels) for _, labels in epoch] == [4, 4, 2]
        assert all((batch[:, 0] == labels).all() for batch, labels in epoch)
        assert sorted(np.concatenate([labels for _, labels in epoch])) == list(range(10))
    orders = [np.concatenate([labels for _, labels in epoch]).tolist() for epoch in epochs]
    assert all(one != other for one, other in pairwise(orders))
