"""Landscapes and races that are not there yet: asked for, followed, stopped; those that are, taken along."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from nnviz import jobs
from nnviz.core import landscapes
from nnviz.core.identity import NotYours
from nnviz.core.landscapes import Landscape
from nnviz.core.words import say
from nnviz.inspection.landscape import Survey
from nnviz.inspection.race import Race
from nnviz.jobs import Job, LandscapeSpec
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, address, may_change, owner, whose

_BEAT = 0.4  # seconds between two looks at one on its way


def follow(wanted: LandscapeSpec, key: str) -> bool:
    """Show the one that is on its way for this user, or else the wanted one; whether that is on its way."""
    own = jobs.landscape_of_owner(*actor().names)
    status = own or jobs.landscape_status(wanted)
    if status is None or not status.job.live:
        return False
    mine = own is not None or may_change(status.job.owner)
    st.fragment(_progress, run_every=_BEAT)(status.spec, mine=mine, key=key)
    return status.spec == wanted


def offer(
    wanted: LandscapeSpec, asked: Callable[[], Survey | Race], title: str, *, button: str, why: str, key: str
) -> None:
    """The button that has it found.

    Parameters
    ----------
    asked
        Makes what a worker needs.
    title
        For people.
    button
        What is on it.
    why
        It cannot be found, as a sentence; "" when it can.
    """
    busy = jobs.landscape_of_owner(*actor().names) is not None
    if why:
        st.warning(escaped(why))
    elif busy:
        st.info(
            say("Another landscape of yours is being found. Wait for it or stop it, then start this one.")
        )
    before = jobs.landscape_status(wanted)
    if before and before.job.state == "failed":
        st.error(escaped(before.job.message))
    if st.button(
        button,
        type="primary",
        icon=":material/play_arrow:",
        disabled=bool(why) or busy,
        key=f"{key}_find",
    ):
        try:
            jobs.start_landscape(wanted, asked(), owner=owner(), title=title, address=address())
        except jobs.JobError as error:
            st.error(escaped(str(error)))
            return
        st.rerun()


def take_along(found: Landscape, pictures: dict[str, go.Figure], *, name: str, key: str) -> None:
    """Buttons that download the numbers and the pictures.

    Parameters
    ----------
    pictures
        By what they are called.
    name
        Of the files.
    """
    with st.container(horizontal=True):
        st.download_button(
            say("Numbers (CSV)"),
            data=partial(landscapes.to_csv, found),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{key}_csv",
        )
        for title, picture in pictures.items():
            st.download_button(
                title,
                data=partial(_whole_page, picture),
                file_name=f"{name}.html",
                mime="text/html",
                icon=":material/download:",
                on_click="ignore",
                key=f"{key}_{title}_html",
            )


def _whole_page(picture: go.Figure) -> str:
    """A page of its own that needs no internet."""
    return str(go.Figure(picture).to_html())


def _progress(wanted: LandscapeSpec, *, mine: bool, key: str) -> None:
    status = jobs.landscape_status(wanted)
    if status is None or not status.job.live:
        st.rerun()
    job = status.job
    with st.container(border=True, key=f"{key}_progress"):
        st.markdown(f"**{escaped(job.title)}** · {escaped(whose(job.owner))}")
        done, total = job.batch
        st.progress(min(1.0, done / max(1, total)), _standing(job))
        if mine:
            st.button(
                say("Stop"),
                icon=":material/stop_circle:",
                key=f"{key}_stop",
                on_click=_stop,
                args=(wanted,),
            )


def _stop(wanted: LandscapeSpec) -> None:
    try:
        jobs.stop_landscape(wanted, by=actor())
    except NotYours as error:
        st.session_state[Key.NOTICE] = escaped(str(error))


def _standing(job: Job) -> str:
    done, total = job.batch
    if job.state == "queued":
        return say("Waiting, place {place} in the queue", place=job.place)
    if not total:
        return job.message or say("Getting ready …")
    share = say("{share:.0%} done", share=done / total)
    return share if job.left is None else say("{share} · about {left:.0f} s left", share=share, left=job.left)
