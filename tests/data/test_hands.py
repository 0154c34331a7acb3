"""Whole hands: nobody's digits are on both sides, and the sides are scikit-learn's."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, GroupShuffleSplit

from nnviz.core.identity import PROGRAM, Actor
from nnviz.core.records import Array, Dataset
from nnviz.data import hands, kept_digits, mnist, splits, uploads
from nnviz.data.kept_digits import Private
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec

SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def written(draw: st.DrawFn) -> Array:
    """Who wrote each of some digits: people of very different zeal, in any order."""
    chance = np.random.default_rng(draw(st.integers(0, 1000)))
    counts = chance.integers(1, 30, draw(st.integers(2, 35)))
    return chance.permutation(np.repeat(chance.permutation(len(counts)), counts))


@cache
def a_class(pupils: int = 10, each: int = 20, seed: int = 0) -> Dataset:
    """Digits of the app as if pupils had drawn them, two of each label and more."""
    chance = np.random.default_rng(seed)
    whole = mnist.embedded()
    chosen = np.concatenate(
        [chance.choice(np.flatnonzero(whole.labels == i % 10), 1) for i in range(pupils * each)]
    )
    return mnist.make_dataset(
        "a class", whole.images[chosen], whole.labels[chosen], "a test", np.repeat(np.arange(pupils), each)
    )


@cache
def with_the_app_s() -> Dataset:
    return splits._together(mnist.embedded(), a_class())


@settings(max_examples=100)
@given(who=written(), seed=SEEDS)
def test_nobody_is_on_both_sides_and_the_sides_are_those_of_group_shuffle_split(
    who: Array, seed: int
) -> None:
    index = np.random.default_rng(1).permutation(len(who))
    learn, judge = hands.cut(index, who, seed)
    assert not set(who[learn]) & set(who[judge])
    np.testing.assert_array_equal(np.sort(np.concatenate([learn, judge])), np.arange(len(who)))
    theirs = GroupShuffleSplit(1, test_size=hands.HELD_BACK, random_state=seed)
    ((expected, expected_judge),) = theirs.split(index, groups=who[index])
    assert set(index[expected]) == set(learn)
    assert set(index[expected_judge]) == set(judge)


@settings(max_examples=100)
@given(who=written(), count=st.integers(2, 10), seed=SEEDS)
def test_folds_are_those_of_shuffled_group_k_fold(who: Array, count: int, seed: int) -> None:
    if len(np.unique(who)) < count:
        with pytest.raises(ValueError, match="too few for"):
            hands.folds(who, count, seed)
        return
    found = hands.folds(who, count, seed)
    for fold, (_, judge) in enumerate(
        GroupKFold(count, shuffle=True, random_state=seed).split(who, groups=who)
    ):
        np.testing.assert_array_equal(np.flatnonzero(found == fold), judge)


@settings(max_examples=30)
@given(seed=SEEDS, without=st.integers(-1, 9), n_train=st.integers(-1, 50), app=st.booleans())
def test_a_split_of_a_class_holds_out_whole_pupils(seed: int, without: int, n_train: int, app: bool) -> None:
    whole = a_class()
    spec = DataSpec("upload", seed, "0" * 16, without_hand=without, n_train=n_train or 1)
    if app:
        spec = replace(spec, source="embedded", digest="", added="0" * 16, n_train=n_train)
        whole = with_the_app_s()
    assert whole.hands is not None
    parts = splits.cut(spec, whole)
    train, labels = splits.learned(spec, whole, parts.train)
    learn, judge = set(whole.hands[train]) - {-1}, set(whole.hands[parts.test])
    assert not learn & judge
    assert without not in learn | judge or without == -1
    assert judge <= set(range(10))
    assert judge
    np.testing.assert_array_equal(labels, whole.labels[train])
    if n_train >= 0:
        assert (whole.hands[train] >= 0).sum() == spec.n_train
    if app:
        assert (whole.hands[train] < 0).sum() == 4500
        assert (whole.hands[parts.outside] < 0).all()


def test_only_my_digits_are_learned_from_and_the_others_stand_outside() -> None:
    whole = a_class()
    assert whole.hands is not None
    parts = splits.cut(DataSpec("upload", digest="0" * 16, hand=3), whole)
    assert set(whole.hands[np.concatenate([parts.train, parts.test])]) == {3}
    assert (len(parts.train), len(parts.test), len(parts.outside)) == (16, 4, 180)
    assert 3 not in whole.hands[parts.outside]
    with pytest.raises(DataError, match="hand 11 wrote"):
        splits.cut(DataSpec("upload", digest="0" * 16, hand=10), whole)


def test_kept_digits_keep_their_hands_and_the_same_digits_by_others_are_other_digits() -> None:
    whole = a_class()
    assert whole.hands is not None
    spec = kept_digits.keep(whole, owner="ada")
    again = splits.load_dataset(spec)
    assert again.hands is not None
    np.testing.assert_array_equal(again.hands, whole.hands)
    nobody = mnist.make_dataset(whole.name, whole.images, whole.labels, whole.source)
    other = mnist.make_dataset(whole.name, whole.images, whole.labels, whole.source, whole.hands[::-1])
    assert len({whole.digest, nobody.digest, other.digest}) == 3
    split = splits.load_split(DataSpec("study", added=spec.digest))
    assert split.hands is not None
    assert len(split.x_train) == len(split.hands) == 2700 + 160
    assert len(split.x_test) == 40


@pytest.mark.parametrize("form", ["npz", "csv"])
def test_a_file_may_tell_who_wrote_each_digit(form: str) -> None:
    import io

    whole = a_class(4)
    assert whole.hands is not None
    names = np.array(["Zoe", "Ben", "Ada", "Kim"])[whole.hands]
    file = io.BytesIO()
    if form == "npz":
        np.savez(file, images=whole.images, labels=whole.labels, writer=names)
    else:
        head = ",".join(["label", *(f"p{i}" for i in range(784)), "hand"])
        rows = [
            ",".join([str(label), *map(str, image.reshape(-1).tolist()), name])
            for label, image, name in zip(whole.labels, whole.images, names, strict=True)
        ]
        file.write("\n".join([head, *rows]).encode())
    found = uploads.look([(f"class.{form}", file.getvalue())])
    assert "the file tells who wrote them: 4 hands" in found.said
    read = found.dataset()
    assert read.hands is not None
    np.testing.assert_array_equal(read.labels, whole.labels)
    np.testing.assert_array_equal(read.hands, np.array([3, 1, 0, 2])[whole.hands])


def test_a_very_long_name_of_a_hand_costs_nothing_and_is_none() -> None:
    whole = a_class(2, 400)
    head = ",".join(["label", *(f"p{i}" for i in range(784)), "hand"])
    images = whole.images.reshape(len(whole), -1).tolist()
    rows = [
        ",".join([str(label), *map(str, image), "x" * 50_000 if place == 7 else "Zoe"])
        for place, (label, image) in enumerate(zip(whole.labels, images, strict=True))
    ]
    content = "\n".join([head, *rows]).encode()
    tracemalloc.start()
    try:
        read = uploads.look([("class.csv", content)]).dataset()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read.hands is None
    np.testing.assert_array_equal(read.labels, whole.labels)
    assert most < 100e6, "as an array, all names would be as long as the longest: 160 MB"


def test_a_class_s_digits_are_seen_by_its_members_and_gone_with_it() -> None:
    spec = kept_digits.keep_of_group(a_class(seed=5), "KRTMPW", ["teacher", "ada"])
    mixed = DataSpec("embedded", added=spec.digest)
    for who in ("teacher", "ada"):
        kept_digits.check_visible(spec, by=Actor(who))
        kept_digits.check_visible(mixed, by=Actor(who))
        assert not kept_digits.is_own(spec.digest, by=Actor(who))
    for asked in (spec, mixed):
        with pytest.raises(Private, match="only the class"):
            kept_digits.check_visible(asked, by=Actor("ben"))
    kept_digits.keep_of_group(a_class(seed=5), "KRTMPW", ["ben"])
    kept_digits.check_visible(spec, by=Actor("ben"))
    kept_digits.check_visible(spec, by=Actor("ada"))
    kept_digits.delete_group("KRTMPW")
    for asked in (spec, mixed):
        with pytest.raises(DataError, match="were deleted"):
            kept_digits.check_visible(asked, by=PROGRAM)


def test_of_a_class_only_the_latest_versions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_digits, "MOST_OF_GROUP", 2)
    specs = [kept_digits.keep_of_group(a_class(4, seed=seed), "VVVVVV", ["ada"]) for seed in range(3)]
    there = [splits.upload_path(spec.digest).exists() for spec in specs]
    assert sum(there) == 2
    assert there[-1]
    kept_digits.delete_group("VVVVVV")
