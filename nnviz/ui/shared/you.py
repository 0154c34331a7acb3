"""The buttons "You" and "Share", and the undo of what was deleted just now.

What needs the database stands in `you_panel`, which is imported when it is looked at: SQLAlchemy takes a
third of a second, for which nobody's first page has to wait.
"""

from __future__ import annotations

import time

import streamlit as st

from nnviz.core.words import say
from nnviz.ui.shared.state import Key

OFFERED = 120.0  # seconds for which the button stands beside the sentence; the list has it for longer


def popover() -> None:
    """The button "You", and behind it name, code, teacher's key, and what was deleted lately."""
    st.fragment(_popover)()


def share(title: str) -> None:
    """The button "Share", and behind it the link to what the page with that heading shows."""
    st.fragment(_share)(title)


def _share(title: str) -> None:
    with st.popover(
        say("Share"), icon=":material/share:", type="tertiary", wrap=False, key="share", on_change="rerun"
    ) as shown:
        if shown.open:
            from nnviz.ui.shared import sharing

            sharing.panel(title)


def undo_offer() -> None:
    """What was deleted just now, and a button that brings it back."""
    said, gone, when = st.session_state.get(Key.UNDO) or ("", (), 0.0)
    if not gone or time.time() - when > OFFERED:
        st.session_state.pop(Key.UNDO, None)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="undo_offer"):
        st.markdown(said, width="content")
        st.button(say("Undo"), icon=":material/undo:", key="undo", on_click=_undo, args=(gone,))


def _popover() -> None:
    with st.popover(
        say("You"), icon=":material/person:", type="tertiary", wrap=False, key="you", on_change="rerun"
    ) as shown:
        if shown.open:  # until then nothing is asked of the database
            from nnviz.ui.shared import you_panel

            you_panel.panel()


def _undo(gone: tuple[tuple[str, str], ...]) -> None:
    from nnviz.ui.shared import you_panel

    you_panel.undo(gone)
