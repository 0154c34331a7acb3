"""A class's screens: what the teacher sends to them from any page, and what becomes of it on a pupil's."""

from __future__ import annotations

import streamlit as st

from nnviz import classroom, components
from nnviz.classroom import ClassRefused, Push
from nnviz.core.identity import NotYours
from nnviz.core.words import say
from nnviz.history.database import DatabaseUnavailable
from nnviz.ui.shared import following, frame, kept
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, kept_before, owner

_SEEN = "push_seen"  # in the session: number of the push that this page has followed


def remember(class_id: str, teaches: bool) -> bool:
    """Note that this browser is in a class, or teaches it; "" for none. Whether that is news."""
    before = kept_before()
    if (before.room, before.teaches) == (class_id, teaches):
        return False
    kept.keep_room(owner(), class_id, teaches)
    return True


def taught() -> str:
    """The id of the class that this browser teaches; "" for none."""
    before = kept_before()
    return before.room if before.teaches else ""


def send(kind: str, told: str = "", step: int = 0) -> None:
    """Send something to the class that this browser teaches, and say so."""
    try:
        classroom.push(taught(), kind, told, step, by=actor())
    except (ClassRefused, NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))
    else:
        st.session_state[Key.NOTICE] = say("Sent to your class.")


def attention(room: str) -> None:
    """For the teacher: the button that asks for attention, and lets go on."""
    asked = _latest(room)
    waits = asked is not None and asked.kind == "attention"
    st.button(
        say("Let the screens go on") if waits else say("Ask for attention"),
        icon=":material/play_arrow:" if waits else ":material/front_hand:",
        help=say("All screens of the class pause and say: please look to the front."),
        key="class_attention",
        on_click=send,
        args=("nothing" if waits else "attention",),
    )


def listen() -> None:
    """For a pupil: follow what the teacher sends, on every page."""
    before = kept_before()
    if before.room and not before.teaches:
        st.fragment(_listen)(before.room)


def _listen(room: str) -> None:
    components.class_news(room, of="pushed", key="class_pushed")
    sent = _latest(room)
    if sent is None:
        return
    if sent.kind == "attention":
        with st.container(key="class_attention_asked"):
            st.markdown("## " + say("Please look to the front."))
            st.markdown(say("Your teacher has paused all screens. They go on by themselves."))
            components.hold_attention("class_attention_asked")
    if sent.number != st.session_state.get(_SEEN, kept_before().pushed):
        st.session_state[_SEEN] = sent.number
        kept.keep_pushed(owner(), sent.number)
        _follow(sent)


def _latest(room: str) -> Push | None:
    try:
        return classroom.pushed(room)
    except DatabaseUnavailable:
        return None


def _follow(sent: Push) -> None:
    if sent.kind == "lesson":
        following.begin(sent.told, sent.step)
        st.rerun()
    elif sent.kind == "view":
        st.session_state.pop(Key.VIEW, None)
        frame.go_to(frame.HOME.path, **{Key.URL_VIEW: sent.told})
