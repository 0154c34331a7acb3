"""One of the networks on the pad as a whole, reading what is drawn."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz.model_store.store import ModelMissing, ModelRefused
from nnviz.ui.pad import networks
from nnviz.ui.shared import network_view
from nnviz.ui.shared.state import Key, digit


@st.fragment
def panel() -> None:
    """Nothing until one is chosen: so that the pad is there first, and the line is free for it."""
    there = networks.titled()
    if not there:
        return
    chosen = st.segmented_control(
        "See a whole network read your drawing, with the connections that made its answer",
        list(there),
        key="pad_whole",
        wrap=True,
    )
    if chosen not in there:
        return
    drawn = digit()
    image = np.zeros((28, 28), np.float32) if drawn is None else drawn
    try:
        network_view.show(
            there[chosen], image, None, "your drawing", follows=Key.PAD, key=f"pad_whole_{chosen}"
        )
    except (ModelMissing, ModelRefused) as error:
        st.warning(str(error))
