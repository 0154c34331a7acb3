"""What is behind the button "You": name, code, teacher's key, what was deleted lately, and its undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import streamlit as st

from nnviz import jobs
from nnviz.core.identity import UNDO, Actor, NotYours
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.tries import TooManyTries
from nnviz.core.words import say
from nnviz.data import kept_digits
from nnviz.history import people, repository
from nnviz.history.database import DatabaseUnavailable
from nnviz.history.people import NameRefused, WrongCode
from nnviz.history.repository import RecordNotFound
from nnviz.jobs import JobMissing
from nnviz.model_store import store
from nnviz.model_store.store import ModelMissing
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import Key, actor, whose

_MOST_LISTED = 40
_REFUSALS = (
    ModelMissing, JobMissing, RecordNotFound, NotYours, NameRefused, WrongCode, TooManyTries,
    DatabaseUnavailable, OSError,
)  # fmt: skip
_CODE = "you_new_code"  # in the session: the code that was just made, which is shown once
_SAID = "you_said"  # in the session: what came of the last press, and whether that was right


def panel() -> None:
    """Who you are to others, and what can be done about it."""
    me = actor()
    _who(me)
    said = st.session_state.pop(_SAID, None)
    if said and said[0]:
        (st.success if said[1] else st.error)(said[0])
    _name(me)
    if not me.alone:
        _code(me)
        _teacher(me)
    _deleted(me)
    _room(me)
    if me.is_teacher or me.alone:
        _at_work(me)


def _who(me: Actor) -> None:
    name = people.known().names.get(me.owner, "")
    if me.is_teacher:
        st.markdown(say("**You are the teacher.** You may change and delete what is anybody's."))
    elif me.alone:
        st.markdown(say("**This app runs for you alone.** You may change everything."))
    else:
        called = (
            say("**Others see you as {name}.**", name=escaped(name))
            if name
            else say("**Others do not see who you are.**")
        )
        st.markdown(say("{called} You may change and delete what is yours.", called=called))


def _name(me: Actor) -> None:
    known = people.known().names.get(me.owner, "")
    field = f"you_name_{known}"

    def press() -> None:
        name = st.session_state.get(field, known)  # a field that is no longer drawn says nothing
        _try(
            lambda: people.choose_name(me, name),
            say("Your nickname is saved.") if name else say("No nickname now."),
        )

    with _form("you_named", say("Save"), press):
        st.text_input(say("Nickname"), value=known, max_chars=people.LONGEST_NAME, key=field)


def _code(me: Actor) -> None:
    st.markdown(say("**In another browser.** With a code, another browser gets all that is yours."))
    if code := st.session_state.pop(_CODE, None):
        st.code(code, language=None)
        st.caption(say("Write it down: it is shown only now. Who knows it can change what is yours."))
        if me.is_teacher:
            st.warning(say("You are the teacher: whoever knows this code is the teacher too."))

    def make() -> None:
        st.session_state[_CODE] = people.new_code(me)

    def take() -> None:
        address, told = st.context.ip_address or "", st.session_state.get("you_code", "")
        done = say("Done: what is yours there is yours here too.")
        _try(lambda: people.take_along(me, told, address=address), done)

    st.button(say("Make a new code"), key="you_make_code", on_click=_try, args=(make, ""))
    with _form("you_take", say("Use it"), take):
        st.text_input(say("Your code from another browser"), max_chars=40, key="you_code", autocomplete="off")


def _teacher(me: Actor) -> None:
    if me.is_teacher:
        done = say("You are the teacher no longer.")
        stop = partial(people.resign, me)
        st.button(say("Stop being the teacher"), key="you_resign", on_click=_try, args=(stop, done))
        return

    def press() -> None:
        address, told = st.context.ip_address or "", st.session_state.get("you_key", "")
        _try(lambda: people.become_teacher(me, told, address=address), say("You are the teacher now."))

    with _form("you_teach", say("I am the teacher"), press):
        st.text_input(say("Teacher's key"), type="password", max_chars=200, key="you_key", autocomplete="off")


@contextmanager
def _form(key: str, label: str, press: Callable[[], None]) -> Iterator[None]:
    """A field and, beside it, the button that uses what is typed; the field is empty or as it was then."""
    with (
        st.form(f"{key}_form", border=False, clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        yield
        st.form_submit_button(label, key=key, on_click=press)


def _deleted(me: Actor) -> None:
    found = [("network", gone.name, gone.card.title, gone.owner, gone.when) for gone in store.deleted(me)]
    try:
        found += [(gone.what, gone.id, gone.title, gone.owner, gone.when) for gone in repository.deleted(me)]
    except DatabaseUnavailable as error:
        st.warning(escaped(str(error)))
    st.markdown(say("**Deleted in the last {undo} minutes**", undo=round(UNDO / 60)))
    if not found:
        st.caption(say("Nothing."))
    for what, name, title, owner, _ in sorted(found, key=lambda each: -each[-1])[:20]:
        st.button(
            say(
                "Undo: {what} “{title}”, {whose}",
                what=what,
                title=escaped(title),
                whose=escaped(whose(owner)),
            ),
            icon=":material/undo:",
            key=f"undo_{name}",
            on_click=undo,
            args=(((what, name),),),
        )


def _room(me: Actor) -> None:
    """How much of what there is room for is used."""
    lines = []
    for used, what in (
        (store.used(me.owner), say("Your saved networks")),
        (kept_digits.used(me.owner), say("Your uploaded files of digits")),
    ):
        lines.append(
            say(
                "{what}: {n:,} of {most:,}, {own:,.0f} of {most_own:,.0f} MB.",
                what=what,
                n=used.things,
                most=used.quota.most,
                own=used.own / MEGABYTE,
                most_own=used.quota.own / MEGABYTE,
            )
        )
        if me.is_teacher or me.alone:
            lines.append(
                say(
                    "Everybody's together: {used:,.0f} of {most:,.0f} MB.",
                    used=used.everybody / MEGABYTE,
                    most=used.quota.everybody / MEGABYTE,
                )
            )
    if days := store.kept_days():
        lines.append(
            say(
                "A saved network that nobody opens for {days:,.0f} days is removed, but for the teacher's.",
                days=days,
            )
        )
    st.markdown(say("**Room that is used**"))
    st.caption(" ".join(lines))


def _at_work(me: Actor) -> None:
    """Everything that is at work or waits, whosever it is, each with a button that ends it."""
    found = jobs.live_jobs(by=me)
    st.markdown(say("**At work or waiting for everybody: {n}**", n=len(found)))
    for job in found[:_MOST_LISTED]:
        place = say("waits, place {place}", place=job.place) if job.place else say("at work")
        st.button(
            say(
                "Stop: “{title}”, {whose}, {place}",
                title=escaped(job.title),
                whose=escaped(whose(job.owner)),
                place=place,
            ),
            icon=":material/stop_circle:",
            key=f"stop_{job.id}",
            on_click=_try,
            args=(partial(jobs.stop_job, job.id, by=me), say("It is asked to stop.")),
        )
    if len(found) > _MOST_LISTED:
        st.caption(say("The first {most} of {n}.", most=_MOST_LISTED, n=len(found)))


def undo(gone: tuple[tuple[str, str], ...]) -> None:
    """Bring them back."""
    me = actor()

    def bring() -> None:
        for what, name in gone:
            if what == "network":
                store.restore(name, by=me)
            else:
                repository.restore(name, by=me)

    _try(bring, say("It is back.") if len(gone) == 1 else say("All {n} are back.", n=len(gone)))
    st.session_state[Key.NOTICE], went_well = st.session_state.pop(_SAID)
    if went_well:
        st.session_state.pop(Key.UNDO, None)


def _try(act: Callable[[], object], done: str) -> None:
    """Do it, and remember what to say then: `done`, or why not."""
    try:
        act()
    except _REFUSALS as error:
        st.session_state[_SAID] = escaped(why(error)), False
    else:
        st.session_state[_SAID] = done, True
