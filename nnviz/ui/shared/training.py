"""A training under way: its place in the queue, how far it is, its curves, and the button that stops it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from nnviz import components, figures, jobs
from nnviz.core.identity import NotYours
from nnviz.core.kinds import KINDS
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.model_store.parents import Parent
from nnviz.ui.shared import branching, guess_first, live_view, predicting
from nnviz.ui.shared.frame import HOME, link
from nnviz.ui.shared.show import escaped, figure
from nnviz.ui.shared.state import Key, actor, address, may_change, model_key, owner, set_epoch, whose

TRAIN = say("Train")  # the section where networks are trained
LIVE = ("queued", "running")
ENDINGS = {
    "finished": say("finished"),
    "early": say("stopped early by ε"),
    "stopped": say("stopped; the network is kept as it was"),
    "diverged": say("diverged"),
}
BEAT = 0.4  # seconds between two looks at a training
_NETWORK_BEAT = 1.0  # and at its network


def start_training(
    kind: str,
    spec: DataSpec,
    settings: Mapping[str, Any],
    title: str,
    *,
    confirmed: bool = False,
    parent: Parent | None = None,
) -> None:
    """Hand a training to the workers and follow it: its id goes into the URL."""
    job = jobs.start_training(
        kind,
        spec,
        settings,
        owner=owner(),
        title=title,
        address=address(),
        confirmed=confirmed,
        by=actor(),
        parent=parent,
    )
    guess_first.keep(kind, f"job {job}")
    follow(kind, job)


def begin(key: str, asked: object, start: Callable[[bool], None], *, pressed: bool) -> bool:
    """Start what was asked for, after a question when it takes long; whether it has begun.

    Parameters
    ----------
    key
        Of the question, which stays on the page until it is answered or something else is asked for.
    asked
        What it is about.
    start
        start(confirmed) raises JobError.
    pressed
        Whether its button has just been pressed.
    """
    about, words = st.session_state.get(key) or ("", "")
    if not pressed and about != repr(asked):
        st.session_state.pop(key, None)
        return False
    try:
        if pressed:
            start(False)
        else:
            st.warning(words)
            if not st.button(
                say("Start it all the same"), icon=":material/hourglass_top:", key=f"{key}_meant"
            ):
                return False
            start(True)
    except jobs.TooLong as error:
        st.session_state[key] = repr(asked), str(error)
        st.rerun()
    except (DataError, jobs.JobError) as error:
        st.error(escaped(str(error)))
        return False
    st.session_state.pop(key, None)
    return True


def start_button(
    kind: str,
    spec: DataSpec | None,
    settings: Mapping[str, Any],
    refused: Sequence[str] = (),
    *,
    name: str,
    shape: str,
    parameters: int,
) -> None:
    """How large the network becomes, a title for it, and the button that starts its training.

    Parameters
    ----------
    refused
        What is wrong with the settings: with any, nothing is trained, and it is said again here.
    """
    if components.served.serving():
        jobs.prepare()  # while the form is filled in
    st.markdown(say("{shape}: **{parameters:,} parameters**", shape=shape, parameters=parameters))
    parent, why_not = branching.choose(kind, parameters)
    refused = [*refused, why_not] if why_not else refused
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.text_input(
            say("A name for it"), max_chars=80, placeholder=name, key=f"{kind}_title", persist_state="session"
        )
        pressed = st.button(
            say("Train"),
            type="primary",
            icon=":material/play_arrow:",
            disabled=spec is None or bool(refused),
            key=f"{kind}_train",
        )
    if spec is not None and not refused:
        places = predicting.of_epochs(int(settings.get("max_iter") or 2))
        guess_first.form(kind, list(map(str, places)), x=say("epoch"), score=KINDS[kind].score)
    if refused:
        st.markdown(
            say(":red[:material/error: Please correct this first. {refused}.]", refused=". ".join(refused))
        )
    if spec is None or refused:
        return

    def start(confirmed: bool) -> None:
        start_training(kind, spec, settings, title or name, confirmed=confirmed, parent=parent)

    if begin(f"{kind}_long", (spec, settings, parent), start, pressed=pressed):
        st.rerun()


def follow(kind: str, job: str) -> None:
    """Make this page, and every tab that is opened at its URL, show that training."""
    st.session_state[f"{kind}_{Key.URL_JOB}"] = job
    st.query_params[Key.URL_JOB] = job


def followed(kind: str) -> str:
    """The id of the training that the URL, or else this session, follows on the page of that kind; or ""."""
    return st.query_params.get(Key.URL_JOB) or st.session_state.get(f"{kind}_{Key.URL_JOB}", "")


def forget(kind: str) -> None:
    """Follow no training any more."""
    st.session_state.pop(f"{kind}_{Key.URL_JOB}", None)
    st.query_params.pop(Key.URL_JOB, None)


def settle(kind: str, section: str) -> jobs.Job | None:
    """The training that the page of that kind follows, if any.

    A page that has just begun to follow one opens at its section `TRAIN`, unless its address names another;
    one whose training has ended opens its network. Both once: then the user has the say. Before any widget is
    drawn.

    Parameters
    ----------
    section
        Where the page keeps which section is open.
    """
    job = job_of(kind)
    if job is None:
        if followed(kind):
            st.warning(say("This training is no longer there."))
            forget(kind)
        return None
    follow(kind, job.id)
    if st.session_state.get(f"{kind}_watched") != job.id:
        st.session_state[f"{kind}_watched"] = job.id
        if section not in st.query_params:  # a reload, which keeps to the tab that was open
            st.session_state[section] = TRAIN
    if job.result and st.session_state.get(f"{kind}_shown") != job.id:
        st.session_state[f"{kind}_shown"] = job.id
        st.session_state[model_key(kind)] = job.result
        st.session_state[branching.switch(kind)] = False  # it went on from another network than this one
        set_epoch(None)
    return job


def job_of(kind: str) -> jobs.Job | None:
    """The training that the page of that kind follows; None without one that is still known."""
    job_id = followed(kind)
    try:
        return jobs.find_job(job_id) if job_id else None
    except jobs.JobMissing:
        return None


def watch(job: jobs.Job, *, in_view: bool) -> None:
    """Say how far a training is to those who hear the page, and run the page again when it has ended.

    Parameters
    ----------
    in_view
        Whether its panel is shown: otherwise a line tells of it.
    """
    live = job.state in LIVE
    st.fragment(_watch, run_every=BEAT if live else None)(job.id, live, in_view)


def _watch(job_id: str, was_live: bool, in_view: bool) -> None:
    job = jobs.find_job(job_id)
    if was_live and job.state not in LIVE:
        st.rerun()  # the whole page: there is a network to look at now
    components.announce(_spoken(job), key="training_said")
    if job.state in LIVE and not in_view:
        st.markdown(f"{escaped(job.title)}: {status_words(job)}, {fraction_done(job):.0%}", width="content")


def _spoken(job: jobs.Job) -> str:
    """Where a training stands, in quarters, so that it is not told at every beat."""
    quarter = {0: "", 1: say(", a quarter done"), 2: say(", half done"), 3: say(", three quarters done")}
    done = quarter[min(3, int(4 * fraction_done(job)))] if job.state in LIVE else ""
    return f"{job.title}: {status_words(job)}{done}"


def progress_panel(job: jobs.Job) -> None:
    """How far a training is, its curves while it goes on, and the button that stops it.

    It is brought into view when it begins, and the focus stays where it was.
    """
    components.reveal("training", job.id if job.state in LIVE else None, focus=False)
    st.fragment(_panel, run_every=BEAT if job.state in LIVE else None)(job.id)
    if job.state in LIVE:
        st.fragment(_network, run_every=_NETWORK_BEAT)(job.id)


def _network(job_id: str) -> None:
    job = jobs.find_job(job_id)
    if job.state == "running":
        with components.contained():
            live_view.view(job)


def _panel(job_id: str) -> None:
    job = jobs.find_job(job_id)
    with st.container(border=True, key="training"):
        mine = may_change(job.owner)
        said = status_words(job) if mine else f"{escaped(whose(job.owner))} · {status_words(job)}"
        st.markdown(f"**{escaped(job.title)}** · {said}")
        with st.container(horizontal=True, key="training_buttons"):
            _buttons(job, mine=mine)
        if job.state in LIVE:
            st.progress(fraction_done(job), _progress(job))
        if job.message:
            (st.error if job.state == "failed" else st.info)(job.message)
        if job.history.epochs and job.state in LIVE:
            drawn = figures.curves_of(job.kind, job.history, epochs=job.total_epochs)
            if job.kind in KINDS:
                drawn = predicting.behind_training(drawn, f"job {job_id}", job.kind)
            figure(drawn, key=f"curves_{job_id}")


def _buttons(job: jobs.Job, *, mine: bool) -> None:
    """What can be done with a training, and where it can be seen elsewhere."""
    if job.state not in LIVE:
        if job.result:  # a run has the id of its job
            link("pages/5_History.py", say("Its run"), ":material/history:", **{Key.URL_RUN: job.id})
        return
    if components.served.serving() and KINDS[job.kind].on_pad:
        link(HOME.path, say("On the pad"), ":material/draw:", **{Key.URL_LIVE: job.id})
    if mine:
        st.button(
            say("Stop"),
            icon=":material/stop_circle:",
            key=f"stop_{job.id}",
            on_click=stop,
            args=(job.id,),
            help=say("Ends the training now and keeps the network as it is."),
        )


def stop(job_id: str) -> None:
    """End a training of one's own."""
    try:
        jobs.stop_job(job_id, by=actor())
    except (jobs.JobMissing, NotYours) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))


def status_words(job: jobs.Job) -> str:
    """Where a training stands, in a few words."""
    if job.state == "queued":
        return say("waiting, place {place} in the queue", place=job.place)
    if job.rests is not None:
        return say("paused")
    if job.state == "running" and job.place:
        return say("has made way for others for a while, place {place} in the queue", place=job.place)
    if job.state == "running":
        return say("training") if job.attempt < 2 else say("training, attempt {attempt}", attempt=job.attempt)
    return say("failed") if job.state == "failed" else ENDINGS.get(job.history.ending, say("ended"))


def fraction_done(job: jobs.Job) -> float:
    """How much of a training is done, from 0 to 1."""
    done, total = job.batch
    within = done / total if total else 0.0
    return float(min(1.0, (len(job.history.epochs) + within) / max(1, job.total_epochs)))


def _progress(job: jobs.Job) -> str:
    if job.state == "queued":
        return say("Not started yet")
    words = say(
        "Epoch {n} of {total_epochs}",
        n=min(len(job.history.epochs) + 1, job.total_epochs),
        total_epochs=job.total_epochs,
    )
    if job.rests is not None:
        return say("{words} · goes on by itself after {time}", words=words, time=duration_words(job.rests))
    return (
        words
        if job.left is None
        else say("{words} · about {time} left", words=words, time=duration_words(job.left))
    )


def duration_words(seconds: float) -> str:
    """A number of seconds for people."""
    return (
        say("{seconds:.0f} s", seconds=seconds)
        if seconds < 90
        else say("{seconds:.0f} min", seconds=seconds / 60)
    )
