"""What a brought network wants of its digits: said where it reads ours at chance, and set by a button."""

from __future__ import annotations

import streamlit as st

from nnviz.core import kinds
from nnviz.core.identity import NotYours
from nnviz.core.records import Evaluation
from nnviz.core.words import say
from nnviz.inference import answers, own_input
from nnviz.inference.graph import Network
from nnviz.inference.own_input import AS_IT_IS, OwnInput
from nnviz.inspection import input_fit
from nnviz.inspection.input_fit import Fit
from nnviz.model_store import store
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import escaped, why
from nnviz.ui.shared.state import Key, actor, may_change


def remark(entry: Entry) -> str:
    """What was done to a brought network so that it can be used here, in sentences; "" of most."""
    if not entry.brought:
        return ""
    said = [answers.REMARKS[layer.name] for layer in entry.card.layers if layer.name in answers.REMARKS]
    if not entry.card.n_train:
        said.append(entry.card.note.removeprefix(store.WITHOUT_CARD).strip())
    return escaped(" ".join(said).strip())


def view(entry: Entry, evaluation: Evaluation) -> None:
    """A line below the head of the page, for a network that other digits suit, or that is given others."""
    if entry.origin == "shipped" or kinds.kind_of(entry.card.kind).library != "keras":
        return
    network = caches.network(entry.name, ended=True)
    own = own_input.input_of(network)
    if own != AS_IT_IS:
        _line(entry, say("This network is given its digits {words}.", words=own.words), AS_IT_IS)
    elif evaluation.accuracy <= input_fit.CHANCE and caches.epoch_of(entry.name) is None:
        found = _fit(*caches.file_of(entry), network)
        if found.worth_telling:
            said = say(
                "As they are here, this network reads {now:.0%} of the digits. Given them {words}, it reads "
                "{best:.0%}: it must have learned from such digits.",
                now=found.now_right,
                words=found.best.words,
                best=found.best_right,
            )
            _line(entry, said, found.best)


def _line(entry: Entry, said: str, other: OwnInput) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="input_hint"):
        st.markdown(escaped(said), width="content")
        pressed = may_change(entry.owner) and st.button(
            say("Give it digits as they are") if other == AS_IT_IS else say("Give it such digits"),
            icon=":material/swap_horiz:",
            key="input_hint_give",
        )
    if pressed:
        with st.spinner(say("Writing the network anew …")):
            _give(entry, other)
        st.rerun()


def _give(entry: Entry, own: OwnInput) -> None:
    try:
        store.give_input(entry, own, by=actor())
    except (ModelMissing, ModelRefused, NotYours, OSError) as error:
        st.session_state[Key.NOTICE] = why(error)


@st.cache_data(max_entries=64, show_spinner=say("Trying which digits this network reads …"))
def _fit(path: str, changed: int, epoch: int | None, _network: Network) -> Fit:
    return input_fit.fit(_network)
