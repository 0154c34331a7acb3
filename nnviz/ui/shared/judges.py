"""Which digits test the networks of a page: those they did not learn from, or somebody's own."""

from __future__ import annotations

import streamlit as st

from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.ui.shared import caches
from nnviz.ui.shared.state import Key

_USUAL = say("digits that it did not learn from")


def choose(kind: str) -> None:
    """A menu of the digits that may test a network; none while nobody has brought any."""
    there = _brought()
    if not there:
        return
    key = f"{kind}_judges"
    chosen: DataSpec | None = st.session_state.get(Key.JUDGES)
    st.session_state[key] = chosen.digest if chosen and chosen.digest in there else ""
    st.selectbox(
        say("Test networks with"),
        ["", *there],
        format_func=lambda digest: there.get(digest, _USUAL),
        key=key,
        on_change=lambda: _take(st.session_state[key]),
    )


def _take(digest: str) -> None:
    st.session_state[Key.JUDGES] = DataSpec("judges", digest=digest) if digest else None


def _brought() -> dict[str, str]:
    """The digits of this visitor, by their digests, with what they are called."""
    specs = [st.session_state.get(Key.UPLOAD), st.session_state.get(Key.JUDGES)]
    found = {}
    for spec in specs:
        try:
            if spec is not None:
                found[spec.digest] = caches.dataset(DataSpec("judges", digest=spec.digest)).name
        except DataError:
            continue
    return found
