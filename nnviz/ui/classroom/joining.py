"""How pupils get in: the code, large enough for the last row, its QR code, and the address."""

from __future__ import annotations

import base64
from urllib.parse import SplitResult, urlencode, urlsplit

import streamlit as st

from nnviz import classroom, components
from nnviz.classroom import Classroom
from nnviz.core import qr
from nnviz.core.identity import LOOPBACK
from nnviz.core.words import say, say_many
from nnviz.ui.classroom import part
from nnviz.ui.shared.state import Key


def show(room: Classroom) -> None:
    """The code as a picture and as letters, and how many have joined."""
    page, short = _address()
    with st.container(key="class_joining", horizontal=True, vertical_alignment="center"):
        _picture(room)
        with st.container(key="class_code_side", width="stretch"):
            st.markdown(say("Scan it with the camera, or open"))
            st.html(f'<p class="class-address">{short}</p>')
            st.markdown(say("and type"))
            _code(room)
            part.lively(_joined, room)
    if (page.hostname or "") in LOOPBACK:
        st.info(
            say(
                "This address works on this computer only. For other devices start the app with "
                "`HOST=0.0.0.0 make run`, and open it by the address of this computer."
            )
        )


def beside_the_wall(room: Classroom) -> None:
    """For those who come late, as long as no digit of the wall is pressed; and what a press does."""
    with st.container(key="class_beside_wall"):
        st.markdown(say("**Press a digit** to see how it was drawn and what every network makes of it."))
        address = f"`{_address()[1]}`"
        st.markdown(say("Late? Scan this, or type the code at {address}", address=address))
        _picture(room)
        _code(room)


def _address() -> tuple[SplitResult, str]:
    """Of the page that is open, and what is typed to come to the app."""
    page = urlsplit(st.context.url or "http://localhost:8501/Class")
    return page, page.netloc + page.path.rsplit("/", 1)[0]


def _picture(room: Classroom) -> None:
    page, short = _address()
    whole = f"{page.scheme}://{short}/Class?{urlencode({Key.URL_CLASS.value: room.code})}"
    picture = base64.b64encode(qr.svg(whole).encode()).decode("ascii")
    alt = say("QR code of this class's address")
    st.html(f'<img class="class-qr" alt="{alt}" src="data:image/svg+xml;base64,{picture}">')


def _code(room: Classroom) -> None:
    st.html(f'<p class="class-code" data-testid="class-code">{room.code[:3]} {room.code[3:]}</p>')


def _joined(room: Classroom) -> None:
    components.class_news(room.id, key="class_joined_news")
    n = sum(not member.out for member in classroom.members(room.id))
    st.markdown(say_many(n, "**{n} pupil** is here.", "**{n} pupils** are here."))
