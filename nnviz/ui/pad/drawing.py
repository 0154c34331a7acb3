"""The pad itself, the inside of the networks on it, and where what is drawn on it goes."""

from __future__ import annotations

import streamlit as st

from nnviz import components
from nnviz.core import measures
from nnviz.ui.pad import networks
from nnviz.ui.shared.state import Key, drawing_before, remember_drawing


def pad() -> None:
    """The pad, with the chosen networks on it."""
    with st.container(key="pad_place"):
        _pad()
    components.send_networks(networks.slots(), key=Key.PAD)
    components.networks_of_pad(Key.PAD, key="pad_inside")


@st.fragment
def _pad() -> None:
    """Alone run again at the end of a stroke."""
    measures.call_this("nnviz_stroke_seconds")
    drawn = components.pad(networks.read_drawing, key=Key.PAD, before=drawing_before, keep=remember_drawing)
    remember_drawing(drawn.digit, drawn.message)
    if drawn.lesson:
        networks.open_lesson(drawn.lesson)
