"""Experiments over the digits themselves: how many, how many wrong, how few of one, and whose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnviz.core.records import Split
from nnviz.data import kept_digits, splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import axes, charts, executor, tables
from nnviz.experiments.plan import PlanRefused
from nnviz.history import comparison, descriptions
from nnviz.trainers import cnn
from tests.data.test_hands import a_class
from tests.experimenting import FEW, here, plan


def test_wrong_labels_vary_as_an_axis_and_every_network_is_tested_with_the_same_digits() -> None:
    asked = plan(grid=({"mislabelled": axes.values("mislabelled", "0, 90%")},), settings=plan().settings)
    assert executor.check(asked) == 240
    runs = here(asked)
    assert not any(run.failure for run in runs)
    assert comparison.same_test_digits(runs)
    clean, spoiled = (run.score("test_accuracy") for run in runs)
    assert clean is not None
    assert spoiled is not None
    assert clean > spoiled
    rows = tables.rows(asked, runs)
    assert [row.labels["mislabelled"] for row in rows] == ["0%", "90%"]
    assert runs[1].title == "MLP, wrong labels 90%"
    assert "90% of the labels wrong" in dict(descriptions.facts(runs[1]))["data"]
    figure = charts.charts(asked, rows, runs, title="Spoiled")[0]
    assert figure.layout.xaxis.title.text == "wrong labels"


@pytest.mark.parametrize("library", ["nnviz", "scikit-learn"])
def test_a_digit_that_was_left_out_is_tested_all_the_same_and_never_answered(library: str) -> None:
    asked = plan(
        spec=replace(FEW, scarce=3), settings={**plan().settings, "library": library, "init": "glorot"}
    )
    (run,) = here(asked)
    assert not run.failure
    assert run.answers is not None
    threes = run.answers.labels == 3
    assert threes.sum() == 6
    assert run.card.n_train == 240 - 24
    assert not run.answers.right[threes].any()
    assert run.answers.probabilities.shape == (60, 10)


def test_the_data_need_curve_adds_pupils_digits_and_is_judged_by_other_pupils() -> None:
    added = kept_digits.keep_of_group(a_class(seed=9), "CURVES", ["ada"]).digest
    spec = replace(FEW, added=added)
    asked = plan(spec=spec, grid=({"n_train": axes.values("n_train", "0, 5, 20")},), seeds=(1, 2))
    assert executor.check(asked) == 260
    runs = here(asked)
    assert [run.card.n_train for run in runs] == [240, 245, 260] * 2
    whole = splits.load_dataset(spec)
    assert whole.hands is not None
    for run in runs:
        assert run.answers is not None
        judges = set(whole.hands[run.answers.index])
        assert -1 not in judges
        assert len(judges) == 2
        assert run.score("outside_accuracy") is not None
    rows = tables.rows(asked, runs)
    assert [row.values["n_train"] for row in rows] == [0, 5, 20]
    assert all(row.test is not None and row.test.n == 2 for row in rows)
    with pytest.raises(PlanRefused, match="160 digits to learn from, so 200 are too many"):
        executor.check(replace(asked, grid=({"n_train": (200,)},)))
    with pytest.raises(PlanRefused, match="whole hands"):
        executor.check(replace(asked, folds=3))
    kept_digits.delete_group("CURVES")


def test_folds_over_a_class_s_own_digits_hold_back_whole_hands() -> None:
    digest = kept_digits.keep_of_group(a_class(seed=8), "FOLDED", ["ada"]).digest
    asked = plan(spec=DataSpec("upload", digest=digest), folds=5)
    whole = splits.load_dataset(asked.spec)
    assert whole.hands is not None
    seen = []
    for run in here(asked):
        assert run.answers is not None
        seen.append(set(whole.hands[run.answers.index]))
    assert sorted(hand for fold in seen for hand in fold) == list(range(10))
    kept_digits.delete_group("FOLDED")


def test_who_learns_from_one_hand_is_judged_by_it_and_by_all_others_too() -> None:
    digest = kept_digits.keep_of_group(a_class(seed=7), "MYSELF", ["ada"]).digest
    (run,) = here(plan(spec=DataSpec("upload", digest=digest, hand=4)))
    assert not run.failure
    assert (run.card.n_train, run.card.n_test) == (16, 4)
    assert run.score("outside_accuracy") is not None
    kept_digits.delete_group("MYSELF")


def test_a_scarce_digit_has_to_be_named() -> None:
    with pytest.raises(PlanRefused, match="Choose the digit"):
        executor.check(plan(grid=({"kept": (0.0, 0.5)},)))
    assert executor.check(plan(spec=replace(FEW, scarce=2), grid=({"kept": (0.0, 0.5)},))) == 228


def test_a_cnn_chooses_its_best_epoch_by_hands_that_it_does_not_learn_from() -> None:
    whole = a_class()
    assert whole.hands is not None
    x, y = np.arange(200, dtype=np.float32)[:, None] * np.ones((1, 784), np.float32), whole.labels
    split = Split("a class", "", x, y, x[:0], y[:0], np.arange(0), 3, hands=whole.hands)
    learn, _, (choose, _) = cnn._parts(split)
    mine = set(whole.hands[learn[:, 0].astype(int)])
    assert not mine & set(whole.hands[choose[:, 0].astype(int)])
    assert len(mine) == 9
