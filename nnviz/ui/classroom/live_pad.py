"""One pupil's pad on the projector as it is drawn on, who offers theirs, and what a network reads."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz import classroom, components, figures
from nnviz.classroom import ClassRefused, Classroom
from nnviz.core.identity import NotYours
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.history.database import DatabaseUnavailable
from nnviz.model_store.store import ModelMissing, ModelRefused
from nnviz.ui.classroom import answers, entrance, part
from nnviz.ui.shared import caches, model_menu
from nnviz.ui.shared.show import escaped, figure
from nnviz.ui.shared.state import actor


def show(room: Classroom) -> None:
    """Who offers their pad, and the one that is shown."""
    part.lively(_offers, room)
    part.lively(_pad, room)


def _offers(room: Classroom) -> None:
    components.class_news(room.id, key="class_offers_news")
    offers = classroom.offers(room.id, by=actor())
    if not offers:
        st.info(
            say("Nobody offers their pad now. Pupils do that by “Show my pad to the class”, below their pad.")
        )
        return
    st.caption(say("These pupils offer their pad. Press a name to show it, and again to end that."))
    with st.container(horizontal=True, key="class_offers"):
        for each in offers:
            st.button(
                escaped(each.nickname),
                icon=":material/cast_connected:" if each.shown else ":material/cast:",
                type="primary" if each.shown else "secondary",
                key=f"class_offer_{each.member}",
                on_click=_choose,
                args=(room.id, "" if each.shown else each.member),
            )


def _choose(class_id: str, member: str) -> None:
    try:
        classroom.choose_pad(class_id, member, by=actor())
    except (ClassRefused, NotYours, DatabaseUnavailable) as error:
        st.session_state[entrance.TOLD] = str(error)


def _pad(room: Classroom) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        components.class_live(room.id, say("The pad that is shown"), key=f"class_live_{room.id}")
    pad = classroom.shown_pad(room.id, by=actor())
    with right:
        there = answers.all_there()
        first = next((entry.name for entry in answers.chosen()), None)
        name = st.selectbox(
            say("Network"),
            list(there),
            index=list(there).index(first) if first else 0,
            format_func=lambda name: model_menu.label(there[name]),
            key="class_live_network",
        )
        if pad is None:
            st.caption(say("What the network reads stands here as soon as a pad is shown."))
        elif not pad.pixels:
            st.markdown("## " + say("An empty pad"))
        elif name:
            _reading(name, np.frombuffer(pad.pixels, np.uint8).reshape(28, 28))


def _reading(name: str, image: Array) -> None:
    try:
        chances = np.asarray(caches.network(name).predict(image[None] / np.float32(255))[0], np.float32)
    except (ModelMissing, ModelRefused) as error:
        st.warning(escaped(str(error)))
        return
    st.markdown("## " + say("It reads a {digit}", digit=int(chances.argmax())))
    figure(figures.probability_bars(chances, title=say("How sure it is")), key="class_live_chances")
