"""The slider of epochs: which moment of their training the networks on a page are shown at.

There is one clock for everything that a visitor looks at: epoch 5, or the end. `caches.network`, and all
that is found with it, give a network as it was then; one that kept no epochs is always as it ended. The clock
is in the address, so that a reload and a link show the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import streamlit as st

from nnviz.core.identity import NotYours
from nnviz.core.words import say, say_many
from nnviz.model_store import store
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import Key, actor, may_change, set_epoch, shown_epoch

_END = -1  # as a place of the slider
_EVERY = 0.9  # seconds between two epochs of the play
_SLIDER, _PLAYS, _ASKED = "epochs_slider", "epochs_play", "epochs_asked"


def why_none(entry: Entry) -> str:
    """Why a network has no slider, as a sentence; "" where it has one."""
    try:
        caches.snapshots(entry.name)
    except NoSnapshots as error:
        return str(error)
    except (ModelMissing, ModelRefused) as error:
        return str(error)
    return ""


def slider(entries: Sequence[Entry]) -> None:
    """The slider with its button to play, for the networks on this page; nothing where none kept epochs."""
    kept = {entry.name: list(found) for entry in entries if (found := kept_epochs(entry))}
    if not kept:
        return
    places = [*sorted({epoch for epochs in kept.values() for epoch in epochs}), _END]
    now = shown_epoch()
    if now is not None:
        set_epoch(now)  # in the address of this page too
    now = _END if now is None else max((place for place in places[:-1] if place <= now), default=places[0])
    st.session_state[_SLIDER] = now
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="epochs", wrap=False):
        plays = st.session_state.get(_PLAYS) == list(kept)  # of these networks, and not of another page's
        st.button(
            say("Stop") if plays else say("Play"),
            icon=":material/pause:" if plays else ":material/play_arrow:",
            on_click=_play,
            args=([] if plays else list(kept), places),
            key="epochs_button",
            help=say("Show one epoch of the training after the other."),
        )
        with st.container(key="epochs_place"):
            st.select_slider(
                say("Epoch"),
                places,
                key=_SLIDER,
                format_func=_named,
                on_change=_move,
                label_visibility="collapsed",
            )
    if plays:
        st.fragment(_advance, run_every=_EVERY)(places)


def in_menu(entry: Entry) -> None:
    """In a network's menu: that it has no slider, and why; or how much its epochs take, and their removal."""
    if missing := why_none(entry):
        st.caption(escaped(missing))
        return
    if entry.origin == "shipped" or not may_change(entry.owner):
        return
    kept = caches.snapshots(entry.name)
    size = kept.values.nbytes / 1e6
    with st.expander(say("Kept epochs"), icon=":material/history:", key=f"epochs_kept_{entry.name}"):
        n = len(kept.epochs)
        st.write(say_many(n, "{n} epoch, {size:.1f} MB.", "{n} epochs, {size:.1f} MB.", size=size))
        st.button(
            say("Remove the kept epochs"), on_click=_forget, args=(entry,), key=f"epochs_forget_{entry.name}"
        )


def _forget(entry: Entry) -> None:
    try:
        store.forget_epochs(entry, by=actor())
    except (ModelMissing, ModelRefused, NotYours, OSError) as error:
        st.session_state[Key.NOTICE] = escaped(why(error))
        return
    st.session_state[Key.NOTICE] = say("The epochs are removed. The network is as it was.")


def offer(entries: Sequence[Entry]) -> None:
    """In the menu of the networks on the pad: a switch that shows their slider, or why there is none."""
    there = any(kept_epochs(entry) for entry in entries)
    st.session_state[_ASKED] = there and asked()
    st.toggle(
        say("Show them as they were at an epoch of their training"),
        key=_ASKED,
        on_change=_ask,
        disabled=not there,
    )
    if not there:
        st.caption(say("None of these networks kept the epochs of its training."))


def row(entries: Sequence[Entry]) -> None:
    """On the pad, once it was asked for: the slider, and which epoch each network is of."""
    if not any(kept_epochs(entry) for entry in entries):
        return
    slider(entries)
    words = [
        say("{title}: {when}", title=entry.card.title, when=said(entry) or say("as it ended"))
        for entry in entries
    ]
    st.caption(escaped(" · ".join(words)))


def asked() -> bool:
    """Whether this visitor wants the slider on the pad."""
    return shown_epoch() is not None or bool(st.session_state.get(Key.EPOCHS_ASKED))


def _ask() -> None:
    wanted = bool(st.session_state[_ASKED])
    st.session_state[Key.EPOCHS_ASKED] = wanted
    if not wanted:
        set_epoch(None)


def kept_epochs(entry: Entry) -> tuple[int, ...]:
    """The epochs that a network can be shown at, besides the end; none where it kept none."""
    try:
        return tuple(caches.snapshots(entry.name).epochs.tolist())
    except (NoSnapshots, ModelMissing, ModelRefused):
        return ()


def said(entry: Entry) -> str:
    """What is to be said beside a network that is not shown as it ended: "after epoch 5"."""
    epoch = caches.epoch_of(entry.name)
    if epoch is None:
        return ""
    return say("before its training") if epoch == 0 else say("after epoch {epoch}", epoch=epoch)


def _named(place: int) -> str:
    if place == _END:
        return say("the end")
    return say("the start") if place == 0 else say("epoch {epoch}", epoch=place)


def _move() -> None:
    place = st.session_state[_SLIDER]
    set_epoch(None if place == _END else place)
    st.session_state[_PLAYS] = []


def _play(names: list[str], places: list[int]) -> None:
    """Begin to play for the networks of these names, from the start again where the end is shown; or stop."""
    st.session_state[_PLAYS] = names
    if names and st.session_state.get(_SLIDER, _END) == _END:
        set_epoch(places[0])
    st.session_state[Key.PLAYED] = time.monotonic()


def _advance(places: list[int]) -> None:
    """One epoch further, when its time has come; run again by itself while it plays."""
    if time.monotonic() - st.session_state.get(Key.PLAYED, 0.0) < _EVERY * 0.8:
        return
    st.session_state[Key.PLAYED] = time.monotonic()
    now = shown_epoch()
    later = [place for place in places[:-1] if now is not None and place > now]
    set_epoch(later[0] if later else None)
    if not later:
        st.session_state[_PLAYS] = []
    st.rerun()
