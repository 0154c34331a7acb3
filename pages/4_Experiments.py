"""Experiments: the report's sweeps, searches and comparisons made again, live, and any of one's own."""

import streamlit as st

from nnviz import ui
from nnviz.core.words import say
from nnviz.experiments.studies import OFFERED
from nnviz.ui.experiments import lesson, own

head = ui.page(
    say("Experiments"),
    first=say("Choose an experiment. Its chart is below."),
)

name = lesson.choose(head)
if name == lesson.OWN:
    own.view(head)
    ui.prose("experiments_own.md")
else:
    lesson.preset(OFFERED[name], head)
    with st.expander(say("How this is measured")):
        ui.prose("experiments.md")
lesson.opened()
