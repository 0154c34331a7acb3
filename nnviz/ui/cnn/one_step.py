"""The tab "One step" of small convolutional networks."""

from __future__ import annotations

from nnviz.core.words import say
from nnviz.inference import conv_chain, conv_step
from nnviz.inference.conv_step import ConvWeights
from nnviz.numpy_nn.one_step import Weights
from nnviz.ui.shared import one_step, step_code
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.step_way import Way

_LIGHT = 2_000_000  # multiplications for a digit


def view(opened: Opened) -> None:
    """Choose a digit, walk through the five stations, take steps; below it the check."""
    one_step.view(opened, _WAY)


def _weights(opened: Opened) -> ConvWeights:
    return conv_step.conv_weights(opened.network)


def _one(opened: Opened) -> int:
    return 1  # these have no weight penalty of which a digit had a share


def _others(weights: Weights) -> int:
    """Fewer beside a large network, so that the slider can still be followed."""
    assert isinstance(weights, ConvWeights)
    return 5 if conv_chain.products(weights.stages) <= _LIGHT else 1


_WAY = Way(
    key="cnn_step",
    weights_of=_weights,
    batch_of=_one,
    needed=say(
        "Here a small network can be taken apart: convolutions, normalisings, poolings and dense layers, one "
        "behind the other. This network {reason}."
    ),
    mistakes=conv_step.MISTAKES,
    codes=step_code.convolving,
    of_each=_others,
    offered="cnn_k3",
    worked_out=True,
)
