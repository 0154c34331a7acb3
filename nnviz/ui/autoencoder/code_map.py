"""Thousands of codes in two dimensions: a map to point at, its digits opened, new maps drawn meanwhile."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import streamlit as st

from nnviz import components as canvas
from nnviz import figures, jobs
from nnviz.components import HighlightedPoint, ImageRow
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.data import mnist
from nnviz.data.mnist import DataError
from nnviz.evaluation import nearest_neighbours
from nnviz.inference import coding
from nnviz.jobs import EmbeddingSpec
from nnviz.keras_models import autoencoder
from nnviz.representations import embedding
from nnviz.representations.embedding import METHODS, Map
from nnviz.ui.autoencoder import map_queue
from nnviz.ui.autoencoder.coded import DIGITS, NEAR, EncodedDigits, encode_digits
from nnviz.ui.autoencoder.lesson import Opened
from nnviz.ui.pad import networks
from nnviz.ui.shared import model_page
from nnviz.ui.shared.show import digit_with_article, escaped, figure
from nnviz.ui.shared.state import Key, digit


def view(opened: Opened) -> None:
    """The map of this autoencoder's codes."""
    st.fragment(_view)(opened)


def _view(opened: Opened) -> None:
    method, name, value, seed = _form()
    try:
        coded = encode_digits(opened, name)
    except DataError as error:
        st.error(escaped(str(error)))
        return
    wanted = EmbeddingSpec(coded.of, method, value, seed)
    on_its_way = map_queue.follow_embedding(wanted)
    drawn = _drawn(wanted, coded)
    if drawn is not None:
        _show(opened, coded, drawn, wanted)
    elif not on_its_way:
        map_queue.offer_embedding(opened, coded, name, wanted)


def _form() -> tuple[str, str, float, int]:
    """Method, digits, the method's own number (0 for none) and seed."""
    # Not as the widgets' own: the page's address may have said something else.
    for name, first in {"method": "tsne", "seed": 42, **{m.name: m.value for m in METHODS.values()}}.items():
        st.session_state.setdefault(f"code_map_{name}", first)
    there = [name for name in DIGITS if name != "own" or Key.UPLOAD in st.session_state]
    with st.container(key="two_beside_code_map"):
        left, middle, *numbers = st.columns([3, 3, 2, 2], vertical_alignment="bottom")
    with left:
        method = st.segmented_control(
            say("Drawn by"),
            list(METHODS),
            format_func=lambda name: METHODS[name].title,
            required=True,
            key="code_map_method",
            persist_state="session",
        )
    with middle:
        digits = st.selectbox(
            say("Digits on the map"),
            there,
            format_func=lambda name: DIGITS[name],
            key="code_map_digits",
            persist_state="session",
        )
    how = METHODS[str(method)]
    value, seed = how.value, 42
    if how.parameter:
        with numbers[0]:
            value = _number(
                how.parameter.capitalize(),
                map_queue.LEAST,
                map_queue.GREATEST,
                how.name,
                step=1.0,
                format="%g",
            )
        with numbers[1]:
            seed = _number(say("Seed of the map"), 0, 2**32 - 1, "seed")
    st.caption(how.note)
    return how.name, str(digits), float(value), int(seed)


def _number(label: str, low: Any, high: Any, key: str, **more: Any) -> Any:
    return st.number_input(label, low, high, key=f"code_map_{key}", persist_state="session", **more)


def _drawn(wanted: EmbeddingSpec, coded: EncodedDigits) -> Map | None:
    """The map if it is there; the plane is found at once."""
    found = jobs.find_embedding(wanted)
    if found is None and wanted.method == "pca":
        try:
            return _plane(wanted.of, coded.codes)
        except ValueError:
            return None  # what is wrong is said where a map is asked for
    return found


@st.cache_resource(max_entries=16, show_spinner=False)
def _plane(of: str, _codes: Array) -> Map:
    return embedding.draw("pca", _codes)


def _show(opened: Opened, coded: EncodedDigits, drawn: Map, wanted: EmbeddingSpec) -> None:
    n = len(coded.digits)
    star = _star(opened, coded, drawn, wanted)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        chosen = canvas.embedding_map(
            coded.digits,
            drawn.points,
            coded.near[:, : nearest_neighbours.VOTERS],
            title=say("{title} of {size} numbers", title=METHODS[drawn.method].title, size=opened.size),
            star=star,
            key="code_map",
        )
        canvas.send_digits(coded.digits, key="code_map_album")
        st.caption(_caption(drawn, star, n))
    image, label, title = _chosen(coded, chosen, star)
    with right:
        if image is None:
            st.info(say("Press a dot: its digit opens here."))
            if star is None:
                st.caption(say("Draw a digit on the pad. Then it is on the map as a star."))
        else:
            _closer(opened, image, label, title)
    if image is not None:
        _neighbours(opened, coded, image, chosen or 0, title)
    _separation(opened, coded, drawn, wanted)


def _caption(drawn: Map, star: HighlightedPoint | None, n: int) -> str:
    how = METHODS[drawn.method]
    words = say_many(n, "{n:,} digit. ", "{n:,} digits. ")
    if how.parameter:
        words += say(
            "{parameter} {value:g}, seed {seed}; ",
            parameter=how.parameter.capitalize(),
            value=drawn.value,
            seed=drawn.seed,
        )
        words += say("drawn in {seconds:.0f} s. ", seconds=drawn.seconds)
    words += say("Lines go to a digit's five nearest neighbours by all numbers of the code. ")
    return words + (say("The star is your drawing.") if star is not None else "")


def _star(opened: Opened, coded: EncodedDigits, drawn: Map, wanted: EmbeddingSpec) -> HighlightedPoint | None:
    image = digit()
    if image is None or not image.any():
        return None
    name = hashlib.sha256(image.tobytes()).hexdigest()
    return _placed(wanted.name, name, opened, coded, drawn, image)


@st.cache_resource(max_entries=64, show_spinner=False)
def _placed(
    map_: str, image: str, _opened: Opened, _coded: EncodedDigits, _drawn: Map, _image: Array
) -> HighlightedPoint:
    code = coding.encode(_opened.model, _image)
    positions, _ = nearest_neighbours.of_new(_coded.codes, code, nearest_neighbours.VOTERS)
    return HighlightedPoint(embedding.place(_drawn, _coded.codes, code)[0], _image, positions[0])


def _chosen(
    coded: EncodedDigits, chosen: int | None, star: HighlightedPoint | None
) -> tuple[Array | None, int | None, str]:
    """The digit that is open, its label where it has one, and what it is called."""
    if chosen is None:
        return None, None, ""
    if chosen == len(coded.digits):
        return (star.image, None, say("Your drawing")) if star is not None else (None, None, "")
    label = int(coded.digits.labels[chosen])
    image = mnist.to_rows(coded.digits.images[chosen : chosen + 1]).reshape(28, 28)
    return (
        image,
        label,
        say("{digit}, number {chosen:,}", digit=digit_with_article(label).capitalize(), chosen=chosen + 1),
    )


def _closer(opened: Opened, image: Array, label: int | None, title: str) -> None:
    """The digit, its reconstruction, and what the networks on the pad say of it."""
    again = coding.reconstruct(opened.model, image)[0]
    error = float(autoencoder.errors(image, again)[0])
    pictures = [
        figures.digit_picture(image, title=say("The digit"), height=250),
        figures.digit_picture(again, title=say("Drawn again"), height=250),
    ]
    st.markdown(f"## {title}")
    bars = [
        figures.probability_bars(
            reading.inside.probabilities, title=say("What the {title} says", title=reading.title), label=label
        )
        for reading in networks.read_drawing(image)
        if reading.inside.probabilities.size
    ]
    every = [*pictures, *bars]
    for first in range(0, len(every), 2):  # in twos: beside the map there is no room for more
        for i, column in enumerate(st.columns(2), first):
            if i < len(every):
                with column:
                    figure(every[i], key=f"code_map_closer_{i}")
    st.caption(
        say("Error of the digit drawn again: {error:.4f}. The networks are those on the pad.", error=error)
    )


def _neighbours(opened: Opened, coded: EncodedDigits, image: Array, chosen: int, title: str) -> None:
    """The digit beside those whose codes are nearest, by all numbers of the code, all drawn again."""
    if chosen < len(coded.digits):
        near, far = coded.near[chosen], coded.far[chosen]
    else:
        code = coding.encode(opened.model, image)
        near, far = (found[0] for found in nearest_neighbours.of_new(coded.codes, code, NEAR))
    beside = mnist.to_rows(coded.digits.images[near]).reshape(-1, 28, 28)
    seen = np.concatenate([image[None], beside])
    again = coding.reconstruct(opened.model, seen)
    errors = [f"{error:.4f}" for error in autoencoder.errors(seen, again)]
    st.markdown(
        "## "
        + say(
            "{title}, and its nearest neighbours by all {size} numbers of the code",
            title=title,
            size=opened.size,
        )
    )
    canvas.image_rows(
        [
            ImageRow(say("Distance of the codes"), seen, ["–", *(f"{each:.2f}" for each in far)]),
            ImageRow(say("Drawn again, error"), again, errors),
        ],
        [title.split(",")[0].lower(), *(digit_with_article(coded.digits.labels[i]) for i in near)],
        key="code_map_neighbours",
    )


def _separation(opened: Opened, coded: EncodedDigits, drawn: Map, wanted: EmbeddingSpec) -> None:
    """How well the digits' labels, which no autoencoder is told, lie apart in several representations."""
    shares = _shares(coded.of, coded, opened)
    st.markdown("## " + say("How well does the code keep the ten digits apart?"))
    with st.container(horizontal=True):
        for words, share in {**shares, say("This map, 2 numbers"): _share(wanted.name, coded, drawn)}.items():
            model_page.metric(words, f"{share:.2%}")
    st.caption(
        say(
            "The share of the {n:,} digits whose five nearest neighbours, the digit itself left out, "
            "mostly have its label. Nothing was trained for that, and no label was used to find the "
            "codes.",
            n=len(coded.digits),
        )
    )


@st.cache_data(max_entries=64, show_spinner=say("Comparing every digit with its neighbours …"))
def _shares(of: str, _coded: EncodedDigits, _opened: Opened) -> dict[str, float]:
    x, labels = mnist.to_rows(_coded.digits.images), _coded.digits.labels
    components = len(_opened.projection.directions)
    code = nearest_neighbours.read_by_neighbours(labels, _coded.near[:, : nearest_neighbours.VOTERS])
    return {
        say("784 pixels"): _of_pixels(_coded.digits.digest, x, labels),
        say("PCA, {components} numbers", components=components): nearest_neighbours.agreement(
            labels, _opened.projection.encode(x)
        ),
        say("The code, {size} numbers", size=_opened.size): float(np.mean(code == labels)),
    }


@st.cache_data(max_entries=16, show_spinner=False)
def _of_pixels(digest: str, _x: Array, _labels: Array) -> float:
    return nearest_neighbours.agreement(_labels, _x)


@st.cache_data(max_entries=64, show_spinner=False)
def _share(map_: str, _coded: EncodedDigits, _drawn: Map) -> float:
    return nearest_neighbours.agreement(_coded.digits.labels, _drawn.points)
