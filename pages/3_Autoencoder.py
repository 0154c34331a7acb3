"""The autoencoder: digits squeezed into a few numbers and drawn again, and what these numbers are worth."""

from nnviz.core.kinds import AUTOENCODER
from nnviz.ui.autoencoder import code_bars, code_map, lesson, map_queue, measurements
from nnviz.ui.shared import model_page

SECTIONS = {
    "Network": (
        lesson.network,
        "network.md",
        "Press any number of the code to see where it comes from.",
    ),
    "Reconstructions": (
        lesson.reconstructions,
        "autoencoder_rows.md",
        "Compare each digit with the one below it, which was drawn again from a few numbers.",
    ),
    "Code": (code_bars.bars, "autoencoder_code.md", "Pull at a bar and watch the digit change."),
    "Morph": (code_bars.morph, "autoencoder_morph.md", "Move the slider from one digit to the other."),
    map_queue.NAME: (code_map.view, "autoencoder_map.md", "Press a dot to see its digit and its neighbours."),
    "Noise": (lesson.noise, "autoencoder_noise.md", "Add noise and see who draws the digit best."),
    "Weights": (lesson.weights, "autoencoder_weights.md", "Compare what each number draws."),
    "Train": (
        lesson.train,
        "autoencoder_learning.md",
        "Press Train and watch the network learn, or change a setting first.",
    ),
    "Layers": (
        model_page.layers,
        "autoencoder_layers.md",
        "Compare the layers: where are most of the numbers?",
    ),
    measurements.NAME: (
        measurements.view,
        "autoencoder_worth.md",
        "Compare the rows: with which numbers is a digit read best?",
    ),
}

map_queue.restore_from_url()
measurements.restore_from_url()
opened = model_page.head(AUTOENCODER, lesson.open_network, lesson.key_figures)
model_page.sections(AUTOENCODER, SECTIONS, opened)
