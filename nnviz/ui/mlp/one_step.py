"""The tab "One step" of networks of dense layers."""

from __future__ import annotations

from nnviz.core.words import say
from nnviz.numpy_nn.gradient_check import MISTAKES
from nnviz.ui.mlp import gradients
from nnviz.ui.shared import one_step, step_code
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.step_way import Way

_WAY = Way(
    key="mlp_step",
    weights_of=gradients.weights_of,
    batch_of=gradients.batch_of,
    needed=say(
        "Here only a network of dense layers can be taken apart, with a softmax at its end. This "
        "network {reason}. Choose another one in the menu above."
    ),
    mistakes=MISTAKES,
    codes=step_code.dense,
)


def view(opened: Opened) -> None:
    """Choose a digit, walk through the five stations, take steps; below it the check."""
    one_step.view(opened, _WAY)
