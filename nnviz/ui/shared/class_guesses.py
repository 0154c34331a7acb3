"""A class guesses first: the teacher asks, pupils answer on their phones, the teacher opens the guesses."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from nnviz.core.identity import NotYours
from nnviz.core.words import say, say_many
from nnviz.history import predictions
from nnviz.history.database import DatabaseUnavailable
from nnviz.history.predictions import GuessRefused, Kind, Prediction, Question
from nnviz.ui.shared import predicting
from nnviz.ui.shared.show import escaped, figure
from nnviz.ui.shared.state import Key, actor

BEAT = 1.0  # seconds between two looks for new guesses
_SELDOM = 3.0  # and, of every pupil, for new questions
_KINDS: dict[Kind, str] = {
    "number": say("A number"),
    "choice": say("A choice"),
    "curve": say("A curve"),
    "confusion": say("Which digits will it confuse?"),
}
_SHOWN = 5  # questions of a class, the newest


def pupil(room: str) -> None:
    """What a pupil sees: the questions that are not open yet, and what was guessed where they are."""
    st.fragment(_pupil, run_every=_SELDOM)(room)


def _pupil(room: str) -> None:
    try:
        asked = predictions.of_room(room)[:_SHOWN]
        for each in asked:
            if each.opened:
                continue
            with st.container(border=True, key=f"guess_{each.id}"):
                predicting.answer(each, key="pupil")
        if asked and asked[0].opened:
            _open(asked[0])
    except (GuessRefused, NotYours, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))


def teacher(room: str) -> None:
    """What the teacher sees: how many have guessed, the buttons that open, and the form of a new question."""
    st.fragment(_teacher, run_every=BEAT)(room)
    form = st.expander(
        say("Ask the class"), icon=":material/help:", expanded=_nothing_asked(room), key=f"ask_{room}"
    )
    with form:
        st.fragment(_form)(room)


def _nothing_asked(room: str) -> bool:
    try:
        return not predictions.of_room(room)
    except DatabaseUnavailable:
        return False


def _teacher(room: str) -> None:
    try:
        for each in predictions.of_room(room)[:_SHOWN]:
            with st.container(border=True, key=f"asked_{each.id}"):
                standing(each)
    except (GuessRefused, NotYours, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))


def standing(asked: Prediction) -> None:
    """How many have guessed, and the button that opens the guesses; once they are open, those."""
    if asked.opened:
        _open(asked)
        return
    n = predictions.count(asked.id)
    st.markdown(
        escaped(asked.question.text or _KINDS[asked.question.kind])
        + " · **"
        + say_many(n, "{n} has guessed", "{n} have guessed")
        + "**"
    )
    st.button(
        say("Open the guesses"),
        icon=":material/visibility:",
        key=f"open_{asked.id}",
        disabled=not n,
        on_click=_reveal,
        args=(asked.id,),
    )


def _reveal(prediction: str) -> None:
    try:
        predictions.reveal(prediction, by=actor())
    except (GuessRefused, NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))


def _open(asked: Prediction) -> None:
    st.markdown(f"**{escaped(asked.question.text or _KINDS[asked.question.kind])}**")
    figure(predicting.shown(asked), key=f"guesses_{asked.id}")


def _form(room: str) -> None:
    kind: Kind = st.selectbox(
        say("What they guess"), list(_KINDS), format_func=_KINDS.__getitem__, key="ask_kind"
    )
    text = st.text_input(
        say("The question"),
        max_chars=200,
        key="ask_text",
        placeholder=say("How many of 100 digits will it read right?"),
    )
    question = Question(kind, text, **_more(kind))
    if not st.button(say("Ask"), type="primary", key="ask_now", disabled=not text and kind != "confusion"):
        return
    try:
        predictions.ask(question, by=actor(), room=room)
    except (GuessRefused, NotYours, DatabaseUnavailable) as error:
        st.error(escaped(str(error)))
        return
    st.rerun()


def _more(kind: Kind) -> dict[str, Any]:
    """What else a question of that kind needs."""
    if kind == "number":
        left, right = st.columns(2)
        low = left.number_input(say("From"), value=0.0, step=1.0, format="%g", key="ask_low")
        high = right.number_input(say("To"), value=100.0, step=1.0, format="%g", key="ask_high")
        return {"low": low, "high": high, "parts": False}
    if kind == "choice":
        typed = st.text_input(say("The choices, with commas between them"), key="ask_choices")
        return {"along": _parted(typed)}
    if kind == "curve":
        x = st.text_input(say("Along the axis"), say("epoch"), max_chars=80, key="ask_x")
        places = st.text_input(say("Its places, with commas between them"), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
                               key="ask_places")  # fmt: skip
        return {"along": _parted(places), "x": x, "y": predicting.ACCURACY}
    return {}


def _parted(typed: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each[:80] for each in re.split(r"\s*[,;]\s*", typed.strip()) if each))


def ask_first(key: str, question: Question, rooms: dict[str, str]) -> None:
    """Let a teacher ask a class what is about to be tried out; its guesses then stand behind the result.

    Parameters
    ----------
    rooms
        The classes of the teacher: their names by their ids.
    """
    pending = st.session_state.get(asked_key(key))
    if pending:
        st.fragment(_pending, run_every=BEAT)(pending)
    for room, name in rooms.items():
        st.button(
            say("Ask class {name} first", name=name),
            icon=":material/groups:",
            key=f"{key}_ask_{room}",
            on_click=_ask_first,
            args=(key, question, room),
        )


def _ask_first(key: str, question: Question, room: str) -> None:
    try:
        st.session_state[asked_key(key)] = predictions.ask(question, by=actor(), room=room).id
    except (GuessRefused, NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))


def asked_key(key: str) -> str:
    """Where the id of the question is that a class was asked in the form of that key."""
    return f"{key}_asked"


def _pending(prediction: str) -> None:
    try:
        standing(predictions.find(prediction))
    except (GuessRefused, NotYours, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))
