"""What a pupil has on the phone: the digit that is asked for, the pad, and their nickname."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from nnviz import classroom, components
from nnviz.classroom import ClassRefused, Classroom
from nnviz.components import served
from nnviz.core.identity import NotYours
from nnviz.core.words import say
from nnviz.history.people import LONGEST_NAME, NameRefused
from nnviz.ui.classroom import entrance, learning
from nnviz.ui.shared import class_guesses
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import actor, address


def head(room: Classroom) -> None:
    """The pupil's nickname, which can be changed, and the way out; who opens the page has joined.

    Raises
    ------
    ClassRefused
        When the class is full.
    """
    member, _ = classroom.join(room.id, by=actor(), address=address())
    if member.out:
        return
    with st.popover(escaped(member.nickname), icon=":material/pets:", key="class_nickname"):
        st.caption(say("Nobody is asked for a name. This is what you are called in this class."))
        with st.form("class_nickname_form", border=False):
            name = st.text_input(
                say("Nickname"), member.nickname, max_chars=LONGEST_NAME, key="class_nickname_field"
            )
            pressed = st.form_submit_button(say("Change it"))
        if pressed:
            try:
                classroom.choose_nickname(room.id, member.id, name, by=actor())
            except (NameRefused, NotYours, ClassRefused) as error:
                st.warning(escaped(str(error)))
            else:
                st.rerun()
        st.button(say("Another class"), key="class_leave", on_click=entrance.leave)


def show(room: Classroom) -> None:
    """The pad, for who is in the class from now on."""
    member, _ = classroom.join(room.id, by=actor(), address=address())
    if member.out:
        st.warning(say("Your teacher has taken you out of this class."))
        return
    if not served.serving():
        st.warning(say("Classes need the app's own server: start it with `nnviz run`."))
    told = asdict(classroom.standing(room.id, by=actor()))
    # As it was when the page was opened: the pad asks for the rest itself, and is not sent again.
    start = st.session_state.setdefault(f"class_standing_{room.id}", told)
    components.class_pad(room.id, start, owner=member.id, key=f"class_pad_{room.id}")
    with st.container(key="class_asked"):
        class_guesses.pupil(room.id)
    with st.expander(say("Learn from the class's digits"), icon=":material/model_training:"):
        learning.show(room)
