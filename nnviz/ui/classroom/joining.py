"""How pupils get in: the code, large enough for the last row, its QR code, and the address."""

from __future__ import annotations

import base64
from urllib.parse import urlencode, urlsplit

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
    page = urlsplit(st.context.url or "http://localhost:8501/Class")
    below = page.path.rsplit("/", 1)[0]
    whole = f"{page.scheme}://{page.netloc}{below}/Class?{urlencode({Key.URL_CLASS.value: room.code})}"
    picture = base64.b64encode(qr.svg(whole).encode()).decode("ascii")
    alt = say("QR code of this class's address")
    code = f"{room.code[:3]} {room.code[3:]}"
    with st.container(key="class_joining", horizontal=True, vertical_alignment="center"):
        st.html(f'<img class="class-qr" alt="{alt}" src="data:image/svg+xml;base64,{picture}">')
        with st.container(key="class_code_side", width="stretch"):
            st.markdown(say("Scan it with the camera, or open"))
            st.html(f'<p class="class-address">{page.netloc}{below}</p>')
            st.markdown(say("and type"))
            st.html(f'<p class="class-code" data-testid="class-code">{code}</p>')
            part.lively(_joined, room)
    if (page.hostname or "") in LOOPBACK:
        st.info(
            say(
                "This address works on this computer only. For other devices start the app with "
                "`HOST=0.0.0.0 make run`, and open it by the address of this computer."
            )
        )


def _joined(room: Classroom) -> None:
    components.class_news(room.id, key="class_joined_news")
    n = sum(not member.out for member in classroom.members(room.id))
    st.markdown(say_many(n, "**{n} pupil** is here.", "**{n} pupils** are here."))
