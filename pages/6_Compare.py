"""Runs of any page side by side: what differs, and what difference it makes."""

import streamlit as st

from nnviz import ui
from nnviz.core.words import say
from nnviz.ui.compare import lesson, runs

SECTIONS = {
    say("Side by side"): (lesson.overview, "compare_overview.md"),
    say("Curves"): (lesson.curves, "compare_curves.md"),
    say("Digit by digit"): (lesson.digits, "compare_digits.md"),
    say("Confusion"): (lesson.matrices, "compare_confusion.md"),
    say("Each digit"): (lesson.classes, "compare_classes.md"),
}

head = ui.page(
    say("Compare"),
    first=say("Choose two to six networks. See what differs, and whether it matters."),
)

chosen = runs.choose()
if len(chosen) < 2:
    st.info(say("Choose at least two above, or tick runs on the page History."))
else:
    with head:
        lesson.links(chosen)
    ui.sections(lesson.offered(chosen, SECTIONS), chosen, key="compare_section")
runs.explain()
