"""The autoencoder: digits squeezed into a few numbers and drawn again, and what these numbers are worth."""

import streamlit as st

from nnviz import ui
from nnviz.ui import Key, autoencoder_lesson, code_bars, code_map, map_queue, shelf, training, worth

SECTIONS = {
    "Reconstructions": (autoencoder_lesson.reconstructions, "autoencoder_rows.md"),
    "Code": (code_bars.bars, "autoencoder_code.md"),
    "Morph": (code_bars.morph, "autoencoder_morph.md"),
    map_queue.NAME: (code_map.view, "autoencoder_map.md"),
    "Noise": (autoencoder_lesson.noise, "autoencoder_noise.md"),
    "Weights": (autoencoder_lesson.weights, "autoencoder_weights.md"),
    "Learning": (autoencoder_lesson.learning, "autoencoder_learning.md"),
    "Layers": (autoencoder_lesson.layers, "autoencoder_layers.md"),
    worth.NAME: (worth.view, "autoencoder_worth.md"),
}

ui.page(
    "An autoencoder",
    lead="It is only asked to give back what it was given, through a narrow place of a few numbers. "
    "Move the numbers, and see what it has found out about digits without ever being told a label.",
)

map_queue.arrive()
worth.arrive()
with training.form("autoencoder"):
    autoencoder_lesson.train()
training.panel("autoencoder", Key.AUTOENCODER_MODEL)

entry = shelf.choose(
    "autoencoder", Key.AUTOENCODER_MODEL, default="autoencoder", title="The network on this page"
)
shelf.bring("autoencoder", Key.AUTOENCODER_MODEL)
opened = autoencoder_lesson.open_network(entry) if entry else None
if entry and opened:
    autoencoder_lesson.figures_of_merit(opened)
    shelf.manage(entry, Key.AUTOENCODER_MODEL, pad=Key.PAD_AUTOENCODER)
    tabs = st.tabs(list(SECTIONS), key="autoencoder_section", on_change="rerun")
    for tab, (show, words) in zip(tabs, SECTIONS.values(), strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            with tab:
                show(opened)
                ui.prose(words)
