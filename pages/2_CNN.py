"""The convolutional network: train or open one, see every map, work out one step, ask why."""

import streamlit as st

from nnviz import ui
from nnviz.core.kinds import CNN
from nnviz.ui import Key
from nnviz.ui.cnn import kernel_sizes
from nnviz.ui.cnn import lesson as cnn_lesson
from nnviz.ui.shared import model_menu, model_page, training, whole_network

SECTIONS = {
    "Network": (whole_network.view, "network.md"),
    "Maps": (cnn_lesson.maps, "cnn_maps.md"),
    "Why this answer": (cnn_lesson.why, "cnn_why.md"),
    "Kernel sizes": (kernel_sizes.view, "cnn_kernels.md"),
    "Mistakes": (cnn_lesson.mistakes, "mlp_mistakes.md"),
    "Learning": (model_page.learning, "cnn_learning.md"),
    "Layers": (model_page.layers, "cnn_layers.md"),
}

ui.page(
    CNN.heading,
    lead="A small window of weights, slid over the digit, finds the same stroke wherever it stands. "
    "See what each window finds, and work out any of its numbers.",
)

with training.training_form(CNN.name):
    cnn_lesson.train()
training.progress_panel(CNN.name)

entry = model_menu.choose_model(CNN)
model_menu.upload_model(CNN)
opened = model_page.open_network(entry) if entry else None
if entry and opened:
    model_page.key_figures(opened)
    model_menu.model_actions(entry)
    if Key.URL_FIVE in st.query_params:  # opened again while the five are trained
        st.session_state.setdefault("cnn_section", "Kernel sizes")
    ui.sections(SECTIONS, opened, key="cnn_section")
