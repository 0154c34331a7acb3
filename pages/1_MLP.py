"""The network from scratch: train or open one, watch it learn, see where it errs and what is inside."""

import streamlit as st

from nnviz import ui
from nnviz.ui import Key
from nnviz.ui.mlp import lesson as mlp_lesson
from nnviz.ui.shared import model_menu, model_page, training

SECTIONS = {
    "Learning": (model_page.learning, "mlp_learning.md"),
    "Mistakes": (mlp_lesson.mistakes, "mlp_mistakes.md"),
    "Inside": (mlp_lesson.inside, "mlp_inside.md"),
    "Weights": (mlp_lesson.weights, "mlp_weights.md"),
    "Layers": (model_page.layers, "mlp_layers.md"),
    "The code": (mlp_lesson.code, "mlp_code.md"),
}

ui.page(
    "A network from scratch",
    lead="A multi-layer perceptron in plain NumPy. Train it on real digits, watch it learn, then look "
    "at every mistake it makes and every number inside.",
)

with training.training_form("mlp", unfolded=True):
    mlp_lesson.train()
training.progress_panel("mlp", Key.MLP_MODEL)

entry = model_menu.choose_model("mlp", Key.MLP_MODEL, default="mlp_study", title="The network on this page")
model_menu.upload_model("mlp", Key.MLP_MODEL)
opened = model_page.open_network(entry) if entry else None
if entry and opened:
    model_page.key_figures(opened)
    model_menu.model_actions(entry, Key.MLP_MODEL, pad=Key.PAD_MLP)
    tabs = st.tabs(list(SECTIONS), key="mlp_section", on_change="rerun")
    for tab, (show, words) in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            with tab:
                show(opened)
                ui.prose(words)
