"""The network as a whole, with a digit of your choice in it: the first tab of every kind of network."""

from __future__ import annotations

import streamlit as st

from nnviz import components
from nnviz.core.kinds import KINDS
from nnviz.core.records import Array
from nnviz.inspection import activations
from nnviz.model_store.store import Entry
from nnviz.ui.shared import caches, layer_activations
from nnviz.ui.shared.model_page import Opened


def view(opened: Opened) -> None:
    """A digit, every layer, the answer, and the strongest connections."""
    st.fragment(_view)(opened, f"{opened.entry.card.kind}_network")


def _view(opened: Opened, key: str) -> None:
    images = opened.split.x_test.reshape(-1, 28, 28)
    picked = layer_activations.pick_digit(opened.evaluation, images, key)
    if picked is not None:
        show(opened.entry, *picked, key=f"{key}_picture")


def show(
    entry: Entry,
    image: Array,
    label: int | None,
    title: str,
    *,
    lines: bool = True,
    weights: bool = False,
    key: str,
) -> None:
    """The picture of a network that reads, or draws again, this digit.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1].
    label
        Which digit it is, where that is known.
    lines, weights
        Whether connections, and the first layer's weights, are shown at first.
    """
    program, card = caches.program(entry.name), entry.card
    draws = not KINDS[card.kind].classifies
    components.network_picture(
        components.Slot(card.kind, card.title, draws, program.digest, program.message, program.why),
        image,
        lambda: activations.activations(caches.network(entry.name), image),
        layers=card.layers,
        title=title,
        label=label,
        lines=lines,
        weights=weights,
        key=key,
    )
