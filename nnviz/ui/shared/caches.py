"""Caches sit at the edge and are keyed by something small: a model's name, a split's description."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from nnviz.core.records import Array, Dataset, Evaluation, Split
from nnviz.data import splits
from nnviz.evaluation import metrics
from nnviz.inference import browser
from nnviz.inference.graph import Network
from nnviz.model_store import formats, store


@st.cache_resource(max_entries=64, show_spinner=False)
def _model(path: str, changed: int) -> Any:
    return store.load(path)


def model(name: str) -> Any:
    """The trained model of that name, ready to predict. Raises store.ModelMissing or store.ModelRefused."""
    path = store.find(name).path
    return _model(str(path), path.stat().st_mtime_ns)


def network(name: str) -> Network:
    """The network of that name in plain NumPy: it shows every layer, and needs no library to be loaded."""
    path = store.find(name).path
    return _network(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=64, show_spinner=False)
def _network(path: str, changed: int) -> Network:
    return formats.read_network(Path(path))


class BrowserProgram(NamedTuple):
    """A network as it goes to a browser; of one that stays here, why."""

    digest: str
    message: bytes
    why: str


def program(name: str) -> BrowserProgram:
    """The network of that name for browsers, packed once. Raises store.ModelMissing or store.ModelRefused."""
    path = store.find(name).path
    return _program(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=64, show_spinner=False)
def _program(path: str, changed: int) -> BrowserProgram:
    try:
        found = browser.program_of(_network(path, changed))
    except browser.NotForBrowsers as error:
        return BrowserProgram("", b"", f"The server reads for it: this network {error}.")
    return BrowserProgram(found.digest, browser.pack_program(found), "")


@st.cache_resource(max_entries=16, show_spinner="Opening the digits …")
def split(spec: splits.DataSpec) -> Split:
    """Digits to learn from and to be judged on. Raises data.DataError."""
    return splits.load_split(spec)


@st.cache_resource(max_entries=16, show_spinner=False)
def dataset(spec: splits.DataSpec) -> Dataset:
    """The pictures that `split(spec).test_index` points into. Raises data.DataError."""
    return splits.load_dataset(spec)


@st.cache_resource(max_entries=64, show_spinner="Reading every test digit …")
def _evaluation(path: str, changed: int, spec: splits.DataSpec) -> Evaluation:
    judged = split(spec)
    if not path.endswith(".npz"):
        probabilities = _in_helpings(_network(path, changed).predict, judged.x_test)
    else:
        probabilities = _model(path, changed).predict_proba(judged.x_test)
    return metrics.evaluate(judged.y_test, probabilities)


def _in_helpings(predict: Callable[[Array], Array], x: Array, size: int = 250) -> Array:
    """The same answers for less memory: a convolution lays out every window of every digit it is given."""
    return np.concatenate([predict(x[i : i + size]) for i in range(0, len(x), size)])


def evaluation(name: str, spec: splits.DataSpec) -> Evaluation:
    """How the model of that name does on the split's test digits."""
    path = store.find(name).path
    return _evaluation(str(path), path.stat().st_mtime_ns, spec)
