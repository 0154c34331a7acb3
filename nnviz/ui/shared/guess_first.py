"""Guess first: a curve is drawn before the result, by oneself or by a class, and stands behind it later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from nnviz import components
from nnviz.core.identity import NotYours
from nnviz.core.kinds import Score
from nnviz.core.words import say
from nnviz.history import predictions
from nnviz.history.database import DatabaseUnavailable
from nnviz.history.predictions import GuessRefused, Question
from nnviz.ui.shared import class_digits, class_guesses, predicting
from nnviz.ui.shared.state import actor


def form(key: str, along: Sequence[str], *, x: str, score: Score, hides: str = "") -> bool:
    """Let the user draw a guess, which the next training or experiment that begins here is compared with.

    A teacher may have a class guess instead.

    Parameters
    ----------
    score
        What comes out.
    hides
        What tells the answer and is put away while the form is open: a sentence.

    Returns
    -------
    bool
        Whether that is to be put away.
    """
    turn = st.session_state.get(_turn(key), 0)  # every training wants a guess of its own
    again: Literal["rerun", "ignore"] = "rerun" if hides else "ignore"
    folded = st.expander(
        say("Guess first"),
        icon=":material/timeline:",
        key=f"{key}_guess_first_{turn}" if hides else f"{key}_guess_first",
        on_change=again,
    )
    with folded:
        st.caption(say("What will come out? Draw the curve before you start. It stays behind the result."))
        if hides:
            st.caption(hides)
        if len(along) < 2:
            st.caption(say("There have to be at least two places along the axis."))
            return False
        text = say("How well will it read?") if score.percent else say("How well will it draw them again?")
        question = predicting.of_score(score, text, along, x=x)
        st.session_state[_drawn(key)] = components.guess_curve(
            along,
            x=x,
            y=question.y,
            high=question.high,
            parts=question.parts,
            key=f"{key}_guess_{turn}_{len(along)}_{'_'.join(along)}"[:120],
        )
        st.session_state[_question(key)] = question
        class_guesses.ask_first(key, question, class_digits.taught())
    return bool(hides and folded.open)


def drawn(key: str) -> bool:
    """Whether there is a guess in that form, or a class is asked for theirs."""
    return bool(st.session_state.get(_drawn(key)) or st.session_state.get(class_guesses.asked_key(key)))


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
