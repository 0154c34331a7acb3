"""A training to take away: as a notebook or a script that trains it again without this app.

The history is imported once something is asked for: the pad, whose menus offer this too, needs no database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.experiments.plan import Plan
from nnviz.model_store.store import Entry
from nnviz.ui.shared.show import escaped

if TYPE_CHECKING:
    from nnviz.export.files import Cell


def of_runs(runs: Sequence[Run], *, key: str) -> None:
    """Offer a run, or several side by side."""

    def write() -> list[Cell]:
        from nnviz import export

        return export.of_runs(runs, title=" / ".join(run.title for run in runs))

    _offer(write, ",".join(run.id or run.card.name for run in runs), runs[0].title, key)


def of_network(entry: Entry, *, key: str) -> None:
    """Offer the training of a stored network, as the history knows it."""

    def write() -> list[Cell]:
        from nnviz import export

        if entry.origin == "shipped":
            return export.of_card(entry.card)
        from nnviz.history import repository

        run = repository.run_of_network(entry.name)
        if run is None:
            raise export.NotPlain(
                say("Its training is not in the history, so nobody knows what it was trained with.")
            )
        return export.of_runs([run], title=entry.card.title)

    _offer(write, entry.name, entry.card.title, key)


def of_experiment(experiment: str, plan: Plan, *, key: str) -> None:
    """Offer all rows of an experiment that have ended; it is part of the fragment around it."""

    def write() -> list[Cell]:
        from nnviz import export
        from nnviz.history import repository

        rows = repository.runs_of_experiment(experiment)
        return export.of_plan(plan, [repository.find_run(row.id) for row in rows])

    _shown(write, experiment, plan.title, key)


def _offer(write: Callable[[], list[Cell]], about: str, title: str, key: str) -> None:
    st.fragment(_shown)(write, about, title, key)


def _shown(write: Callable[[], list[Cell]], about: str, title: str, key: str) -> None:
    """One button; once it is pressed, the two files in its place, or the sentence why there are none."""
    pressed = f"{key}_code_of"
    if st.session_state.get(pressed) != about:
        st.button(
            say("As code"),
            icon=":material/code:",
            on_click=lambda: st.session_state.update({pressed: about}),
            key=f"{key}_code",
            help=say("A notebook or a script that trains it again, without this app."),
        )
        return
    from nnviz import export
    from nnviz.history.repository import DatabaseUnavailable, RecordNotFound

    try:
        cells = write()
    except (export.NotPlain, DatabaseUnavailable, RecordNotFound) as refusal:
        st.info(escaped(str(refusal)))
        return
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "training"
    with st.container(horizontal=True, width="content", key=f"{key}_code_files"):
        st.download_button(
            say("As a notebook"),
            data=lambda: export.notebook(cells).encode(),
            file_name=f"{stem}.ipynb",
            mime="application/x-ipynb+json",
            icon=":material/menu_book:",
            on_click="ignore",
            key=f"{key}_notebook",
        )
        st.download_button(
            say("As a script"),
            data=export.script(cells).encode(),
            file_name=f"{stem}.py",
            mime="text/x-python",
            icon=":material/code:",
            on_click="ignore",
            key=f"{key}_script",
        )
