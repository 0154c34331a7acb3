"""The field for the code of a class, which asks nothing of the database: the page Class does."""

from __future__ import annotations

import streamlit as st

from nnviz.core.json_records import clean
from nnviz.core.words import say
from nnviz.ui.shared.frame import go_to
from nnviz.ui.shared.menu import is_wanted
from nnviz.ui.shared.state import Key

PAGE = "pages/7_Class.py"
_LONGEST = 20  # with spaces or dashes between its six letters


def field(key: str) -> str:
    """A field for a code, and a button; what was typed, once, "" otherwise."""
    with st.form(f"{key}_form", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        code = st.text_input(say("Code of the class"), key=key, max_chars=_LONGEST, width=220)
        pressed = st.form_submit_button(say("Join"), key=f"{key}_join")
    return clean(code, _LONGEST) if pressed else ""


@st.fragment
def popover() -> None:
    """A button that opens the field, and leads to the class."""
    button = st.popover(say("Class code"), icon=":material/groups:", key="home_class", on_change="rerun")
    if not is_wanted(button, "home_class"):
        return
    with button:
        if code := field("home_class_code"):
            go_to(PAGE, **{Key.URL_CLASS.value: code})
