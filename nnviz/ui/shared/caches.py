"""Caches sit at the edge and are keyed by something small: a model's name, a split's description."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from nnviz.core.records import Array, Dataset, Evaluation, Split
from nnviz.core.words import say
from nnviz.data import kept_digits, mnist, splits
from nnviz.data.mnist import DataError
from nnviz.evaluation import metrics
from nnviz.inference import browser
from nnviz.inference.graph import Network
from nnviz.model_store import formats, store
from nnviz.model_store.errors import ModelRefused, within_memory
from nnviz.ui.shared.state import actor


def network(name: str) -> Network:
    """The network of that name in plain NumPy: it shows every layer, and needs no library to be loaded."""
    path = store.find(name).path
    return _network(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=64, show_spinner=False)
def _network(path: str, changed: int) -> Network:
    return formats.read_network(Path(path))


def file_of(entry: store.Entry) -> tuple[str, int]:
    """By which two a cache knows what was found with a network: its file, and when that was changed."""
    return str(entry.path), entry.path.stat().st_mtime_ns


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
    path = store.find(name).path
    return _program(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=64, show_spinner=False)
def _program(path: str, changed: int) -> BrowserProgram:
    try:
        with within_memory():
            found = browser.program_of(_network(path, changed))
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
    if spec.source == "upload":
        kept_digits.check_visible(spec, by=actor())


def judge_by(spec: Mapping[str, Any]) -> tuple[splits.DataSpec, str]:
    """`splits.judge_by`, with digits that this browser may see.

    Parameters
    ----------
    spec
        On the model's card.
    """
    found, words = splits.judge_by(spec)
    try:
        check_visible(found)
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
    return _dataset(spec)


@st.cache_resource(max_entries=16, show_spinner=False)
def _dataset(spec: splits.DataSpec) -> Dataset:
    return splits.load_dataset(spec)


def forget_digits() -> None:
    """Keep no digits in memory any longer, as some of them were deleted."""
    _split.clear()
    _dataset.clear()


@st.cache_resource(max_entries=64, show_spinner=say("Reading every test digit …"))
def _evaluation(path: str, changed: int, spec: splits.DataSpec) -> Evaluation:
    judged = _split(spec)
    with within_memory():
        said = _network(path, changed).predict(judged.x_test)
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
    path = store.find(name).path
    return _evaluation(str(path), path.stat().st_mtime_ns, spec)
