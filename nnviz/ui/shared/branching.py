"""Going on from a network that there is, as it ended or as it was after an epoch, with other settings."""

from __future__ import annotations

import streamlit as st

from nnviz.core.words import say
from nnviz.model_store import store
from nnviz.model_store.parents import Parent
from nnviz.model_store.store import ModelMissing
from nnviz.ui.shared import caches, epochs
from nnviz.ui.shared.state import model_key


def switch(kind: str) -> str:
    """Where the page of that kind keeps whether a training is to go on from its network."""
    return f"{kind}_branch"


def choose(kind: str, parameters: int) -> tuple[Parent | None, str]:
    """A switch that has the training begin with the weights of the network on the page.

    Parameters
    ----------
    parameters
        Of the network that the form asks for.

    Returns
    -------
    tuple[Parent | None, str]
        Where it begins, None for fresh weights; and what is in the way of that, or "".
    """
    try:
        entry = store.find(st.session_state.get(model_key(kind)) or "")
    except ModelMissing:
        return None, ""
    when = epochs.said(entry) or say("as it ended")
    wanted = st.toggle(
        say("Go on from “{title}”, {when}", title=entry.card.title, when=when),
        key=switch(kind),
        help=say("Train on with the weights that it had then. The slider of epochs chooses when."),
    )
    if not wanted:
        return None, ""
    if entry.card.parameters != parameters:
        return None, say(
            "“{title}” has {n:,} parameters. Choose layers of the same sizes, or begin anew",
            title=entry.card.title,
            n=entry.card.parameters,
        )
    return Parent(entry.name, caches.epoch_of(entry.name)), ""
