"""Digits for a map, and what an autoencoder makes of them: codes, and who is next to whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from nnviz.core.records import Array, Dataset
from nnviz.core.words import say
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.evaluation import nearest_neighbours
from nnviz.inference import coding
from nnviz.representations import embedding_files
from nnviz.ui.autoencoder.lesson import Opened
from nnviz.ui.shared import caches
from nnviz.ui.shared.state import Key

SOME, MOST = 1_000, 5_000  # digits of the smaller map, and of any
NEAR = 8  # neighbours that stand beside a digit
DIGITS = {
    "all": say("All of {of_the_app}", of_the_app=mnist.OF_THE_APP),
    "some": say("1,000 of them, 100 of each"),
    "own": say("My own file"),
}


@dataclass(frozen=True, eq=False)
class EncodedDigits:
    """Digits and what the autoencoder makes of them.

    Attributes
    ----------
    codes
        (n, size).
    near, far
        (n, NEAR) positions of the nearest others by all numbers of the code, and their distances.
    of
        Their `embedding_files.subject`.
    """

    digits: Dataset
    codes: Array
    near: Array
    far: Array
    of: str


def encode_digits(opened: Opened, name: str) -> EncodedDigits:
    """Raises DataError."""
    spec = st.session_state.get(Key.UPLOAD)
    if name == "own" and spec:
        caches.check_visible(spec)
    digits = _digits(name, spec.digest if name == "own" and spec else "")
    return _squeezed(*caches.file_of(opened.entry), digits.digest, opened, digits)


@st.cache_resource(max_entries=16, show_spinner=False)
def _digits(name: str, digest: str) -> Dataset:
    if name == "own":
        whole = splits.load_dataset(DataSpec("upload", digest=digest))
        if len(whole) <= MOST:
            return whole
        return _part(whole, np.arange(MOST), say("the first {most:,} of {name}", most=MOST, name=whole.name))
    whole = mnist.embedded()
    if name == "all":
        return whole
    firsts = [np.flatnonzero(whole.labels == each)[: SOME // 10] for each in range(10)]
    return _part(
        whole, np.sort(np.concatenate(firsts)), say("{some:,} of the {name}", some=SOME, name=whole.name)
    )


def _part(whole: Dataset, positions: Array, name: str) -> Dataset:
    return mnist.make_dataset(name, whole.images[positions], whole.labels[positions], whole.source)


@st.cache_resource(max_entries=16, show_spinner=say("Squeezing every digit into its code …"))
def _squeezed(
    path: str, changed: int, epoch: int | None, digest: str, _opened: Opened, _digits: Dataset
) -> EncodedDigits:
    codes = coding.encode(_opened.model, mnist.to_rows(_digits.images))
    finite = np.where(np.isfinite(codes), codes, 0)  # of a network that diverged there is no map anyway
    near, far = nearest_neighbours.of_each(finite, NEAR)
    return EncodedDigits(
        _digits, codes, near, far, embedding_files.subject(_opened.entry.path, _digits, epoch)
    )
