"""Which digits test the networks of a page: those they did not learn from, or somebody's own."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.ui.shared import caches, class_digits
from nnviz.ui.shared.show import escaped
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
        on_change=lambda: take(st.session_state[key]),
    )


def take(chosen: str) -> None:
    """Test networks with a class's digits as they are now, with others by their digest; "" with the usual."""
    try:
        told = class_digits.chosen(chosen)
    except DataError as error:
        st.session_state[Key.NOTICE] = escaped(str(error))
        return
    digest = told[0].digest if told else chosen
    st.session_state[Key.JUDGES] = DataSpec("judges", digest=digest) if digest else None


def _brought() -> dict[str, str]:
    """The digits of this visitor by their digests, and those of their classes, with what they are called."""
    found: dict[str, str] = {}
    for spec in (st.session_state.get(Key.UPLOAD), st.session_state.get(Key.JUDGES)):
        with suppress(DataError):
            if spec is not None:
                found[spec.digest] = caches.dataset(DataSpec("judges", digest=spec.digest)).name
    now = {source: say("{name}, as it is now", name=name) for source, name in class_digits.sources().items()}
    return found | now
