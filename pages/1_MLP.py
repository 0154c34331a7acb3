"""The network from scratch: train or open one, watch it learn, see where it errs and what is inside."""

from nnviz.core.kinds import MLP
from nnviz.ui.mlp import lesson
from nnviz.ui.shared import model_page, whole_network

SECTIONS = {
    "Network": (whole_network.view, "network.md", "Press any unit to see where its number comes from."),
    "Train": (
        lesson.train,
        "mlp_learning.md",
        "Press Train and watch the network learn, or change a setting first.",
    ),
    "Mistakes": (
        lesson.mistakes,
        "mlp_mistakes.md",
        "Press an orange cell to see the digits it read wrong.",
    ),
    "Inside": (lesson.inside, "mlp_inside.md", "Choose a digit and see what each layer makes of it."),
    "Weights": (
        lesson.weights,
        "mlp_weights.md",
        "Press a picture to see it large: it shows what one unit looks for.",
    ),
    "Layers": (model_page.layers, "mlp_layers.md", "Compare the layers: where are most of the numbers?"),
    "The code": (lesson.code, "mlp_code.md", "Open a part of the code and read it from top to bottom."),
}

opened = model_page.head(MLP, model_page.open_network, model_page.key_figures)
model_page.sections(MLP, SECTIONS, opened)
