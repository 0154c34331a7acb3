"""One digit as four representations have it: principal components, two hidden layers, and a code."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz import figures
from nnviz.core.kinds import MLP
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.inference import coding
from nnviz.model_store import store
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.autoencoder.lesson import MISFITS, Opened
from nnviz.ui.shared import caches, layer_activations, model_menu
from nnviz.ui.shared.show import digit_with_article, escaped, figure


def view(opened: Opened) -> None:
    """A digit that none of them has learned from, or the drawing."""
    st.fragment(_view)(opened)


def _view(opened: Opened) -> None:
    there = {entry.name: entry for entry in store.entries(MLP.name) if entry.card.layers}
    if not there:
        st.info(say("There is no MLP with hidden layers yet. Train one on its page."))
        return
    name = st.selectbox(
        say("The network whose hidden layers are shown"),
        list(there),
        index=list(there).index(MLP.default) if MLP.default in there else 0,
        format_func=lambda one: model_menu.label(there[one]),
        key="alike_model",
        width=500,
    )
    try:
        picked = _pick(opened, there[str(name)])
        if picked is None:
            return
        image, title = picked
        values = caches.network(str(name)).forward(image)
    except (DataError, ModelMissing, ModelRefused) as error:
        st.error(escaped(str(error)))
        return
    hidden = list(values.items())[1:-1]
    projection = opened.projection
    rows = [
        (say("PCA ({n})", n=len(projection.directions)), projection.encode(image)[0]),
        *(
            (say("Hidden layer {n} ({shape})", n=n, shape=each.shape[1]), each[0])
            for n, (_, each) in enumerate(hidden, start=1)
        ),
        (say("Code ({size})", size=opened.size), coding.encode(opened.model, image)[0]),
    ]
    columns = st.columns(1 + len(rows))
    with columns[0]:
        figure(figures.digit_picture(image, title=title), key="alike_digit")
    for i, (column, (words, numbers)) in enumerate(zip(columns[1:], rows, strict=True)):
        with column:
            figure(figures.activation_map(numbers, title=words), key=f"alike_{i}")


def _pick(opened: Opened, entry: Entry) -> tuple[Array, str] | None:
    """The digit, (28, 28) float32 in [0, 1], and its title; None, and a hint, without any."""
    places = held_back(opened, entry)
    if not len(places):
        st.info(say("There is no digit that both networks have not learned from: choose another one."))
        return None
    key = f"autoencoder_alike_{opened.entry.name}_{entry.name}"
    labels, errors = opened.split.y_test[places], opened.errors[places]
    worst = np.argsort(-errors, kind="stable")[: max(1, len(places) // 20)]
    picked = layer_activations.pick_among(labels, MISFITS, worst, opened.images[places], key)
    if picked is None:
        return None
    image, position = picked
    if position is None:
        return image, say("Yours")
    return image, digit_with_article(labels[position]).capitalize()


def held_back(opened: Opened, entry: Entry) -> Array:
    """Positions of the opened autoencoder's held-back digits that the other has not learned from, either.

    Raises
    ------
    DataError
        When the digits are not on this computer.
    """
    spec, _ = caches.judge_by(entry.card.spec)
    other = caches.split(spec)
    everyone = np.arange(len(opened.images))
    if other.digest != opened.split.digest:
        return everyone  # digits of other data sets are other digits
    return everyone[np.isin(opened.split.test_index, other.test_index)]
