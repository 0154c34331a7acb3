"""Lessons that somebody brought: a file is checked, kept, and given to a class by its address."""

from __future__ import annotations

import streamlit as st

from nnviz.core.identity import NotYours
from nnviz.core.words import read, say
from nnviz.lessons import shelf
from nnviz.lessons.parsing import LessonMistake, parse
from nnviz.ui.shared import following, qr
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import Key, actor, owner
from nnviz.ui.shared.uploaded import release
from nnviz.ui.teaching import listed

_FILE, _READ, _SAID = "lesson_file", "lesson_file_read", "lesson_file_said"
EXAMPLE = "1-first-digit.md"


def view() -> None:
    """Taking a file, and the lessons of one's own."""
    st.header(say("Your own lessons"), anchor=False)
    with st.expander(say("Bring a lesson"), icon=":material/upload:"):
        file = st.file_uploader(
            say("A lesson as a file (.md)"), type=["md", "txt"], key=_FILE, max_upload_size=1
        )
        st.download_button(
            say("An example"),
            data=lambda: read(f"lessons/{EXAMPLE}"),
            file_name="my-lesson.md",
            mime="text/markdown",
            icon=":material/download:",
            on_click="ignore",
            key="lesson_example",
            help=say("The first lesson of the app as a file. Change it and bring it here."),
        )
    if file is not None and st.session_state.get(_READ) != file.file_id:
        st.session_state[_READ] = file.file_id
        st.session_state[_SAID] = _take(file.getvalue())
        release([file])
    if said := st.session_state.get(_SAID):
        (st.success if said[0] else st.error)(said[1])
    for name in shelf.LESSONS.own(actor()):
        _one(name)


def _take(content: bytes) -> tuple[bool, str]:
    """Keep a lesson; whether it was kept, and what to say."""
    try:
        lesson = parse(content)
        shelf.LESSONS.keep(content.decode("utf-8-sig"), owner=owner())
    except LessonMistake as error:
        return False, escaped(str(error))
    except (shelf.NoRoom, OSError) as error:
        return False, escaped(why(error))
    return True, say("“{title}” is kept. Give its address to your class.", title=escaped(lesson.title))


def _one(name: str) -> None:
    try:
        lesson = following.find(name)
    except following.NoLesson as error:
        st.warning(escaped(str(error)))
    else:
        listed.card(lesson)
        with st.expander(say("Address for the class"), icon=":material/qr_code:"):
            qr.show(qr.address(**{Key.URL_LESSON: name}), key=f"lesson_{name}")
    st.button(
        say("Delete"), icon=":material/delete:", key=f"lesson_delete_{name}", on_click=_delete, args=(name,)
    )


def _delete(name: str) -> None:
    try:
        shelf.LESSONS.delete(name, by=actor())
        st.session_state[_SAID] = True, say("The lesson is deleted.")
    except (NotYours, OSError) as error:
        st.session_state[_SAID] = False, escaped(why(error))
