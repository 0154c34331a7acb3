"""Guess first: a curve is drawn before the result, by oneself or by a class, and stands behind it later."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from nnviz import components
from nnviz.core.identity import NotYours
from nnviz.core.words import say
from nnviz.history import predictions
from nnviz.history.database import DatabaseUnavailable
from nnviz.history.predictions import GuessRefused, Question
from nnviz.ui.shared import class_digits, class_guesses, predicting
from nnviz.ui.shared.predicting import ACCURACY
from nnviz.ui.shared.state import actor


def form(key: str, along: Sequence[str], *, x: str) -> None:
    """Let the user draw a guess, which the next training or experiment that begins here is compared with.

    A teacher may have a class guess instead.
    """
    with st.expander(say("Guess first"), icon=":material/timeline:", key=f"{key}_guess_first"):
        st.caption(say("What will come out? Draw the curve before you start. It stays behind the result."))
        if len(along) < 2:
            st.caption(say("There have to be at least two places along the axis."))
            return
        turn = st.session_state.get(_turn(key), 0)  # every training wants a guess of its own
        st.session_state[_drawn(key)] = components.guess_curve(
            along, x=x, y=ACCURACY, key=f"{key}_guess_{turn}_{len(along)}_{'_'.join(along)}"[:120]
        )
        question = Question("curve", say("How well will it read?"), tuple(along), x=x, y=ACCURACY)
        st.session_state[_question(key)] = question
        class_guesses.ask_first(key, question, class_digits.taught())


def keep(key: str, about: str) -> None:
    """What was guessed in the form is about that, which has just begun; nothing without a guess."""
    drawn = st.session_state.pop(_drawn(key), None)
    question: Question | None = st.session_state.pop(_question(key), None)
    asked_class = st.session_state.pop(class_guesses.asked_key(key), None)
    st.session_state[_turn(key)] = st.session_state.get(_turn(key), 0) + 1
    by = actor()
    try:
        if asked_class:
            predictions.answer_by(asked_class, about, by=by)
        if question is not None and drawn and len(drawn) == len(question.along):
            asked = predictions.ask(question, by=by, about=about)
            predictions.guess(asked.id, drawn, by=by)
            predictions.reveal(asked.id, by=by)
    except (GuessRefused, NotYours, DatabaseUnavailable):
        return  # the training goes on without
    predicting.forget()


def _drawn(key: str) -> str:
    return f"{key}_guess"


def _turn(key: str) -> str:
    return f"{key}_guess_turn"


def _question(key: str) -> str:
    return f"{key}_guess_of"
