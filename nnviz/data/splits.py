"""Who learns and who judges: a `DataSpec` names a split in a few words, `load_split` turns it into numbers.

A job can carry a spec and a card record it; the same words give the same numbers on every machine. The
"honest" digits leave out the 5,000 embedded ones, by which a model trained on them can then be judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from nnviz.core import json_records, safe_files, storage
from nnviz.core.records import Array, Dataset, Split
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.data import data_spec, mnist, spoiling, stratified
from nnviz.data import hands as writers
from nnviz.data.data_spec import EVERY, SPOILS, DataSpec, Source, compact, examination, spoiled
from nnviz.data.mnist import DataError, make_dataset, to_rows

__all__ = [
    "EVERY",
    "SPOILS",
    "Cut",
    "DataSpec",
    "Source",
    "check",
    "compact",
    "cut",
    "examination",
    "folds",
    "judge_by",
    "learned",
    "learned_positions",
    "load_dataset",
    "load_split",
    "name_of_data",
    "spoiled",
    "told",
    "unseen_by_all",
    "upload_path",
    "uploads_folder",
]

_HONEST_VALIDATION = 1_000
_FULL_VALIDATION = 6_000


@dataclass(frozen=True, eq=False)
class Cut:
    """The parts that digits of a data set play, as positions in it, in the order of the shuffle.

    Attributes
    ----------
    train
        Learned from.
    test
        Judged by.
    validation
        Held back to choose by (full and honest digits).
    outside
        A second judge: what a study leaves aside; beside somebody's own digits, those that others wrote, or
        that came from MNIST.
    """

    train: Array
    test: Array
    validation: Array
    outside: Array


def load_split(spec: DataSpec) -> Split:
    """The split that `spec` names, shuffled by its seed, every digit's share kept.

    Raises
    ------
    DataError
        As `cut` and `load_dataset`.
    """
    whole = load_dataset(spec)
    return split_of(spec, whole, cut(spec, whole))


def split_of(spec: DataSpec, whole: Dataset, parts: Cut) -> Split:
    """The split of these parts of a data set, spoiled as `spec` says.

    Parameters
    ----------
    whole
        Its `load_dataset`.
    parts
        Its `cut`, or a fold of it.
    """
    train, labels = learned(spec, whole, parts.train)
    return _split(name_of_data(spec, whole), whole, replace(parts, train=train), labels, spec.seed)


def name_of_data(spec: DataSpec, whole: Dataset) -> str:
    """What the digits of `spec`, taken from `whole`, are called wherever they are named."""
    name = f"study set: {spec.n:,} of the {whole.name}" if spec.source == "study" else whole.name
    return "; ".join([name, *spoiled(spec)])


def cut(spec: DataSpec, whole: Dataset) -> Cut:
    """Who learns and who judges in a split.

    Parameters
    ----------
    spec
        Of the split.
    whole
        Its `load_dataset`.

    Raises
    ------
    DataError
        For a seed that is none, for more digits than there are, and for digits to leave out that nobody
        would learn from.
    """
    check(spec, whole)
    parts = _parts(spec, whole)
    if spec.without and not np.isin(spec.without, parts.train).all():
        raise DataError(say("Only digits that are learned from can be left out, and no test digit."))
    return parts


def _parts(spec: DataSpec, whole: Dataset) -> Cut:
    if whole.hands is None or not (spec.added or spec.hand >= 0 or len(writers.known(whole.hands)) > 1):
        return _by_label(spec, whole.labels)
    theirs = np.flatnonzero(whole.hands < 0)
    train, test, outside = _by_hand(spec, np.flatnonzero(whole.hands >= 0), whole)
    if not spec.added:
        return Cut(train, test, theirs[:0], outside)
    source = _by_label(spec, whole.labels[: len(theirs)])
    return Cut(
        np.concatenate([source.train, train]),
        test,
        source.validation,
        outside if len(outside) else source.test,
    )


def check(spec: DataSpec, whole: Dataset) -> None:
    """Raise DataError for a split that cannot be cut from these digits.

    Parameters
    ----------
    whole
        The `load_dataset` of the spec.
    """
    there = writers.known(whole.hands)
    data_spec.check(spec, len(whole) if whole.hands is None else int((whole.hands < 0).sum()))
    if max(spec.without, default=0) >= len(whole):
        raise DataError(
            say("There are {n:,} digits, so none has the place {place}.", n=len(whole),
                place=str(max(spec.without))[:20])
        )  # fmt: skip
    for hand in (spec.hand, spec.without_hand):
        if hand >= 0 and hand not in there:
            raise DataError(say("Nobody knows which of these digits hand {hand} wrote.", hand=hand + 1))
    if spec.added and not len(there):
        raise DataError(say("Nobody knows who wrote the digits that are added: expected a number a hand."))


def _by_label(spec: DataSpec, labels: Array) -> Cut:
    """Every digit's share of each part being the same."""
    everything = np.arange(len(labels))
    nobody = everything[:0]
    if spec.source == "study":
        chosen, outside = _stratified(everything, labels, len(labels) - spec.n, spec.seed)
        train, test = _stratified(chosen, labels, spec.n_test, spec.seed)
        return Cut(train, test, nobody, outside)
    if spec.source in ("full", "honest"):
        learn, test = everything[:-10_000], everything[-10_000:]
        held_back = _FULL_VALIDATION if spec.source == "full" else _HONEST_VALIDATION
        train, validation = _stratified(learn, labels, held_back, spec.seed)
        return Cut(train, test, validation, nobody)
    if spec.source in ("unseen", "judges"):
        return Cut(nobody, everything, nobody, nobody)
    tenth = max(round(len(labels) / 10), len(np.unique(labels)))
    train, test = _stratified(everything, labels, tenth, spec.seed)
    return Cut(train, test, nobody, nobody)


def _by_hand(spec: DataSpec, index: Array, whole: Dataset) -> tuple[Array, Array, Array]:
    """Who learns, who judges and who is outside of digits whose hands are known."""
    assert whole.hands is not None
    if spec.source == "judges":
        return index[:0], index, index[:0]
    index = index[whole.hands[index] != spec.without_hand]
    there = writers.known(whole.hands, index)
    if spec.hand < 0 and len(there) > 1:
        return *writers.cut(index, whole.hands, spec.seed), index[:0]
    hand = spec.hand if spec.hand >= 0 else there[0]
    mine = np.random.default_rng(spec.seed).permutation(index[whole.hands[index] == hand])
    held_back = max(1, round(writers.HELD_BACK * len(mine)))
    return mine[held_back:], mine[:held_back], index[whole.hands[index] != hand]


def folds(spec: DataSpec, whole: Dataset, everyone: Array, count: int) -> Array:
    """The fold of each of the digits at `everyone`, from 0: never the same hand in two of them.

    Raises
    ------
    ValueError
        When there are too few of them.
    """
    if whole.hands is not None and not spec.added and (whole.hands[everyone] >= 0).all():
        return writers.folds(whole.hands[everyone], count, spec.seed)
    return stratified.folds(whole.labels[everyone], count, spec.seed)


def learned(spec: DataSpec, whole: Dataset, train: Array) -> tuple[Array, Array]:
    """Which of the digits at `train` are learned from, and by which labels: as they are unless spoiled.

    Returns
    -------
    tuple[Array, Array]
        (n,) positions in `whole`, and (n,) int64 labels.
    """
    if spec.scarce >= 0:
        train = train[spoiling.scarce(whole.labels[train], spec.scarce, spec.kept, spec.seed)]
    if spec.n_train >= 0 and spec.added and whole.hands is not None:
        added = whole.hands[train] >= 0
        few = spoiling.few(whole.labels[train[added]], spec.n_train, spec.seed)
        train = np.concatenate([train[~added], train[added][few]])
    elif spec.n_train >= 0:
        train = train[spoiling.few(whole.labels[train], spec.n_train, spec.seed)]
    labels = whole.labels[train]
    if spec.mislabelled:
        labels = spoiling.mislabel(labels, spec.mislabelled, spec.wrong, spec.seed)
    if spec.without:  # last, so that it changes nothing about the others
        stay = ~np.isin(train, spec.without)
        train, labels = train[stay], labels[stay]
    if not len(train) and spec.source not in ("unseen", "judges"):
        raise DataError(say("No digit is left to learn from: leave out fewer."))
    return train, labels


def load_dataset(spec: DataSpec) -> Dataset:
    """The digits that `Split.test_index` of the same `spec` points into.

    "study", "embedded", "unseen": the 5,000; "full": the 60,000, then the 10,000; "honest": the 55,000 that
    are not embedded, then the 10,000; "upload", "judges": what was uploaded. What is `added` stands at the
    end.

    Raises
    ------
    DataError
        For another source, and for digits that are not on this computer.
    """
    if spec.added:
        return _together(load_dataset(replace(spec, added="")), _uploaded(spec.added))
    if spec.source in ("study", "embedded", "unseen"):
        return mnist.embedded()
    if spec.source == "full":
        return mnist.whole_mnist()
    if spec.source == "honest":
        return mnist.without_embedded()
    if spec.source in ("upload", "judges"):
        return _uploaded(spec.digest)
    raise DataError(
        say(
            "Digits come from one of {sources}, not from {source!r}.",
            sources=", ".join(get_args(Source)),
            source=spec.source,
        )
    )


def judge_by(spec: Mapping[str, Any]) -> tuple[DataSpec, str]:
    """The split whose test digits fairly judge a model, and words for it.

    A model of the "honest" digits has seen none of the embedded ones, so all 5,000 judge it ("unseen"), with
    no network needed. Where a card tells nothing or nonsense (it may have come with an upload), they judge it
    too, and the words say that it may know them.

    Parameters
    ----------
    spec
        On the model's card.
    """
    everything = DataSpec("unseen")
    judge = told(spec)
    if judge is None:
        return (
            everything,
            say("{of_the_app} (nobody knows whether it has learned from them)", of_the_app=mnist.OF_THE_APP),
        )
    if judge.source in ("honest", "unseen") and not judge.added:
        return everything, say("{of_the_app}, which it never learned from", of_the_app=mnist.OF_THE_APP)
    return judge, say("the digits that were held back from its training")


def told(spec: Mapping[str, Any]) -> DataSpec | None:
    """The split that a card tells of; None where it tells nothing, or what cannot be.

    Parameters
    ----------
    spec
        On the card.
    """
    try:
        found = json_records.read(DataSpec, dict(spec)) if "source" in spec else None
        if found is not None:
            data_spec.check(found, len(mnist.embedded()))
    except (json_records.BadRecord, DataError):
        return None
    return found


def learned_positions(spec: Mapping[str, Any]) -> Array | None:
    """Positions of the embedded digits that a network learned from.

    Parameters
    ----------
    spec
        On the network's card.

    Returns
    -------
    Array | None
        None where that cannot be told: all of MNIST holds them in an order of its own, an upload may hold
        them, and a card may tell nothing.
    """
    judge, _ = judge_by(spec)
    if spec.get("source") in ("honest", "unseen"):
        return np.arange(0)
    if spec.get("source") in ("study", "embedded") and judge.source == spec["source"]:
        return cut(DataSpec(judge.source, judge.seed, n=judge.n, n_test=judge.n_test), mnist.embedded()).train
    return None


def unseen_by_all(specs: Iterable[Mapping[str, Any]]) -> Array:
    """Positions of the embedded digits that none of these networks learned from, as far as can be told."""
    known = [positions for spec in specs if (positions := learned_positions(spec)) is not None]
    everything = np.arange(len(mnist.embedded()))
    return np.setdiff1d(everything, np.concatenate([np.arange(0), *known]))


def upload_path(digest: str) -> Place:
    """Where an upload is kept.

    Parameters
    ----------
    digest
        It may come from an address bar.

    Raises
    ------
    DataError
        Unless it is a digest.
    """
    data_spec.check_digest(digest)
    return uploads_folder() / f"{digest}.npz"


def uploads_folder() -> Place:
    """Where uploads are kept. It need not exist yet."""
    return storage.shared() / "uploads"


def _stratified(index: Array, labels: Array, n_second: int, seed: int) -> tuple[Array, Array]:
    """Shuffles `index` and cuts `n_second` of it off, every digit's share of both parts being the same."""
    if n_second == 0:
        return np.random.default_rng(seed).permutation(index), index[:0]
    return stratified.cut(index, labels, n_second, seed)


def _split(name: str, whole: Dataset, parts: Cut, labels: Array, seed: int) -> Split:
    """The split of these parts, `labels` being those that are learned by."""
    held_back = len(parts.validation) > 0
    return Split(
        dataset=name,
        digest=whole.digest,
        x_train=to_rows(whole.images[parts.train]),
        y_train=labels,
        x_test=to_rows(whole.images[parts.test]),
        y_test=whole.labels[parts.test],
        test_index=parts.test,
        seed=seed,
        x_validation=to_rows(whole.images[parts.validation]) if held_back else None,
        y_validation=whole.labels[parts.validation] if held_back else None,
        hands=None if whole.hands is None else whole.hands[parts.train],
    )


def _together(one: Dataset, other: Dataset) -> Dataset:
    """Two data sets as one; nobody knows who wrote the first."""
    nobody = np.full(len(one), data_spec.EVERY)
    theirs = np.full(len(other), data_spec.EVERY) if other.hands is None else other.hands
    return make_dataset(
        f"{one.name} and {other.name}",
        np.concatenate([one.images, other.images]),
        np.concatenate([one.labels, other.labels]),
        f"{one.source}; {other.source}",
        np.concatenate([nobody, theirs]),
    )


def _uploaded(digest: str) -> Dataset:
    path = upload_path(digest)
    if path.with_suffix(".deleted").exists():
        raise DataError(say("These digits were deleted by who uploaded them."))
    gone = DataError(say("The uploaded digits are no longer here; please upload them again."))
    try:
        safe_files.mark_used(path)
        arrays = safe_files.read_npz(path)
        kept = make_dataset(
            str(arrays["name"]),
            arrays["images"],
            arrays["labels"],
            str(arrays["source"]),
            arrays.get("hands"),
        )
    except (OSError, safe_files.BadFile, KeyError) as error:
        raise gone from error
    if kept.digest != digest:
        raise gone
    return kept
