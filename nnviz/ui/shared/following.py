"""The bar of a lesson, on every page: it leads there, says what to do, sees that it is done, and asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import streamlit as st

from nnviz.core import glossary, words
from nnviz.core.words import say
from nnviz.lessons import catalogue, shelf
from nnviz.lessons.lesson import Condition, Lesson, Step
from nnviz.lessons.parsing import LessonMistake, parse
from nnviz.ui.shared import asking, doing, frame, kept, showing
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, kept_before, owner

_LOOKS = 2.0  # seconds between two looks at what was done, while there is something to do


class NoLesson(ValueError):
    """There is no such lesson; one sentence."""


@dataclass(eq=False)
class Followed:
    """How far somebody is in a lesson.

    Attributes
    ----------
    step
        From 0.
    is_there
        Whether the step's page is set up.
    before
        How everything stood when the step began.
    met
        Which of its conditions are met.
    done
        The steps that are done.
    folded
        Whether only the bar's first line is shown.
    """

    name: str
    step: int = 0
    is_there: bool = False
    before: dict[str, object] = field(default_factory=dict)
    met: set[int] = field(default_factory=set)
    done: frozenset[int] = frozenset()
    folded: bool = False


def find(name: str) -> Lesson:
    """A lesson of the app, or one that somebody keeps here.

    Raises
    ------
    NoLesson
        When there is none.
    """
    own = next((each for each in catalogue.shipped() if each.name == name), None)
    if own is not None:
        return own
    try:
        return _parsed(shelf.LESSONS.read(name), name)
    except shelf.Gone as error:
        raise NoLesson(say("This lesson is not here, or no longer.")) from error
    except LessonMistake as error:  # since it was kept, the app has changed
        raise NoLesson(say("This lesson cannot be opened any more. {error}", error=error)) from error


@lru_cache(maxsize=100)  # of 500 at most that are kept, and all that were deleted
def _parsed(text: str, name: str) -> Lesson:
    return parse(text, name)


def begin(name: str, step: int = 0) -> None:
    """Follow a lesson from that step on; its page is opened by the next run."""
    known = kept_before().lessons.get(name, (0, frozenset()))
    st.session_state[Key.LESSON] = Followed(name, step, done=known[1])


def reached(name: str) -> tuple[int, frozenset[int]]:
    """The step that this browser is at in a lesson, and the steps that it has done."""
    now = st.session_state.get(Key.LESSON)
    if isinstance(now, Followed) and now.name == name:
        return now.step, now.done
    return kept_before().lessons.get(name, (0, frozenset()))


def arrive(title: str) -> None:
    """Set up the step's page, and go there from another one. Before anything of a page is drawn."""
    asked = st.query_params.pop(Key.URL_LESSON, "")
    if asked:
        number = st.query_params.pop(Key.URL_STEP, "1")
        begin(asked, max(0, int(number) - 1) if number.isdecimal() and len(number) < 4 else 0)
    elif Key.LESSON not in st.session_state and (name := kept_before().followed):
        at, done = kept_before().lessons[name]
        st.session_state[Key.LESSON] = Followed(name, at, is_there=True, done=done)
    now = _now()
    if now is None or now.is_there:
        return
    step = _step(now)
    now.is_there, now.met = True, set()
    if step.view is not None:
        showing.set_up(step.view)
    now.before = doing.traces(step.view.place if step.view else None)
    kept.keep_lesson(owner(), now.name, now.step, now.done)
    here = showing.place_of(title)
    if step.view is not None and (here is None or here.path != step.view.place.path):
        showing.go_to(step.view)


def _now() -> Followed | None:
    """What is followed; what is no lesson is followed no more."""
    now = st.session_state.get(Key.LESSON)
    if not isinstance(now, Followed):
        return None
    try:
        lesson = find(now.name)
    except NoLesson as error:
        st.warning(escaped(str(error)))
        leave()
        return None
    now.step = min(max(now.step, 0), len(lesson.steps) - 1)
    return now


def _step(now: Followed) -> Step:
    return find(now.name).steps[now.step]


def bar(title: str) -> None:
    """The bar, if a lesson is followed."""
    now = _now()
    if now is None:
        return
    step, here = _step(now), showing.place_of(title)
    name = here.name if here else title
    waits = bool(step.done) and len(now.met) < len(step.done)
    with st.container(key="lesson_bar"):
        st.fragment(_bar, run_every=_LOOKS if waits else None)(name)


def _bar(here: str) -> None:
    now = _now()
    if now is None:
        return
    lesson, step = find(now.name), _step(now)
    _look(now, step, here)
    _first_line(now, lesson, step)
    if now.folded:
        return
    _point_at(step, here)
    with st.container(key="lesson_body"):
        with st.container(key="lesson_text"):
            if step.text:
                st.markdown(text(step.text))
        with st.container(key="lesson_doing"):
            _told(now, step, here)
            _question(now, step)


def _look(now: Followed, step: Step, here: str) -> None:
    """See what has been done."""
    place = step.view.place if step.view else None
    for i, condition in enumerate(step.done):
        if (
            i not in now.met
            and condition.what != "answer"
            and doing.is_done(condition, place, here, now.before)
        ):
            now.met.add(i)
    if len(now.met) == len(step.done) and (step.done or step.question is None):
        _note(now)


def _note(now: Followed) -> None:
    if now.step not in now.done:
        now.done = now.done | {now.step}
        kept.keep_lesson(owner(), now.name, now.step, now.done)


def _first_line(now: Followed, lesson: Lesson, step: Step) -> None:
    last = now.step == len(lesson.steps) - 1
    is_done = len(now.met) == len(step.done)
    with st.container(horizontal=True, vertical_alignment="center", key="lesson_line", gap="small"):
        st.markdown(
            say(
                "**{title}** · {n} of {all}",
                title=words.own(step.title),
                n=now.step + 1,
                all=len(lesson.steps),
            )
        )
        with st.container(horizontal=True, width="content", gap="xxsmall", wrap=False, key="lesson_buttons"):
            if st.button(
                say("Back"),
                icon=":material/arrow_back:",
                key="lesson_back",
                disabled=now.step == 0,
                help=say("One step back"),
            ):
                _go(now, now.step - 1)
            label = say("Finish") if last else say("Next") if is_done else say("Go on anyway")
            if st.button(
                label,
                icon=":material/flag:" if last else ":material/arrow_forward:",
                type="primary" if is_done else "secondary",
                key="lesson_next",
            ):
                if last:
                    _note(now)
                    _finish(lesson)
                _go(now, now.step + 1)
            if kept_before().teaches and st.button(
                say("Everyone here"),
                icon=":material/groups:",
                key="lesson_everyone",
                help=say("Take every screen of your class to this step."),
            ):
                _everyone(now)
            if st.button(
                say("Open") if now.folded else say("Fold"),
                icon=":material/expand_less:" if now.folded else ":material/expand_more:",
                key="lesson_fold",
            ):
                now.folded = not now.folded
                frame.run_part_again()
            if st.button(say("Leave"), icon=":material/close:", key="lesson_leave"):
                leave()
                st.rerun()


def _everyone(now: Followed) -> None:
    from nnviz.ui.shared import sending  # late: only a class needs it

    sending.send("lesson", now.name, now.step)
    st.rerun()


def _go(now: Followed, step: int) -> None:
    now.step, now.is_there = step, False
    st.rerun()


def _finish(lesson: Lesson) -> None:
    leave()
    st.session_state[Key.NOTICE] = say("You have finished the lesson “{title}”.", title=escaped(lesson.title))
    st.rerun()


def leave() -> None:
    """Follow no lesson any more; how far one is stays known."""
    st.session_state.pop(Key.LESSON, None)
    if kept.there_is():
        kept.keep_lesson(owner(), "", 0, frozenset())


def _told(now: Followed, step: Step, here: str) -> None:
    """Where the step is, if not here, and what is to be done."""
    view = step.view
    if view is not None and here != view.page:
        with st.container(horizontal=True, vertical_alignment="center"):
            where = doing.to_place(view)
            st.markdown(say("This step is on the page {where}.", where=where), width="content")
            if st.button(say("Go there"), key="lesson_there"):
                _go(now, now.step)
    lines = [_said(condition, i in now.met) for i, condition in enumerate(step.done)]
    if lines:
        st.markdown("  \n".join(lines))


def _said(condition: Condition, met: bool) -> str:
    return f":material/check_circle: {condition.words}" if met else f":material/circle: **{condition.words}**"


def _question(now: Followed, step: Step) -> None:
    question = step.question
    if question is None:
        return
    said = asking.ask(
        text(question.asks),
        [text(choice) for choice in question.choices],
        lambda told: (question.judge(told), question),
        key=f"lesson_{now.name}_{now.step}",
    )
    waited = next((i for i, each in enumerate(step.done) if each.what == "answer"), None)
    if said and waited is not None and waited not in now.met:
        now.met.add(waited)
        _look(now, step, "")
        frame.run_part_again()
    if said and waited is None:
        _note(now)


def _point_at(step: Step, here: str) -> None:
    """Mark what the step speaks of, while its page is open."""
    if step.view is not None and step.view.page == here:
        showing.point_at(step.view.place, step.highlight)
        showing.hide(step.view.place, step.view.hidden)


def text(told: str) -> str:
    """Text of a lesson as Markdown for the page: its terms explain themselves."""
    return glossary.linked(words.own(told))
