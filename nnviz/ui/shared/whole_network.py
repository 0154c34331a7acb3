"""The network as a whole, with a digit of your choice in it: the first tab of every kind of network."""

from __future__ import annotations

import streamlit as st

from nnviz.ui.shared import layer_activations, network_view
from nnviz.ui.shared.model_page import Opened


def view(opened: Opened) -> None:
    """A digit, every layer, the answer, and the strongest connections."""
    st.fragment(_view)(opened, f"{opened.entry.card.kind}_network")


def _view(opened: Opened, key: str) -> None:
    images = opened.split.x_test.reshape(-1, 28, 28)
    picked = layer_activations.pick_digit(opened.evaluation, images, key)
    if picked is not None:
        network_view.show(opened.entry, *picked, key=f"{key}_picture")
