"""The history: every run of every page, found again, named, opened, compared or thrown away."""

import streamlit as st

from nnviz import ui
from nnviz.core.words import say
from nnviz.history import repository
from nnviz.ui import Key
from nnviz.ui.history import experiments, lesson
from nnviz.ui.shared import run_actions, run_view
from nnviz.ui.shared.show import escaped

SECTIONS = {say("Runs"): lesson.view, say("Experiments"): experiments.view}
FIRST = {
    say("Runs"): say("Press a run to open it, or tick two to compare them."),
    say("Experiments"): say("Open an experiment to see its chart."),
}

opened = st.query_params.get(Key.URL_RUN)
first = FIRST.get(ui.open_tab("history_section"), FIRST[say("Runs")])
if opened:
    first = say("One run is open: read its tabs, compare it with another one, or go back to the list.")
ui.page(say("History"), first=first)

try:
    lesson.catch_up()
    if opened:
        run = repository.find_run(opened)
        run_actions.actions_for_run(run, key="history_open")
        run_view.show(run, key=f"history_{run.id}")
    else:
        tabs = ui.tabs(list(SECTIONS), key="history_section")
        for tab, show in zip(tabs, SECTIONS.values(), strict=True):
            if tab.open:
                with tab:
                    show()
        ui.prose("history.md")
    ui.reveal("history_open", opened)
except repository.RecordNotFound as error:
    st.warning(escaped(str(error)))
    st.button(say("To the list"), on_click=run_actions.close)
except repository.DatabaseUnavailable as error:
    lesson.missing(error)
