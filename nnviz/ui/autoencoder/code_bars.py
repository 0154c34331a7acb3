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
from nnviz.ui.autoencoder.lesson import Opened
from nnviz.ui.shared import caches
from nnviz.ui.shared.show import digit_with_article, escaped
from nnviz.ui.shared.state import digit

_MISFITS = 6
_ALIKE = (4, 9)  # what lies between two digits of this kind is a stroke of a pen, too


def bars(opened: Opened) -> None:
    """Movable bars; the decoded digit follows in the browser."""
    _show(opened, "bars")


def morph(opened: Opened) -> None:
    """Two digits and a slider between them."""
    _show(opened, "morph")


def _show(opened: Opened, mode: Literal["bars", "morph"]) -> None:
    try:
        decoder = browser.program_of(caches.network(opened.entry.name).decoder())
    except browser.NotForBrowsers as error:
        st.info(say("The decoder {error}: choose another network.", error=error))
        return
    except (ModelMissing, ModelRefused) as error:
        st.error(escaped(str(error)))
        return
    if digit() is None:
        st.caption(say("Draw a digit on the pad. Then it is here among the others."))
    images, labels = _digits(opened)
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
    pair = [labels.index(each) for each in map(digit_with_article, _ALIKE) if each in labels]
    first = (pair[0], pair[1]) if mode == "morph" and len(pair) == 2 else (0, 1)
    components.code_sliders(images, labels, panels, mode=mode, first=first, key=f"autoencoder_{mode}")


def _digits(opened: Opened) -> tuple[Array, list[str]]:
    """The drawing, if there is one; the first held-back digit of each kind; and the greatest misfits."""
    labels = opened.split.y_test
    firsts = [int(np.flatnonzero(labels == d)[0]) for d in np.unique(labels)]
    misfits = [int(i) for i in np.argsort(-opened.errors, kind="stable")[:_MISFITS]]
    images = list(opened.images[firsts + misfits])
    words = [digit_with_article(labels[i]) for i in firsts] + [
        say("{digit}, a misfit", digit=digit_with_article(labels[i])) for i in misfits
    ]
    drawn = digit()
    if drawn is not None:
        images, words = [drawn, *images], [say("your drawing"), *words]
    return np.stack(images), words
