"""What reading a digit takes, told from the shapes, against what NumPy really takes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from nnviz.inference import graph
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import KINDS
from nnviz.inference.recurrent import GATES

SLIDING = {"strides": (1, 1), "padding": "same"}
CONVOLVING = {**SLIDING, "kernel_size": (7, 5), "activation": "relu", "use_bias": True}
REMEMBERING = {
    "units": 40,
    "within": "tanh",
    "use_bias": True,
    "return_sequences": False,
    "go_backwards": True,
}
TRIED: dict[str, tuple[str, dict[str, Any]]] = {
    "Conv2D": ("Conv2D", {**CONVOLVING, "filters": 6}),
    "Conv2D, valid, with strides": (
        "Conv2D",
        {**CONVOLVING, "filters": 6, "padding": "valid", "strides": (2, 3)},
    ),
    "Conv2D of one pixel": ("Conv2D", {**CONVOLVING, "filters": 60, "kernel_size": (1, 1)}),
    "Conv2DTranspose": ("Conv2DTranspose", {**CONVOLVING, "filters": 6, "strides": (2, 2)}),
    "DepthwiseConv2D": ("DepthwiseConv2D", {**CONVOLVING, "depth_multiplier": 3}),
    "SeparableConv2D": ("SeparableConv2D", {**CONVOLVING, "filters": 4, "depth_multiplier": 3}),
    "MaxPooling2D": ("MaxPooling2D", {**SLIDING, "pool_size": (9, 9)}),
    "AveragePooling2D": ("AveragePooling2D", {**SLIDING, "pool_size": (9, 9), "strides": (2, 2)}),
    "BatchNormalization": ("BatchNormalization", {"epsilon": 0.001, "scale": True, "center": True}),
    "ReLU": ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.0}),
    "Softmax": ("Softmax", {"axis": -1}),
    "LayerNormalization": (
        "LayerNormalization",
        {"axis": (-1,), "epsilon": 0.001, "scale": True, "center": True},
    ),
    "LayerNormalization of all": (
        "LayerNormalization",
        {"axis": (-3, -2, -1), "epsilon": 0.001, "scale": True, "center": True},
    ),
    "UnitNormalization": ("UnitNormalization", {"axis": (-1,)}),
    "RMSNormalization": ("RMSNormalization", {"axis": (-1,), "epsilon": 1e-6}),
    "GroupNormalization": (
        "GroupNormalization",
        {"groups": 4, "axis": -1, "epsilon": 0.001, "scale": True, "center": True},
    ),
    "Resizing, smaller": ("Resizing", {"height": 5, "width": 90}),
    "Resizing, larger": ("Resizing", {"height": 90, "width": 5}),
    "tanh": ("Activation", {"activation": "tanh"}),
    "SimpleRNN": ("SimpleRNN", {**REMEMBERING, "return_sequences": True}),
    "LSTM": ("LSTM", {**REMEMBERING, "recurrent_activation": "sigmoid"}),
    "GRU": (
        "GRU",
        {**REMEMBERING, "recurrent_activation": "sigmoid", "reset_after": True, "return_sequences": True},
    ),
}


@pytest.mark.parametrize("what", TRIED)
def test_no_layer_takes_more_than_is_told_of_it(what: str) -> None:
    kind, options = TRIED[what]
    given = Part("given", "InputLayer", (), {}, (196, 64) if kind in GATES else (28, 28, 16), {})
    shape = KINDS[kind].shape(options, [given.shape])
    bare = Network("one layer", (given, Part("layer", kind, ("given",), options, shape, {})))
    rng = np.random.default_rng(0)
    _, shapes = bare.weight_shapes()
    network = bare.with_weights(
        {"given": [], "layer": [rng.random(each, np.float32) for each in shapes.values()]}
    )
    digits = rng.random((20, *given.shape), np.float32)
    network.forward(digits)  # what is made once is made
    tracemalloc.start()
    network.forward(digits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    told = graph.room(network) * len(digits)
    assert peak <= told + 200_000, f"{peak:,} of {told:,}"
    assert told <= 5 * peak + 5 * digits.nbytes, "nor is it told much too large"


def test_as_many_digits_are_read_at_once_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    network = graph.dense([np.ones((784, 10), np.float32)], [np.zeros(10, np.float32)], "relu")
    seen: list[int] = []
    forward = Network.forward
    monkeypatch.setattr(Network, "forward", lambda self, x: seen.append(len(x)) or forward(self, x))
    monkeypatch.setattr(graph, "AT_ONCE", 3 * graph.room(network))
    assert network.predict(np.zeros((7, 784))).shape == (7, 10)
    assert seen == [3, 3, 1]
