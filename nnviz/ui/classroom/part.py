"""A part of a class's page that runs by itself: the class may end, or change hands, while it is open."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nnviz.classroom import ClassRefused, Classroom
from nnviz.core.identity import NotYours
from nnviz.history.database import DatabaseUnavailable
from nnviz.ui.shared.show import escaped


def lively(draw: Callable[[Classroom], None], room: Classroom) -> None:
    """Draw it as a fragment; what is refused to it is told in its place."""
    st.fragment(_told)(draw, room)


def _told(draw: Callable[[Classroom], None], room: Classroom) -> None:
    try:
        draw(room)
    except (ClassRefused, NotYours, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))
