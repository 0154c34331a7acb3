"""What stands inside an MLP: one digit's way through its layers, and what its first units look for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import streamlit as st

from nnviz import components, figures
from nnviz.core.records import Array, Evaluation
from nnviz.core.words import say
from nnviz.inference.graph import Network
from nnviz.inspection import activations, layer_names
from nnviz.inspection.activations import Inspectable
from nnviz.ui.shared.show import digit_with_article, figure
from nnviz.ui.shared.state import digit, digit_before, drawing_asked_for, drawing_or_hint, keep_digit

MISTAKE, DRAWN = say("a mistake"), say("my drawing")


def view(
    model: Inspectable,
    evaluation: Evaluation,
    images: Array,
    below: Callable[[Array, int | None], None],
    *,
    key: str,
) -> None:
    """Choose a digit, or take the drawing, and show every hidden layer's activations and the answer.

    Parameters
    ----------
    images
        (n, 28, 28) float32 in [0, 1], in the order of `evaluation.labels`.
    below
        below(image, label) draws what stands below it.
    """
    st.fragment(_view)(model, evaluation, images, below, key)


def _view(
    model: Inspectable,
    evaluation: Evaluation,
    images: Array,
    below: Callable[[Array, int | None], None],
    key: str,
) -> None:
    picked = pick_digit(evaluation, images, key)
    if picked is None:
        return
    image, label, title = picked
    layer_pictures(model, image, label=label, title=title, key=key)
    below(image, label)


def layer_pictures(model: Inspectable, image: Array, *, label: int | None, title: str, key: str) -> None:
    """A digit, every hidden layer's activations, and the answer, side by side.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1].
    """
    inside = activations.activations(model, image)
    with st.container(key=f"two_beside_{key}"):
        columns = st.columns(2 + len(inside.layers))
    with columns[0]:
        figure(figures.digit_picture(image, title=title), key=f"{key}_digit", grows=True)
    *titles, _ = layer_names.plain_names(
        [*((name, "Dense") for name, _ in inside.layers), ("answer", "Dense")]
    )
    for i, (column, words, (_, values)) in enumerate(zip(columns[1:-1], titles, inside.layers, strict=True)):
        with column:
            picture = figures.activation_map(values, title=f"{words} ({len(values)})")
            figure(picture, key=f"{key}_layer_{i}", grows=True)
    answer = figures.probability_bars(inside.probabilities, title=say("Answer"), label=label)
    with columns[-1]:
        figure(answer, key=f"{key}_answer", grows=True)


def pick_digit(evaluation: Evaluation, images: Array, key: str) -> tuple[Array, int | None, str] | None:
    """The digit to look at, chosen by its label: one of each, a mistake, the drawing, or another of the same.

    Parameters
    ----------
    images
        (n, 28, 28) float32 in [0, 1], in the order of `evaluation.labels`.

    Returns
    -------
    tuple[Array, int | None, str] | None
        Its (28, 28) picture, its true label where that is known, and a title; None without a drawing.
    """
    picked = pick_among(evaluation.labels, MISTAKE, evaluation.mistakes, images, key)
    if picked is None or picked[1] is None:
        return picked and (picked[0], None, say("Your drawing"))
    image, position = picked
    label = int(evaluation.labels[position])
    title = say(
        "{digit}, read as {predicted}",
        digit=digit_with_article(label).capitalize(),
        predicted=int(evaluation.predicted[position]),
    )
    return image, label, title


def pick_among(
    labels: Array, worst: str, worst_first: Array, images: Array, key: str, first: int | None = None
) -> tuple[Array, int | None] | None:
    """As `pick_digit`, for any judgement of the digits.

    Parameters
    ----------
    labels
        (n,) of the images.
    worst, worst_first
        What those are called that went wrong, and their positions.
    images
        (n, 28, 28) float32 in [0, 1].
    first
        The label that is chosen at first, if not that of the first digit.

    Returns
    -------
    tuple[Array, int | None] | None
        A picture and its position, None for the drawing; None without a drawing.
    """
    among = by_label(labels)
    among[worst] = worst_first
    at_first = digit_with_article(int(labels[0]) if first is None else first)
    at_first = at_first if at_first in among else next(iter(among))
    name, turn = choose(among, images, key, wrong=worst, first=at_first)
    if name == DRAWN:
        drawn = drawing_or_hint()
        return None if drawn is None else (drawn, None)
    position = int(among[name][turn % len(among[name])])
    return images[position], position


def by_label(labels: Array) -> dict[str, Array]:
    """The positions of the digits of each label, "a 7"."""
    return {digit_with_article(d): np.flatnonzero(labels == d) for d in range(10) if (labels == d).any()}


def choose(
    among: Mapping[str, Array],
    images: Array,
    key: str,
    *,
    wrong: str,
    first: str,
    at_once: int = 1,
    pictures: Mapping[str, Array] | None = None,
    another: str = "",
) -> tuple[str, int]:
    """The one way in which digits are chosen, on every page: a picture each, the drawing last, another one.

    Parameters
    ----------
    among
        What there is to choose from, by its name: positions in `images`.
    images
        (n, 28, 28) float32 in [0, 1].
    wrong
        The name of what went wrong.
    first
        The name that is chosen at first.
    at_once
        How many are shown of what is chosen, so many further with each "Another one".
    pictures
        (28, 28) for those that have another picture than their first digit.
    another
        What stands on the button instead of "Another one".

    Returns
    -------
    tuple[str, int]
        A name among these or DRAWN, and how often another one was asked for.
    """
    among = {name: positions for name, positions in among.items() if len(positions)}
    if f"{key}.picked" not in st.session_state:
        name, turn = digit_before(key)
        st.session_state[f"{key}.picked"] = {"name": name, "at": {name: turn}}
    state = st.session_state[f"{key}.picked"]
    if drawing_asked_for():
        state["name"] = DRAWN
    if state["name"] not in (*among, DRAWN):
        state["name"] = first
    shown = [images[each[at_once * state["at"].get(name, 0) % len(each)]] for name, each in among.items()]
    drawn = digit()
    tiles = dict(zip(among, shown, strict=True)) | dict(pictures or {})
    tiles[DRAWN] = np.zeros((28, 28)) if drawn is None else drawn
    names = list(tiles)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}_choice"):
        with st.container(key=f"{key}_strip_place"):
            pressed = components.digit_strip(
                np.stack([np.rint(255 * each).astype(np.uint8) for each in tiles.values()]),
                [components.Caption(name, name, name == wrong) for name in names],
                names.index(state["name"]),
                key=f"{key}_strip",
            )
        state["name"] = names[pressed]
        turn = state["at"].get(state["name"], 0)
        if digit_before(key) != (state["name"], turn) and (pressed or turn or digit_before(key)[0]):
            keep_digit(key, state["name"], turn)
        if state["name"] != DRAWN and len(among[state["name"]]) > at_once:
            st.button(
                another or say("Another one"),
                icon=":material/refresh:",
                on_click=_another,
                args=(key,),
                key=f"{key}_next",
            )
    return state["name"], turn


def _another(key: str) -> None:
    """The next one of what is chosen there."""
    state = st.session_state[f"{key}.picked"]
    state["at"] = {**state["at"], state["name"]: state["at"].get(state["name"], 0) + 1}


def weights(model: Network, gradient: Array | None, title: str, *, key: str) -> None:
    """The first layer's weights as 28 x 28 pictures, one of them large.

    Parameters
    ----------
    gradient
        (784, n) of these weights, which is shown of the large one.
    title
        What that is called.
    """
    st.fragment(_weights)(model, gradient, title, key)


def _weights(model: Network, gradient: Array | None, of_gradient: str, key: str) -> None:
    first, *more = (part for part in model.parts if part.weights)
    hidden = len(more) > 0
    title = say("What each unit looks for") if hidden else say("What speaks for each digit")
    every = first.weights["kernel"]
    names = range(1, every.shape[1] + 1) if hidden else range(10)
    what, chosen = say("unit") if hidden else say("digit"), f"{key}_unit"
    if st.session_state.get(chosen, names[0]) not in names:  # another network
        del st.session_state[chosen]

    def press(ids: list[str]) -> None:
        st.session_state[chosen] = int(ids[0])
        st.session_state[f"{chosen}_pressed"] = ids[0]

    tiles, large = st.columns([3, 2], gap="medium")
    with tiles:
        figure(figures.weight_tiles(every, title=title, names=names, what=what), key=key, on_point=press)
    with large, st.container(key=f"{key}_grown"):
        unit = int(st.number_input(what.capitalize(), names[0], names[-1], key=chosen))
        title = f"{what.capitalize()} {unit}"
        one = figures.weight_tiles(every[:, [names.index(unit)]], names=[unit], title=title, half=True)
        figure(one, key=f"{key}_large")
        if gradient is not None:
            own = gradient[:, [names.index(unit)]]
            one = figures.weight_tiles(own, names=[unit], title=of_gradient, half=True, gradient=True)
            figure(one, key=f"{key}_gradient")
    if pressed := st.session_state.get(f"{chosen}_pressed"):
        components.announce(
            say("{what} {pressed} is shown large.", what=what.capitalize(), pressed=pressed),
            key=f"{key}_said",
        )
    components.reveal(f"{key}_grown", pressed, focus=False)
