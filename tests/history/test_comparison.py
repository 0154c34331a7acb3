"""Runs are told apart by what differs, digit by digit, and a difference that may be luck is called so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from nnviz.core.identity import PROGRAM
from nnviz.core.records import Array
from nnviz.core.results import Answers, Run
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.history import comparison
from nnviz.history.comparison import CompareRefused
from nnviz.model_store import cards, mlp_file, store
from nnviz.numpy_nn.classifier import MLPClassifier
from tests.experimenting import FEW, SMALL, here, plan
from tests.recording import CARD

SPEC = {"source": "study", "seed": 42}


def saying(predicted: list[int], *, index: list[int] | None = None, sure: list[float] | None = None) -> Run:
    """A run that answered so to digits that are all 7s but the last, a 3."""
    n = len(predicted)
    probabilities = np.zeros((n, 10), np.float32)
    probabilities[np.arange(n), predicted] = 1 if sure is None else sure
    labels = np.array([7] * (n - 1) + [3])
    places = np.arange(n) if index is None else np.array(index)
    return Run(CARD, answers=Answers(places, labels, probabilities, SPEC))


def test_settings_that_differ_are_told_apart_from_those_that_do_not() -> None:
    one = Run(CARD)
    two = Run(replace(CARD, settings={**CARD.settings, "alpha": 1e-14, "dropout": 0.2}, seed=1))
    found = comparison.compare([one, two])
    assert dict(found.differ) == {"λ": ("0.5", "10⁻¹⁴"), "seed": ("42", "1"), "dropout": ("–", "0.2")}
    same = dict(found.same)
    assert same["hidden layers"] == "100-64"
    assert same["library"] == "NumPy"
    numbers = {line.title: line.values for line in found.numbers}
    assert numbers["test accuracy"] == (0.71, 0.71)
    assert numbers["parameters"] == (85_614, 85_614)
    assert "seconds" not in numbers, "which also tell what else the computer had to do"
    assert "accuracy on the other digits" not in numbers, "nobody has it"


def test_a_single_run_cannot_be_compared() -> None:
    with pytest.raises(CompareRefused, match="at least two"):
        comparison.compare([Run(CARD)])


def test_the_digits_that_one_alone_reads_are_found() -> None:
    first = saying([7, 7, 1, 1, 7, 3])
    second = saying([7, 1, 7, 1, 2, 7])
    found = comparison.compare_pair(first, second)
    assert sorted(found.only_first) == [1, 4, 5]
    assert list(found.only_second) == [2]
    assert list(found.neither) == [3]
    assert found.both == 1
    # Of four digits one and three: 2 * (C(4, 0) + C(4, 1)) / 2^4 of all tosses are as uneven.
    assert found.p_value == pytest.approx(10 / 16)
    assert "could well be luck" in found.describe("the first", "the second")
    assert "3 are read by the first alone and 1 by the second" in found.describe("the first", "the second")


def test_confusions_have_the_true_digit_down_and_their_difference_is_the_second_less_the_first() -> None:
    found = comparison.compare_pair(saying([7, 7, 1, 3]), saying([7, 1, 1, 8]))
    first, second = found.confusions
    assert (first[7, 7], first[7, 1], first[3, 3]) == (2, 1, 1)
    assert (second[7, 7], second[7, 1], second[3, 8]) == (1, 2, 1)
    assert first.sum() == second.sum() == 4
    expected = np.zeros((10, 10), int)
    expected[7, 7], expected[7, 1], expected[3, 3], expected[3, 8] = -1, 1, -1, 1
    np.testing.assert_array_equal(found.difference, expected)


def test_the_surest_of_the_answers_come_first() -> None:
    first = saying([1, 1, 1, 3], sure=[0.5, 0.9, 0.7, 1.0])
    second = saying([7, 7, 7, 3], sure=[0.6, 0.6, 0.8, 1.0])
    assert list(comparison.compare_pair(first, second).only_second) == [1, 2, 0]


def test_a_difference_that_is_hardly_luck_is_called_so() -> None:
    found = comparison.compare_pair(saying([1] * 11 + [3]), saying([7] * 11 + [3]))
    assert found.p_value == pytest.approx(2 / 2**11)
    assert "almost certainly not luck: the second is better" in found.describe("the first", "the second")


def test_runs_that_are_right_together_are_no_different() -> None:
    found = comparison.compare_pair(saying([7, 1, 3]), saying([7, 2, 3]))
    assert found.p_value == 1
    assert "right and wrong together" in found.describe("the first", "the second")


def test_only_digits_that_judged_both_are_compared() -> None:
    first = saying([7, 7, 7, 3], index=[10, 20, 30, 40])
    labels = np.array([3, 7, 7])
    probabilities = np.eye(10, dtype=np.float32)[[3, 1, 7]]
    second = Run(CARD, answers=Answers(np.array([40, 30, 99]), labels, probabilities, SPEC))
    found = comparison.compare_pair(first, second)
    assert list(found.index) == [30, 40]
    assert list(found.labels) == [7, 3]
    assert list(found.second) == [1, 3]
    with pytest.raises(CompareRefused, match="different digits"):
        comparison.compare_pair(first, saying([7, 3], index=[1, 2]))


def test_runs_on_different_data_sets_are_not_compared_digit_by_digit() -> None:
    one = saying([7, 3])
    assert one.answers is not None
    other = replace(one, answers=replace(one.answers, spec={"source": "upload", "digest": "0" * 16}))
    with pytest.raises(CompareRefused, match="different data sets"):
        comparison.compare_pair(one, other)
    unseen = replace(one, answers=replace(one.answers, spec={"source": "unseen"}))
    assert len(comparison.compare_pair(one, unseen).index) == 2, "the study's digits are embedded ones, too"


def test_two_real_runs_add_up() -> None:
    first, second = here(plan(grid=({"activation": ("relu", "tanh")},)))
    found = comparison.compare_pair(first, second)
    assert found.confusions[0].trace() / 60 == first.card.metrics["test_accuracy"]
    gained = (second.card.metrics["test_accuracy"] - first.card.metrics["test_accuracy"]) * 60
    assert len(found.only_second) - len(found.only_first) == pytest.approx(gained)
    pictures: Array = splits.load_dataset(found.spec).labels[found.index]
    np.testing.assert_array_equal(pictures, found.labels)


def test_answers_that_were_not_kept_are_asked_of_the_network_in_the_store() -> None:
    split = splits.load_split(FEW)
    model = MLPClassifier(**SMALL, random_state=1).fit(split.x_train, split.y_train)
    card = replace(
        CARD, name="", created=cards.now(), spec={"source": "study", "seed": 42, "n": 300, "n_test": 60},
        **mlp_file.describe(model),
    )  # fmt: skip
    entry = store.save(model, card, "recent")
    run = Run(entry.card)
    with pytest.raises(CompareRefused, match="were not kept"):
        comparison.compare_pair(run, run)
    asked = comparison.with_answers(run)
    assert asked.answers is not None
    np.testing.assert_array_equal(asked.answers.index, split.test_index)
    np.testing.assert_array_equal(asked.answers.labels, split.y_test)
    np.testing.assert_allclose(asked.answers.probabilities, model.predict_proba(split.x_test), atol=1e-6)
    assert comparison.compare_pair(asked, asked).p_value == 1
    store.delete(entry, by=PROGRAM)
    with pytest.raises(CompareRefused, match="no longer there"):
        comparison.with_answers(run)


def test_a_model_of_the_honest_digits_is_asked_about_the_embedded_ones() -> None:
    shipped = store.find("mlp")
    asked = comparison.with_answers(Run(shipped.card))
    assert asked.answers is not None
    assert len(asked.answers.index) == 5000
    assert DataSpec(**asked.answers.spec).source == "unseen"
    assert asked.answers.right.mean() > 0.97


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_luck_of_coins_is_scipy_s(heads: int, tails: int) -> None:
    expected = binomtest(heads, heads + tails).pvalue if heads + tails else 1.0
    assert comparison.of_coins(heads, heads + tails) == pytest.approx(expected, rel=1e-9)
