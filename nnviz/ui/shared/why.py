"""From an answer to its causes: pixels, the nearest digits it learned from, the units that decided."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz import components, figures
from nnviz.core.records import Array, Split
from nnviz.core.words import say
from nnviz.data import splits
from nnviz.data.mnist import DataError
from nnviz.evaluation import nearest_neighbours
from nnviz.inference import coding, graph
from nnviz.inference.graph import Network
from nnviz.inspection import causes, saliency
from nnviz.model_store.store import Entry, ModelMissing, ModelRefused
from nnviz.ui.shared import again, caches
from nnviz.ui.shared.show import digit_with_article, escaped, figure

NEAR = 6
_MOST = 5_000  # digits among which neighbours are looked for
_FEWEST, _PRODUCTS = 500, 8 * 10**9  # or as many as a large network reads in some seconds
_CODER = "autoencoder"  # the one that comes with the app


def show(entry: Entry, image: Array, label: int, *, key: str) -> None:
    """Why the network answers as it does, and not with what is right.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1], of a digit that was held back.
    label
        What it is; where that is the answer, the second answer is what it is held against.
    """
    network = caches.network(entry.name)
    answer = network.predict(image)[0]
    ranked = np.argsort(-answer, kind="stable")
    given = int(ranked[0])
    other = label if label != given else int(ranked[1])
    st.markdown(
        "## "
        + say(
            "Why {given} and not {other}?",
            given=digit_with_article(given),
            other=digit_with_article(other),
        )
    )
    with st.container(key=f"two_beside_{key}"):
        left, right = st.columns(2)
    with right:
        _units(network, image, given, other, key)
    with left, st.spinner(say("Reading the digit a thousand times …")):
        method = saliency.METHODS["occlusion"]
        heat = _occlusion(*caches.file_of(entry), caches.digest(image), given, network, image)
        figure(figures.over_digit(image, heat, title=method.title), key=f"{key}_pixels")
        st.caption(method.says.format(digit=given) + " " + method.not_says.format(digit=given))
    _neighbours(entry, network, image, label, key)


def _units(network: Network, image: Array, given: int, other: int, key: str) -> None:
    try:
        found = causes.contributions(network, image, given, other)
    except causes.NoSum as error:
        st.info(escaped(str(error)))
        return
    title = say("Which units decided?")
    figure(
        figures.contribution_bars(found.units, found.bias, title=title, given=given, other=other),
        key=f"{key}_units",
    )
    st.caption(
        say(
            "Each unit of the last hidden layer adds its value times the difference of its two weights. Blue "
            "speaks for the {given}, red for the {other}. With the biases, all of them sum to how far the "
            "{given} is ahead before the softmax.",
            given=given,
            other=other,
        )
    )


def _neighbours(entry: Entry, network: Network, image: Array, label: int, key: str) -> None:
    """The nearest of the digits it learned from, in three ways of telling who is near."""
    st.markdown("## " + say("Which digits it learned from are nearest?"))
    spec = splits.told(entry.card.spec)
    if spec is None:
        st.info(say("Nobody knows which digits this network learned from."))
        return
    try:
        split = caches.split(spec)
    except DataError as error:
        st.info(say("The digits it learned from are not at hand. {error}", error=escaped(str(error))))
        return
    count = _count(network, split)
    found = {say("By their pixels"): _nearest(split.x_train[:count], image.reshape(1, 784))}
    file = caches.file_of(entry)
    try:
        known = _hidden(*file, spec, count, network, split)
        found[say("By the last hidden layer")] = _nearest(known, causes.last_hidden(network, image))
    except causes.NoSum:
        pass  # it is said above
    try:
        coder = caches.network(_CODER, ended=True)
        codes = _codes(spec, count, coder, split)
        found[say("By the autoencoder's code")] = _nearest(codes, coding.encode(coder, image))
    except (ModelMissing, ModelRefused):
        st.caption(say("The autoencoder that comes with the app is not there."))
    rows = [_row(title, split, *each) for title, each in found.items()]
    components.image_rows(rows, [str(place + 1) for place in range(NEAR)], key=f"{key}_neighbours")
    st.caption(
        say(
            "Under each: the label it was learned with, and how far away it is. Distances of different rows "
            "cannot be compared. Looked through were {count:,} of the {n:,} digits it learned from.",
            count=count,
            n=len(split.x_train),
        )
    )
    whole = caches.dataset(spec)
    learned, _ = splits.learned(spec, whole, splits.cut(spec, whole).train)
    near = [again.Near(title, learned[places]) for title, (places, _) in found.items()]
    again.view(entry, spec, near, image, label, key=key)


def _count(network: Network, split: Split) -> int:
    affordable = max(_FEWEST, _PRODUCTS // max(graph.products(network), 1))
    return min(len(split.x_train), _MOST, affordable)


def _nearest(known: Array, own: Array) -> tuple[Array, Array]:
    """Places of the nearest among those that are known, and how far away they are."""
    (near,), (far,) = nearest_neighbours.of_new(known, own, NEAR)
    return near, far


def _row(title: str, split: Split, near: Array, far: Array) -> components.ImageRow:
    pictures = np.zeros((NEAR, 28, 28), np.float32)  # there may be fewer
    pictures[: len(near)] = split.x_train[near].reshape(-1, 28, 28)
    notes = [
        f"{digit_with_article(int(split.y_train[i]))} · {distance:.2f}"
        for i, distance in zip(near, far, strict=True)
    ]
    return components.ImageRow(title, pictures, [*notes, *("–" for _ in range(NEAR - len(near)))])


@st.cache_data(max_entries=1_000, show_spinner=False)
def _occlusion(
    path: str, changed: int, epoch: int | None, image: str, digit: int, _network: Network, _image: Array
) -> Array:
    return saliency.occlusion(_network.predict, _image, digit)


@st.cache_resource(max_entries=16, show_spinner=say("Reading the digits it learned from …"))
def _hidden(
    path: str,
    changed: int,
    epoch: int | None,
    spec: splits.DataSpec,
    count: int,
    _network: Network,
    _split: Split,
) -> Array:
    return causes.last_hidden(_network, _split.x_train[:count])


@st.cache_resource(max_entries=16, show_spinner=say("Squeezing every digit into its code …"))
def _codes(spec: splits.DataSpec, count: int, _coder: Network, _split: Split) -> Array:
    return coding.encode(_coder, _split.x_train[:count])
