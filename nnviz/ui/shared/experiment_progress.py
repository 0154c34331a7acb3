"""Where an experiment stands: how far it is, the bar, and the buttons that stop it and take it up again."""

from __future__ import annotations

import streamlit as st

from nnviz import jobs
from nnviz.core.identity import NotYours
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.history.repository import DatabaseUnavailable, RecordNotFound
from nnviz.jobs import ExperimentStatus
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, address, may_change, whose

BEAT = 1.5  # seconds between two looks at an experiment, of which a class takes thirty
CHANGED = "experiment_changed"  # in the session: something was pressed that the whole page has to hear of


def look(experiment_id: str, was_live: bool) -> ExperimentStatus | None:
    """The experiment as it is now, for a fragment; None, and a sentence on the page, when it is gone.

    When it has begun or ended since the page was drawn, or CHANGED is set, the whole page runs again.
    """
    try:
        standing = jobs.experiment_status(experiment_id)
    except (RecordNotFound, DatabaseUnavailable) as error:
        st.warning(escaped(str(error)))
        return None
    if st.session_state.pop(CHANGED, False) or was_live != standing.live:
        st.rerun()
    return standing


STATES = {
    "running": say("running"),
    "done": say("done"),
    "stopped": say("stopped"),
    "failed": say("failed"),
    "interrupted": say("interrupted"),
}


def head(standing: ExperimentStatus, title: str) -> None:
    """Where it stands, the bar, and what can be done about it."""
    experiment, done = standing.experiment, len(standing.runs)
    missing = experiment.total - sum(not run.failure for run in standing.runs)
    share = say("{done} of {total}", done=done, total=experiment.total)
    told = [escaped(whose(experiment.owner)), STATES[experiment.state], share]
    if experiment.complete:
        told.remove(STATES[experiment.state])  # all of them says it
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            say("**{title}** :small[{told}]", title=escaped(title), told=" · ".join(told)),
            width="content",
        )
        if not may_change(experiment.owner):
            pass  # others look on
        elif standing.live:
            st.button(
                say("Stop"),
                icon=":material/stop_circle:",
                key=f"stop_{experiment.id}",
                on_click=_stop,
                args=(experiment.id,),
                help=say("Ends the experiment; the rows so far are kept, and it can be taken up again."),
            )
        elif missing:
            st.button(
                say("Go on with it"),
                icon=":material/play_arrow:",
                key=f"resume_{experiment.id}",
                on_click=_resume,
                args=(experiment.id,),
                help=say(
                    "Trains the {missing} that are missing; the rows that are there stay.", missing=missing
                ),
            )
    if standing.live:
        st.progress(done / max(1, experiment.total), _progress(standing))
    if experiment.message:
        (st.error if experiment.state == "failed" else st.info)(escaped(experiment.message))


def _progress(standing: ExperimentStatus) -> str:
    done, total = len(standing.runs), standing.experiment.total
    if standing.place:
        return say(
            "{done} of {total} trained · waiting for its turn, place {place} in the queue",
            done=done,
            total=total,
            place=standing.place,
        )
    if not done:
        return say("0 of {total} · the first trainings are under way", total=total)
    words = say("{done} of {total} trained", done=done, total=total)
    return (
        words
        if standing.left is None
        else say("{words} · about {time} left", words=words, time=duration(standing.left))
    )


def _stop(experiment_id: str) -> None:
    try:
        jobs.stop_experiment(experiment_id, by=actor())
    except (RecordNotFound, NotYours, DatabaseUnavailable, jobs.JobMissing) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))


def _resume(experiment_id: str) -> None:
    try:
        jobs.resume_experiment(experiment_id, by=actor(), address=address())
    except (RecordNotFound, NotYours, DatabaseUnavailable, DataError, jobs.JobError) as error:
        st.session_state[Key.NOTICE] = escaped(str(error))
    st.session_state[CHANGED] = True


def duration(seconds: float) -> str:
    """A time in a few words."""
    if seconds < 90:
        return say("{value} s", value=max(1, round(seconds)))
    return (
        say("{seconds:.0f} min", seconds=seconds / 60)
        if seconds < 5400
        else say("{seconds:.1f} h", seconds=seconds / 3600)
    )
