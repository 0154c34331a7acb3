"""What the teacher has on the projector: how to join, the wall, what the networks make of it, the pupils."""

from __future__ import annotations

import streamlit as st

from nnviz import classroom, components, ui
from nnviz.classroom import Classroom
from nnviz.core.words import say
from nnviz.ui.classroom import answers, controls, evaluation, joining, learning, live_pad, one_digit, part
from nnviz.ui.shared.state import actor


def show(room: Classroom) -> None:
    """A tab each, of which the open one alone is drawn."""
    shown = {
        say("Join"): joining.show,
        say("Wall"): wall,
        say("Networks"): evaluation.networks,
        say("A pad"): live_pad.show,
        say("Guesses"): learning.guesses,
        say("Learn"): learning.show,
        say("Pupils"): controls.pupils,
    }
    for tab, draw in zip(ui.tabs(list(shown), key="class_section"), shown.values(), strict=True):
        if tab.open:
            with tab, components.contained():
                draw(room)


def wall(room: Classroom) -> None:
    """The digits as they arrive; the one that is pressed, closer."""
    part.lively(_wall, room)


def _wall(room: Classroom) -> None:
    with st.container(key="class_wall_columns"):
        left, right = st.columns([2, 1], gap="medium")
    with left:
        told = components.class_wall(room.id, key=f"class_wall_{room.id}")
    if told.chosen is None:
        with right:
            joining.beside_the_wall(room)
        return
    given = classroom.digits(room.id, by=actor())
    place = given.numbers.searchsorted(told.chosen)
    if place == len(given) or given.numbers[place] != told.chosen:
        with right:
            joining.beside_the_wall(room)
        return  # taken out meanwhile
    with right, st.container(key="class_closer"):
        entries = answers.chosen()
        one_digit.show(room, given, int(place), entries, key="class_closer_digit")
    ui.reveal("class_closer", told.chosen)
