"""Caches sit at the edge and are keyed by something small: a model's name, a split's description."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from nnviz.core import storage
from nnviz.core.records import Array, Dataset, Evaluation, Split
from nnviz.core.snapshots import Snapshots
from nnviz.core.words import say
from nnviz.data import kept_digits, mnist, splits
from nnviz.data.mnist import DataError
from nnviz.evaluation import metrics
from nnviz.evaluation.learning_times import LearningTimes
from nnviz.inference import browser, graph
from nnviz.inference.graph import Network
from nnviz.model_store import formats, store
from nnviz.model_store import snapshots as kept_weights
from nnviz.model_store.errors import ModelRefused, within_memory
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.ui.shared.state import Key, actor, shown_epoch

_FEWEST_TIMED, _MOST_PRODUCTS = 500, 10_000_000_000  # digits read after every epoch; multiplications for it


def network(name: str, *, ended: bool = False) -> Network:
    """The network of that name in plain NumPy: it shows every layer, and needs no library to be loaded.

    Parameters
    ----------
    ended
        Ask for it as its training ended, and not as it was after the epoch that the visitor looks at.
    """
    path = store.find(name).path
    return _network(str(path), path.stat().st_mtime_ns, None if ended else epoch_of(name))


@st.cache_resource(max_entries=96, show_spinner=False)
def _network(path: str, changed: int, epoch: int | None) -> Network:
    if epoch is None:
        return formats.read_network(storage.place(path))
    whole = _network(path, changed, None)
    return kept_weights.at(whole, _snapshots(path, changed), epoch)


def snapshots(name: str) -> Snapshots:
    """What the network of that name was after its epochs.

    Raises
    ------
    NoSnapshots
        When it kept none, or they are damaged.
    store.ModelMissing
        When there is no such network.
    store.ModelRefused
        When it cannot be opened.
    """
    path = store.find(name).path
    found = _snapshots(str(path), path.stat().st_mtime_ns)
    if isinstance(found, str):
        raise NoSnapshots(found)
    kept: Snapshots = found
    return kept


@st.cache_resource(max_entries=12, show_spinner=False)
def _snapshots(path: str, changed: int) -> Any:
    """Snapshots, or why there are none."""
    try:
        with within_memory():
            return kept_weights.read(storage.place(path).read_bytes(), _network(path, changed, None))
    except NoSnapshots as error:
        return str(error)


def over_epochs(name: str, images: Array) -> tuple[list[int], Array]:
    """What the network of that name made of digits after every epoch it kept, and as it ended.

    Returns
    -------
    tuple[list[int], Array]
        The epochs, and (epochs, n, 10) probabilities.

    Raises
    ------
    NoSnapshots, store.ModelMissing, store.ModelRefused
        As `snapshots`.
    """
    entry, kept = store.find(name), snapshots(name)
    whole = network(name, ended=True)
    last = max(len(entry.card.history.epochs), int(kept.epochs[-1]) + 1)
    with within_memory():
        said = [kept_weights.at(whole, kept, epoch).predict(images) for epoch in kept.epochs.tolist()]
        return [*kept.epochs.tolist(), last], np.stack([*said, whole.predict(images)])


def learning_times(name: str, spec: splits.DataSpec) -> LearningTimes:
    """When that network learned each of the split's test digits, or as many of them as can be read soon.

    Raises
    ------
    NoSnapshots, store.ModelMissing, store.ModelRefused
        As `snapshots`.
    """
    check_visible(spec)
    path = store.find(name).path
    return _learning_times(str(path), path.stat().st_mtime_ns, spec, name)


@st.cache_resource(max_entries=12, show_spinner=say("Reading the test digits after every epoch …"))
def _learning_times(path: str, changed: int, spec: splits.DataSpec, name: str) -> LearningTimes:
    judged = _split(spec)
    cost = graph.products(network(name, ended=True)) * (len(snapshots(name).epochs) + 1)
    n = max(_FEWEST_TIMED, _MOST_PRODUCTS // cost)
    epochs, probabilities = over_epochs(name, judged.x_test[:n])
    return LearningTimes(tuple(epochs), judged.y_test[:n], probabilities)


def epoch_of(name: str) -> int | None:
    """Of which epoch the network of that name is shown to this visitor; None as its training ended."""
    wanted = shown_epoch()
    if wanted is None:
        return None
    try:
        epochs = snapshots(name).epochs.tolist()
    except (NoSnapshots, ModelRefused):
        return None
    last = len(store.find(name).card.history.epochs)
    if wanted > epochs[-1] and wanted >= last:
        return None
    return max((epoch for epoch in epochs if epoch <= wanted), default=int(epochs[0]))


def file_of(entry: store.Entry) -> tuple[str, int, int | None]:
    """By which a cache knows what was found with a network: its file, when that was changed, the epoch."""
    return str(entry.path), entry.path.stat().st_mtime_ns, epoch_of(entry.name)


def digest(image: Array) -> str:
    """By which a cache knows a digit."""
    return hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest()


class BrowserProgram(NamedTuple):
    """A network as it goes to a browser; of one that stays here, why."""

    digest: str
    message: bytes
    why: str


def program(name: str) -> BrowserProgram:
    """The network of that name for browsers, packed once.

    Raises
    ------
    store.ModelMissing
        When there is none.
    store.ModelRefused
        When it cannot be opened.
    """
    return _program(*file_of(store.find(name)))


@st.cache_resource(max_entries=96, show_spinner=False)
def _program(path: str, changed: int, epoch: int | None) -> BrowserProgram:
    try:
        with within_memory():
            found = browser.program_of(_network(path, changed, epoch))
    except browser.NotForBrowsers as error:
        return BrowserProgram("", b"", say("The server reads for it: this network {error}.", error=error))
    return BrowserProgram(found.digest, browser.pack_program(found), "")


def check_visible(spec: splits.DataSpec) -> None:
    """Check that this browser may see these digits: caches are everybody's, uploads are not.

    Raises
    ------
    data.DataError
        When they are somebody else's, or were deleted.
    """
    if spec.brought:
        kept_digits.check_visible(spec, by=actor())


def judge_by(spec: Mapping[str, Any]) -> tuple[splits.DataSpec, str]:
    """`splits.judge_by`, with digits that this browser may see.

    Parameters
    ----------
    spec
        On the model's card.
    """
    found, words = splits.judge_by(spec)
    chosen: splits.DataSpec | None = st.session_state.get(Key.JUDGES)
    told = splits.told(spec)
    try:
        if chosen is not None and not (told and set(told.brought) & set(chosen.brought)):
            check_visible(chosen)
            return chosen, say("the digits of {name}", name=_dataset(chosen.pool).name)
    except DataError:
        st.session_state.pop(Key.JUDGES, None)  # they are gone
    try:
        check_visible(found)
        if found.brought:  # a card from elsewhere may name hands that there are not
            splits.check(found, _dataset(found.pool))
    except DataError:
        learned = say("it learned from digits that are private or were deleted")
        return splits.DataSpec("unseen"), f"{mnist.OF_THE_APP} ({learned})"
    return found, words


def split(spec: splits.DataSpec) -> Split:
    """Digits to learn from and to be judged on.

    Raises
    ------
    data.DataError
        When they cannot be had.
    """
    check_visible(spec)
    return _split(spec)


@st.cache_resource(max_entries=16, show_spinner=say("Opening the digits …"))
def _split(spec: splits.DataSpec) -> Split:
    return splits.load_split(spec)


def dataset(spec: splits.DataSpec) -> Dataset:
    """The pictures that `split(spec).test_index` points into.

    Raises
    ------
    data.DataError
        When they cannot be had.
    """
    check_visible(spec)
    return _dataset(spec.pool)


@st.cache_resource(max_entries=16, show_spinner=False)
def _dataset(spec: splits.DataSpec) -> Dataset:
    return splits.load_dataset(spec)


def forget_digits() -> None:
    """Keep no digits in memory any longer, as some of them were deleted."""
    _split.clear()
    _dataset.clear()


@st.cache_resource(max_entries=128, show_spinner=say("Reading every test digit …"))
def _evaluation(path: str, changed: int, epoch: int | None, spec: splits.DataSpec) -> Evaluation:
    judged = _split(spec)
    with within_memory():
        said = _network(path, changed, epoch).predict(judged.x_test)
    try:
        return metrics.evaluate(judged.y_test, said)
    except ValueError as error:
        raise ModelRefused(
            say("The answers of this network are no probabilities: it cannot be judged.")
        ) from error


def evaluation(name: str, spec: splits.DataSpec) -> Evaluation:
    """How the model of that name does on the split's test digits.

    Raises
    ------
    store.ModelMissing
        When there is none.
    store.ModelRefused
        When it cannot be opened, or its answers cannot be judged.
    """
    check_visible(spec)
    return _evaluation(*file_of(store.find(name)), spec)
