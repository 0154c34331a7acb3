"""The network as an estimator: what it learns, tells, refuses and survives."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_blobs

from nnviz.core import setting_names
from nnviz.core.records import Array, Epoch
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.numpy_nn import settings, training_loop
from nnviz.numpy_nn.classifier import Diverged, MLPClassifier

Digits = tuple[Array, Array]


@pytest.fixture(scope="module")
def digits() -> Digits:
    """1,797 digits of 8 x 8 pixels in [0, 1], with labels."""
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype(np.float32), y


@pytest.fixture(scope="module")
def large_digits() -> Digits:
    """400 of them enlarged to 28 x 28, as rows of 784."""
    x, y = load_digits(return_X_y=True)
    large = np.kron(x[:400].reshape(-1, 8, 8) / 16, np.ones((1, 3, 3)))
    return np.pad(large, ((0, 0), (2, 2), (2, 2))).reshape(-1, 784).astype(np.float32), y[:400]


@pytest.fixture
def always_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """`on_batch` is asked after every batch, not only a few times a second."""
    monkeypatch.setattr(training_loop, "_ASK_EVERY", 0.0)


def bits(model: MLPClassifier) -> bytes:
    return b"".join(array.tobytes() for array in [*model.coefs_, *model.intercepts_])


# --- learning ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"solver": "adam", "learning_rate_init": 0.002}])
def test_it_learns_to_read_digits_it_has_not_seen(digits: Digits, settings: dict[str, Any]) -> None:
    x, y = digits
    model = MLPClassifier((32,), max_iter=15, random_state=0, **settings).fit(x[:1400], y[:1400])
    assert model.score(x[1400:], y[1400:]) > 0.85


def test_without_hidden_layers_it_is_softmax_regression(digits: Digits) -> None:
    x, y = digits
    model = MLPClassifier((), max_iter=15, random_state=0).fit(x, y)
    assert [w.shape for w in model.coefs_] == [(64, 10)]
    logits = x.astype(np.float64) @ model.coefs_[0] + model.intercepts_[0]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(x), expected, atol=1e-5)
    assert model.score(x, y) > 0.9


def test_layers_of_identity_are_no_more_than_one_line() -> None:
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    x = np.concatenate([np.c_[np.cos(angle), np.sin(angle)], 3 * np.c_[np.cos(angle), np.sin(angle)]])
    y = np.repeat([0, 1], 200)  # a ring in a ring: no line divides them
    settings: dict[str, Any] = {"hidden_layer_sizes": (16, 16), "max_iter": 40, "random_state": 0}
    assert MLPClassifier(activation="identity", **settings).fit(x, y).score(x, y) < 0.7
    assert MLPClassifier(activation="relu", **settings).fit(x, y).score(x, y) > 0.98


def test_labels_may_be_words() -> None:
    x, y = make_blobs(200, centers=[[0, 0], [8, 0], [0, 8]], random_state=0)
    names = np.array(["zebra", "ant", "mole"])[y]
    model = MLPClassifier((8,), max_iter=20, random_state=0).fit(x, names)
    assert model.classes_.tolist() == ["ant", "mole", "zebra"]
    assert (model.predict(x) == names).mean() > 0.95
    columns = model.predict_proba(np.array([[8.0, 0.0]]))
    assert columns.argmax() == 0  # the column of "ant", in the order of classes_


def test_forward_gives_every_layer_as_worked_out_by_hand() -> None:
    model = MLPClassifier.from_weights(
        [np.array([[1.0, -1.0], [2.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 2.0]])],
        [np.array([0.5, -0.5]), np.array([0.0, 1.0])],
    )
    given, hidden, probabilities = model.forward(np.array([[1.0, 2.0], [2.0, 0.0]], np.float32))
    np.testing.assert_array_equal(given, [[1, 2], [2, 0]])
    np.testing.assert_array_equal(hidden, [[5.5, 0.5], [2.5, 0.0]])
    # logits (5.5, 2) and (2.5, 1)
    first = 1 / (1 + np.exp([2 - 5.5, 1 - 2.5]))
    np.testing.assert_allclose(probabilities, np.c_[first, 1 - first], rtol=1e-6)


def test_many_digits_are_read_as_each_alone(digits: Digits) -> None:
    x, y = digits
    model = MLPClassifier((16,), max_iter=2, random_state=0).fit(x, y)
    many = np.tile(x, (3, 1))  # 5,391: more than are read at a time
    p = model.predict_proba(many)
    np.testing.assert_allclose(p, np.tile(model.predict_proba(x), (3, 1)), atol=1e-6)
    for i in (0, 2047, 2048, 4096, 5390):
        np.testing.assert_allclose(p[i], model.predict_proba(many[i : i + 1])[0], atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_that_are_none_are_refused_however_they_come(digits: Digits, bad: float, dtype: type) -> None:
    x, y = digits
    model = MLPClassifier((4,), max_iter=1).fit(x, y)
    spoilt: Array = x[:3].astype(dtype)
    spoilt[1, 5] = bad
    with pytest.raises(ValueError, match="contains"):
        model.predict(spoilt)


@pytest.mark.parametrize("shape", [(0, 64), (3, 63), (64,)])
def test_digits_of_another_shape_are_refused(digits: Digits, shape: tuple[int, ...]) -> None:
    model = MLPClassifier((4,), max_iter=1).fit(*digits)
    with pytest.raises(ValueError, match=r"sample|features|1D"):
        model.predict(np.zeros(shape, np.float32))


def test_what_forward_ends_with_is_what_predict_proba_says(digits: Digits) -> None:
    x, y = digits
    model = MLPClassifier((20, 12), max_iter=2, random_state=0).fit(x, y)
    layers = model.forward(x[:7])
    assert [layer.shape for layer in layers] == [(7, 64), (7, 20), (7, 12), (7, 10)]
    np.testing.assert_array_equal(layers[-1], model.predict_proba(x[:7]))
    assert all(layer.dtype == np.float32 for layer in layers)


def test_the_report_s_network_has_85614_parameters() -> None:
    rng = np.random.default_rng(0)
    model = MLPClassifier((100, 64), max_iter=1).fit(rng.random((20, 784)), np.arange(20) % 10)
    rows = settings.layers(model.coefs_, model.intercepts_, model.activation)
    assert [row.parameters for row in rows] == [78_500, 6_464, 650]
    assert sum(row.parameters for row in rows) == 85_614
    assert [(row.input_shape, row.output_shape) for row in rows] == [
        ((784,), (100,)),
        ((100,), (64,)),
        ((64,), (10,)),
    ]
    assert [row.activation for row in rows] == ["relu", "relu", "softmax"]


def test_a_falling_rate_makes_ever_shorter_steps_and_never_stands_still(digits: Digits) -> None:
    x, y = digits
    settings = {"solver": "sgd", "momentum": 0.0, "alpha": 0.0, "batch_size": len(x), "max_iter": 4}
    model = MLPClassifier.from_weights(
        [np.zeros((64, 10))], [np.zeros(10)], learning_rate="falling", learning_rate_init=0.2, **settings
    )
    for share in (1, 0.75, 0.5, 0.25, 0.25):  # the fifth epoch is one more than was planned
        before = model.coefs_[0].astype(np.float64)
        gradient = x.T @ (model.predict_proba(x) - np.eye(10)[y]) / len(x)  # softmax regression by the book
        model.partial_fit(x, y)
        np.testing.assert_allclose(model.coefs_[0] - before, -0.2 * share * gradient, atol=1e-6)


# --- the story of a training ------------------------------------------------------------------------------


def test_every_epoch_is_told_and_kept(digits: Digits) -> None:
    x, y = digits
    told: list[Epoch] = []
    model = MLPClassifier((16,), max_iter=4, random_state=0).fit(
        x[:1000], y[:1000], on_epoch=told.append, validation=(x[1000:], y[1000:])
    )
    assert model.history_.epochs == tuple(told)
    assert [epoch.number for epoch in told] == [1, 2, 3, 4]
    assert model.n_iter_ == 4
    assert model.loss_curve_ == [epoch.loss for epoch in told]
    assert model.history_.ending == "finished"
    seconds = [epoch.seconds for epoch in told]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0
    assert told[-1].validation_accuracy == pytest.approx(model.score(x[1000:], y[1000:]))
    p = model.predict_proba(x[1000:]).astype(np.float64)
    expected = -np.log(p[np.arange(len(p)), y[1000:]]).mean()
    assert told[-1].validation_loss == pytest.approx(expected, rel=1e-4)


def test_a_plain_epoch_s_score_is_that_of_each_batch_before_its_step(digits: Digits) -> None:
    x, y = digits
    after: list[tuple[float, float]] = []

    def note(epoch: Epoch) -> None:
        p = model.predict_proba(x)
        after.append((model.score(x, y), float(-np.log(p[np.arange(len(p)), y]).mean())))

    model = MLPClassifier((16,), batch_size=len(x), max_iter=5, learning_rate_init=0.3, random_state=0)
    model.fit(x, y, on_epoch=note)
    # One batch holds all the digits, so that an epoch is told as the epoch before had left the network.
    told = [(epoch.accuracy, epoch.loss) for epoch in model.history_.epochs]
    np.testing.assert_allclose(told[1:], after[:-1], rtol=1e-5)


@pytest.mark.parametrize("settings", [{"dropout": 0.4}, {"augment": "small"}])
def test_with_dropout_or_changed_digits_the_score_is_of_the_whole_network_on_the_digits_as_they_are(
    large_digits: Digits, settings: dict[str, Any]
) -> None:
    x, y = large_digits
    model = MLPClassifier((16,), max_iter=2, random_state=0, **settings).fit(x, y)
    p = model.predict_proba(x).astype(np.float64)
    assert model.history_.epochs[-1].accuracy == pytest.approx(model.score(x, y))
    expected = -np.log(p[np.arange(len(p)), y]).mean()
    assert model.history_.epochs[-1].loss == pytest.approx(expected, rel=1e-4)


def test_what_is_listened_to_is_learned_no_differently(digits: Digits) -> None:
    x, y = digits
    alone = MLPClassifier((16,), max_iter=3, random_state=5).fit(x, y)
    watched = MLPClassifier((16,), max_iter=3, random_state=5).fit(
        x, y, on_epoch=lambda epoch: None, on_batch=lambda done, total: False, validation=(x, y)
    )
    assert bits(alone) == bits(watched)


def test_a_listener_sees_the_weights_move(digits: Digits) -> None:
    x, y = digits
    seen: list[bytes] = []
    model = MLPClassifier((16,), max_iter=3, random_state=0)
    model.fit(x, y, on_epoch=lambda epoch: seen.append(bits(model)))
    assert len(set(seen)) == 3
    assert seen[-1] == bits(model)


# --- stopping ---------------------------------------------------------------------------------------------


def test_a_listener_to_epochs_can_stop_it(digits: Digits) -> None:
    x, y = digits
    model = MLPClassifier((16,), max_iter=50).fit(x, y, on_epoch=lambda epoch: epoch.number == 3)
    assert model.n_iter_ == 3
    assert model.history_.ending == "stopped"
    assert model.predict(x[:2]).shape == (2,)


@pytest.mark.usefixtures("always_asked")
def test_a_listener_to_batches_can_stop_it_in_the_middle_of_an_epoch(digits: Digits) -> None:
    x, y = digits
    asked: list[tuple[int, int]] = []

    def third(done: int, total: int) -> bool:
        asked.append((done, total))
        return len(asked) == 3

    start = MLPClassifier((16,), batch_size=100, random_state=0).fit(x, y, on_batch=lambda d, t: True)
    model = MLPClassifier((16,), batch_size=100, random_state=0).fit(x, y, on_batch=third)
    assert asked == [(100, 1797), (200, 1797), (300, 1797)]
    assert model.history_.ending == "stopped"
    assert model.history_.epochs == ()
    assert bits(model) != bits(start)  # two batches further: the network so far is kept
    np.testing.assert_allclose(model.predict_proba(x[:5]).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.usefixtures("always_asked")
def test_batches_are_told_up_to_the_last_digit_of_every_epoch(digits: Digits) -> None:
    x, y = digits
    done: list[int] = []
    MLPClassifier((4,), batch_size=500, max_iter=2).fit(x, y, on_batch=lambda d, t: done.append(d))
    assert done == [500, 1000, 1500, 1797] * 2


def test_short_epochs_are_asked_about_too(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.arange(0, 1000, 0.01))
    monkeypatch.setattr("nnviz.numpy_nn.training_loop.time.monotonic", lambda: next(clock))
    asked: list[int] = []
    MLPClassifier((4,), batch_size=600, max_iter=20).fit(*digits, on_batch=lambda d, t: asked.append(d))
    # 60 batches with a hundredth of a second between them, each of which is shorter than an epoch of three.
    assert 2 <= len(asked) <= 4


@pytest.mark.parametrize(("tol", "patience"), [(0.02, 3), (0.01, 3), (0.02, 5)])
def test_it_stops_early_when_the_training_accuracy_has_stayed_within_tol(
    digits: Digits, tol: float, patience: int
) -> None:
    x, y = digits
    settings: dict[str, Any] = {"hidden_layer_sizes": (12,), "max_iter": 60, "random_state": 0}
    whole = MLPClassifier(**settings).fit(x, y)
    early = MLPClassifier(**settings, tol=tol, n_iter_no_change=patience).fit(x, y)
    accuracy = [epoch.accuracy for epoch in whole.history_.epochs]
    expected = next(n for n in range(patience, 61) if np.ptp(accuracy[n - patience : n]) <= tol)
    assert early.n_iter_ == expected < 60
    assert early.history_.ending == "early"


@pytest.mark.parametrize("tol", [0, 0.0, None])
def test_without_tol_every_epoch_is_trained_even_when_nothing_changes(tol: float | None) -> None:
    x = np.array([[0.0], [1.0]] * 10)
    y = np.array([0, 1] * 10)
    model = MLPClassifier((), max_iter=30, tol=tol, random_state=0, learning_rate_init=1.0).fit(x, y)
    assert [epoch.accuracy for epoch in model.history_.epochs[-5:]] == [1.0] * 5
    assert model.n_iter_ == 30
    assert model.history_.ending == "finished"


# --- divergence -------------------------------------------------------------------------------------------


def diverge(x: Array, y: Array, **settings: Any) -> tuple[MLPClassifier, Diverged]:
    model = MLPClassifier((16,), random_state=0, max_iter=30, **settings)
    with pytest.raises(Diverged) as caught:
        model.fit(x, y)
    return model, caught.value


def test_divergence_names_the_epoch_and_the_learning_rate(digits: Digits) -> None:
    model, error = diverge(*digits, learning_rate_init=1000.0, activation="identity")
    assert error.epoch == model.n_iter_ + 1
    assert f"epoch {error.epoch}" in str(error)
    assert "Lower the learning rate (1,000)" in str(error)
    assert model.history_.ending == "diverged"
    assert model.history_.note == str(error)


def test_divergence_by_an_overshooting_penalty_says_to_lower_alpha(digits: Digits) -> None:
    _, error = diverge(*digits, learning_rate_init=0.004, momentum=0.0, alpha=1e6)
    assert "Lower λ (1,000,000)" in str(error)


@pytest.mark.parametrize(
    "settings",
    [
        {"learning_rate_init": 1000.0, "activation": "identity"},
        {"learning_rate_init": 1e6},
        {"learning_rate_init": 0.004, "momentum": 0.0, "alpha": 1e6},
        {"learning_rate_init": 1e30, "solver": "adam"},
        {"learning_rate_init": 1e12, "penalty": "l1", "alpha": 1e20},
    ],
)
def test_after_divergence_the_network_still_answers_in_finite_numbers(
    digits: Digits, settings: dict[str, Any]
) -> None:
    x, _ = digits
    model, _ = diverge(*digits, **settings)
    assert all(np.isfinite(array).all() for array in [*model.coefs_, *model.intercepts_])
    probabilities = model.predict_proba(x)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-4)
    assert set(model.predict(x)) <= set(range(10))


def test_after_divergence_the_weights_are_those_of_the_last_good_epoch(digits: Digits) -> None:
    x, y = digits
    kept: list[bytes] = []
    model = MLPClassifier((), learning_rate_init=0.5, momentum=0.0, random_state=0, batch_size=100)
    model.set_params(alpha=401.0, max_iter=1000)  # each step turns the weights by -1.005: it takes a while
    with pytest.raises(Diverged) as caught:
        model.fit(x, y, on_epoch=lambda epoch: kept.append(bits(model)))
    assert caught.value.epoch == len(kept) + 1 > 10
    assert bits(model) in kept[-3:]


def test_a_validation_loss_that_is_not_finite_is_divergence_too(digits: Digits) -> None:
    x, y = digits
    with pytest.raises(Diverged):
        MLPClassifier((8,), max_iter=3, learning_rate_init=0.01).fit(
            x, y, validation=(np.full_like(x, 1e38), y)
        )


def test_a_divergence_travels_between_processes_with_its_epoch() -> None:
    error = pickle.loads(pickle.dumps(Diverged("It diverged.", 7)))
    assert (str(error), error.epoch) == ("It diverged.", 7)


# --- chance -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.3, "augment": "medium", "solver": "adam"}])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(
    large_digits: Digits, settings: dict[str, Any]
) -> None:
    def train(seed: int) -> bytes:
        return bits(MLPClassifier((16, 8), max_iter=2, random_state=seed, **settings).fit(*large_digits))

    assert train(3) == train(3)
    assert train(3) != train(4)


def test_fitting_again_starts_afresh(digits: Digits) -> None:
    x, y = digits
    model = MLPClassifier((8,), max_iter=2, random_state=0).fit(x, y)
    first = bits(model)
    assert bits(model.fit(x, y)) == first
    assert model.n_iter_ == len(model.loss_curve_) == 2


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_three_times_partial_fit_is_three_epochs_of_fit(digits: Digits, solver: str) -> None:
    x, y = digits
    settings: dict[str, Any] = {"hidden_layer_sizes": (8,), "solver": solver, "random_state": 0}
    whole = MLPClassifier(**settings, max_iter=3).fit(x, y)
    parts = MLPClassifier(**settings)
    for _ in range(3):
        parts.partial_fit(x, y)
    assert bits(parts) == bits(whole)
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.n_iter_ == 3


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_pickled_network_goes_on_as_the_original_does(digits: Digits, solver: str) -> None:
    x, y = digits
    model = MLPClassifier((8,), solver=solver, random_state=0).partial_fit(x, y)
    copy = pickle.loads(pickle.dumps(model))
    before = bits(copy)
    assert bits(copy.partial_fit(x, y)) == bits(model.partial_fit(x, y)) != before
    np.testing.assert_array_equal(copy.predict_proba(x), model.predict_proba(x))


def test_partial_fit_knows_labels_that_are_still_to_come(digits: Digits) -> None:
    x, y = digits
    few = y < 3
    model = MLPClassifier((8,), random_state=0).partial_fit(x[few], y[few], classes=range(10))
    assert model.predict_proba(x).shape == (len(x), 10)
    model.partial_fit(x, y)
    with pytest.raises(ValueError, match="11"):
        model.partial_fit(x[:1], [11])


# --- dropout ----------------------------------------------------------------------------------------------


@pytest.fixture
def dropout_masks(monkeypatch: pytest.MonkeyPatch) -> list[Array]:
    """Every mask that a training draws."""
    drawn: list[Array] = []
    draw = training_loop.Trainer._masks

    def record(self: training_loop.Trainer, hidden: list[Array]) -> list[Array]:
        masks = draw(self, hidden)
        drawn.extend(masks)
        return masks

    monkeypatch.setattr(training_loop.Trainer, "_masks", record)
    return drawn


def test_dropout_silences_its_part_and_makes_the_others_louder(
    digits: Digits, dropout_masks: list[Array]
) -> None:
    MLPClassifier((20, 10), dropout=0.25, max_iter=2, random_state=0).fit(*digits)
    values = np.concatenate([mask.ravel() for mask in dropout_masks])
    assert set(np.unique(values)) == {0, np.float32(1 / 0.75)}
    assert (values == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert values.mean() == pytest.approx(1, abs=0.02)  # on average a layer is as loud as without
    first, second = dropout_masks[0], dropout_masks[2]
    assert first.shape == second.shape == (16, 20)
    assert (first != second).any(), "every batch silences other units"


def test_no_unit_is_silenced_when_the_network_is_asked(digits: Digits) -> None:
    x, y = digits
    model = MLPClassifier((20,), dropout=0.5, max_iter=1, random_state=0).fit(x, y)
    np.testing.assert_array_equal(model.predict_proba(x), model.predict_proba(x))
    hidden = np.maximum(x @ model.coefs_[0] + model.intercepts_[0], 0)
    np.testing.assert_allclose(model.forward(x)[1], hidden, atol=1e-5)


# --- changed digits ---------------------------------------------------------------------------------------


def test_digits_are_changed_anew_at_every_epoch_and_those_given_stay_as_they_are(
    large_digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = large_digits
    given = x.copy()
    seen: list[Array] = []
    small = AUGMENTATIONS["small"]

    def record(given: Array, rng: np.random.Generator) -> Array:
        seen.append(small.value(given, rng))
        return seen[-1]

    monkeypatch.setitem(AUGMENTATIONS, "small", replace(small, value=record))
    monkeypatch.setattr(training_loop, "epoch_order", lambda rng, n: np.arange(n))
    MLPClassifier((4,), augment="small", max_iter=2, random_state=0).fit(x, y)
    first, second = np.concatenate(seen[: len(seen) // 2]), np.concatenate(seen[len(seen) // 2 :])
    assert first.shape == second.shape == x.shape
    assert (np.abs(first - second).max(axis=1) > 0.05).all(), "no digit is twice the same"
    np.testing.assert_array_equal(x, given)


def test_only_digits_of_784_pixels_can_be_changed(digits: Digits) -> None:
    with pytest.raises(ValueError, match=r"784 pixels, but there are 64 features"):
        MLPClassifier(augment="small").fit(*digits)


# --- speed without side effects, and memory ---------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"solver": "adam"}, {"augment": "medium", "dropout": 0.2}])
def test_training_takes_less_memory_than_twice_the_digits_and_the_weights(settings: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((6_000, 784), np.float32), rng.integers(0, 10, 6_000)
    model = MLPClassifier((100, 64), max_iter=1, batch_size=200, **settings)
    model.fit(x[:200], y[:200])  # what is imported and cached at the first use is not the training's
    tracemalloc.start()
    try:
        model.fit(x, y, validation=(x[:1000], y[:1000]))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    weights = sum(array.nbytes for array in [*model.coefs_, *model.intercepts_])
    assert x.nbytes + most < 2 * x.nbytes + weights


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
def test_other_numbers_are_turned_into_float32_once(digits: Digits, dtype: type) -> None:
    x, y = digits
    whole = np.rint(x * 16).astype(dtype)
    expected = MLPClassifier((8,), max_iter=2, random_state=0).fit(whole.astype(np.float32), y)
    model = MLPClassifier((8,), max_iter=2, random_state=0).fit(whole, y)
    assert bits(model) == bits(expected)
    assert {array.dtype for array in model.coefs_} == {np.dtype(np.float32)}


@pytest.mark.parametrize("settings", [{"alpha": 100.0}, {"alpha": 5.0, "solver": "adam"}])
def test_weights_that_only_shrink_end_at_nought_and_not_among_the_slow_smallest_numbers(
    digits: Digits, settings: dict[str, Any]
) -> None:
    model = MLPClassifier((16,), max_iter=40, random_state=0, **settings).fit(*digits)
    sizes = np.abs(np.concatenate([w.ravel() for w in model.coefs_]))
    smallest_normal = np.finfo(np.float32).tiny
    assert not ((sizes > 0) & (sizes < smallest_normal)).any()


# --- settings and data that make no sense -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("activation", "swish", "relu, logistic, tanh, identity"),
        ("solver", "lbfgs", "sgd, adam"),
        ("penalty", "l3", "l2, l1"),
        ("learning_rate", "adaptive", "constant, falling"),
        ("alpha", "much", "from 0 up"),
        ("init", "zeros", "he, glorot, normal"),
        ("augment", "huge", "none, small"),
        ("alpha", -1.0, "from 0 up"),
        ("alpha", float("nan"), "from 0 up"),
        ("learning_rate_init", 0.0, "above 0"),
        ("momentum", 1.0, "not 1"),
        ("dropout", 1.0, "not 1"),
        ("tol", -0.1, "from 0 up"),
        ("batch_size", 0, "from 1 up"),
        ("batch_size", 1.5, "whole number"),
        ("max_iter", 0, "from 1 up"),
        ("n_iter_no_change", 0, "from 1 up"),
        ("hidden_layer_sizes", (10, 0), "from 1 up"),
        ("hidden_layer_sizes", -5, "from 1 up"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(
    digits: Digits, setting: str, value: object, expected: str
) -> None:
    with pytest.raises(ValueError, match=f"^{setting_names.first_word(setting)}: expected .*{expected}"):
        MLPClassifier().set_params(**{setting: value}).fit(*digits)


def test_validation_labels_that_were_never_taught_are_refused(digits: Digits) -> None:
    x, y = digits
    few = y < 9
    with pytest.raises(ValueError, match=r"validation labels \[9\]"):
        MLPClassifier((4,), max_iter=1).fit(x[few], y[few], validation=(x, y))


def test_one_hidden_layer_may_be_given_as_a_number(digits: Digits) -> None:
    assert MLPClassifier(7, max_iter=1).fit(*digits).coefs_[0].shape == (64, 7)


def test_a_batch_larger_than_the_data_is_the_whole_data(digits: Digits) -> None:
    x, y = digits
    settings: dict[str, Any] = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0}
    large = MLPClassifier(**settings, batch_size=10_000).fit(x, y)
    exact = MLPClassifier(**settings, batch_size=len(x)).fit(x, y)
    assert bits(large) == bits(exact)
