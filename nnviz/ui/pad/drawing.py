"""The pad itself, and where what is drawn on it goes."""

from __future__ import annotations

import streamlit as st

from nnviz import components
from nnviz.core import paths
from nnviz.ui.pad import networks
from nnviz.ui.shared.state import Key, drawing_before, remember_drawing


@st.fragment
def pad() -> None:
    """The pad. Alone run again at the end of a stroke."""
    st.html(paths.assets() / "home.css")
    drawn = components.pad(networks.read_drawing, key=Key.PAD, before=drawing_before())
    remember_drawing(drawn.digit, drawn.message)
    if drawn.lesson:
        networks.open_lesson(drawn.lesson)
