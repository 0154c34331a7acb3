"""A network on the pad while it is trained: which one, how far it is, and what its owner tells it.

It takes the place of its kind. The address says which it is, so that a reload and a link show the same. Once
it has ended, the finished network has that place.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, cast

import streamlit as st

from nnviz import components
from nnviz.core.identity import NotYours
from nnviz.core.kinds import KINDS, MLP
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, may_change, put_on_pad, whose

if TYPE_CHECKING:
    from nnviz.jobs import Job, Steering

SLOT = "live"  # its name on the pad
_LIVE = ("queued", "running")
_KEY = "live_training"


def settle() -> None:
    """Before anything is drawn: take what has ended off the pad, and put what came of it there."""
    asked = _asked()
    if not asked:
        return
    job = _job(asked)
    if job is not None and job.state in _LIVE and KINDS[job.kind].on_pad and components.served.serving():
        st.query_params[Key.URL_LIVE] = asked
        return
    st.session_state[Key.NOTICE] = _ended(job)
    forget()


def forget() -> None:
    """Have no network in training on the pad any more."""
    st.session_state.pop(Key.URL_LIVE, None)
    st.query_params.pop(Key.URL_LIVE, None)


def _ended(job: Job | None) -> str:
    """What to say of a training that cannot be on the pad, in one line; its network takes its place."""
    if job is None:
        return say("The training of this address is no longer there. The pad has its other networks.")
    title = escaped(job.title)
    if job.state in _LIVE:
        return say("{title} cannot be on the pad while it is trained.", title=title)
    if job.result and KINDS[job.kind].on_pad:
        put_on_pad(job.kind, job.result)
        return say("The training of {title} has ended. The finished network is on the pad.", title=title)
    why = escaped(job.message)
    return say("The training of {title} has ended without a network. {why}", title=title, why=why)


def row() -> None:
    """Above the pad: how far the training on it is, and its buttons; else that one could be on it."""
    job = shown()
    if job is None:
        _offer()
        return
    st.fragment(_row)(job.id, job.title, job.kind, job.owner)


def _row(job_id: str, title: str, kind: str, owner: str) -> None:
    if _asked() != job_id:
        st.rerun()  # it was taken off, or has ended
    components.live_training(
        job_id,
        title,
        digest=_digest(job_id),
        steered=may_change(owner),
        whose=whose(owner),
        batch=say("One batch")
        if kind == MLP.name
        else say("A few batches"),  # as many as TensorFlow is given
        key=f"{_KEY}_{job_id}",
        on_ask=lambda what: _ask(job_id, what),
        on_end=lambda: st.session_state.update({f"{_KEY}_ended": job_id}),
    )
    if st.session_state.pop(f"{_KEY}_ended", "") == job_id:
        st.rerun()  # with `settle`
    if st.session_state.pop(f"{_KEY}_curves", ""):
        st.switch_page(KINDS[kind].page, query_params={Key.URL_JOB.value: job_id})
    if said := st.session_state.pop(f"{_KEY}_said", ""):
        st.warning(escaped(said))


def _ask(job_id: str, what: str) -> None:
    from nnviz import jobs

    if what == "off":
        forget()
    elif what == "curves":
        st.session_state[f"{_KEY}_curves"] = job_id
    else:
        try:
            jobs.steer_job(job_id, cast("Steering", what), by=actor())
        except (NotYours, jobs.JobError, jobs.JobMissing) as error:
            st.session_state[f"{_KEY}_said"] = str(error)


def _offer() -> None:
    """A button for each training of this session that is under way."""
    if not components.served.serving():
        return
    followed = [st.session_state.get(f"{kind}_{Key.URL_JOB}", "") for kind in KINDS if KINDS[kind].on_pad]
    found = [job for each in followed if each and (job := _job(each)) and job.state in _LIVE]
    if not found:
        return
    with st.container(horizontal=True, key="live_offer"):
        for job in found:
            st.button(
                say("Put {title} on the pad while it is trained", title=escaped(job.title)),
                icon=":material/model_training:",
                on_click=show,
                args=(job.id,),
                key=f"{_KEY}_offer_{job.id}",
            )


def show(job_id: str) -> None:
    """Have that training's network on the pad from now on."""
    st.session_state[Key.URL_LIVE] = job_id


def shown() -> Job | None:
    """The training whose network is on the pad; after `settle` only one that is under way."""
    asked = _asked()
    return _job(asked) if asked else None


def kind() -> str:
    """Of which kind it is, "" while there is none."""
    job = shown()
    return job.kind if job else ""


def slot() -> components.Slot | None:
    """It as a network on the pad, which comes to the browser by `components.live_training`."""
    job = shown()
    if job is None:
        return None
    draws = not KINDS[job.kind].classifies
    return components.Slot(SLOT, _title(job), draws, _digest(job.id))


def readings(image: Array, asked: Collection[str] | None) -> list[components.Reading]:
    """What it makes of a digit, (28, 28) in [0, 1], for a browser that does not compute; else nothing."""
    job = shown() if asked and SLOT in asked else None
    if job is None:
        return []
    from nnviz import jobs
    from nnviz.inspection import activations

    look = jobs.look(job.id)
    if look is None:
        return []
    return [components.Reading(SLOT, _title(job), activations.activations(look.network, image))]


def _title(job: Job) -> str:
    return say("{kind} in training", kind=KINDS[job.kind].title)


def _digest(job_id: str) -> str:
    return f"live-{job_id}"


def _asked() -> str:
    """The id of the training that the address, or else this session, has on the pad."""
    if told := st.query_params.get(Key.URL_LIVE, ""):
        st.session_state[Key.URL_LIVE] = told
    return str(st.session_state.get(Key.URL_LIVE, ""))


def _job(job_id: str) -> Job | None:
    from nnviz import jobs  # late: most who draw have no training

    try:
        found = jobs.find_job(job_id)
    except jobs.JobMissing:
        return None
    return found if found.kind in KINDS else None
