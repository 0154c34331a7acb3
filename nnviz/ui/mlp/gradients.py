"""Gradients beside activations and weights: a digit's deltas, many digits' mean gradient, and dead units."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from nnviz import figures
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.inspection import layer_names
from nnviz.inspection.dense_weights import NotDense, dense_weights
from nnviz.numpy_nn import one_step
from nnviz.numpy_nn.one_step import Weights
from nnviz.ui.shared import caches
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import figure

_MOST_NAMED = 12  # units of a layer


class Mean(NamedTuple):
    """What the judged digits say together.

    Attributes
    ----------
    first
        (784, units) the mean gradient of the first layer's weights.
    dead
        Of each hidden layer the numbers of its dead units, from 1.
    digits
        How many there are.
    """

    first: Array
    dead: tuple[tuple[int, ...], ...]
    digits: int


def weights_of(opened: Opened) -> Weights:
    """The network as the textbook has it, with a digit's share of the weight penalty.

    Of a network that came as a file the penalty is not known for sure: it has none here.

    Raises
    ------
    NotDense
        For a network that is not made of dense layers alone.
    """
    entry = opened.entry
    found = dense_weights(opened.network, {} if entry.brought else entry.card.settings)
    return replace(found, alpha=found.alpha / batch_of(opened))


def batch_of(opened: Opened) -> int:
    """Of how many digits one was in training."""
    return 1 if opened.entry.brought else int(opened.entry.card.settings.get("batch_size", 1))


def mean(opened: Opened) -> Mean | None:
    """Of the digits that the network is judged on; None for a network that is not the textbook's."""
    try:
        weights = weights_of(opened)
    except NotDense:
        return None
    x, labels = opened.split.x_test, opened.split.y_test
    return _mean(*caches.file_of(opened.entry), opened.spec, _weights=weights, _x=x, _labels=labels)


@st.cache_resource(max_entries=32, show_spinner=False)
def _mean(
    path: str, changed: int, epoch: int | None, spec: object, _weights: Weights, _x: Array, _labels: Array
) -> Mean:
    grads, awake = one_step.mean_gradient(_weights, _x, _labels)
    dead = tuple(tuple(int(unit) + 1 for unit in np.flatnonzero(count == 0)) for count in awake)
    return Mean(grads[0], dead, len(_x))


def deltas(opened: Opened, image: Array, label: int | None) -> None:
    """The delta of each hidden layer for a digit, in the arrangement of its activations.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1].
    label
        Which digit it is; without it there is no loss, and nothing but that is said.
    """
    try:
        weights = weights_of(opened)
    except NotDense:
        return
    if not weights.activations:
        return
    if label is None:
        st.caption(
            say(
                "Deltas need to know which digit it is. In the tab “One step” you can say that of "
                "your drawing."
            )
        )
        return
    step = one_step.take_apart(weights, image.ravel(), label)
    with st.container(key="two_beside_mlp_inside_deltas"):
        columns = st.columns(2 + len(weights.activations))
    titles = layer_names.plain_names([(f"layer {i}", "Dense") for i in range(len(weights.coefs))])
    with columns[0]:
        st.markdown(
            say(
                "**Deltas**: how the loss changes with each unit's sum. Orange: a larger sum would be "
                "better. Purple: a smaller one."
            )
        )
    for i, column in enumerate(columns[1:-1]):
        title = say("{layer}: δ", layer=titles[i])
        with column:
            picture = figures.activation_map(step.deltas[i], title=title, delta=True)
            figure(picture, key=f"mlp_inside_delta_{i}", grows=True)
    told = mean(opened)
    with columns[-1]:
        if told:
            tell_dead(told)


def tell_dead(told: Mean) -> None:
    """Name the units that can learn nothing any more from these digits."""
    lines = []
    for i, units in enumerate(told.dead):
        if not units:
            continue
        named = ", ".join(map(str, units[:_MOST_NAMED])) + (" …" if len(units) > _MOST_NAMED else "")
        lines.append(
            say_many(
                len(units),
                "Hidden layer {layer}: unit {named} is dead.",
                "Hidden layer {layer}: {n} units are dead, {named}.",
                layer=i + 1,
                named=named,
            )
        )
    if lines:
        why = say(
            "The slope of a dead unit is 0 for all {n:,} digits: no gradient gets through it.", n=told.digits
        )
        st.caption(" ".join([*lines, why]))
    elif told.dead:
        st.caption(say("No unit is dead: each has a slope for some of the {n:,} digits.", n=told.digits))
