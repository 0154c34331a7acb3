"""What a representation is worth: the report's rows measured anew in the background, ours beside its own."""

from __future__ import annotations

import streamlit as st

from nnviz import jobs
from nnviz.core.kinds import AUTOENCODER
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.experiments import studies
from nnviz.experiments.plan import Plan, PlanRefused
from nnviz.model_store import store
from nnviz.model_store.store import Entry
from nnviz.numpy_nn.presets import PRESETS
from nnviz.ui.autoencoder import measurements_table, side_by_side
from nnviz.ui.autoencoder.lesson import Opened, learned
from nnviz.ui.shared import model_menu
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, address, owner

NAME = say("Worth")  # of the section
_MOST_SEEDS = 10
_SEEDS = len(studies.SEEDS)
_EPOCHS = int(PRESETS["plain"].settings["max_iter"])


def restore_from_url() -> None:
    """Open the page at the table that its address names. Before any widget is drawn."""
    asked = st.query_params.get(Key.URL_WORTH, "")
    if asked and st.session_state.get("worth_arrived") != asked:
        st.session_state["worth_arrived"] = asked
        st.session_state["autoencoder_section"] = NAME


def view(opened: Opened) -> None:
    """The form, the table, the networks in it, and one digit as each representation has it."""
    st.fragment(_form)(opened)
    measurements_table.view()
    st.markdown("## " + say("One digit, as each network gets it"))
    side_by_side.view(opened)


def _form(opened: Opened) -> None:
    there = {entry.name: entry for entry in store.entries(AUTOENCODER.name)}
    left, middle, right, last = st.columns([4, 2, 2, 2])
    with left:
        name = st.selectbox(
            say("The autoencoder that makes the codes"),
            list(there),
            index=list(there).index(opened.entry.name),
            format_func=lambda one: model_menu.label(there[one]),
            key=f"worth_model_{opened.entry.name}",
        )
    with middle:
        components = st.number_input(
            say("PCA components"),
            1,
            9_999,
            25,
            key="worth_components",
            persist_state="session",
            help=say("The report does not say how many numbers it used. 25 is usual."),
        )
    with right:
        seeds = st.number_input(
            say("Seeds"),
            1,
            _MOST_SEEDS,
            _SEEDS,
            key="worth_seeds",
            persist_state="session",
            help=say(
                "Each row is trained that many times, with seeds 1, 2, 3 …: a seed decides which digits "
                "are held back, the starting weights and the order of the digits."
            ),
        )
    with last:
        epochs = st.number_input(
            say("Epochs each"), 1, 1000, _EPOCHS, key="worth_epochs", persist_state="session"
        )
    left, middle, right = st.columns([3, 2, 5], vertical_alignment="center")
    with left:
        best = st.toggle(
            say("Also the two best settings found"), key="worth_best", persist_state="session", value=True
        )
    plan = studies.representations(
        int(components), str(name), seeds=tuple(range(1, int(seeds) + 1)), epochs=int(epochs), best=best
    )
    refused = refusal(plan, there[str(name)])
    with middle:
        pressed = st.button(
            say("Measure them all"),
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(refused),
            key="worth_start",
        )
    right.caption(_learned_from(there[str(name)]))
    if refused:
        st.warning(refused)
    if pressed:
        _start(plan)


def refusal(plan: Plan, entry: Entry) -> str:
    """Why this cannot be measured, in one sentence; "" if it can."""
    if not learned(entry):
        return say(
            "“{title}” has not learned for one whole epoch. So its codes mean nothing. Choose "
            "another autoencoder, or train it for longer.",
            title=escaped(entry.card.title),
        )
    try:
        from nnviz.experiments import executor  # with scikit-learn, which takes a second

        executor.check(plan)
    except (PlanRefused, DataError) as error:
        return str(error)
    return ""


def _learned_from(entry: Entry) -> str:
    """Whether the autoencoder may know the digits that judge."""
    if entry.card.spec.get("source") == "honest":
        return say(
            "Study set: 2,700 digits to learn from and 300 to judge by, drawn anew by every seed. "
            "The autoencoder has seen none of them."
        )
    return say(
        "Study set: 2,700 digits to learn from and 300 to judge by, drawn anew by every seed. "
        "This autoencoder may have seen some of the 300, though no label of theirs; those that "
        "came with the app have not."
    )


def _start(plan: Plan) -> None:
    """Begin it, and follow it; a class that presses the button together looks at the first."""
    try:
        started = jobs.running_experiment(plan) or jobs.start_experiment(
            plan, owner=owner(), study=studies.REPRESENTATIONS, address=address()
        )
    except jobs.JobError as error:
        st.error(escaped(str(error)))
        return
    measurements_table.follow(started)
    st.rerun()
