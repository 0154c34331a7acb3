"""One step and its check, against TensorFlow's tape and against finite differences."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.numpy_nn import gradient_check, one_step
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.one_step import Weights
from nnviz.numpy_nn.regularizers import REGULARIZERS

LABEL = 3


def network(activation: str = "relu", penalty: str = "l2", alpha: float = 0.3, seed: int = 1) -> Weights:
    rng = np.random.default_rng(seed)
    sizes = [20, 12, 9, 10]
    coefs = tuple(rng.normal(0, (2 / a) ** 0.5, (a, b)) for a, b in pairwise(sizes))
    return Weights(coefs, tuple(rng.normal(0, 0.3, b) for b in sizes[1:]), (activation,) * 2, penalty, alpha)


def digit(n: int = 20, seed: int = 2) -> Array:
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < 0.5, 0, rng.random(n))


every_activation = pytest.mark.parametrize("activation", ACTIVATIONS)
every_penalty = pytest.mark.parametrize("penalty", REGULARIZERS)


@pytest.mark.slow
@every_activation
@every_penalty
def test_sums_loss_deltas_and_gradients_are_those_of_tensorflow_s_tape(activation: str, penalty: str) -> None:
    tf = pytest.importorskip("tensorflow")
    weights, x = network(activation, penalty), digit()
    coefs = [tf.Variable(w) for w in weights.coefs]
    intercepts = [tf.Variable(b) for b in weights.intercepts]
    bend = tf.keras.activations.get(ACTIVATIONS[activation].keras)
    with tf.GradientTape() as tape:
        a, sums = tf.constant(x[None]), []
        for w, b in zip(coefs, intercepts, strict=True):
            sums.append(a @ w + b)
            tape.watch(sums[-1])
            a = bend(sums[-1])
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits([LABEL], sums[-1])[0]
        size = {"l2": lambda w: tf.reduce_sum(w * w) / 2, "l1": lambda w: tf.reduce_sum(tf.abs(w))}[penalty]
        whole = loss + weights.alpha * sum(size(w) for w in coefs)
    wanted = tape.gradient(whole, {"coefs": coefs, "intercepts": intercepts, "deltas": sums})
    step = one_step.take_apart(weights, x, LABEL)
    assert step.loss == pytest.approx(float(loss), rel=1e-6)
    assert step.loss + step.penalty == pytest.approx(float(whole), rel=1e-6)
    for name, found in wanted.items():
        for ours, theirs in zip(getattr(step, name), found, strict=True):
            np.testing.assert_allclose(ours, np.reshape(theirs, ours.shape), rtol=1e-6, atol=1e-9)
    for ours, theirs in zip(step.sums, sums, strict=True):
        np.testing.assert_allclose(ours, theirs[0], rtol=1e-6, atol=1e-9)


@every_activation
@every_penalty
def test_central_differences_agree_at_every_weight(activation: str, penalty: str) -> None:
    weights = network(activation, penalty)
    places = gradient_check.sample(weights, 10_000, 0)
    assert len(places) == sum(w.size for w in weights.coefs), "all there are"
    found = gradient_check.check(weights, digit(), LABEL, places)
    assert found.greatest < 1e-6


@pytest.mark.parametrize("times", [30, 60])
def test_a_very_sure_network_is_checked_as_well(times: int) -> None:
    weights = network(alpha=0.0)
    coefs = (*weights.coefs[:-1], times * weights.coefs[-1])
    sure = replace(weights, coefs=coefs)
    x = digit()
    label = int(one_step.take_apart(sure, x, LABEL).probabilities.argmax())
    step = one_step.take_apart(sure, x, label)
    assert 0 < step.loss < 1e-5
    assert gradient_check.check(sure, x, label, gradient_check.sample(sure, 100, 1)).greatest < 1e-5


@pytest.mark.parametrize(
    ("mistake", "wrong"), [("derivative", {0, 1}), ("transpose", {0, 1}), ("penalty", {0, 1, 2})]
)
def test_the_check_finds_every_mistake_in_the_layers_that_it_spoils(mistake: str, wrong: set[int]) -> None:
    weights = network()
    places = gradient_check.sample(weights, 200, 7)
    found = gradient_check.check(weights, digit(), LABEL, places, mistake)
    off = {place[0] for place, gap in zip(places, found.differences, strict=True) if gap > 1e-2}
    assert off == wrong


def test_without_the_transpose_the_shapes_do_not_fit() -> None:
    w = network().coefs[-1]
    with pytest.raises(ValueError, match="mismatch"):
        np.zeros((1, 10)) @ w


def test_a_sample_takes_every_layer_and_no_weight_twice_and_is_the_seed_s() -> None:
    weights = network()
    places = gradient_check.sample(weights, 60, 5)
    assert len(set(places)) == 60
    assert [sum(place[0] == layer for place in places) for layer in range(3)] == [20, 20, 20]
    assert places == gradient_check.sample(weights, 60, 5)
    assert places != gradient_check.sample(weights, 60, 6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_small_step_lowers_the_loss_by_rate_times_the_gradient_s_square(dtype: type) -> None:
    weights, x = network().astype(dtype), digit()
    step = one_step.take_apart(weights, x, LABEL)
    assert {each.dtype for each in (*step.coefs, *step.deltas, *step.sums, *step.values)} == {np.dtype(dtype)}
    rate = 1e-3
    after = one_step.take_apart(one_step.moved(weights, step, rate), x, LABEL)
    square = sum(float((each**2).sum()) for each in (*step.coefs, *step.intercepts))
    fallen = step.loss + step.penalty - after.loss - after.penalty
    assert fallen == pytest.approx(rate * square, rel=0.05)
    np.testing.assert_array_equal(weights.coefs[0], network().astype(dtype).coefs[0])


def test_a_gradient_is_input_times_delta_and_λ_times_the_weight() -> None:
    weights, x = network(), digit()
    step = one_step.take_apart(weights, x, LABEL)
    for layer, w in enumerate(weights.coefs):
        product = np.outer(step.values[layer], step.deltas[layer])
        np.testing.assert_allclose(step.coefs[layer], product + weights.alpha * w, rtol=1e-12)


def test_a_walk_is_its_steps_one_after_the_other() -> None:
    weights, x = network(), digit()
    end, steps = one_step.walk(weights, x, LABEL, [0.1, 0.01])
    by_hand = one_step.moved(weights, one_step.take_apart(weights, x, LABEL), 0.1)
    assert steps[1].loss == one_step.take_apart(by_hand, x, LABEL).loss
    by_hand = one_step.moved(by_hand, one_step.take_apart(by_hand, x, LABEL), 0.01)
    np.testing.assert_array_equal(end.coefs[1], by_hand.coefs[1])


def test_what_a_step_does_to_other_digits_is_counted() -> None:
    weights = network(alpha=0.0)
    rng = np.random.default_rng(3)
    x, labels = rng.random((50, 20)), rng.integers(0, 10, 50)
    step = one_step.take_apart(weights, x[0], int(labels[0]))
    after = one_step.moved(weights, step, 0.3)
    found = one_step.effect(weights, after, x, labels)
    assert found.after[0] < found.before[0]
    before, then = (
        [int(one_step.take_apart(each, row, 0).probabilities.argmax()) for row in x]
        for each in (weights, after)
    )
    gained = sum(a != k and b == k for a, b, k in zip(before, then, labels, strict=True))
    lost = sum(a == k and b != k for a, b, k in zip(before, then, labels, strict=True))
    assert found.counts["newly_right"] == gained
    assert found.counts["newly_wrong"] == lost
    assert found.counts["better"] + found.counts["worse"] == 50


def test_far_too_large_a_step_ends_in_numbers_that_are_not_finite_and_says_so() -> None:
    weights = network()
    end, _ = one_step.walk(weights, digit(), LABEL, [1e200] * 3)
    assert not end.finite
    assert weights.finite


def test_the_mean_gradient_is_the_mean_of_the_digits_gradients_and_the_dead_are_counted() -> None:
    weights = network(alpha=0.0)
    weights.intercepts[0][4] = -100
    rng = np.random.default_rng(3)
    x, labels = rng.random((8, 20)), rng.integers(0, 10, 8)
    mean, awake = one_step.mean_gradient(weights, x, labels)
    steps = [one_step.take_apart(weights, row, int(k)) for row, k in zip(x, labels, strict=True)]
    np.testing.assert_allclose(mean[0], np.mean([step.coefs[0] for step in steps], axis=0), atol=1e-12)
    assert awake[0][4] == 0
    np.testing.assert_array_equal(awake[0], np.sum([step.sums[0] > 0 for step in steps], axis=0))
