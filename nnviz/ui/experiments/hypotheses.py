"""A sentence before the start, "I think that ...", which stands beside the result of the experiment."""

from __future__ import annotations

import streamlit as st

from nnviz.core.words import say
from nnviz.experiments.plan import MOST_HYPOTHESIS
from nnviz.jobs import ExperimentStatus
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import may_change


def ask(key: str, *, brief: bool = False) -> str:
    """A field for the sentence; what was written in it.

    Parameters
    ----------
    brief
        It stands in a line with other things, and so has no title above it.
    """
    written = st.text_input(
        say("I think that …"),
        max_chars=MOST_HYPOTHESIS,
        placeholder=say("I think that …") if brief else say("write down what will come out, and why"),
        label_visibility="collapsed" if brief else "visible",
        key=f"{key}_hypothesis",
        persist_state="session",
    )
    return " ".join(str(written).split())


def show(standing: ExperimentStatus) -> None:
    """What was thought before the start.

    A study of the report is found by everybody, its sentence only by who wrote it and the teacher.
    """
    experiment = standing.experiment
    if not experiment.plan.hypothesis or (experiment.study and not may_change(experiment.owner)):
        return
    told = escaped(experiment.plan.hypothesis)
    if standing.live:
        st.markdown(say("**Thought before the start:** I think that {hypothesis}", hypothesis=told))
    else:
        st.markdown(
            say("**Thought before the start:** I think that {hypothesis} · **Was it so?**", hypothesis=told)
        )
