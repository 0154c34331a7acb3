"""What stands inside an MLP: one digit's way through its layers, and what its first units look for."""

from __future__ import annotations

import numpy as np
import streamlit as st

from nnviz import figures
from nnviz.core.protocols import DenseNetwork
from nnviz.core.records import Array, Evaluation
from nnviz.inspection import activations
from nnviz.inspection.activations import Inspectable
from nnviz.ui.shared.show import figure
from nnviz.ui.shared.state import drawing_or_hint

TEST, MISTAKE, DRAWN = "A test digit", "A misclassified digit", "My drawing"


def view(model: Inspectable, evaluation: Evaluation, images: Array, *, key: str) -> None:
    """Choose a digit, or take the drawing, and show every hidden layer's activations and the answer.

    Parameters
    ----------
    images
        (n, 28, 28) float32 in [0, 1], in the order of `evaluation.labels`.
    """
    st.fragment(_view)(model, evaluation, images, key)


def _view(model: Inspectable, evaluation: Evaluation, images: Array, key: str) -> None:
    picked = pick_digit(evaluation, images, key)
    if picked is None:
        return
    image, label, title = picked
    layer_pictures(model, image, label=label, title=title, key=key)


def layer_pictures(model: Inspectable, image: Array, *, label: int | None, title: str, key: str) -> None:
    """A digit, every hidden layer's activations, and the answer, side by side.

    Parameters
    ----------
    image
        (28, 28) float32 in [0, 1].
    """
    inside = activations.activations(model, image)
    columns = st.columns(2 + len(inside.layers))
    with columns[0]:
        figure(figures.digit_picture(image, title=title), key=f"{key}_digit")
    for i, (column, (name, values)) in enumerate(zip(columns[1:-1], inside.layers, strict=True)):
        with column:
            figure(figures.activation_map(values, title=f"{name} ({len(values)})"), key=f"{key}_layer_{i}")
    answer = figures.probability_bars(inside.probabilities, title="Answer", label=label)
    with columns[-1]:
        figure(answer, key=f"{key}_answer")


def pick_digit(evaluation: Evaluation, images: Array, key: str) -> tuple[Array, int | None, str] | None:
    """The digit to look at.

    Returns
    -------
    tuple[Array, int | None, str] | None
        Its (28, 28) picture, its true label where that is known, and a title.
    """
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        kinds = [TEST, MISTAKE, DRAWN] if len(evaluation.mistakes) else [TEST, DRAWN]
        kind = st.segmented_control(
            "Look at", kinds, default=TEST, required=True, key=f"{key}_kind", wrap=True
        )
    if kind == DRAWN:
        drawn = drawing_or_hint()
        return None if drawn is None else (drawn, None, "Your drawing")
    from_where = evaluation.mistakes if kind == MISTAKE else np.arange(len(evaluation.labels))
    most = len(from_where)
    with right:
        number = st.number_input(
            f"Which of {most:,}", 1, most, 1, key=f"{key}_{kind}", help="The first is number 1."
        )
    position = int(from_where[int(number) - 1])
    label = int(evaluation.labels[position])
    return images[position], label, f"A {label}, read as {int(evaluation.predicted[position])}"


def weights(model: DenseNetwork, *, key: str) -> None:
    """The first layer's weights as 28 x 28 pictures."""
    title = "What each unit looks for" if len(model.coefs_) > 1 else "What speaks for each digit"
    figure(figures.weight_tiles(model.coefs_[0], title=title), key=key)
