"""The network from scratch: train or open one, watch it learn, see where it errs and what is inside."""

import streamlit as st

from nnviz import ui
from nnviz.ui import Key, lesson, mlp_lesson, shelf, training

SECTIONS = {
    "Learning": (lesson.learning, "mlp_learning.md"),
    "Mistakes": (mlp_lesson.mistakes, "mlp_mistakes.md"),
    "Inside": (mlp_lesson.inside, "mlp_inside.md"),
    "Weights": (mlp_lesson.weights, "mlp_weights.md"),
    "Layers": (lesson.layers, "mlp_layers.md"),
    "The code": (mlp_lesson.code, "mlp_code.md"),
}

ui.page(
    "A network from scratch",
    lead="A multi-layer perceptron in plain NumPy. Train it on real digits, watch it learn, then look "
    "at every mistake it makes and every number inside.",
)

with training.form("mlp", unfolded=True):
    mlp_lesson.train()
training.panel("mlp", Key.MLP_MODEL)

entry = shelf.choose("mlp", Key.MLP_MODEL, default="mlp_study", title="The network on this page")
shelf.bring("mlp", Key.MLP_MODEL)
opened = lesson.open_network(entry) if entry else None
if entry and opened:
    lesson.figures_of_merit(opened)
    shelf.manage(entry, Key.MLP_MODEL, pad=Key.PAD_MLP)
    tabs = st.tabs(list(SECTIONS), key="mlp_section", on_change="rerun")
    for tab, (show, words) in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            with tab:
                show(opened)
                ui.prose(words)
