"""Runs of any page side by side: what differs, and what difference it makes."""

import streamlit as st

from nnviz import ui
from nnviz.ui.compare import lesson, runs

SECTIONS = {
    "Side by side": (lesson.overview, "compare_overview.md"),
    "Curves": (lesson.curves, "compare_curves.md"),
    "Digit by digit": (lesson.digits, "compare_digits.md"),
    "Confusion": (lesson.matrices, "compare_confusion.md"),
    "Each digit": (lesson.classes, "compare_classes.md"),
}

head = ui.page(
    "Compare",
    first="Choose two to six networks. See what differs, and whether it matters.",
)

chosen = runs.choose()
if len(chosen) < 2:
    st.info("Choose at least two above, or tick runs on the page History.")
else:
    with head:
        lesson.links(chosen)
    ui.sections(lesson.offered(chosen, SECTIONS), chosen, key="compare_section")
runs.explain()
