"""Home: draw a digit, and three networks read it while it is drawn."""

import streamlit as st

from nnviz import components, ui
from nnviz.ui import Key
from nnviz.ui.pad import centring, networks, pictures

LESSONS = {
    "pages/1_MLP.py": (
        "A network from scratch",
        ":material/hub:",
        "Train it, see where it errs and what is inside.",
    ),
    "pages/2_CNN.py": (
        "A convolutional network",
        ":material/grid_view:",
        "See what every kernel finds, and work out any of its numbers.",
    ),
    "pages/3_Autoencoder.py": (
        "An autoencoder",
        ":material/compress:",
        "Squeeze a digit into 32 numbers, pull at each of them, and find it on a map.",
    ),
    "pages/4_Experiments.py": (
        "Experiments",
        ":material/science:",
        "Train dozens of networks and see what each setting does, the report's numbers beside ours.",
    ),
    "pages/5_History.py": (
        "History",
        ":material/history:",
        "Every network that was trained here, with all that is needed to make it again.",
    ),
    "pages/6_Compare.py": (
        "Compare",
        ":material/compare_arrows:",
        "What did the change of a setting change, and was it more than luck?",
    ),
}


@st.fragment
def pad() -> None:
    """Alone run again at the end of a stroke."""
    pictures.row()
    ui.remember_digit(components.pad(networks.read_drawing, key=Key.PAD))


ui.page("Draw a digit", lead="Three neural networks read it while you draw. Watch their units light up.")
pad()
components.send_networks(networks.slots(), key=Key.PAD)
networks.choose()

ui.prose("home.md")
centring.panel()

st.subheader("Lessons", anchor=False)
for page, (title, icon, teaches) in LESSONS.items():
    st.page_link(page, label=f"**{title}**", icon=icon)
    st.caption(teaches)
