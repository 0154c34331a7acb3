"""What was guessed before a result: the field for a guess, and guesses behind the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from nnviz import components
from nnviz.core.identity import NotYours
from nnviz.core.kinds import KINDS, Score
from nnviz.core.words import say
from nnviz.figures import guesses as drawing
from nnviz.history import predictions
from nnviz.history.database import DatabaseUnavailable
from nnviz.history.predictions import GuessRefused, Question
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor

ACCURACY = say("Part of the test digits read right")
ERROR = say("Error on the test digits, lower is better")
_MOST_ERROR = 0.1  # at the top of the axis: who draws the mean digit every time is off by less than 0.07
_PLACES = 11  # along the epochs of a training
_KEPT = 3.0  # seconds until the guesses of others are asked for again
_WIDE = 10  # a range from which on one press more or less is a whole number

Curves = tuple[Question, list[list[float]], list[float] | None]


def of_epochs(epochs: int) -> list[int]:
    """The epochs at which a curve is guessed: the first, the last, and some between."""
    n = min(max(epochs, 2), _PLACES)
    return [1 + round(i * (max(epochs, 2) - 1) / (n - 1)) for i in range(n)]


def of_score(score: Score, text: str, along: Sequence[str], *, x: str) -> Question:
    """The question how networks come out by that score, a curve over some places."""
    if score.percent:
        return Question("curve", text, tuple(along), x=x, y=ACCURACY)
    return Question("curve", text, tuple(along), high=_MOST_ERROR, parts=False, x=x, y=ERROR)


def behind_training(figure: go.Figure, about: str, kind: str) -> go.Figure:
    """The curves of a training with the guesses that may be seen behind them: its accuracy, or its error."""
    where = {"row": 1, "col": 2} if KINDS[kind].classifies else {}
    return behind(figure, about, epochs_of, **where)


def forget() -> None:
    """Ask again what was guessed."""
    _known.clear()


def behind(
    figure: go.Figure, about: str, places: Callable[[Question], Sequence[Any]], **where: int
) -> go.Figure:
    """The figure with all guesses behind it that were made about that and may be seen.

    Parameters
    ----------
    places
        places(question): where its places are along the figure's axis; [] where they are none of it.
    where
        As of `figures.guesses.behind`.
    """
    if not about:
        return figure
    for question, others, own in _known(about, actor().names):
        at = list(places(question))
        if len(at) == len(question.along):
            figure = drawing.behind(figure, at, others, own=own, where=where or None)
    return figure


@st.cache_data(ttl=_KEPT, max_entries=500, show_spinner=False)
def _known(about: str, names: tuple[str, ...]) -> list[Curves]:
    """Curves about something: everybody's where they are open, and one's own."""
    by, found = actor(), []
    try:
        for asked in predictions.about(about, by=by, rooms=predictions.rooms_of(by)):
            if asked.question.kind != "curve":
                continue
            own = predictions.mine(asked.id, by=by)
            others = predictions.guesses(asked.id) if asked.opened else []
            if own in others:
                others.remove(own)
            found.append((asked.question, others, own))
    except (GuessRefused, NotYours, DatabaseUnavailable):
        return []
    return found


def epochs_of(question: Question) -> list[float]:
    """Where the places of a curve are along an axis of epochs."""
    return [float(place) for place in question.along if place.isdecimal()]


def answer(prediction: predictions.Prediction, *, key: str) -> None:
    """Let somebody who is asked give a guess; it can be changed until the guesses are opened."""
    question, before = prediction.question, predictions.mine(prediction.id, by=actor())
    value: Any = None
    if question.text:
        st.markdown(f"**{escaped(question.text)}**")
    if question.kind == "curve":
        value = components.guess_curve(
            question.along,
            x=question.x,
            y=question.y,
            low=question.low,
            high=question.high,
            parts=question.parts,
            before=before,
            key=f"{key}_{prediction.id}",
        )
    elif question.kind == "number":
        scale = 100 if question.parts else 1
        told = st.number_input(
            say("Your guess, %") if question.parts else say("Your guess"),
            question.low * scale,
            question.high * scale,
            None if before is None else float(before) * scale,
            step=1.0 if (question.high - question.low) * scale >= _WIDE else 0.01,
            format="%g",
            key=f"{key}_{prediction.id}",
        )
        value = None if told is None else told / scale
    elif question.kind == "choice":
        value = st.radio(
            say("Your guess"),
            range(len(question.along)),
            index=before,
            format_func=lambda place: escaped(question.along[place]),
            key=f"{key}_{prediction.id}",
        )
    else:
        left, right = st.columns(2)
        with left:
            true = st.selectbox(
                say("A digit that is"), range(10), index=before[0] if before else None,
                key=f"{key}_{prediction.id}_true",
            )  # fmt: skip
        with right:
            read = st.selectbox(
                say("is read as"), range(10), index=before[1] if before else None,
                key=f"{key}_{prediction.id}_read",
            )  # fmt: skip
        value = None if true is None or read is None or true == read else [true, read]
    st.button(
        say("Change my guess") if before is not None else say("Give my guess"),
        type="primary",
        disabled=value is None or value == before,
        key=f"{key}_{prediction.id}_give",
        on_click=_give,
        args=(prediction.id, value),
    )
    if before is not None:
        st.caption(say("Your guess is in. Until it is opened you may change it."))


def _give(prediction: str, value: Any) -> None:
    try:
        predictions.guess(prediction, value, by=actor())
    except (GuessRefused, NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))


def shown(prediction: predictions.Prediction) -> go.Figure:
    """What everybody guessed, once it is open."""
    return drawn(prediction.question, predictions.guesses(prediction.id))


def drawn(question: Question, told: list[Any]) -> go.Figure:
    """Guesses as they answer a question."""
    if question.kind == "curve":
        return drawing.curves(question.along, told, x=question.x, y=question.y, parts=question.parts)
    if question.kind == "number":
        return drawing.histogram(
            told, low=question.low, high=question.high, title=question.y or say("guess"), parts=question.parts
        )
    if question.kind == "choice":
        return drawing.bars(question.along, [question.along[place] for place in told])
    return drawing.confusions(told)
