"""Training an MLP from a split to a packed network and its card."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from nnviz.core import kinds
from nnviz.core.records import Array, Epoch, Split
from nnviz.data.splits import DataSpec, load_split
from nnviz.model_store import mlp_file
from nnviz.trainers import autoencoder, base, cnn, mlp
from nnviz.trainers.base import Outcome, TrainingRefused

SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (12,), "max_iter": 4, "batch_size": 32, "random_state": 5}


class Listener:
    """A Watch that remembers, and stops the training when told to."""

    def __init__(self, *, after_epochs: int = 10**9, after_batches: int = 10**9) -> None:
        self.epochs: list[Epoch] = []
        self.batches: list[tuple[int, int]] = []
        self._after_epochs, self._after_batches = after_epochs, after_batches

    def epoch(self, epoch: Epoch) -> bool:
        self.epochs.append(epoch)
        return len(self.epochs) >= self._after_epochs

    def batch(self, done: int, total: int) -> bool:
        self.batches.append((done, total))
        return len(self.batches) >= self._after_batches


@pytest.fixture(scope="module")
def split() -> Split:
    return load_split(DataSpec(n=400, n_test=80))


def train(split: Split, watch: Listener | None = None, **settings: Any) -> Outcome:
    return mlp.train_mlp(split, SETTINGS | settings, watch or Listener(), "A title")


def network(outcome: Outcome) -> Any:
    return mlp_file.read_model(outcome.model, outcome.card)


def test_the_card_tells_what_it_was_trained_on_and_what_came_of_it(split: Split) -> None:
    listener = Listener()
    outcome = train(split, listener)
    card = outcome.card

    assert outcome.suffix == ".npz"
    assert (card.kind, card.title, card.data, card.data_digest) == (
        "mlp",
        "A title",
        split.dataset,
        split.digest,
    )
    assert (card.n_train, card.n_test, card.seed) == (320, 80, split.seed)
    assert card.settings["hidden_layer_sizes"] == (12,)
    assert card.settings["random_state"] == 5
    assert card.parameters == 784 * 12 + 12 + 12 * 10 + 10
    assert [layer.parameters for layer in card.layers] == [784 * 12 + 12, 12 * 10 + 10]
    assert list(card.history.epochs) == listener.epochs
    assert (card.history.ending, len(listener.epochs)) == ("finished", 4)
    assert {"python", "numpy"} <= set(card.versions)
    assert "80 held back" in card.measured_on


def test_the_scores_on_the_card_are_those_of_the_network_in_the_file(split: Split) -> None:
    outcome = train(split)
    model = network(outcome)
    for name, x, y in (("train", split.x_train, split.y_train), ("test", split.x_test, split.y_test)):
        probabilities = model.predict_proba(x)
        right = np.mean(probabilities.argmax(axis=1) == y)
        loss = -np.mean(np.log(probabilities[np.arange(len(y)), y].astype(np.float64)))
        assert outcome.card.metrics[f"{name}_accuracy"] == pytest.approx(right, abs=1e-12)
        assert outcome.card.metrics[f"{name}_loss"] == pytest.approx(loss, rel=1e-4)
    last = outcome.card.history.epochs[-1]
    assert last.validation_accuracy == outcome.card.metrics["test_accuracy"]
    assert outcome.answers is not None
    np.testing.assert_array_equal(outcome.answers.index, split.test_index)
    np.testing.assert_array_equal(outcome.answers.labels, split.y_test)
    np.testing.assert_array_equal(outcome.answers.probabilities, model.predict_proba(split.x_test))


def test_the_settings_on_the_card_make_the_same_network_again(split: Split) -> None:
    first = train(split, random_state=None)
    again = mlp.train_mlp(split, first.card.settings, Listener(), "")
    assert first.card.settings["random_state"] == split.seed
    np.testing.assert_array_equal(network(first).coefs_[0], network(again).coefs_[0])


def test_a_watch_can_stop_it_after_an_epoch_or_within_one(split: Split) -> None:
    after = train(split, Listener(after_epochs=2), max_iter=50)
    assert (after.card.history.ending, len(after.card.history.epochs)) == ("stopped", 2)

    big = dataclasses.replace(
        split, x_train=np.repeat(split.x_train, 100, axis=0), y_train=np.repeat(split.y_train, 100)
    )
    listener = Listener(after_batches=1)
    within = train(big, listener, max_iter=50, batch_size=1)
    assert within.card.history.ending == "stopped"
    [(done, total)] = listener.batches
    assert 0 < done < total == len(big.x_train)
    assert np.isfinite(network(within).predict_proba(split.x_test)).all()


def test_a_diverged_training_is_an_outcome_that_says_what_to_lower(split: Split) -> None:
    outcome = train(split, learning_rate_init=1e6, activation="identity", alpha=0.0)
    card = outcome.card

    assert card.history.ending == "diverged"
    assert card.note == card.history.note
    assert "learning rate" in card.note
    assert np.isfinite(network(outcome).predict_proba(split.x_test)).all()


def without(split: Split, digits: list[int]) -> Split:
    """The split as if some digits had not been written."""

    def there(x: Array, y: Array) -> tuple[Array, Array]:
        return x[~np.isin(y, digits)], y[~np.isin(y, digits)]

    x_train, y_train = there(split.x_train, split.y_train)
    x_test, y_test = there(split.x_test, split.y_test)
    return dataclasses.replace(split, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def test_digits_that_were_not_there_have_an_output_and_no_probability(split: Split) -> None:
    some = without(split, [0, 4, 9])
    outcome = train(some)
    model = network(outcome)
    plain = model.__class__(**SETTINGS).fit(some.x_train, some.y_train)

    probabilities = model.predict_proba(split.x_test)
    assert probabilities.shape == (80, 10)
    assert (probabilities[:, [0, 4, 9]] == 0).all()
    np.testing.assert_allclose(
        probabilities[:, plain.classes_], plain.predict_proba(split.x_test), rtol=1e-5, atol=1e-7
    )
    np.testing.assert_array_equal(model.predict(split.x_test), plain.predict(split.x_test))
    assert outcome.card.layers[-1].output_shape == (10,)
    assert outcome.card.metrics["test_accuracy"] == plain.score(some.x_test, some.y_test)
    assert list(outcome.card.history.epochs)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"alpha": -1}, "λ: expected"),
        ({"alpha": "much"}, "cannot be trained with"),
        ({"colour": "blue"}, "unexpected keyword"),
        ({"hidden_layer_sizes": (100_000,)}, "up to 4,096 units"),
        ({"hidden_layer_sizes": (2,) * 9}, "Up to 8 hidden layers"),
        ({"hidden_layer_sizes": None}, "cannot be trained with"),
        ({"max_iter": 10**9}, "up to 20,000 epochs"),
        ({"random_state": "x"}, "cannot be trained with"),
    ],
)
def test_senseless_settings_are_refused_in_one_sentence(
    split: Split, settings: dict[str, Any], why: str
) -> None:
    for ask in (lambda: train(split, **settings), lambda: base.trainer_of("mlp").epochs(SETTINGS | settings)):
        with pytest.raises(TrainingRefused, match=why) as refusal:
            ask()
        assert "\n" not in str(refusal.value)


def test_digits_that_are_not_numbers_are_refused(split: Split) -> None:
    broken = dataclasses.replace(split, x_train=np.full_like(split.x_train, np.nan))
    with pytest.raises(TrainingRefused, match="NaN"):
        train(broken)


def test_kinds_are_found_by_name_and_know_how_long_they_train() -> None:
    assert base.trainer_of("mlp").epochs({"max_iter": 7}) == 7
    assert base.trainer_of("mlp").train is mlp.train_mlp
    assert {base.trainer_of(kind) for kind in kinds.KINDS} == {mlp.MLP, cnn.CNN, autoencoder.AUTOENCODER}
    with pytest.raises(TrainingRefused, match="oracle"):
        base.trainer_of("oracle")
