"""What can be done with a class's digits on other pages: each a button that sets that page's form."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnviz import classroom
from nnviz.classroom import Classroom
from nnviz.core.words import say
from nnviz.data import hands
from nnviz.ui.experiments.lesson import OWN
from nnviz.ui.shared import class_digits, class_guesses, frame, judges, training
from nnviz.ui.shared.state import Key, actor

_MLP, _EXPERIMENTS = "pages/1_MLP.py", "pages/4_Experiments.py"
_REPEATS = 3
_NUMBERS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000)
_SURE = 0.8  # of them, since some give more digits than others


def show(room: Classroom) -> None:
    """Questions that the class's own digits answer, a button each."""
    source = class_digits.source_of(room.id)
    st.markdown(
        say(
            "These digits can be learned from like any others. Whole hands are held back: a network is "
            "tested with digits of people whose digits it has never seen."
        )
    )
    curve = {
        "source": source,
        "way": "embedded",
        "repeats": _REPEATS,
        "first": "n_train",
        "values_first_n_train": ", ".join(map(str, _numbers(room))),
    }
    _button(say("How many of our digits does it need?"), ":material/show_chart:", _EXPERIMENTS,
            {f"own_{name}": value for name, value in curve.items()}, **{Key.URL_STUDY: OWN})  # fmt: skip
    spoil = {"source": source, "way": "alone", "repeats": _REPEATS, "first": "mislabelled"}
    _button(say("What do wrong labels do to it?"), ":material/science:", _EXPERIMENTS,
            {f"own_{name}": value for name, value in spoil.items()}, **{Key.URL_STUDY: OWN})  # fmt: skip
    _button(say("Train with our digits"), ":material/model_training:", _MLP,
            {"mlp_source": source, "mlp_way": "alone"}, mlp_section=training.TRAIN)  # fmt: skip
    mine = classroom.hand_of(room.id, by=actor())
    if mine is not None:
        _button(say("Train with my digits only"), ":material/person:", _MLP,
                {"mlp_source": source, "mlp_way": "one", "mlp_hand": mine},
                mlp_section=training.TRAIN)  # fmt: skip
    if st.button(say("Test a network with our digits"), icon=":material/grid_on:", key="class_judges"):
        judges.take(source)
        frame.go_to(_MLP, mlp_section=say("Mistakes"))


def _numbers(room: Classroom) -> list[int]:
    """How many digits of the class are added: no more than those have given who are not held back."""
    there = int((1 - hands.HELD_BACK) * len(classroom.digits(room.id, by=actor())) * _SURE)
    return [0, *(n for n in _NUMBERS if n <= there)]


def guesses(room: Classroom) -> None:
    """The tab of the teacher in which a class guesses."""
    class_guesses.teacher(room.id)


def _button(label: str, icon: str, page: str, state: dict[str, Any], **query: str) -> None:
    if st.button(label, icon=icon, key=f"class_try_{'_'.join(state)}_{state.get('own_first', '')}"):
        st.session_state.update(state)
        frame.go_to(page, **query)
