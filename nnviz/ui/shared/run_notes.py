"""What somebody writes beside a run: shown to all who see the run, changed by its owner or the teacher."""

from __future__ import annotations

import streamlit as st

from nnviz.core.identity import NotYours
from nnviz.core.results import MOST_NOTED, MOST_TAGS, TAG_LENGTH, Run
from nnviz.core.words import say
from nnviz.history import notes
from nnviz.history.notes import BadNote
from nnviz.history.repository import DatabaseUnavailable, RecordNotFound
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, may_change

STAR = "★"
_MOST_TYPED = 2 * MOST_TAGS * TAG_LENGTH  # with commas and spaces; what is too much is told in a sentence


def shown(run: Run) -> None:
    """The star, the tags and the note of a run, as they were typed."""
    told = [STAR] if run.starred else []
    told += [f"**{escaped(tag)}**" for tag in run.tag_list]
    if told:
        st.markdown(" · ".join(told))
    if run.note:
        with st.container(border=True, key=f"run_note_{run.id}"):
            st.caption(say("Note"))
            st.text(run.note)  # which reads no Markdown in it


def buttons(run: Run, *, key: str) -> None:
    """What gives an open run its star, its tags and its note; nothing for who may not."""
    if not may_change(run.owner):
        return
    st.button(
        say("Remove star") if run.starred else say("Add a star"),
        icon=":material/star:",
        on_click=_starred,
        args=(run,),
        key=f"{key}_star",
    )
    with st.popover(say("Note and tags"), icon=":material/edit_note:"):
        note, tags, trouble = (f"{key}_{what}_{run.id}" for what in ("note", "tags", "note_trouble"))
        st.text_area(
            say("Note"),
            value=run.note,
            max_chars=MOST_NOTED,
            key=note,
            placeholder=say("What you wanted to know, and what came out"),
        )
        st.text_input(
            say("Tags, with commas between them"),
            value=", ".join(run.tag_list),
            max_chars=_MOST_TYPED,
            key=tags,
            help=say(
                "At most {most} tags of {length} characters. The list of runs can be filtered by them.",
                most=MOST_TAGS,
                length=TAG_LENGTH,
            ),
        )
        st.caption(say("Everyone who opens this run can read its note and its tags."))
        st.button(
            say("Keep them"),
            type="primary",
            on_click=_kept,
            args=(run, note, tags, trouble),
            key=f"{key}_note_keep",
        )
        if said := st.session_state.pop(trouble, ""):
            st.error(escaped(said))


def _starred(run: Run) -> None:
    try:
        notes.annotate_run(run.id, starred=not run.starred, by=actor())
    except (RecordNotFound, NotYours, DatabaseUnavailable) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))


def _kept(run: Run, note: str, tags: str, trouble: str) -> None:
    try:
        notes.annotate_run(run.id, note=st.session_state[note], tags=st.session_state[tags], by=actor())
    except (BadNote, RecordNotFound, NotYours, DatabaseUnavailable) as error:
        st.session_state[trouble] = str(error)
        return
    st.session_state[Key.NOTICE] = say("The note and the tags are kept.")
