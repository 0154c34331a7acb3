"""Digits that are left out by their places: all else stays as it is, and nonsense is refused."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from nnviz.core import json_records
from nnviz.core.records import Epoch
from nnviz.data import splits
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.model_store import mlp_file
from nnviz.trainers.mlp import train_mlp

SMALL = DataSpec(n=300, n_test=60, seed=3, mislabelled=0.1)
TINY = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 5}


class Nobody:
    def epoch(self, epoch: Epoch) -> bool:
        return False

    def batch(self, done: int, total: int) -> bool:
        return False


def places() -> tuple[int, ...]:
    """Of the digits at the places 0, 7 and 100 of those that are learned from."""
    train = splits.cut(SMALL, splits.load_dataset(SMALL)).train
    return tuple(int(train[i]) for i in (0, 7, 100))


def test_training_without_digits_is_training_on_a_split_that_never_had_them() -> None:
    whole = splits.load_split(SMALL)
    by_hand = replace(
        whole,
        x_train=np.delete(whole.x_train, [0, 7, 100], axis=0),
        y_train=np.delete(whole.y_train, [0, 7, 100]),
    )
    cut = splits.load_split(replace(SMALL, without=places()))
    np.testing.assert_array_equal(cut.x_train, by_hand.x_train)
    np.testing.assert_array_equal(cut.y_train, by_hand.y_train)
    np.testing.assert_array_equal(cut.x_test, whole.x_test)
    np.testing.assert_array_equal(cut.test_index, whole.test_index)
    one, other, full = (
        mlp_file.read_model(train_mlp(split, TINY, Nobody(), "T").model) for split in (cut, by_hand, whole)
    )
    for mine, theirs in zip(one.coefs_, other.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert not np.array_equal(one.coefs_[0], full.coefs_[0])


def test_specs_from_before_keep_their_words_and_their_examination() -> None:
    old = {"source": "study", "seed": 42, "digest": "", "n": 3000, "n_test": 300}
    assert splits.compact(DataSpec()) == old
    assert splits.told(old) == DataSpec()
    left = DataSpec(without=(4, 2))
    assert splits.compact(left) == {**old, "without": (4, 2)}
    assert splits.told(json_records.to_plain(asdict(left))) == left
    assert splits.examination(asdict(left)) == splits.examination(old)


def test_the_name_of_the_digits_counts_what_is_left_out() -> None:
    whole = splits.load_dataset(SMALL)
    named = splits.name_of_data(replace(SMALL, without=places()), whole)
    assert named.endswith("without 3 chosen digits")


@pytest.mark.parametrize(
    ("without", "sentence"),
    [
        ((-1,), "told by its place"),
        ((5_000,), "There are 5,000 digits, so none has the place 5000."),
        ((10**30,), "none has the place"),
        (tuple(range(65)), "Up to 64 chosen digits can be left out, not 65."),
    ],
)
def test_places_that_cannot_be_are_refused(without: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        splits.load_split(replace(SMALL, without=without))


def test_no_test_digit_and_no_digit_outside_can_be_left_out() -> None:
    parts = splits.cut(SMALL, splits.load_dataset(SMALL))
    for place in (parts.test[0], parts.outside[0]):
        with pytest.raises(DataError, match="Only digits that are learned from can be left out"):
            splits.load_split(replace(SMALL, without=(int(place),)))


def test_a_card_with_nonsense_tells_of_no_split() -> None:
    for without in ([-1], list(range(65)), ["x"], 7, [1.5]):
        assert splits.told({**asdict(DataSpec()), "without": without}) is None
