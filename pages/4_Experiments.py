"""Experiments: the report's sweeps, searches and comparisons made again, live, and any of one's own."""

import streamlit as st

from nnviz import ui
from nnviz.experiments.studies import STUDIES
from nnviz.ui.experiments import lesson, own

ui.page(
    "Experiments",
    first="Choose an experiment. Its chart is below.",
)

name = lesson.choose()
if name == lesson.OWN:
    own.view()
    ui.prose("experiments_own.md")
else:
    lesson.preset(STUDIES[name])
    with st.expander("How this is measured"):
        ui.prose("experiments.md")
lesson.opened()
