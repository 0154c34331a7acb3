"""One digit of a class, closer: how it was drawn, what every network makes of it, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import streamlit as st

from nnviz import classroom, components, figures
from nnviz.classroom import ClassDigits, Classroom
from nnviz.core import numbers
from nnviz.core.identity import NotYours
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inspection import saliency
from nnviz.lessons import links
from nnviz.lessons.views import View
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.classroom import answers, entrance
from nnviz.ui.shared import caches, sending
from nnviz.ui.shared.frame import go_to
from nnviz.ui.shared.show import digit_with_article, escaped, figure, table, why
from nnviz.ui.shared.state import Key, actor, remember_drawing


def show(room: Classroom, given: ClassDigits, place: int, entries: Sequence[Entry], *, key: str) -> None:
    """The digit at a place among those given, with what can be done about it."""
    number, label = int(given.numbers[place]), int(given.labels[place])
    image = given.images[place]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**" + say("Asked for: {digit}", digit=digit_with_article(label)) + "**")
        st.button(
            say("Take it out"),
            icon=":material/delete:",
            key=f"{key}_out",
            on_click=_take_out,
            args=(room.id, number),
            help=say("Nobody sees or counts it until you get it back, under “Pupils”."),
        )
    if room.names_shown:
        names = {member.id: member.nickname for member in classroom.members(room.id)}
        st.caption(say("by {name}", name=escaped(names.get(str(given.members[place]), ""))))
    strokes = json.loads(classroom.strokes(room.id, number) or "[]")
    components.class_replay(
        strokes, say("The strokes of {digit}", digit=digit_with_article(label)), key=f"{key}_replay"
    )
    _answers(room, given.part(np.array([place])), entries)
    with st.container(horizontal=True):
        st.button(
            say("Show it to everybody"),
            icon=":material/groups:",
            key=f"{key}_everybody",
            on_click=_to_everybody,
            args=(image,),
            help=say("All screens of the class open the pad with this digit on it, without a name."),
        )
        if st.button(say("Look inside the networks"), icon=":material/draw:", key=f"{key}_pad"):
            _to_pad(image, strokes)
    _why(image, entries, key)


def _to_everybody(image: Array) -> None:
    view = View("Draw", drawing=links.packed(image / np.float32(255)))
    try:
        sending.send("view", links.seal(view, None, owner=actor().owner))
    except (links.BadLink, OSError) as error:
        st.session_state[Key.NOTICE] = escaped(why(error))


def _answers(room: Classroom, one: ClassDigits, entries: Sequence[Entry]) -> None:
    rows = []
    for entry, title in zip(entries, answers.titles(entries), strict=True):
        try:
            answer = answers.probabilities(entry, room.id, one)[0]
        except (ModelMissing, ModelRefused):
            continue
        read = int(answer.argmax())
        sign = "✓" if read == one.labels[0] else "✗"
        rows.append((title, f"{sign} {read}", numbers.chance(float(answer[read]))))
    table(
        (say("network"), say("answer"), say("how sure")),
        rows,
        alt=say("What every network makes of this digit"),
    )


def _why(image: Array, entries: Sequence[Entry], key: str) -> None:
    """Which ink spoke for the answer, for each network that tells it at once."""
    with st.expander(say("Why these answers?")):
        unit = image / 255.0
        for entry, title in zip(entries, answers.titles(entries), strict=True):
            try:
                network = caches.network(entry.name)
                read = int(network.predict(unit)[0].argmax())
                heat = saliency.gradient_times_input(network, unit, read)
            except (ModelMissing, ModelRefused, ValueError):
                continue
            said = say("{title}: what speaks for a {read}", title=title, read=read)
            figure(figures.over_digit(unit, heat, title=said), key=f"{key}_why_{entry.name}", grows=True)
        method = saliency.METHODS["gradient"]
        st.caption(say("{title}. More ways to ask are on the page CNN.", title=method.title))


def _take_out(class_id: str, number: int) -> None:
    try:
        classroom.take_out(class_id, [number], by=actor())
    except (classroom.ClassRefused, NotYours) as error:
        st.session_state[entrance.TOLD] = str(error)


def _to_pad(image: Array, strokes: object) -> None:
    """Put the drawing onto the pad, where every network can be looked into."""
    message = {"strokes": strokes, "base": None, "options": {"centre": True, "fit": True}}
    remember_drawing((image / 255.0).astype("float32"), message)
    go_to("app.py")
