"""A page for test_choices.py: the confusion matrix and the gallery, and what they return in words."""

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.core.records import Evaluation

LABELS = np.repeat(np.arange(10), 30)
PREDICTED = LABELS.copy()
PREDICTED[4 * 30 : 4 * 30 + 12] = 9  # twelve 4s taken for 9s
PREDICTED[7 * 30] = 1
IMAGES = np.random.default_rng(0).integers(0, 256, (300, 28, 28), dtype=np.uint8)


def evaluation() -> Evaluation:
    """300 digits of which 13 are read wrongly, 12 of them in one cell; surer from one to the next."""
    sure = np.linspace(0.5, 1, 300, dtype=np.float32)
    probabilities = np.zeros((300, 10), np.float32)
    probabilities[np.arange(300), PREDICTED] = sure
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (LABELS, PREDICTED), 1)
    zeros, wrong = np.zeros(10), np.flatnonzero(LABELS != PREDICTED)
    return Evaluation(LABELS, PREDICTED, probabilities, confusion, 287 / 300, 0.1, zeros, zeros, zeros, wrong)


@st.fragment
def choices() -> None:
    judged = evaluation()
    cell = components.confusion_matrix(judged.confusion, key="matrix")
    st.text(f"cell: {cell}")
    true, predicted = cell or (4, None)
    among = (true is None) | (true == LABELS)
    positions = np.flatnonzero(among & ((predicted is None) | (predicted == PREDICTED)))
    digit = components.digit_gallery(IMAGES[positions], components.captions(judged, positions), key="gallery")
    st.text(f"digit: {digit}")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    choices()
    st.button("Run the page again")
