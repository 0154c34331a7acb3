"""A question on the page: choices or a field, and what was said to the answer, which stays on the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from nnviz.core.words import say
from nnviz.lessons.lesson import Question

Judge = Callable[[str | list[int]], tuple[bool, Question]]


def ask(asks: str, choices: Sequence[str], judge: Judge, *, key: str) -> bool | None:
    """Ask a question.

    Parameters
    ----------
    asks, choices
        As Markdown.
    judge
        judge(told) says whether that is the answer, and gives the question with its answer.
    key
        Of this very question.

    Returns
    -------
    bool | None
        Whether what was said last is right; None while nothing was said.
    """
    said: tuple[bool, Question] | None = st.session_state.get(f"{key}.said")
    with st.form(f"{key}_form", border=False):
        if choices:
            marked = st.pills(
                asks, range(len(choices)), selection_mode="multi", format_func=choices.__getitem__, key=key
            )
            told: str | list[int] = [*marked]
            pressed = st.form_submit_button(say("Answer"))
        else:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                told = st.text_input(asks, max_chars=60, key=key, autocomplete="off")
                pressed = st.form_submit_button(say("Answer"))
    if pressed and told:
        said = judge(told)
        st.session_state[f"{key}.said"] = said
        st.session_state.pop(f"{key}.opened", None)
    elif pressed:
        st.caption(say("Choose or type an answer first."))
    if said is None:
        return None
    right, question = said
    if right:
        st.markdown(say(":material/check_circle: **Right.** {because}", because=question.because))
    elif st.session_state.get(f"{key}.opened"):
        words = say("The answer: **{answer}**. {because}", answer=question.solution, because=question.because)
        st.markdown(words)
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(say(":material/cancel: **Not right.** Try again."), width="content")
            st.button(
                say("Show the answer"),
                type="tertiary",
                key=f"{key}_open",
                on_click=lambda: st.session_state.update({f"{key}.opened": True}),
            )
    return right or bool(st.session_state.get(f"{key}.opened"))
