"""The CNN and how it learns: against the report's counts, Keras' own training, and its own promises."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array, Epoch, Split
from nnviz.data import mnist
from nnviz.keras_models import backend, cnn, compiled, training_loop
from nnviz.model_store import formats, keras_file
from nnviz.trainers import base

SMALL = cnn.Settings(kernel_size=3, filters=4, dense=8, dropout=0.0, batch_size=32, max_iter=2)


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    """600 embedded digits, 60 of each: (600, 784) float32 and labels."""
    embedded = mnist.embedded()
    chosen = np.random.default_rng(0).permutation(5000)[:600]
    return mnist.to_rows(embedded.images[chosen]), embedded.labels[chosen]


def trained(settings: cnn.Settings, x: Array, y: Array, **how: Any) -> tuple[Any, Any]:
    model = how.pop("model", None) or cnn.build(settings)
    history = training_loop.fit(
        model,
        how.pop("optimizer", None) or training_loop.optimizer(settings, len(x)),
        x,
        y,
        batch_size=settings.batch_size,
        epochs=settings.max_iter,
        rng=np.random.default_rng(settings.random_state),
        **how,
    )
    return model, history


def test_the_report_s_network_has_its_135_805_parameters() -> None:
    model = cnn.build(cnn.Settings())
    assert [layer.parameters for layer in cnn.layers(model)] == [320, 0, 0, 135_225, 0, 260]
    assert [layer.kind for layer in cnn.layers(model)] == [
        *("Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dropout", "Dense")
    ]
    assert model.count_params() == cnn.parameters(cnn.Settings()) == 135_805


@pytest.mark.parametrize("k", [2, 5, 8, 23, 24])
def test_parameters_are_counted_without_building(k: int) -> None:
    settings = cnn.Settings(kernel_size=k, filters=7, dense=11)
    assert cnn.parameters(settings) == cnn.build(settings).count_params()


def test_the_seed_decides_the_start() -> None:
    one, same, other = (cnn.build(dataclasses.replace(SMALL, random_state=seed)) for seed in (1, 1, 2))
    for a, b in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.get_weights()[0], other.get_weights()[0])


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"kernel_size": 1}, "Kernel size: expected a whole number from 2 to 24, not 1"),
        ({"kernel_size": 25}, "from 2 to 24, not 25"),
        ({"filters": 2.5}, "Filters: expected a whole number"),
        ({"dropout": 1.0}, "Dropout: expected a number from 0 to 0.9"),
        ({"learning_rate_init": float("nan")}, "Learning rate: expected a number"),
        ({"solver": "lbfgs"}, "Solver: expected one of adam, sgd, rmsprop"),
        ({"augment": "huge"}, "Changes of the digits: expected one of none"),
        ({"learning_rate": "falling"}, "Learning rate from epoch to epoch: expected one of constant, cosine"),
        ({"max_iter": True}, "Epochs: expected a whole number"),
        ({"colour": "red"}, "no setting called colour"),
        ({"batch_size": 4096, "filters": 128}, "maps of 4,096 digits with 128 filters take too much memory"),
    ],
)
def test_settings_that_make_no_sense_are_named(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        cnn.Settings.from_mapping(changed)


@pytest.mark.parametrize(("decay", "schedule"), [(True, "cosine"), (False, "constant")])
def test_settings_kept_under_the_old_name_of_the_schedule_are_understood(decay: bool, schedule: str) -> None:
    assert cnn.Settings.from_mapping({"decay": decay}).learning_rate == schedule


def other_kind(seed: int) -> Any:
    """A network of another kind than the report's, with something that behaves otherwise in training."""
    keras = backend.keras()
    keras.utils.set_random_seed(seed)
    made = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            made.Conv2D(3, 3, strides=2, use_bias=False),
            made.BatchNormalization(),
            made.ReLU(),
            made.GlobalAveragePooling2D(),
            made.Dense(10, activation="softmax"),
        ]
    )


@pytest.mark.parametrize(
    ("kind", "solver", "parts", "n"),
    [
        ("report", "sgd", 1, 200),
        ("report", "adam", 1, 200),
        ("other", "adam", 1, 200),
        ("report", "adam", 3, 193),  # three threads, and a batch of one digit
        ("other", "adam", 3, 200),  # whose digits are normalised together
    ],
)
def test_the_steps_are_those_that_keras_takes_itself(
    digits: tuple[Array, Array], kind: str, solver: str, parts: int, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_loop.backend, "side_by_side", lambda: parts)
    x, y = digits[0][:n], digits[1][:n]  # six batches of 32, and one of 8 or 1
    settings = cnn.Settings.from_mapping({**dataclasses.asdict(SMALL), "solver": solver})
    ours, theirs = (cnn.build(settings) if kind == "report" else other_kind(1) for _ in range(2))
    assert (cnn.pool_before_relu(ours) is not None) == (kind == "report")
    orders: list[Array] = []

    def remembered(part: Array, rng: np.random.Generator) -> Array:
        orders.append(part.copy())
        return part

    trained(settings, x, y, change=remembered, model=ours)
    theirs.compile(
        training_loop.optimizer(settings, len(x)), "sparse_categorical_crossentropy", jit_compile=False
    )
    seen = np.concatenate(orders).reshape(2, n, 784)
    label_of = {row.tobytes(): label for row, label in zip(x, y, strict=True)}
    for epoch in seen:
        for start in range(0, n, 32):
            batch = epoch[start : start + 32]
            labels = np.array([label_of[row.tobytes()] for row in batch])
            theirs.train_on_batch(batch.reshape(-1, 28, 28, 1), labels)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_an_epoch_takes_every_digit_once_and_in_another_order_each_time(digits: tuple[Array, Array]) -> None:
    x = np.zeros((150, 784), np.float32)
    x[:, 0] = np.arange(150)
    seen: list[float] = []

    def remembered(part: Array, rng: np.random.Generator) -> Array:
        seen.extend(part[:, 0])
        return part

    progress: list[tuple[int, int]] = []

    def on_batch(done: int, total: int) -> bool:
        progress.append((done, total))
        return False

    trained(SMALL, x, np.arange(150) % 10, change=remembered, on_batch=on_batch)
    first, second = seen[:150], seen[150:]
    assert sorted(first) == sorted(second) == list(range(150))
    assert first != second
    assert [total for _, total in progress] == [150] * len(progress)
    done = [done for done, _ in progress]
    assert done.count(150) == 2
    assert done[0] == 0
    assert all(0 < one <= 150 for one in done[1:])


@pytest.mark.parametrize("averaging", [0.0, 0.9])
def test_the_same_seed_learns_the_same_whatever_the_clock_says(
    digits: tuple[Array, Array], averaging: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = np.tile(digits[0], (5, 1)), np.tile(digits[1], 5)
    settings = cnn.Settings.from_mapping({**dataclasses.asdict(SMALL), "dropout": 0.4})
    how = {"change": training_loop.changing("small"), "averaging": averaging}
    calls: list[list[int]] = [[], []]
    fast = (step / 1e4 for step in range(10**6))
    monkeypatch.setattr(training_loop.time, "monotonic", fast.__next__)
    one, _ = trained(settings, x, y, on_batch=lambda done, total: calls[0].append(done), **how)
    monkeypatch.setattr(training_loop.time, "monotonic", iter(range(10**6)).__next__)  # a slow machine
    again, _ = trained(settings, x, y, on_batch=lambda done, total: calls[1].append(done), **how)
    assert len(calls[1]) > len(calls[0]), "the slow machine should be asked more often"
    for a, b in zip(one.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_it_learns_to_read_and_keeps_the_weights_that_read_best(digits: tuple[Array, Array]) -> None:
    x, y = digits
    settings = dataclasses.replace(SMALL, max_iter=6, learning_rate_init=0.02)
    validation = (x[500:], y[500:])
    model, history = trained(settings, x[:500], y[:500], validation=validation)
    best = max(epoch.validation_accuracy or 0 for epoch in history.epochs)
    assert best > 0.6, "a chance reader gets 0.1"
    assert training_loop.judge(model, *validation)[1] == best
    assert history.ending == "finished"
    assert [epoch.number for epoch in history.epochs] == [1, 2, 3, 4, 5, 6]
    assert history.epochs[-1].loss < history.epochs[0].loss


def test_stopped_in_the_first_epoch_it_keeps_what_it_has_learned_so_far(digits: tuple[Array, Array]) -> None:
    start = cnn.build(SMALL).get_weights()
    model, history = trained(SMALL, *digits, on_batch=lambda done, total: done >= 128)
    assert history.ending == "stopped"
    assert history.epochs == ()
    assert not np.array_equal(model.get_weights()[0], start[0])


def test_stopped_later_it_goes_back_to_the_best_whole_epoch(digits: tuple[Array, Array]) -> None:
    x, y = digits
    at_end: list[list[Array]] = []
    model = cnn.build(SMALL)

    def on_epoch(epoch: Epoch) -> bool:
        at_end.append(model.get_weights())
        return False

    history = training_loop.fit(
        model,
        training_loop.optimizer(SMALL, len(x)),
        x,
        y,
        batch_size=32,
        epochs=9,
        rng=np.random.default_rng(0),
        validation=(x[:50], y[:50]),
        on_epoch=on_epoch,
        on_batch=lambda done, total: len(at_end) == 2 and done > 60,
    )
    assert history.ending == "stopped"
    scores = [(epoch.validation_accuracy or 0, -(epoch.validation_loss or 0)) for epoch in history.epochs]
    assert len(scores) == 2
    for kept, best in zip(model.get_weights(), at_end[int(np.argmax([s[0] for s in scores]))], strict=True):
        np.testing.assert_array_equal(kept, best)


def test_a_listener_to_the_epochs_may_stop_too(digits: tuple[Array, Array]) -> None:
    _, history = trained(
        dataclasses.replace(SMALL, max_iter=5), *digits, on_epoch=lambda epoch: epoch.number == 2
    )
    assert history.ending == "stopped"
    assert len(history.epochs) == 2


def test_a_training_that_diverges_says_so_and_keeps_finite_weights(digits: tuple[Array, Array]) -> None:
    keras = backend.keras()
    model, history = trained(SMALL, *digits, optimizer=keras.optimizers.SGD(1e30))
    assert history.ending == "diverged"
    assert "epoch 1" in history.note
    assert "lower the learning rate" in history.note
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_averaged_weights_are_judged_and_kept_but_not_learned_from(digits: tuple[Array, Array]) -> None:
    x, y = digits
    plain, of_plain = trained(SMALL, x, y)
    averaged, history = trained(SMALL, x, y, averaging=0.9)
    # The mean lags behind the weights themselves, which learned just as they would have without it.
    assert np.abs(averaged.get_weights()[0] - plain.get_weights()[0]).max() > 1e-4
    assert history.epochs[-1].loss == pytest.approx(of_plain.epochs[-1].loss, abs=1e-5)


class Listening:
    """A Watch that remembers."""

    def __init__(self) -> None:
        self.epochs: list[Epoch] = []

    def epoch(self, epoch: Epoch) -> bool:
        self.epochs.append(epoch)
        return False

    def batch(self, done: int, total: int) -> bool:
        return False


def split_of(x: Array, y: Array, n_test: int) -> Split:
    rest = slice(0, len(x) - n_test)
    end = slice(len(x) - n_test, None)
    return Split("some digits", "0" * 16, x[rest], y[rest], x[end], y[end], np.arange(n_test), 7)


def test_a_job_s_training_comes_back_as_a_file_and_a_card(digits: tuple[Array, Array]) -> None:
    x, y = digits
    watch = Listening()
    settings = {"kernel_size": 6, "filters": 4, "dense": 8, "max_iter": 2, "learning_rate_init": 0.01}
    outcome = base.trainer_of("cnn").train(split_of(x, y, 100), settings, watch, "Mine")
    card = outcome.card
    assert (outcome.suffix, card.kind, card.title, card.seed) == (".keras", "cnn", "Mine", 7)
    assert outcome.answers is not None
    assert outcome.answers.right.mean() == pytest.approx(card.metrics["test_accuracy"])
    # Without validation digits of its own, a tenth of the 500 training digits is held back.
    assert (card.n_train, card.n_test) == (450, 100)
    assert card.settings["kernel_size"] == 6
    assert card.settings["random_state"] == 7
    assert len(watch.epochs) == len(card.history.epochs) == 2
    model = keras_file.read_model(outcome.model)
    probabilities = compiled.predict(model, x[500:])
    assert card.metrics["test_accuracy"] == pytest.approx(float((probabilities.argmax(1) == y[500:]).mean()))
    assert card.parameters == model.count_params()
    assert set(card.versions) == {"python", "numpy", "keras", "tensorflow"}
    received, inside = formats.format_of("x.keras").receive(outcome.model)
    assert inside is None
    np.testing.assert_allclose(compiled.predict(received, x[500:]), probabilities, atol=1e-6)


def test_validation_digits_of_the_split_s_own_are_chosen_by(digits: tuple[Array, Array]) -> None:
    x, y = digits
    split = dataclasses.replace(split_of(x, y, 100), x_validation=x[:70], y_validation=y[:70])
    settings = {"kernel_size": 2, "filters": 1, "dense": 2, "max_iter": 1}
    card = base.trainer_of("cnn").train(split, settings, Listening(), "").card
    assert card.n_train == 500
    assert "; validation: 70 digits" in card.measured_on


def test_what_cannot_be_trained_is_refused_before_anything_is_loaded(digits: tuple[Array, Array]) -> None:
    trainer = base.trainer_of("cnn")
    assert trainer.epochs({"max_iter": 3}) == 3
    with pytest.raises(base.TrainingRefused, match="Kernel size: expected"):
        trainer.epochs({"kernel_size": 99})
    x, y = digits
    with pytest.raises(base.TrainingRefused, match="at least 20 digits to learn from; there are 10"):
        trainer.train(split_of(x[:15], y[:15], 5), {}, Listening(), "")


def test_tensorflow_is_not_imported_before_it_is_needed_and_then_out_of_the_collector_s_way() -> None:
    code = """
import sys
from nnviz.inference import graph
from nnviz.inspection import activations, keract_plots, saliency
from nnviz.keras_models import backend, cnn
from nnviz.model_store import keras_file
from nnviz.trainers import cnn as cnn_trainer
cnn.Settings.from_mapping({"kernel_size": 4}); cnn.parameters(cnn.Settings())
assert "tensorflow" not in sys.modules and "keras" not in sys.modules, "imported too early"
assert not backend.is_loaded()
backend.keras()
import gc
assert backend.is_loaded() and gc.get_freeze_count() > 100_000, gc.get_freeze_count()
import tensorflow as tf
assert tf.config.threading.get_intra_op_parallelism_threads() == 1
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)


def test_a_word_to_stop_that_came_before_the_first_step_is_heard(digits: tuple[Array, Array]) -> None:
    start = cnn.build(SMALL).get_weights()
    model, history = trained(SMALL, *digits, on_batch=lambda done, total: True)
    assert (history.ending, history.epochs) == ("stopped", ())
    for a, b in zip(model.get_weights(), start, strict=True):
        np.testing.assert_array_equal(a, b)
