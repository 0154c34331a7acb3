"""Spoiled digits: exactly as many as was asked for, more holding less, and no test digit among them."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.data import mnist, splits, spoiling
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec

SEEDS = st.integers(0, 2**32 - 1)
PARTS = st.floats(0, 1)
drawn = np.random.default_rng(3).integers(0, 10, 500)


@given(part=PARTS, more=PARTS, seed=SEEDS, wrong=st.sampled_from(["", "47", "10"]))
def test_as_many_labels_are_wrong_as_was_asked_for_and_more_hold_less(
    part: float, more: float, seed: int, wrong: str
) -> None:
    part, more = sorted((part, more))
    spoiled, worse = (spoiling.mislabel(drawn, each, wrong, seed) for each in (part, more))
    among = drawn == int(wrong[0]) if wrong else np.ones(500, bool)
    assert (spoiled != drawn).sum() == round(part * among.sum())
    assert not (spoiled != drawn)[~among].any()
    assert set(np.unique(spoiled)) <= set(range(10))
    if wrong:
        assert set(spoiled[spoiled != drawn]) <= {int(wrong[1])}
    np.testing.assert_array_equal(worse[spoiled != drawn], spoiled[spoiled != drawn])


@given(digit=st.integers(0, 9), kept=PARTS, more=PARTS, seed=SEEDS)
def test_a_scarce_digit_loses_its_part_and_no_other_does(
    digit: int, kept: float, more: float, seed: int
) -> None:
    kept, more = sorted((kept, more))
    fewer, left = (spoiling.scarce(drawn, digit, each, seed) for each in (kept, more))
    assert (drawn[fewer] == digit).sum() == round(kept * (drawn == digit).sum())
    assert fewer[drawn != digit].all()
    assert left[fewer].all()


@given(n=st.integers(0, 600), more=st.integers(0, 600), seed=SEEDS)
def test_few_digits_are_of_every_label_in_turn_and_the_first_of_more(n: int, more: int, seed: int) -> None:
    n, more = sorted((n, more))
    few = spoiling.few(drawn, n, seed)
    assert len(few) == len(set(few)) == min(n, 500)
    assert set(few) <= set(spoiling.few(drawn, more, seed))
    counts = np.bincount(drawn[few], minlength=10)
    there = np.bincount(drawn, minlength=10)
    assert ((counts == there) | (counts >= counts.max() - 1)).all()


@settings(max_examples=15)
@given(
    mislabelled=PARTS, wrong=st.sampled_from(["", "38"]), scarce=st.integers(-1, 9), kept=PARTS, seed=SEEDS
)
def test_the_test_digits_are_never_spoiled(
    mislabelled: float, wrong: str, scarce: int, kept: float, seed: int
) -> None:
    clean = DataSpec("study", seed)
    spec = replace(clean, mislabelled=mislabelled, wrong=wrong, scarce=scarce, kept=kept)
    spoiled, whole = splits.load_split(spec), splits.load_split(clean)
    np.testing.assert_array_equal(spoiled.test_index, whole.test_index)
    np.testing.assert_array_equal(spoiled.x_test, whole.x_test)
    np.testing.assert_array_equal(spoiled.y_test, whole.y_test)
    gone = 0 if scarce < 0 else 270 - round(kept * 270)
    assert len(spoiled.x_train) == len(spoiled.y_train) == 2700 - gone
    assert splits.examination(asdict(spec)) == splits.examination(asdict(clean))


def test_the_digits_to_choose_by_are_not_spoiled_either(full_mnist: object) -> None:
    spec = DataSpec("full", mislabelled=0.5, scarce=3)
    whole = splits.load_dataset(spec)
    clean, spoiled = splits.cut(DataSpec("full"), whole), splits.cut(spec, whole)
    np.testing.assert_array_equal(spoiled.validation, clean.validation)
    np.testing.assert_array_equal(spoiled.test, clean.test)
    train, labels = splits.learned(spec, whole, spoiled.train)
    assert (labels != whole.labels[train]).sum() == round(len(train) / 2)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (DataSpec(), "study set: 3,000 of the embedded 5,000"),
        (DataSpec(mislabelled=0.2), "study set: 3,000 of the embedded 5,000; 20% of the labels wrong"),
        (DataSpec("embedded", mislabelled=0.25, wrong="47"), "embedded 5,000; 25% of the 4s labelled 7"),
        (DataSpec("embedded", scarce=7), "embedded 5,000; no 7 among them"),
        (DataSpec("embedded", scarce=7, kept=0.05), "embedded 5,000; only 5% of the 7s"),
        (DataSpec("embedded", n_train=20), "embedded 5,000; 20 digits to learn from"),
    ],
)
def test_a_card_says_what_was_spoiled(spec: DataSpec, words: str) -> None:
    assert splits.name_of_data(spec, mnist.embedded()) == words
    assert splits.load_split(spec).dataset == words


@pytest.mark.parametrize(
    "changed",
    [
        {"mislabelled": 1.2},
        {"mislabelled": float("nan")},
        {"kept": -0.1},
        {"scarce": 10},
        {"wrong": "44"},
        {"wrong": "4"},
        {"hand": -2},
        {"hand": 0},
        {"n_train": 0},
        {"added": "../../etc/passwd"},
        {"source": "unseen", "added": "0" * 16},
    ],
)
def test_what_cannot_be_spoiled_like_that_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(DataError):
        splits.load_split(replace(DataSpec(), **changed))  # type: ignore[arg-type]
