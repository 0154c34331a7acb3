"""The autoencoder: digits squeezed into a few numbers and drawn again, and what these numbers are worth."""

from nnviz.core.kinds import AUTOENCODER
from nnviz.core.words import say
from nnviz.ui.autoencoder import code_bars, code_map, lesson, map_queue, measurements
from nnviz.ui.shared import landscape, model_page

SECTIONS = {
    say("Network"): (
        lesson.network,
        "network.md",
        say("Press any number of the code to see where it comes from."),
    ),
    say("Reconstructions"): (
        lesson.reconstructions,
        "autoencoder_rows.md",
        say("Compare each digit with the one below it, which was drawn again from a few numbers."),
    ),
    say("Code"): (code_bars.bars, "autoencoder_code.md", say("Pull at a bar and watch the digit change.")),
    say("Morph"): (
        code_bars.morph,
        "autoencoder_morph.md",
        say("Move the slider from one digit to the other."),
    ),
    map_queue.NAME: (
        code_map.view,
        "autoencoder_map.md",
        say("Press a dot to see its digit and its neighbours."),
    ),
    say("Noise"): (lesson.noise, "autoencoder_noise.md", say("Add noise and see who draws the digit best.")),
    say("Weights"): (lesson.weights, "autoencoder_weights.md", say("Compare what each number draws.")),
    say("Landscape"): (
        landscape.view,
        "landscape.md",
        say("Choose what to look at, then find the landscape around the training's way."),
    ),
    say("Train"): (
        lesson.train,
        "autoencoder_learning.md",
        say("Press Train and watch the network learn, or change a setting first."),
    ),
    say("Layers"): (
        model_page.layers,
        "autoencoder_layers.md",
        say("Compare the layers: where are most of the numbers?"),
    ),
    measurements.NAME: (
        measurements.view,
        "autoencoder_worth.md",
        say("Compare the rows: with which numbers is a digit read best?"),
    ),
}

map_queue.restore_from_url()
measurements.restore_from_url()
opened = model_page.head(AUTOENCODER, lesson.open_network, lesson.key_figures)
model_page.sections(AUTOENCODER, SECTIONS, opened)
