"""Measured on the page: which networks go on reading when a digit is not in the middle."""

from __future__ import annotations

from collections.abc import Container
from itertools import chain, count

import numpy as np
import streamlit as st

from nnviz import figures
from nnviz.core.kinds import kind_of
from nnviz.core.words import say
from nnviz.data import mnist, splits
from nnviz.evaluation import translation
from nnviz.model_store import store
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.pad import networks
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import escaped, figure

_DISTANCES = tuple(range(7))
_DIGITS = 200
_SEED = 0
_BESIDE = "cnn_k3"  # the plain CNN of the lessons: being one is not all that counts


@st.fragment
def panel() -> None:
    """A button, and the figure of the networks on the pad that name digits."""
    if not st.button(
        say("How far may a digit be moved before they misread it?"), icon=":material/straighten:"
    ):
        return
    beside = [entry for entry in store.entries() if entry.name == _BESIDE]
    readers = [
        entry for entry in [*networks.chosen(), *beside] if entry and kind_of(entry.card.kind).classifies
    ]
    entries = list({entry.name: entry for entry in readers}.values())
    pool = splits.unseen_by_all(entry.card.spec for entry in entries)
    if not entries or len(pool) < _DIGITS:
        st.info(
            say(
                "No network on the pad can be tested: it has learned from all these digits. Choose "
                "another network."
            )
        )
        return
    found: dict[str, list[float]] = {}
    with st.spinner(say("Reading {digits} digits at {n} distances …", digits=_DIGITS, n=len(_DISTANCES))):
        for entry in entries:
            try:
                title = _untaken(entry.card.title, found)
                found[title] = _scores(*caches.file_of(entry), tuple(pool), entry)
            except (ModelMissing, ModelRefused, OSError) as error:
                st.warning(say("{title} is left out: {error}", title=escaped(entry.card.title), error=error))
    figure(figures.moved_accuracies(_DISTANCES, found, _DIGITS), key="moved")
    doubted = [
        escaped(entry.card.title) for entry in entries if splits.learned_positions(entry.card.spec) is None
    ]
    unsure = say("{doubted} may have learned from some of them.", doubted=say(" and ").join(doubted))
    st.caption(
        say(
            "{digits} of the app's 5,000 digits, chosen with seed {seed}. Each is moved in its own "
            "direction, but never out of the picture. ",
            digits=_DIGITS,
            seed=_SEED,
        )
        + (unsure if doubted else say("None of these networks has learned from them."))
    )


def _untaken(title: str, taken: Container[str]) -> str:
    """The title, with a number behind it where another network has it too."""
    numbered = (f"{title} ({n})" for n in count(2))
    return next(each for each in chain([title], numbered) if each not in taken)


@st.cache_data(max_entries=64, show_spinner=False)
def _scores(path: str, changed: int, epoch: int | None, pool: tuple[int, ...], _entry: Entry) -> list[float]:
    positions = np.random.default_rng(_SEED).choice(pool, _DIGITS, replace=False)
    digits = mnist.embedded()
    images = digits.images[positions] / np.float32(255)
    network = caches.network(_entry.name)
    return translation.scores(network.predict, images, digits.labels[positions], _DISTANCES, _SEED)
