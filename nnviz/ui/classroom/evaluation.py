"""How the networks do on a class's digits, growing while they come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from nnviz import classroom, components, figures
from nnviz.classroom import ClassDigits, Classroom
from nnviz.core.records import Evaluation
from nnviz.core.words import say
from nnviz.evaluation import metrics
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.classroom import answers, one_digit, part
from nnviz.ui.shared import mistakes
from nnviz.ui.shared.show import escaped, figure, table
from nnviz.ui.shared.state import actor

HARDEST = 20
_ALL = ""  # in place of a network's title: all of them


def networks(room: Classroom) -> None:
    """Matrices whose cells open, scores, the hardest digits, and whether networks are as sure as right."""
    part.lively(_networks, room)


def _networks(room: Classroom) -> None:
    components.class_news(room.id, key="class_networks_news")
    row = st.container(horizontal=True, vertical_alignment="center")
    with row, st.popover(say("Networks"), icon=":material/hub:"):
        entries = answers.choose()
    given = classroom.digits(room.id, by=actor()).until(room.frozen)
    if not len(given):
        st.info(say("No digits yet. The matrices grow as your pupils give them."))
        return
    found = _evaluated(room, given, entries)
    if not found:
        st.info(say("Choose a network."))
        return
    with row:
        name = st.segmented_control(
            say("Network, and how many of the digits it reads right"),
            [*found, *([_ALL] if len(found) > 1 else [])],
            default=next(iter(found)),
            required=True,
            format_func=lambda name: (
                say("Side by side") if name == _ALL else f"{name} · {found[name].accuracy:.2%}"
            ),
            key="class_matrix_of",
            label_visibility="collapsed",
        )
    if name == _ALL:
        _side_by_side(found)
    elif name in found:
        mistakes.view(
            found[name],
            given.images,
            key="class",
            closer=lambda place: one_digit.show(room, given, place, entries, key="class_pressed_digit"),
        )
    _hardest(given, found)
    figure(
        figures.reliability_diagram({name: metrics.reliability(one) for name, one in found.items()}),
        key="class_reliability",
    )
    st.caption(
        say(
            "A point below the dotted line: the network was surer than it was right. Points of few digits "
            "jump about."
        )
    )
    if room.names_shown:
        _by_pupil(room, given, found)


def _side_by_side(found: dict[str, Evaluation]) -> None:
    """The matrices of all networks in one view, growing together."""
    with st.container(key="class_matrices"):
        for place, (name, one) in enumerate(found.items()):
            with st.container():
                figure(
                    figures.run_comparison.confusion(one.confusion, title=f"{name} · {one.accuracy:.2%}"),
                    key=f"class_matrix_{place}",
                )
    st.caption(say("Choose one network above to press its cells and see their digits."))


def _evaluated(room: Classroom, given: ClassDigits, entries: Sequence[Entry]) -> dict[str, Evaluation]:
    found = {}
    for entry, title in zip(entries, answers.titles(entries), strict=True):
        try:
            read = answers.probabilities(entry, room.id, given)
            found[title] = metrics.evaluate(given.labels, read)
        except (ModelMissing, ModelRefused, OSError) as error:
            st.warning(say("{title} is left out: {error}", title=escaped(title), error=escaped(str(error))))
    return found


def _hardest(given: ClassDigits, found: dict[str, Evaluation]) -> None:
    """The digits whose label all networks together held least likely."""
    n = len(given)
    of_label = np.mean([one.probabilities[np.arange(n), given.labels] for one in found.values()], axis=0)
    hardest = of_label.argsort(kind="stable")[:HARDEST]
    st.header(say("The hardest digits"), anchor=False)
    st.caption(say("Those whose label the networks thought least likely."))
    captions = []
    for place in hardest.tolist():
        label = int(given.labels[place])
        read = ", ".join(str(int(one.predicted[place])) for one in found.values())
        wrong = any(one.predicted[place] != label for one in found.values())
        words = say("a {label}, read as {read}", label=label, read=read)
        captions.append(components.Caption(f"{label} → {read}", words, wrong))
    components.digit_gallery(given.images[hardest], captions, key="class_hardest")


def _by_pupil(room: Classroom, given: ClassDigits, found: dict[str, Evaluation]) -> None:
    st.header(say("By pupil"), anchor=False)
    rows = []
    for member in classroom.members(room.id):
        theirs = given.members == member.id
        if theirs.any():
            shares = [f"{np.mean((one.predicted == one.labels)[theirs]):.2%}" for one in found.values()]
            rows.append((member.nickname, f"{int(theirs.sum()):,}", *shares))
    table(
        (say("nickname"), say("digits"), *found),
        rows,
        alt=say("How many digits of each pupil each network reads right"),
    )
