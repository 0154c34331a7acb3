"""Runs of any page side by side: what differs, and what difference it makes."""

import streamlit as st

from nnviz import ui
from nnviz.ui import compare_lesson, compare_runs

SECTIONS = {
    "Side by side": (compare_lesson.overview, "compare_overview.md"),
    "Curves": (compare_lesson.curves, "compare_curves.md"),
    "Digit by digit": (compare_lesson.digits, "compare_digits.md"),
    "Confusion": (compare_lesson.matrices, "compare_confusion.md"),
    "Each digit": (compare_lesson.classes, "compare_classes.md"),
}

ui.page(
    "Compare",
    lead="Two networks, or up to six, whatever page they come from: what was done differently, and whether "
    "it made a difference or was luck.",
)

chosen = compare_runs.choose()
if len(chosen) < 2:
    st.info("Choose at least two above, or tick runs on the page History.")
else:
    compare_lesson.links(chosen)
    tabs = st.tabs(list(SECTIONS), key="compare_section", on_change="rerun")
    for tab, (show, words) in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            with tab:
                show(chosen)
                ui.prose(words)
