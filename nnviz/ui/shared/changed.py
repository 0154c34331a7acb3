"""A network that was changed by hand on the workbench, kept as one of the visitor's own, and trained on."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import streamlit as st

from nnviz.core import kinds
from nnviz.core.identity import Actor
from nnviz.core.json_records import clean
from nnviz.core.records import History, ModelCard, Split
from nnviz.core.words import say, say_many
from nnviz.data import splits
from nnviz.data.mnist import DataError
from nnviz.evaluation import metrics
from nnviz.inference import changes
from nnviz.inference.changes import ChangesRefused
from nnviz.inference.graph import Network
from nnviz.model_store import cards, formats, store
from nnviz.model_store.parents import Parent
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import branching, caches, settings_form, training
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import actor, model_key

# What makes the layers of a CNN, and what the form of trainings calls it.
_CNN = {"kernel_size": "kernel", "filters": "filters", "dense": "dense"}


class _Said(NamedTuple):
    """What became of a list of changes: the name of the network, or why there is none."""

    of: str
    text: object
    name: str
    refused: str


def take(entry: Entry, text: object, *, key: str) -> None:
    """Keep what the browser sent, once; `view` says what became of it."""
    digest = caches.program(entry.name).digest
    before: _Said | None = st.session_state.get(key)
    if before and before.name and (before.of, before.text) == (digest, text) and _there(before.name):
        return
    try:
        asked = changes.read(text, digest)
        made = changes.carried_out(caches.network(entry.name), asked)
        spec, words = splits.judge_by(entry.card.spec)
        kept = keep(
            entry, made, len(asked), caches.split(spec), words, epoch=caches.epoch_of(entry.name), by=actor()
        )
        st.session_state[key] = _Said(digest, text, kept.name, "")
    except (ChangesRefused, DataError, ModelMissing, ModelRefused, OSError) as error:
        st.session_state[key] = _Said(digest, "", "", why(error))


def keep(
    entry: Entry, made: Network, n: int, judges: Split, words: str, *, epoch: int | None, by: Actor
) -> Entry:
    """Keep a network that was made of another one by hand, with a score of its own.

    Parameters
    ----------
    n
        How many changes it was made by.
    judges
        Its test digits judge the network.
    words
        For these digits.
    epoch
        Of its parent; None for the end of the training.

    Raises
    ------
    ModelRefused
        When there is no room, when its sums would overflow, or its answers cannot be judged.
    ModelMissing
        When the parent is gone.
    OSError
        When the disk cannot take it.
    """
    current = store.find(entry.name)
    packed = formats.format_of(current.path.name).with_network(current.path.read_bytes(), made)
    try:
        found = metrics.evaluate(judges.y_test, made.predict(judges.x_test))
    except ValueError as error:
        raise ModelRefused(
            say("The answers of this network are no probabilities: it cannot be judged.")
        ) from error
    card = _card(current.card, str(Parent(entry.name, epoch)), n)
    # As `cards.score` looks for it.
    judged = "embedded" if card.spec.get("source") == "honest" else "test"
    card = dataclasses.replace(
        card,
        n_test=len(judges.y_test),
        metrics={f"{judged}_accuracy": found.accuracy, f"{judged}_loss": found.loss},
        measured_on=clean(words, 600),
    )
    return store.put(packed, current.path.suffix, card, "saved", owner=by.owner, brought=current.brought)


def _card(parent: ModelCard, told: str, n: int) -> ModelCard:
    note = say_many(
        n,
        "Changed by hand: {n} change to “{title}” ({told}). It was not trained since.",
        "Changed by hand: {n} changes to “{title}” ({told}). It was not trained since.",
        title=parent.title,
        told=told,
    )
    ending = say(", changed by hand")
    title = clean(parent.title, 80 - len(ending)).removesuffix(ending) + ending
    history = History((), "finished", note)
    return dataclasses.replace(parent, title=title, created=cards.now(), note=note, history=history)


def view(entry: Entry, *, key: str) -> None:
    """What became of the changes that were sent last, and what can be done with the kept network."""
    said: _Said | None = st.session_state.get(key)
    if said is None or said.of != caches.program(entry.name).digest:
        return
    if said.refused:
        st.error(escaped(said.refused))
        return
    kept = _there(said.name)
    if kept is None:
        return
    st.success(
        say(
            "Kept as “{title}”: {score}. {note}",
            title=escaped(kept.card.title),
            score=cards.score_text(kept.card),
            note=escaped(kept.card.note),
        )
    )
    with st.container(horizontal=True):
        opens = st.button(
            say("Open it"), icon=":material/open_in_new:", on_click=_open, args=(kept,), key=f"{key}_open"
        )
        repairs = can_be_repaired(kept.card) and st.button(
            say("Repair: train on from it"),
            icon=":material/build:",
            on_click=_repair,
            args=(kept,),
            key=f"{key}_repair",
        )
    if opens or repairs:
        st.rerun()


def can_be_repaired(card: ModelCard) -> bool:
    """Whether the form of trainings can ask for its layers."""
    if card.kind == kinds.CNN.name:
        return set(_CNN) <= set(card.settings)
    sizes = card.settings.get("hidden_layer_sizes", ())
    return len(sizes) <= settings_form.MOST_LAYERS and all(
        units <= settings_form.MOST_UNITS for units in sizes
    )


def _there(name: str) -> Entry | None:
    try:
        return store.find(name)
    except ModelMissing:
        return None


def _open(kept: Entry) -> None:
    st.session_state[model_key(kept.card.kind)] = kept.name


def _repair(kept: Entry) -> None:
    """Open it with the form of trainings, which goes on from it with layers of the same sizes."""
    _open(kept)
    if kept.card.kind == kinds.CNN.name:
        for setting, field in _CNN.items():
            st.session_state[f"{kinds.CNN.name}_set_{field}"] = kept.card.settings[setting]
    else:
        settings_form.fit(f"{kinds.MLP.name}_set_", kept.card.settings)
    st.session_state[branching.switch(kept.card.kind)] = True
    st.session_state[f"{kept.card.kind}_section"] = training.TRAIN
