"""The autoencoder: digits squeezed into a few numbers and drawn again, and what these numbers are worth."""

from nnviz import ui
from nnviz.core.kinds import AUTOENCODER
from nnviz.ui.autoencoder import code_bars, code_map, lesson, map_queue, measurements
from nnviz.ui.shared import model_menu, training

SECTIONS = {
    "Reconstructions": (lesson.reconstructions, "autoencoder_rows.md"),
    "Code": (code_bars.bars, "autoencoder_code.md"),
    "Morph": (code_bars.morph, "autoencoder_morph.md"),
    map_queue.NAME: (code_map.view, "autoencoder_map.md"),
    "Noise": (lesson.noise, "autoencoder_noise.md"),
    "Weights": (lesson.weights, "autoencoder_weights.md"),
    "Learning": (lesson.learning, "autoencoder_learning.md"),
    "Layers": (lesson.layers, "autoencoder_layers.md"),
    measurements.NAME: (measurements.view, "autoencoder_worth.md"),
}

ui.page(
    AUTOENCODER.heading,
    lead="It is only asked to give back what it was given, through a narrow place of a few numbers. "
    "Move the numbers, and see what it has found out about digits without ever being told a label.",
)

map_queue.restore_from_url()
measurements.restore_from_url()
with training.training_form(AUTOENCODER.name):
    lesson.train()
training.progress_panel(AUTOENCODER.name)

entry = model_menu.choose_model(AUTOENCODER)
model_menu.upload_model(AUTOENCODER)
opened = lesson.open_network(entry) if entry else None
if entry and opened:
    lesson.key_figures(opened)
    model_menu.model_actions(entry)
    ui.sections(SECTIONS, opened, key="autoencoder_section")
