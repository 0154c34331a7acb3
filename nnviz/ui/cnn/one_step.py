"""The tab "One step" of small convolutional networks."""

from __future__ import annotations

from nnviz.core.words import say
from nnviz.inference import conv_step
from nnviz.inference.conv_step import ConvWeights
from nnviz.ui.shared import one_step, step_code
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.step_way import Way


def view(opened: Opened) -> None:
    """Choose a digit, walk through the five stations, take steps; below it the check."""
    one_step.view(opened, _WAY)


def _weights(opened: Opened) -> ConvWeights:
    return conv_step.conv_weights(opened.network)


def _one(opened: Opened) -> int:
    return 1  # these have no weight penalty of which a digit had a share


_WAY = Way(
    key="cnn_step",
    weights_of=_weights,
    batch_of=_one,
    needed=say(
        "Here a small network can be taken apart: convolutions with ReLU, poolings and dense layers, one "
        "behind the other. This network {reason}."
    ),
    mistakes=conv_step.MISTAKES,
    codes=step_code.convolving,
    of_each=5,
    offered="cnn_k3",
    worked_out=True,
)
