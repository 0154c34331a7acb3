"""Who learns and who judges: a `DataSpec` names a split in a few words, `load_split` turns it into numbers.

A job can carry a spec and a card record it; the same words give the same numbers on every machine. The
"honest" digits leave out the 5,000 embedded ones, by which a model trained on them can then be judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from nnviz.core import json_records, safe_files, storage
from nnviz.core.records import Array, Dataset, Split
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.data import mnist, stratified
from nnviz.data.mnist import DataError, make_dataset, to_rows

Source = Literal["study", "embedded", "unseen", "full", "honest", "upload"]

_HONEST_VALIDATION = 1_000
_FULL_VALIDATION = 6_000


@dataclass(frozen=True)
class DataSpec:
    """The name of a split.

    Attributes
    ----------
    digest
        Of an upload.
    n, n_test
        A study's digits, and how many of them are held back.
    """

    source: Source = "study"
    seed: int = 42
    digest: str = ""
    n: int = 3000
    n_test: int = 300


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
        Left aside by a study, which makes them a second and steadier judge of it.
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
    parts = cut(spec, whole)
    return _split(name_of_data(spec, whole), whole, parts, spec.seed)


def name_of_data(spec: DataSpec, whole: Dataset) -> str:
    """What the digits of `spec`, taken from `whole`, are called wherever they are named."""
    return f"study set: {spec.n:,} of the {whole.name}" if spec.source == "study" else whole.name


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
        For a seed that is none, and for more digits than there are.
    """
    _check(spec, len(whole))
    everything = np.arange(len(whole))
    nobody = everything[:0]
    if spec.source == "study":
        chosen, outside = _stratified(everything, whole.labels, len(whole) - spec.n, spec.seed)
        train, test = _stratified(chosen, whole.labels, spec.n_test, spec.seed)
        return Cut(train, test, nobody, outside)
    if spec.source in ("full", "honest"):
        learn, test = everything[:-10_000], everything[-10_000:]
        held_back = _FULL_VALIDATION if spec.source == "full" else _HONEST_VALIDATION
        train, validation = _stratified(learn, whole.labels, held_back, spec.seed)
        return Cut(train, test, validation, nobody)
    if spec.source == "unseen":
        return Cut(nobody, everything, nobody, nobody)
    tenth = max(round(len(whole) / 10), len(np.unique(whole.labels)))
    train, test = _stratified(everything, whole.labels, tenth, spec.seed)
    return Cut(train, test, nobody, nobody)


def _check(spec: DataSpec, size: int) -> None:
    """Raises DataError for a split that cannot be cut from so many digits."""
    if not 0 <= spec.seed < 2**32:
        raise DataError(
            say(
                "The seed has to be a whole number from 0 to {most:,}, not {seed}.",
                most=2**32 - 1,
                seed=spec.seed,
            )
        )
    if spec.source == "study" and not (20 <= spec.n <= size and 10 <= spec.n_test <= spec.n - 10):
        raise DataError(
            say(
                "The study takes 20 to {size:,} digits and holds back at least 10 of them, leaving at "
                "least 10 to learn from; {n:,} and {n_test:,} were asked for.",
                size=size,
                n=spec.n,
                n_test=spec.n_test,
            )
        )
    if spec.source == "upload":
        upload_path(spec.digest)


def load_dataset(spec: DataSpec) -> Dataset:
    """The digits that `Split.test_index` of the same `spec` points into.

    "study", "embedded", "unseen": the 5,000; "full": the 60,000, then the 10,000; "honest": the 55,000 that
    are not embedded, then the 10,000; "upload": what was uploaded.

    Raises
    ------
    DataError
        For another source, and for digits that are not on this computer.
    """
    if spec.source in ("study", "embedded", "unseen"):
        return mnist.embedded()
    if spec.source == "full":
        return mnist.whole_mnist()
    if spec.source == "honest":
        return mnist.without_embedded()
    if spec.source == "upload":
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
    if judge.source in ("honest", "unseen"):
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
            _check(found, len(mnist.embedded()))
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
        return cut(judge, mnist.embedded()).train
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
    if not re.fullmatch(r"[0-9a-f]{16}", digest):
        raise DataError(say("That is not the name of uploaded digits; please upload them again."))
    return uploads_folder() / f"{digest}.npz"


def uploads_folder() -> Place:
    """Where uploads are kept. It need not exist yet."""
    return storage.shared() / "uploads"


def _stratified(index: Array, labels: Array, n_second: int, seed: int) -> tuple[Array, Array]:
    """Shuffles `index` and cuts `n_second` of it off, every digit's share of both parts being the same."""
    if n_second == 0:
        return np.random.default_rng(seed).permutation(index), index[:0]
    return stratified.cut(index, labels, n_second, seed)


def _split(name: str, whole: Dataset, parts: Cut, seed: int) -> Split:
    held_back = len(parts.validation) > 0
    return Split(
        dataset=name,
        digest=whole.digest,
        x_train=to_rows(whole.images[parts.train]),
        y_train=whole.labels[parts.train],
        x_test=to_rows(whole.images[parts.test]),
        y_test=whole.labels[parts.test],
        test_index=parts.test,
        seed=seed,
        x_validation=to_rows(whole.images[parts.validation]) if held_back else None,
        y_validation=whole.labels[parts.validation] if held_back else None,
    )


def _uploaded(digest: str) -> Dataset:
    path = upload_path(digest)
    if path.with_suffix(".deleted").exists():
        raise DataError(say("These digits were deleted by who uploaded them."))
    gone = DataError(say("The uploaded digits are no longer here; please upload them again."))
    try:
        safe_files.mark_used(path)
        arrays = safe_files.read_npz(path)
        kept = make_dataset(str(arrays["name"]), arrays["images"], arrays["labels"], str(arrays["source"]))
    except (OSError, safe_files.BadFile, KeyError) as error:
        raise gone from error
    if kept.digest != digest:
        raise gone
    return kept
