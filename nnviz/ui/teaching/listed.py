"""The lessons there are, each with how far one is, what a teacher needs, and its hand-out."""

from __future__ import annotations

import streamlit as st

from nnviz.core import words
from nnviz.core.words import say, say_many
from nnviz.lessons import catalogue, handouts
from nnviz.lessons.lesson import Lesson
from nnviz.ui.shared import following


def view() -> None:
    """All lessons of the app."""
    every = catalogue.shipped()
    with st.container(key="lessons_listed"):
        for number, lesson in enumerate(every, 1):
            card(lesson, number)


def card(lesson: Lesson, number: int = 0) -> None:
    """One lesson: its name, how far one is, and the buttons that begin it."""
    at, done = following.reached(lesson.name)
    with st.container(border=True, key=f"lesson_card_{lesson.name}"):
        title = words.own(lesson.title)
        st.markdown(f"## {number} · {title}" if number else f"## {title}")
        minutes = say("{minutes} minutes", minutes=lesson.minutes)
        steps = say_many(len(lesson.steps), "{n} step", "{n} steps")
        st.markdown(f"{words.own(lesson.about)}  \n:material/schedule: {minutes} · {steps}")
        if done:
            st.progress(
                len(done) / len(lesson.steps),
                say("{n} of {all} steps done", n=len(done), all=len(lesson.steps)),
            )
        with st.container(horizontal=True):
            went_on = 0 < at < len(lesson.steps) - 1
            if went_on and st.button(
                say("Go on"), icon=":material/play_arrow:", type="primary", key=f"lesson_on_{lesson.name}"
            ):
                _begin(lesson, at)
            if st.button(
                say("Start again") if went_on else say("Start"),
                icon=":material/replay:" if went_on else ":material/play_arrow:",
                type="secondary" if went_on else "primary",
                key=f"lesson_start_{lesson.name}",
            ):
                _begin(lesson, 0)
            st.download_button(
                say("Hand-out"),
                data=lambda: handouts.html_of(lesson),
                file_name=f"{lesson.name}.html",
                mime="text/html",
                icon=":material/print:",
                on_click="ignore",
                key=f"lesson_handout_{lesson.name}",
                help=say("One page to print for pupils. The answers stand on a page of their own."),
            )
        with st.expander(say("For the teacher")):
            _for_the_teacher(lesson)


def _begin(lesson: Lesson, step: int) -> None:
    following.begin(lesson.name, step)
    st.rerun()


def _for_the_teacher(lesson: Lesson) -> None:
    parts = [(say("Afterwards pupils can"), lesson.goals), (say("Timing"), lesson.timing)]
    for title, lines in parts:
        if lines:
            listed = "\n".join(f"- {following.text(line)}" for line in lines)
            st.markdown(f"**{title}**\n\n{listed}")
    if lesson.asks:
        listed = "\n".join(
            f"- {following.text(asked)}" + (f"  \n  *{following.text(told)}*" if told else "")
            for asked, told in lesson.asks
        )
        st.markdown("**" + say("Questions for the class") + f"**\n\n{listed}")
