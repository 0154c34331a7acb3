"""The tab "Workbench": a network changed by hand, with the answer and the score that follow."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.graph import Part
from nnviz.ui.shared import caches, changed, fooling, layer_activations
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import escaped

JUDGES = 500  # held-back digits that are read again after every change


def view(opened: Opened) -> None:
    """Choose a digit, change the network, and see what follows."""
    st.fragment(_view)(opened)


def _view(opened: Opened) -> None:
    card = opened.entry.card
    key = f"{card.kind}_workbench"
    program = caches.program(opened.entry.name)
    if not program.digest:
        st.info(escaped(program.why))
        return
    if not any(_changeable(part) for part in caches.network(opened.entry.name).parts):
        st.info(say("None of this network's layers has weights that can be changed here."))
        return
    images = opened.split.x_test.reshape(-1, 28, 28)
    picked = layer_activations.pick_digit(opened.evaluation, images, key)
    if picked is None:
        return
    image, label, _ = picked
    digits, labels = judges(opened.split.x_test, opened.split.y_test)
    components.workbench(
        components.Slot(card.kind, card.title, False, program.digest, program.message, layers=card.layers),
        np.asarray(image, np.float32),
        label,
        digits,
        labels,
        key=f"{key}_bench",
        on_keep=lambda text: changed.take(opened.entry, text, key=f"{key}_kept"),
    )
    changed.view(opened.entry, key=f"{key}_kept")
    st.caption(
        say(
            "The score counts {n} digits, of {judged_on}. The network itself stays as it is.",
            n=len(labels),
            judged_on=escaped(opened.judged_on),
        )
    )
    fooling.view(opened.entry, image, label, key=f"{card.kind}_fool")


def _changeable(part: Part) -> bool:
    """Whether the workbench offers that layer, as `workbench.js` does."""
    return "kernel" in part.weights and part.kind != "Conv2DTranspose"


def judges(digits: Array, labels: Array) -> tuple[Array, Array]:
    """At most 500 of these digits, taken at even distances, which keeps the mix of their classes."""
    n = len(labels)
    chosen = np.arange(min(n, JUDGES)) * n // min(n, JUDGES) if n else np.arange(0)
    return digits[chosen].reshape(len(chosen), -1), labels[chosen]
