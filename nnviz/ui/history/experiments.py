"""The experiments of the history: what was asked, how far it came, and the way back to it."""

from __future__ import annotations

import streamlit as st

from nnviz.core.identity import NotYours
from nnviz.core.words import say, say_many
from nnviz.experiments.studies import REPRESENTATIONS
from nnviz.history import descriptions, repository
from nnviz.history.repository import DatabaseUnavailable, Experiment
from nnviz.ui.history import lesson
from nnviz.ui.shared import experiment_progress
from nnviz.ui.shared.frame import link
from nnviz.ui.shared.show import escaped, local
from nnviz.ui.shared.state import Key, actor, may_change, offer_undo, whose

PAGE = "pages/4_Experiments.py"
OWN_PAGES = {REPRESENTATIONS: ("pages/3_Autoencoder.py", Key.URL_WORTH)}  # of studies that another page shows
PER_PAGE = 20
STATES = {**experiment_progress.STATES, "done": say("complete")}


def view() -> None:
    """Every experiment as a group, newest first."""
    mine = lesson.owner_words("history_experiments")
    page = int(st.session_state.get("history_experiments_page", 1))
    found = repository.list_experiments(owners=mine, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    if not found and page == 1:
        st.info(
            say(
                "No experiment yet. An experiment trains many networks and changes one setting from one "
                "to the next."
            )
        )
        link(PAGE, say("Experiments"), ":material/science:")
        return
    for experiment in found[:PER_PAGE]:
        _row(experiment)
    if page > 1 or len(found) > PER_PAGE:
        last = page + (len(found) > PER_PAGE)
        st.number_input(
            say("Page"), 1, last, key="history_experiments_page", width=220, persist_state="session"
        )


def _row(experiment: Experiment) -> None:
    varied = ", ".join(descriptions.setting_title(name) for name in experiment.plan.varied)
    said = [
        escaped(whose(experiment.owner)),
        STATES[experiment.state],
        say_many(experiment.total, "{done} of {n:,} run", "{done} of {n:,} runs", done=experiment.done),
        say("changes {varied}", varied=varied) if varied else "",
        say("{n} seeds", n=len(experiment.plan.seeds)) if len(experiment.plan.seeds) > 1 else "",
        say("{folds} folds", folds=experiment.plan.folds) if experiment.plan.folds else "",
        local(experiment.created),
    ]
    page, key = OWN_PAGES.get(experiment.study, (PAGE, Key.URL_EXPERIMENT))
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"row_{experiment.id}"):
        with st.container(gap=None):
            st.markdown(f"**{escaped(experiment.title)}**")
            st.caption(" · ".join(part for part in said if part))
            if experiment.message and experiment.state != "done":
                st.caption(escaped(experiment.message))
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            link(page, say("Open"), ":material/open_in_full:", **{key: experiment.id})
            if may_change(experiment.owner) and experiment.state != "running":
                _delete(experiment)


def _delete(experiment: Experiment) -> None:
    with st.popover(say("Delete"), icon=":material/delete:", key=f"history_delete_{experiment.id}"):
        st.write(
            say(
                "Delete “{title}” and its {counted} from the history?",
                title=escaped(experiment.title),
                counted=say_many(experiment.done, "{n:,} run", "{n:,} runs"),
            )
        )
        st.button(
            say("Yes, delete"),
            type="primary",
            on_click=_deleted,
            args=(experiment,),
            key=f"history_deleted_{experiment.id}",
        )


def _deleted(experiment: Experiment) -> None:
    try:
        repository.delete_experiment(experiment.id, by=actor())
    except (NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))
    else:
        said = say("“{title}” and its runs are deleted.", title=escaped(experiment.title))
        offer_undo(said, ("experiment", experiment.id))
