"""Home: draw a digit, and three networks read it while it is drawn."""

import streamlit as st

from nnviz import components, ui
from nnviz.ui import Key
from nnviz.ui.pad import centring, networks, pictures


@st.fragment
def pad() -> None:
    """Alone run again at the end of a stroke."""
    pictures.row()
    ui.remember_digit(components.pad(networks.read_drawing, key=Key.PAD))


ui.page(
    "Draw a digit", first="Draw a digit with mouse, finger or pen. Three networks read it while you draw."
)
pad()
components.send_networks(networks.slots(), key=Key.PAD)
networks.choose()

ui.prose("home.md")
centring.panel()

st.subheader("Lessons", anchor=False)
for lesson in ui.lessons():
    st.page_link(lesson.path, label=f"**{lesson.heading}**", icon=lesson.icon)
    st.caption(lesson.teaches)
