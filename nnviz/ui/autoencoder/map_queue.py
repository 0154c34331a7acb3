"""Maps that are not there yet: asked for, followed, stopped, and found again by the page's address."""

from __future__ import annotations

import re

import streamlit as st

from nnviz import jobs
from nnviz.core.identity import NotYours
from nnviz.core.kinds import AUTOENCODER
from nnviz.core.words import say
from nnviz.data.splits import DataSpec
from nnviz.jobs import EmbeddingSpec, EmbeddingStatus
from nnviz.model_store import store
from nnviz.representations import embedding
from nnviz.representations.embedding import METHODS
from nnviz.ui.autoencoder.coded import DIGITS, EncodedDigits
from nnviz.ui.autoencoder.lesson import Opened
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, actor, address, may_change, model_key, owner, whose

NAME = say("Map")  # of the section
LEAST, GREATEST = 1.0, 99_999.0  # of what a method is told
BEAT = 0.4  # seconds between two looks at a map on its way
_ASKED = re.compile(r"([\w-]{1,80})\.(all|some|[0-9a-f]{16})\.(\w{1,8})\.(\d{1,6}(?:\.\d{1,6})?)\.(\d{1,10})")
_ARRIVED = "code_map_arrived"  # the address that this session has followed


def restore_from_url() -> None:
    """Open the page at the map that its address names, if it names one. Before any widget is drawn."""
    name = st.query_params.get(Key.URL_MAP, "")
    if not name or st.session_state.get(_ARRIVED) == name:
        return
    st.session_state[_ARRIVED] = name
    asked = _ASKED.fullmatch(name)
    known = {entry.name for entry in store.entries(AUTOENCODER.name)}
    if asked is None or asked[1] not in known or asked[3] not in METHODS:
        del st.query_params[Key.URL_MAP]
        gone = store.fate(asked[1]) if asked is not None and asked[1] not in known else ""
        st.warning(
            escaped(say("The map in this page's address is not known here. {gone}", gone=gone).strip())
        )
        return
    model, digits, method, value, seed = asked.groups()
    if digits not in DIGITS:
        st.session_state[Key.UPLOAD] = DataSpec("upload", digest=digits)
        digits = "own"
    st.session_state.update(
        {
            model_key(AUTOENCODER.name): model,
            "autoencoder_section": NAME,
            "code_map_method": method,
            "code_map_digits": digits,
            f"code_map_{method}": min(max(float(value), LEAST), GREATEST),
            "code_map_seed": min(int(seed), 2**32 - 1),
        }
    )


def _address(opened: Opened, digits: str, wanted: EmbeddingSpec) -> str:
    """What the page's address says of a map; `arrive` reads it."""
    if digits == "own":
        digits = st.session_state[Key.UPLOAD].digest
    return f"{opened.entry.name}.{digits}.{wanted.method}.{wanted.value:g}.{wanted.seed}"


def follow_embedding(wanted: EmbeddingSpec) -> bool:
    """Show the map that is on its way for this user, or else the wanted one; whether that is on its way."""
    own = jobs.embedding_of_owner(*actor().names)
    status = own or jobs.embedding_status(wanted)
    if status is None or not status.job.live:
        return False
    mine = own is not None or may_change(status.job.owner)
    st.fragment(_progress, run_every=BEAT)(status.spec, mine=mine)
    return status.spec == wanted


def offer_embedding(opened: Opened, coded: EncodedDigits, digits: str, wanted: EmbeddingSpec) -> None:
    """Why there is no map to see, and the button that has it drawn, where it can be.

    Parameters
    ----------
    digits
        By their name in `coded.DIGITS`.
    """
    busy = jobs.embedding_of_owner(*actor().names) is not None
    refused = ""
    try:
        embedding.check(wanted.method, coded.codes, wanted.value)
    except ValueError as error:
        refused = str(error)
    if refused:
        st.warning(escaped(refused))
    elif busy:
        st.info(say("Another map of yours is being drawn. Wait for it or stop it, then draw this one."))
    else:
        if not opened.trained:
            st.warning(say("This network has not learned for one whole epoch. So its map means nothing."))
        st.info(
            say(
                "This map of {n:,} digits has not been drawn yet. It is drawn in the background (5,000 "
                "digits take about a minute) and kept.",
                n=len(coded.digits),
            )
        )
    before = jobs.embedding_status(wanted)
    if before and before.job.state == "failed":
        st.error(escaped(before.job.message))
    if st.button(
        say("Draw this map"),
        type="primary",
        icon=":material/play_arrow:",
        disabled=bool(refused) or busy,
        key="code_map_draw",
    ):
        try:
            jobs.start_embedding(wanted, coded.codes, owner=owner(), address=address())
        except jobs.JobError as error:
            st.error(escaped(str(error)))
            return
        st.query_params[Key.URL_MAP] = st.session_state[_ARRIVED] = _address(opened, digits, wanted)
        st.rerun()


def _progress(wanted: EmbeddingSpec, *, mine: bool) -> None:
    status = jobs.embedding_status(wanted)
    if status is None or not status.job.live:
        st.rerun()
    how = METHODS[wanted.method]
    with st.container(border=True, key="code_map_progress"):
        head, button = st.columns([5, 1], vertical_alignment="center")
        named = say(
            "**{title}, {parameter} {value:g}, seed {seed}**",
            title=how.title,
            parameter=how.parameter,
            value=wanted.value,
            seed=wanted.seed,
        )
        head.markdown(
            say("{named} · {whose} · being drawn", named=named, whose=escaped(whose(status.job.owner)))
        )
        if mine:
            button.button(
                say("Stop"),
                icon=":material/stop_circle:",
                key="code_map_stop",
                on_click=_stop,
                args=(wanted,),
                width="stretch",
            )
        done, total = status.job.batch
        st.progress(min(1.0, done / max(1, total)), _standing(status))


def _stop(wanted: EmbeddingSpec) -> None:
    try:
        jobs.stop_embedding(wanted, by=actor())
    except NotYours as error:
        st.session_state[Key.NOTICE] = escaped(str(error))
        return
    st.query_params.pop(Key.URL_MAP, None)


def _standing(status: EmbeddingStatus) -> str:
    job = status.job
    done, total = job.batch
    if job.state == "queued":
        return say("Waiting, place {place} in the queue", place=job.place)
    if not total:
        return job.message  # that it waits for a worker, or for another one
    if not done:
        slow = say(" (UMAP's first map after a start: half a minute)") if status.spec.method == "umap" else ""
        return say("Getting ready{slow} …", slow=slow)
    words = say("Step {done:,} of {total:,}", done=done, total=total)
    return words if job.left is None else say("{words} · about {left:.0f} s left", words=words, left=job.left)
