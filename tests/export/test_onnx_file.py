"""A network as ONNX, calculated by ONNX's own reference, answers as ours does."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.export import onnx_file, onnx_nodes
from nnviz.inference.graph import Network, Part
from nnviz.inference.layers import ACTIVATIONS, KINDS
from nnviz.inference.recurrent import GATES
from nnviz.model_store import formats

_RNG = np.random.default_rng(0)
_DIGITS = _RNG.random((100, 28, 28), np.float32)
_SLIDING = {"padding": "same", "strides": (2, 1), "activation": "linear", "use_bias": True}


def _checked(network: Network, digits: Array = _DIGITS[:6]) -> None:
    model = onnx.load_model(io.BytesIO(onnx_file.onnx_bytes(network)))
    onnx.checker.check_model(model, full_check=True)
    found = ReferenceEvaluator(model).run(None, {"digits": digits})
    values = network.forward(digits)
    expected = [values[network.parts[-1].name], *([values[network.code]] if network.code else [])]
    for ours, theirs in zip(expected, found, strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=1e-5, atol=1e-5)


def _network(*layers: tuple[str, Mapping[str, Any]], both: Sequence[str] = ()) -> Network:
    parts = [Part("in", "InputLayer", (), {}, (28, 28, 1), {})]
    for i, (kind, options) in enumerate(layers):
        joined = parts[-1].name, *both
        shapes = [part.shape for name in joined for part in parts if part.name == name]
        options = KINDS[kind].settled(options, shapes)
        weights = {
            name: np.abs(_RNG.normal(0, 0.2, shape)).astype(np.float32) + np.float32(0.01)
            if "variance" in name
            else _RNG.normal(0, 0.2, shape).astype(np.float32)
            for name, shape in KINDS[kind].weights(options, shapes).items()
        }
        shape = KINDS[kind].shape(options, shapes)
        parts.append(Part(f"{kind} {i}", kind, joined, options, shape, weights))
        both = ()
    return Network("test", tuple(parts))


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_every_activation(activation: str) -> None:
    dense = {"units": 10, "activation": activation, "use_bias": True}
    _checked(_network(("Flatten", {}), ("Dense", dense)))


_MAPS = ("Conv2D", {"filters": 3, "kernel_size": (3, 3), **_SLIDING, "strides": (1, 1)})
_LAYERS: dict[str, list[Mapping[str, Any]]] = {
    "Conv2D": [
        {"filters": 4, "kernel_size": (4, 3), **_SLIDING, "activation": "relu"},
        {"filters": 4, "kernel_size": (5, 2), **_SLIDING, "padding": "valid", "use_bias": False},
    ],
    "Conv2DTranspose": [
        {"filters": 4, "kernel_size": size, **_SLIDING, "padding": padding, "output_padding": None}
        for size in ((3, 3), (4, 2), (1, 1))
        for padding in ("same", "valid")
    ],
    "DepthwiseConv2D": [{"depth_multiplier": 2, "kernel_size": (3, 4), **_SLIDING}],
    "SeparableConv2D": [{"filters": 4, "depth_multiplier": 2, "kernel_size": (3, 4), **_SLIDING}],
    **{
        kind: [
            {"pool_size": (3, 2), "strides": strides, "padding": padding}
            for strides in ((3, 2), (2, 1))
            for padding in ("same", "valid")
        ]
        for kind in ("MaxPooling2D", "AveragePooling2D")
    },
    "GlobalAveragePooling2D": [{"keepdims": False}, {"keepdims": True}],
    "GlobalMaxPooling2D": [{"keepdims": False}, {"keepdims": True}],
    "BatchNormalization": [
        {"axis": axis, "epsilon": 1e-3, "center": there, "scale": there} for axis in (-1, 1)
        for there in (True, False)
    ],
    "LayerNormalization": [
        {"axis": axis, "epsilon": 1e-3, "center": there, "scale": there} for axis in ((-1,), (-2, -1))
        for there in (True, False)
    ],
    "UnitNormalization": [{"axis": (-1,)}, {"axis": (1, 2, 3)}],
    "RMSNormalization": [{"axis": (-1,), "epsilon": 1e-3}, {"axis": (-2, -1), "epsilon": 1e-6}],
    "GroupNormalization": [
        {"axis": -1, "groups": groups, "epsilon": 1e-3, "center": there, "scale": there}
        for groups, there in ((3, True), (1, True), (-1, False))
    ],
    "Rescaling": [{"scale": 2.0, "offset": -1.0}],
    "Activation": [{"activation": "tanh"}],
    "ReLU": [{"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.2},
             {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}],
    "LeakyReLU": [{"negative_slope": 0.3}],
    "ELU": [{"alpha": 0.7}],
    "PReLU": [{"shared_axes": None}, {"shared_axes": (1, 2)}],
    "Softmax": [{"axis": -1}],
    "Dropout": [{"rate": 0.5}],
    "GaussianNoise": [{"stddev": 0.5}],
    "Flatten": [{}],
    "Reshape": [{"target_shape": (14, -1)}],
    "ZeroPadding2D": [{"padding": ((1, 2), (3, 0))}],
    "Cropping2D": [{"cropping": ((1, 2), (3, 0))}],
    "Permute": [{"dims": (2, 3, 1)}],
    "UpSampling2D": [{"size": (2, 3)}],
    "Resizing": [{"height": 20, "width": 33}],
}  # fmt: skip
_MERGING: dict[str, Mapping[str, Any]] = {
    "Concatenate": {"axis": -1},
    **{kind: {} for kind in ("Add", "Average", "Subtract", "Multiply", "Maximum", "Minimum")},
}


@pytest.mark.parametrize("kind", sorted(_LAYERS))
def test_every_layer(kind: str) -> None:
    for options in _LAYERS[kind]:
        _checked(_network(_MAPS, (kind, options)))


@pytest.mark.parametrize("kind", sorted(_MERGING))
def test_every_merge(kind: str) -> None:
    maps = _network(_MAPS)
    shapes = [maps.parts[1].shape, maps.parts[0].shape]
    options = KINDS[kind].settled(_MERGING[kind], shapes)
    merge = Part("merged", kind, (maps.parts[1].name, "in"), options, KINDS[kind].shape(options, shapes), {})
    _checked(Network("test", (*maps.parts, merge)))


def test_no_layer_is_forgotten() -> None:
    assert set(KINDS) == {"InputLayer", "Dense", *_LAYERS, *_MERGING, *GATES}


_REMEMBERING = {
    "units": 5,
    "within": "tanh",
    "use_bias": True,
    "return_sequences": False,
    "go_backwards": False,
}
_GATED = {"recurrent_activation": "sigmoid"}


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("SimpleRNN", {}),
        ("SimpleRNN", {"return_sequences": True, "use_bias": False}),
        ("LSTM", _GATED),
        ("LSTM", {**_GATED, "return_sequences": True, "go_backwards": True}),
        ("GRU", {**_GATED, "reset_after": True}),
        ("GRU", {**_GATED, "reset_after": False, "return_sequences": True}),
        ("GRU", {**_GATED, "reset_after": True, "use_bias": False, "go_backwards": True}),
    ],
)
def test_every_memory(kind: str, options: Mapping[str, Any]) -> None:
    rows = "Reshape", {"target_shape": (28, 28)}
    _checked(_network(rows, (kind, {**_REMEMBERING, **options})))


def test_a_memory_with_a_bend_that_onnx_has_not_is_refused() -> None:
    options = {**_REMEMBERING, "within": "selu"}
    with pytest.raises(onnx_nodes.NotOnnx, match="selu"):
        onnx_file.onnx_bytes(_network(("Reshape", {"target_shape": (28, 28)}), ("SimpleRNN", options)))


def test_the_networks_of_the_app() -> None:
    tried = [path for path in sorted(paths.shipped().iterdir()) if path.suffix == ".keras"]
    assert tried
    for path in tried[:3]:
        _checked(formats.read_network(path), _DIGITS)


def test_what_is_not_known_is_refused() -> None:
    odd = Part("odd", "Spiral", ("in",), {}, (28, 28, 1), {})
    with pytest.raises(onnx_file.NotOnnx, match="'odd' is a Spiral"):
        onnx_file.onnx_bytes(Network("test", (Part("in", "InputLayer", (), {}, (28, 28, 1), {}), odd)))
