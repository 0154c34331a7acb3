"""Home: draw a digit, and three networks read it while it is drawn."""

import streamlit as st

from nnviz import ui
from nnviz.core.words import say
from nnviz.ui.pad import centring, drawing, live, networks, one_file, pictures
from nnviz.ui.shared import class_code

live.settle()
head = ui.page(
    say("Draw a digit"),
    first=say("Draw a digit with mouse, finger or pen. Three networks read it while you draw."),
)
with head:
    class_code.popover()
    with st.container(horizontal=True, key="pad_choices"):
        pictures.choices()
        networks.choose()
live.row()
networks.epochs_row()
drawing.pad()
one_file.panel()

ui.prose("home.md")
centring.panel()

st.header(say("All pages"), anchor=False)
ui.list_of_pages()
