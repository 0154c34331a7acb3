"""The code of a digit: its numbers as bars to be pulled, and the way from one digit's code to another's."""

from __future__ import annotations

from typing import Literal

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.components import Panel
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import browser, coding, graph
from nnviz.model_store.store import ModelMissing, ModelRefused
from nnviz.ui.autoencoder import lesson
from nnviz.ui.autoencoder.lesson import Opened
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import escaped

_ALIKE = (4, 9)  # what lies between two digits of this kind is a stroke of a pen, too


def bars(opened: Opened) -> None:
    """Movable bars; the decoded digit follows in the browser."""
    st.fragment(_show)(opened, "bars")


def morph(opened: Opened) -> None:
    """Two digits and a slider between them."""
    st.fragment(_show)(opened, "morph")


def _show(opened: Opened, mode: Literal["bars", "morph"]) -> None:
    try:
        decoder = browser.program_of(caches.network(opened.entry.name).decoder())
    except browser.NotForBrowsers as error:
        st.info(say("The decoder {error}: choose another network.", error=error))
        return
    except (ModelMissing, ModelRefused) as error:
        st.error(escaped(str(error)))
        return
    picked = _picked(opened, mode)
    if any(each is None for each in picked):
        return
    images = np.stack([each[0] for each in picked if each])
    labels = [each[2] for each in picked if each]
    projection = opened.projection
    panels = [
        Panel(
            say("Autoencoder, {size} numbers", size=opened.size),
            decoder,
            coding.encode(opened.model, images),
            opened.codes,
        ),
        Panel(
            say("PCA, {n} numbers", n=len(projection.directions)),
            browser.program_of(graph.linear(projection.directions, projection.mean)),
            projection.encode(images),
            projection.encode(opened.images),
        ),
    ]
    components.code_sliders(images, labels, panels, mode=mode, key=f"autoencoder_{mode}")


def _picked(opened: Opened, mode: str) -> list[tuple[Array, int | None, str] | None]:
    """The digit whose code is shown, or the two with a way between them."""
    if mode == "bars":
        return [lesson.pick_one(opened, "autoencoder_bars")]
    found = []
    for end, words, label in zip(("from", "to"), (say("From"), say("To")), _ALIKE, strict=True):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{words}**", width=60)
            found.append(lesson.pick_one(opened, f"morph{end}_digit", first=label))
    return found
