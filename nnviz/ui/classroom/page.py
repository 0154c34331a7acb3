"""The page of a class: its entrance, the teacher's side or the pupil's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from nnviz.classroom import ClassRefused
from nnviz.history.database import DatabaseUnavailable
from nnviz.ui.classroom import controls, entrance, pupil, teacher
from nnviz.ui.classroom.entrance import Found
from nnviz.ui.shared import frame, sending
from nnviz.ui.shared.show import escaped

_STYLE = Path(__file__).with_name("class.css")


def head(found: Found) -> None:
    """What stands beside the title."""
    if found.room is not None:
        with suppress(ClassRefused, DatabaseUnavailable):  # which is told below
            (controls if found.taught else pupil).head(found.room)


def show(found: Found) -> None:
    """All below the head."""
    st.html(_STYLE)
    if sending.remember(found.room.id if found.room else "", found.taught):
        st.rerun()  # from now on it hears what is sent to the class
    for said in (found.trouble, st.session_state.pop(entrance.TOLD, "")):
        if said:
            st.warning(escaped(said))
    if found.room is None:
        entrance.show()
        frame.prose("class.md")
        return
    try:
        (teacher if found.taught else pupil).show(found.room)
    except (ClassRefused, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))
