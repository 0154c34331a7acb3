"""Splits: the same words give the same digits, and which of them a network has not learned from."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.data import mnist, splits
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.model_store import store

Digits = tuple[Array, Array]


def counts(labels: Array) -> list[int]:
    return list(np.bincount(labels, minlength=10))


def test_the_study_set_is_2700_and_300_with_as_many_of_each_digit() -> None:
    split = splits.load_split(DataSpec())
    assert split.x_train.shape == (2700, 784)
    assert split.x_test.shape == (300, 784)
    assert split.x_train.dtype == split.x_test.dtype == np.float32
    assert (split.x_train.min(), split.x_train.max()) == (0, 1)
    assert counts(split.y_train) == [270] * 10
    assert counts(split.y_test) == [30] * 10
    assert split.x_validation is None


def test_study_digits_are_never_both_learned_and_judged_on() -> None:
    split = splits.load_split(DataSpec())
    learned = {row.tobytes() for row in split.x_train}
    assert len(learned) == 2700
    assert not any(row.tobytes() in learned for row in split.x_test)


@pytest.mark.parametrize("spec", [DataSpec(), DataSpec("embedded"), DataSpec(n=200, n_test=50, seed=7)])
def test_the_test_index_points_at_the_pictures_of_the_test_digits(spec: DataSpec) -> None:
    split, whole = splits.load_split(spec), splits.load_dataset(spec)
    assert split.digest == whole.digest
    pictures = whole.images[split.test_index]
    np.testing.assert_array_equal(np.rint(split.x_test * 255), pictures.reshape(len(pictures), 784))
    np.testing.assert_array_equal(split.y_test, whole.labels[split.test_index])


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    one, same, other = (
        splits.load_split(DataSpec(seed=1)),
        splits.load_split(DataSpec(seed=1)),
        splits.load_split(DataSpec(seed=2)),
    )
    np.testing.assert_array_equal(one.x_train, same.x_train)
    np.testing.assert_array_equal(one.test_index, same.test_index)
    assert not np.array_equal(one.test_index, other.test_index)


def test_a_split_is_shuffled_though_the_embedded_digits_come_in_order() -> None:
    assert (np.diff(mnist.embedded().labels) >= 0).all()
    for labels in (splits.load_split(DataSpec()).y_train, splits.load_split(DataSpec("embedded")).y_train):
        assert len(np.unique(labels[:50])) > 5


def test_embedded_holds_back_a_tenth() -> None:
    split = splits.load_split(DataSpec("embedded"))
    assert counts(split.y_train) == [450] * 10
    assert counts(split.y_test) == [50] * 10


def test_a_study_may_take_all_of_the_embedded_digits() -> None:
    split = splits.load_split(DataSpec(n=5000, n_test=1000))
    assert counts(split.y_train) == [400] * 10
    assert counts(split.y_test) == [100] * 10


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (DataSpec(n=5001), "takes 20 to 5,000"),
        (DataSpec(n=10), "takes 20 to 5,000"),
        (DataSpec(n_test=9), "at least 10"),
        (DataSpec(n=100, n_test=95), "at least 10"),
        (DataSpec(seed=-1), "seed has to be"),
        (DataSpec(seed=2**32), "seed has to be"),
        (DataSpec("elsewhere"), "Digits come from one of study, "),  # type: ignore[arg-type]
        (DataSpec("upload"), "upload them again"),
        (DataSpec("upload", digest="../../../../etc/hosts"), "upload them again"),
        (DataSpec("upload", digest="0" * 16), "upload them again"),
    ],
)
def test_a_spec_that_names_nothing_is_refused_with_what_was_expected(spec: DataSpec, expected: str) -> None:
    with pytest.raises(DataError, match=expected):
        splits.load_split(spec)


def test_a_model_of_honest_digits_is_judged_by_every_embedded_one() -> None:
    spec, words = splits.judge_by({"source": "honest", "seed": 3})
    split = splits.load_split(spec)
    assert words == "the app's 5,000 digits, which it never learned from"
    assert split.x_train.shape == (0, 784)
    np.testing.assert_array_equal(split.test_index, np.arange(5000))
    np.testing.assert_array_equal(split.y_test, mnist.embedded().labels)


def test_a_model_is_judged_by_the_digits_held_back_from_its_own_training() -> None:
    study = DataSpec("study", seed=9, n=1000, n_test=100)
    assert splits.judge_by(asdict(study)) == (study, "the digits that were held back from its training")


@pytest.mark.parametrize(
    "spec",
    [{}, {"source": "the web"}, {"seed": 3}, {"source": ["study"]}, {"source": "study", "seed": "3"}],
    ids=["nothing", "no source of ours", "no source", "no text", "no number"],
)
def test_a_card_that_tells_nothing_or_nonsense_is_not_believed(spec: dict[str, object]) -> None:
    judge, words = splits.judge_by(spec)
    assert judge == DataSpec("unseen")
    assert "whether it has learned from them" in words


def test_full_mnist_keeps_6000_to_choose_by_and_judges_by_the_official_10000(
    full_mnist: tuple[Digits, Digits],
) -> None:
    (x_train, _), (x_test, y_test) = full_mnist
    split = splits.load_split(DataSpec("full"))
    assert split.x_validation is not None
    assert split.y_validation is not None
    assert (len(split.x_train), len(split.x_validation)) == (54_000, 6_000)
    np.testing.assert_array_equal(np.rint(split.x_test * 255).astype(np.uint8), x_test.reshape(-1, 784))
    np.testing.assert_array_equal(split.y_test, y_test)
    learned = np.sort(np.concatenate([split.x_train.sum(1), split.x_validation.sum(1)]))
    np.testing.assert_allclose(
        learned, np.sort((x_train.reshape(-1, 784) / np.float32(255)).sum(1)), rtol=1e-4
    )
    np.testing.assert_allclose(np.bincount(split.y_validation) * 9, np.bincount(split.y_train), atol=9)


def test_honest_data_leaves_out_every_embedded_digit_and_nothing_else(
    full_mnist: tuple[Digits, Digits],
) -> None:
    split = splits.load_split(DataSpec("honest"))
    assert split.x_validation is not None
    assert (len(split.x_train), len(split.x_validation), len(split.x_test)) == (54_000, 1_000, 10_000)
    known = {image.tobytes() for image in mnist.embedded().images}
    used = np.rint(np.concatenate([split.x_train, split.x_validation, split.x_test]) * 255).astype(np.uint8)
    used_bytes = {image.tobytes() for image in used}
    assert not known & used_bytes
    (x_train, _), (x_test, _) = full_mnist
    assert used_bytes | known == {image.tobytes() for image in np.concatenate([x_train, x_test])}


@pytest.mark.parametrize("source", ["full", "honest"])
def test_the_test_index_of_mnist_points_at_its_official_test_digits(
    source: splits.Source, full_mnist: tuple[Digits, Digits]
) -> None:
    split, whole = splits.load_split(DataSpec(source)), splits.load_dataset(DataSpec(source))
    _, (x_test, y_test) = full_mnist
    np.testing.assert_array_equal(whole.images[split.test_index], x_test)
    np.testing.assert_array_equal(whole.labels[split.test_index], y_test)
    assert split.digest == whole.digest


@pytest.mark.parametrize("source", ["study", "embedded"])
def test_what_a_network_learned_from_is_what_its_split_trains_on(source: splits.Source) -> None:
    spec = DataSpec(source, seed=7)
    learned = splits.learned_positions({"source": source, "seed": 7, "digest": "", "n": 3000, "n_test": 300})
    assert learned is not None
    split = splits.load_split(spec)
    rows = mnist.to_rows(mnist.embedded().images[learned])
    np.testing.assert_array_equal(rows, split.x_train)
    assert not set(learned) & set(split.test_index)


@pytest.mark.parametrize(
    "spec", [{}, {"source": "full"}, {"source": "upload"}, {"source": "study", "n": "3"}]
)
def test_where_a_card_does_not_tell_it_is_not_known(spec: dict[str, object]) -> None:
    assert splits.learned_positions(spec) is None


def test_no_shipped_network_has_learned_from_a_digit_that_is_called_unseen() -> None:
    shipped = [entry.card.spec for entry in store.entries() if entry.origin == "shipped"]
    pool = splits.unseen_by_all(shipped)
    study = splits.load_split(DataSpec("study", seed=42))
    seen = {row.tobytes() for row in study.x_train}
    assert len(pool) == 5000 - len(study.x_train)
    assert not any(row.tobytes() in seen for row in mnist.to_rows(mnist.embedded().images[pool]))
    assert {spec["source"] for spec in shipped} == {"honest", "study"}, "another source wants another proof"
