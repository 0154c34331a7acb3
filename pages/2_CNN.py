"""The convolutional network: train or open one, see every map, work out one step, ask why."""

import streamlit as st

from nnviz import ui
from nnviz.ui import Key, cnn_kernels, cnn_lesson, lesson, shelf, training

SECTIONS = {
    "Maps": (cnn_lesson.maps, "cnn_maps.md"),
    "Why this answer": (cnn_lesson.why, "cnn_why.md"),
    "Kernel sizes": (cnn_kernels.view, "cnn_kernels.md"),
    "Mistakes": (cnn_lesson.mistakes, "mlp_mistakes.md"),
    "Learning": (lesson.learning, "cnn_learning.md"),
    "Layers": (lesson.layers, "cnn_layers.md"),
}

ui.page(
    "A convolutional network",
    lead="A small window of weights, slid over the digit, finds the same stroke wherever it stands. "
    "See what each window finds, and work out any of its numbers.",
)

with training.form("cnn"):
    cnn_lesson.train()
training.panel("cnn", Key.CNN_MODEL)

entry = shelf.choose("cnn", Key.CNN_MODEL, default="cnn_k3", title="The network on this page")
shelf.bring("cnn", Key.CNN_MODEL)
opened = lesson.open_network(entry) if entry else None
if entry and opened:
    lesson.figures_of_merit(opened)
    shelf.manage(entry, Key.CNN_MODEL, pad=Key.PAD_CNN)
    if Key.URL_FIVE in st.query_params:  # opened again while the five are trained
        st.session_state.setdefault("cnn_section", "Kernel sizes")
    tabs = st.tabs(list(SECTIONS), key="cnn_section", on_change="rerun")
    for tab, (show, words) in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            with tab:
                show(opened)
                ui.prose(words)
