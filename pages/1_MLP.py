"""The network from scratch: train or open one, watch it learn, see where it errs and what is inside."""

from nnviz import ui
from nnviz.core.kinds import MLP
from nnviz.ui.mlp import lesson as mlp_lesson
from nnviz.ui.shared import model_menu, model_page, training, whole_network

SECTIONS = {
    "Network": (whole_network.view, "network.md"),
    "Learning": (model_page.learning, "mlp_learning.md"),
    "Mistakes": (mlp_lesson.mistakes, "mlp_mistakes.md"),
    "Inside": (mlp_lesson.inside, "mlp_inside.md"),
    "Weights": (mlp_lesson.weights, "mlp_weights.md"),
    "Layers": (model_page.layers, "mlp_layers.md"),
    "The code": (mlp_lesson.code, "mlp_code.md"),
}

ui.page(
    MLP.heading,
    lead="A multi-layer perceptron in plain NumPy. Train it on real digits, watch it learn, then look "
    "at every mistake it makes and every number inside.",
)

with training.training_form(MLP.name, unfolded=True):
    mlp_lesson.train()
training.progress_panel(MLP.name)

entry = model_menu.choose_model(MLP)
model_menu.upload_model(MLP)
opened = model_page.open_network(entry) if entry else None
if entry and opened:
    model_page.key_figures(opened)
    model_menu.model_actions(entry)
    ui.sections(SECTIONS, opened, key="mlp_section")
