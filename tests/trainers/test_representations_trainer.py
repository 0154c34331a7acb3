"""A row of the table as a training: its seeds one after the other, what it tells, and how it is stopped."""

from __future__ import annotations

import dataclasses
import statistics
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Split
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.model_store import mlp_file
from nnviz.model_store.cards import from_json, to_json
from nnviz.representations import measurements
from nnviz.representations.pipelines import Case
from nnviz.trainers import base, mlp, representations
from nnviz.trainers.base import Outcome, TrainingRefused
from tests.trainers.test_mlp_trainer import Listener

CASE = Case("pca", (8,), 6, settings={"max_iter": 3})
SEEDS = (4, 9)


@pytest.fixture(scope="module")
def first() -> Split:
    return splits.load_split(DataSpec("study", seed=SEEDS[0]))


def train(split: Split, watch: Listener, case: Case = CASE) -> Outcome:
    asked = representations.settings(case, SEEDS)
    return base.trainer_of("representations").train(split, asked, watch, "Six numbers")


def test_a_row_is_its_measurements_with_every_seed(first: Split) -> None:
    listener = Listener()
    outcome = train(first, listener)
    by_hand = [measurements.measure(CASE, DataSpec("study", seed=seed)) for seed in SEEDS]
    told = representations.told(from_json(to_json(outcome.card)))
    assert told is not None
    assert told.test.n == 2
    assert told.test.mean == pytest.approx(statistics.fmean(one.test for one in by_hand))
    assert told.test.deviation == pytest.approx(statistics.stdev(one.test for one in by_hand))
    assert told.train.mean == pytest.approx(statistics.fmean(one.train for one in by_hand))
    assert told.outside is not None
    assert told.by_seed == tuple(
        (seed, pytest.approx(one.test)) for seed, one in zip(SEEDS, by_hand, strict=True)
    )
    assert told.numbers == 6 * 8 + 8 + 8 * 10 + 10
    assert [epoch.number for epoch in listener.epochs] == [1, 2, 3, 1, 2, 3]


def test_the_network_that_comes_back_is_the_first_seed_s_and_reads_pixels(first: Split) -> None:
    outcome = train(first, Listener())
    model, card = mlp_file.read_model(outcome.model), outcome.card
    assert (card.title, card.seed, len(card.history.epochs)) == ("Six numbers", 4, 3)
    right = float(np.mean(model.predict(first.x_test) == first.y_test))
    assert card.metrics["test_accuracy"] == pytest.approx(right)
    assert card.metrics["test_accuracy_seed_4"] == pytest.approx(right)
    assert outcome.answers is not None
    assert float(np.mean(outcome.answers.predicted == first.y_test)) == pytest.approx(right)


def test_the_curves_of_all_seeds_are_told_and_come_apart_again(first: Split) -> None:
    outcome = train(first, Listener())
    assert outcome.history is not None
    one, other = representations.by_seed(outcome.history)
    assert one.epochs == outcome.card.history.epochs
    assert len(other.epochs) == 3
    assert one.epochs != other.epochs


def test_a_training_that_is_stopped_keeps_the_seeds_that_had_ended(first: Split) -> None:
    outcome = train(first, Listener(after_epochs=5))
    told = representations.told(outcome.card)
    assert told is not None
    assert told.test.n == 1
    assert told.test.deviation == 0
    assert outcome.history is not None
    assert outcome.history.ending == "stopped"
    assert len(outcome.history.epochs) == 3


def test_one_that_is_stopped_before_its_first_network_leaves_a_sentence(first: Split) -> None:
    with pytest.raises(TrainingRefused, match="Stopped before a network was trained"):
        train(first, Listener(after_epochs=1))


def test_what_the_report_says_of_the_same_is_on_the_card_and_of_nothing_else(first: Split) -> None:
    found = measurements.measure(CASE, DataSpec("study", seed=4))
    for case, expected in (
        (Case("pca", (100,), 6, settings={"max_iter": 3}), {"report_test_accuracy": 0.9167}),
        (CASE, {}),
        (Case("codes", (100, 64), model="autoencoder_conv"), {}),
    ):
        same = dataclasses.replace(found, case=case)
        (row,) = measurements.rows([same])
        scores = representations.scores([same], row)
        assert scores.get("report_test_accuracy") == expected.get("report_test_accuracy")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"components": 3_000}, "1 to 784 principal components"),
        ({"components": 0}, "principal components"),
        ({"seeds": ()}, "1 to 10 different seeds"),
        ({"seeds": (1, 1)}, "different seeds"),
        ({"seeds": (-1,)}, "different seeds"),
        ({"features": "codes", "model": "nowhere"}, "No model 'nowhere'"),
        ({"settings": {"max_iter": 0}}, "max_iter"),
        ({"kernel": 3}, "kernel"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_it_is_started(
    changed: dict[str, Any], expected: str
) -> None:
    asked = representations.settings(CASE, SEEDS) | changed
    with pytest.raises(TrainingRefused, match=expected) as refusal:
        base.trainer_of("representations").epochs(asked)
    assert "\n" not in str(refusal.value)


def test_how_many_epochs_it_takes_is_known_beforehand() -> None:
    assert base.trainer_of("representations").epochs(representations.settings(CASE, SEEDS)) == 6
    usual = Case("pca", (8,), 6)
    assert base.trainer_of("representations").epochs(representations.settings(usual, (1,))) == 60


def test_a_card_that_is_no_row_tells_nothing(first: Split) -> None:
    card = mlp.train_mlp(first, {"hidden_layer_sizes": (4,), "max_iter": 1}, Listener(), "Plain").card
    assert representations.told(card) is None
