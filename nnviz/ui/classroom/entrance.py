"""Into a class: by its code, by the address that has it, or by beginning one."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from nnviz import classroom
from nnviz.classroom import ClassRefused, Classroom
from nnviz.core.tries import TooManyTries, Tries
from nnviz.core.words import say
from nnviz.history.database import DatabaseUnavailable
from nnviz.ui.shared import class_code
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, address

_ANOTHER = "another"  # in the address in place of a code: the entrance, also for who is in a class
TOLD = "class_told"  # in the session: a sentence about what was tried last

_tries = Tries(20, 600.0)  # wrong codes of a browser; five times as many of an address


class Found(NamedTuple):
    """The class that a page is about, None for none; whether this browser teaches it; what is wrong."""

    room: Classroom | None
    taught: bool = False
    trouble: str = ""

    @property
    def first(self) -> str:
        """What to do first."""
        if self.room is None:
            return say("Type the code of your class, or start a class of your own.")
        if self.taught:
            return say("Show the code, then watch the digits arrive on the wall.")
        return say("Draw the digit that you are asked for, and give it to your class.")


def look() -> Found:
    """The class in the address, else the only one that this browser is in."""
    told = st.query_params.get(Key.URL_CLASS, "")
    if told == _ANOTHER:
        return Found(None)
    try:
        if told:
            room = _found(told)
        else:
            mine = classroom.classes_of(actor())
            if len(mine) != 1:
                return Found(None)
            room = mine[0]
            st.query_params[Key.URL_CLASS] = room.code
    except (ClassRefused, TooManyTries, DatabaseUnavailable) as error:
        return Found(None, trouble=str(error))
    return Found(room, room.is_taught_by(actor()))


def show() -> None:
    """Join a class, begin one, or go back into one of one's own."""
    try:
        mine = classroom.classes_of(actor())
    except DatabaseUnavailable as error:
        st.warning(escaped(str(error)))
        return
    with st.container(key="class_entrance"):
        left, right = st.columns(2, gap="large")
    with left:
        st.header(say("Join a class"), anchor=False)
        st.markdown(say("Type the six letters that your teacher shows. You need no name and no account."))
        if code := class_code.field("class_code"):
            st.query_params[Key.URL_CLASS] = code
            st.rerun()
    with right:
        st.header(say("Start a class"), anchor=False)
        st.markdown(
            say(
                "You get a code for your pupils. They draw digits on their phones, and you see here how the "
                "networks read them. Everything of the class is deleted after 30 days, or when you end it."
            )
        )
        st.button(
            say("Start a class"), icon=":material/add:", type="primary", key="class_start", on_click=_start
        )
    if mine:
        st.header(say("Your classes"), anchor=False)
        with st.container(horizontal=True):
            for each in mine:
                label = (
                    say("{code}, as its teacher", code=each.code) if each.is_taught_by(actor()) else each.code
                )
                st.button(label, key=f"class_open_{each.id}", on_click=_open, args=(each.code,))


def leave() -> None:
    """Show the entrance, whatever class this browser is in."""
    st.query_params[Key.URL_CLASS] = _ANOTHER


def _open(code: str) -> None:
    st.query_params[Key.URL_CLASS] = code


def _start() -> None:
    try:
        st.query_params[Key.URL_CLASS] = classroom.open_class(by=actor(), address=address()).code
    except (ClassRefused, TooManyTries, DatabaseUnavailable) as error:
        st.session_state[TOLD] = str(error)


def _found(told: str) -> Classroom:
    """The class of a code, of which nobody tries many."""
    where = address()
    names = [f"code {actor().owner}", *([f"code at {where}"] if where else [])]
    _tries.begin(names)
    found = classroom.find_class(classroom.typed_code(told))
    _tries.forgive(names)
    return found
