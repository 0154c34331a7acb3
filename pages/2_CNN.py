"""The convolutional network: train or open one, see every map, work out one step, ask why."""

import streamlit as st

from nnviz.core.kinds import CNN
from nnviz.ui import Key
from nnviz.ui.cnn import kernel_sizes, lesson
from nnviz.ui.shared import model_page, whole_network

SECTIONS = {
    "Network": (
        whole_network.view,
        "network.md",
        "Press any part of the network to see where its numbers come from.",
    ),
    "Train": (
        lesson.train,
        "cnn_learning.md",
        "Press Train and watch the network learn, or change a setting first.",
    ),
    "Maps": (lesson.maps, "cnn_maps.md", "Press any place in a map to work out its number."),
    "Why this answer": (lesson.why, "cnn_why.md", "Choose a digit and see which pixels decided the answer."),
    "Kernel sizes": (
        kernel_sizes.view,
        "cnn_kernels.md",
        "Compare what kernels of five sizes make of one digit.",
    ),
    "Mistakes": (
        lesson.mistakes,
        "mlp_mistakes.md",
        "Press an orange cell to see the digits it read wrong.",
    ),
    "Layers": (model_page.layers, "cnn_layers.md", "Compare the layers: where are most of the numbers?"),
}

if Key.URL_FIVE in st.query_params:  # opened again while the five are trained
    st.session_state.setdefault(model_page.section_key(CNN), "Kernel sizes")
if Key.URL_DRAWN in st.query_params:  # asked on the pad why it read the drawing so
    st.session_state[model_page.section_key(CNN)] = "Why this answer"
opened = model_page.head(CNN, model_page.open_network, model_page.key_figures)
model_page.sections(CNN, SECTIONS, opened)
