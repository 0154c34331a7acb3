"""What the teacher may do: close and reopen collecting, freeze the wall, pupils, take along, end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from nnviz import classroom, components
from nnviz.classroom import ClassRefused, Classroom
from nnviz.core.identity import NotYours
from nnviz.core.words import say, say_many
from nnviz.history.classes import MOST_MEMBERS, MOST_OF_ADDRESS
from nnviz.history.database import DatabaseUnavailable
from nnviz.ui.classroom import entrance, part
from nnviz.ui.shared import frame, sending
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import actor


def head(room: Classroom) -> None:
    """The small actions beside the title."""
    collecting, frozen = room.collecting, room.frozen is not None
    st.button(
        say("Close collecting") if collecting else say("Reopen collecting"),
        icon=":material/lock:" if collecting else ":material/lock_open:",
        key="class_collecting",
        on_click=_do,
        args=(classroom.set_collecting, room.id, not collecting),
    )
    st.button(
        say("Let the wall go on") if frozen else say("Freeze the wall"),
        icon=":material/play_arrow:" if frozen else ":material/pause:",
        key="class_frozen",
        on_click=_do,
        args=(classroom.set_frozen, room.id, not frozen),
    )
    sending.attention(room.id)
    with st.popover(say("More"), icon=":material/more_horiz:", key="class_more"):
        _more(room)


def pupils(room: Classroom) -> None:
    """Pupils by nickname, each of whom can be taken out, and digits that were taken out."""
    st.toggle(
        say("Name pupils on the projector"),
        room.names_shown,
        key=f"class_names_{room.id}_{room.names_shown}",
        on_change=_do,
        args=(classroom.set_names_shown, room.id, not room.names_shown),
        help=say("On the wall and in a table of who is read how well. Nicknames can be changed by pupils."),
    )
    st.toggle(
        say("Open the door: no limit of {most} from one address", most=MOST_OF_ADDRESS),
        room.door_open,
        key=f"class_door_{room.id}_{room.door_open}",
        on_change=_do,
        args=(classroom.set_door_open, room.id, not room.door_open),
        help=say(
            "A class has {all} places. So that nobody fills it alone, {most} may come from one address; of "
            "more, who gives nothing makes room after a minute. A lecture hall needs the open door.",
            all=MOST_MEMBERS,
            most=MOST_OF_ADDRESS,
        ),
    )
    part.lively(_pupils, room)


def _pupils(room: Classroom) -> None:
    components.class_news(room.id, key="class_pupils_news")
    members = classroom.members(room.id)
    given = classroom.digits(room.id, by=actor())
    if not members:
        st.info(say("Nobody has joined yet."))
    elif any(not member.out and not (given.members == member.id).any() for member in members):
        st.button(
            say("Remove all who have given nothing"),
            icon=":material/person_remove:",
            key="class_remove_idle",
            help=say("Their places are free again. Whoever of them opens the page once more is back."),
            on_click=_do,
            args=(classroom.remove_idle, room.id),
        )
    with st.container(key="class_pupils"):
        for member in members:
            n = int((given.members == member.id).sum())
            with st.container(horizontal=True, vertical_alignment="center"):
                words = say_many(n, "{name}: {n} digit", "{name}: {n} digits", name=escaped(member.nickname))
                st.markdown(f"~~{words}~~" if member.out else words, width=260)
                st.button(
                    say("Get back") if member.out else say("Take out"),
                    key=f"class_member_{member.id}",
                    help=say("With all their digits; they can give no more."),
                    on_click=_do,
                    args=(
                        classroom.get_member_back if member.out else classroom.take_member_out,
                        room.id,
                        member.id,
                    ),
                )
    out = classroom.taken_out(room.id, by=actor())
    if not out:
        return
    st.header(say("Digits you have taken out"), anchor=False)
    st.caption(say("Press one to get it back."))
    images = np.frombuffer(b"".join(digit.pixels for digit in out), np.uint8).reshape(-1, 28, 28)
    captions = [
        components.Caption(str(digit.label), say("a {label}, taken out", label=digit.label), False)
        for digit in out
    ]
    with st.container(key="class_out_place"):
        pressed = components.digit_gallery(images, captions, key="class_out")
    if pressed is not None:
        _do(classroom.get_back, room.id, [out[pressed].number])
        frame.run_part_again()


def _more(room: Classroom) -> None:
    st.download_button(
        say("All digits as NPZ, with strokes"),
        data=lambda: classroom.as_npz(room.id, by=actor()),
        file_name=f"class-{room.code}.npz",
        icon=":material/download:",
        on_click="ignore",
        key="class_npz",
    )
    st.download_button(
        say("All digits as CSV"),
        data=lambda: classroom.as_csv(room.id, by=actor()),
        file_name=f"class-{room.code}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="class_csv",
    )
    st.caption(
        say(
            "To teach from another device, use “You” at the top: make a code there, and type it on the "
            "other device."
        )
    )
    st.button(say("Another class"), key="class_leave", on_click=entrance.leave)
    sure = st.checkbox(say("Delete everything of this class"), key=f"class_sure_{room.id}")
    st.button(
        say("End the class"),
        icon=":material/delete_forever:",
        key="class_end",
        disabled=not sure,
        on_click=_end,
        args=(room,),
    )


def _end(room: Classroom) -> None:
    _do(classroom.end_class, room.id)
    if entrance.TOLD not in st.session_state:
        entrance.leave()


def _do(act: Callable[..., Any], *told: Any) -> None:
    """Do something as the teacher, which the library checks; a refusal is told on the next run."""
    try:
        act(*told, by=actor())
    except (ClassRefused, NotYours, DatabaseUnavailable) as error:
        st.session_state[entrance.TOLD] = str(error)
