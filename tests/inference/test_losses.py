"""The loss of stored networks, and the deltas of their layers, against numbers found in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.data import mnist
from nnviz.inference import gradients
from nnviz.inference.graph import Network
from nnviz.inference.losses import mean_loss
from nnviz.inspection import layer_sizes
from nnviz.model_store import formats, store


def shipped(name: str) -> Network:
    return formats.read_network(store.find(name).path)


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    whole = mnist.embedded()
    return mnist.to_rows(whole.images[:20]), whole.labels[:20]


def with_bias(network: Network, layer: str, unit: int, more: float) -> Network:
    parts = []
    for part in network.parts:
        if part.name == layer:
            bias = part.weights["bias"].copy()
            bias[unit] += more
            part = replace(part, weights={**part.weights, "bias": bias})
        parts.append(part)
    return replace(network, parts=tuple(parts))


@pytest.mark.parametrize("name", ["mlp_study", "mlp", "cnn_k24", "cnn_best"])
def test_the_deltas_of_a_unit_add_up_to_the_gradient_of_its_bias(
    name: str, digits: tuple[Array, Array]
) -> None:
    network, (x, labels) = shipped(name), digits
    values, deltas = gradients.of_loss(network, x, labels)
    for part in network.parts:
        if "bias" not in part.weights:
            continue
        units = deltas[part.name].reshape(-1, deltas[part.name].shape[-1])
        told = units.sum(axis=0) / len(x)
        unit = int(np.abs(told).argmax())
        step = 4e-3
        up, down = (mean_loss(with_bias(network, part.name, unit, d), x, labels) for d in (step, -step))
        assert told[unit] == pytest.approx((up - down) / (2 * step), rel=0.05, abs=2e-4), part.name
        assert deltas[part.name].shape == values[part.name].shape


def test_the_loss_of_a_classifier_is_the_mean_of_minus_the_logarithm(digits: tuple[Array, Array]) -> None:
    network, (x, labels) = shipped("cnn_k24"), digits
    told = network.predict(x).astype(np.float64)[np.arange(len(x)), labels]
    assert mean_loss(network, x, labels) == pytest.approx(float(-np.log(told).mean()), rel=1e-3, abs=1e-5)


def test_an_autoencoder_has_its_own_loss(digits: tuple[Array, Array]) -> None:
    network, (x, labels) = shipped("autoencoder"), digits
    again = network.predict(x).reshape(len(x), 784).astype(np.float64)
    squared = float(np.mean((again - x) ** 2))
    ink = np.clip(again, 1e-7, 1 - 1e-7)
    crossed = float(np.mean(-(x * np.log(ink) + (1 - x) * np.log(1 - ink))))
    assert mean_loss(network, x, labels, "squared error") == pytest.approx(squared, rel=1e-5)
    assert mean_loss(network, x, labels) == pytest.approx(crossed, rel=1e-4)


def test_the_sizes_of_layers_are_root_mean_squares_and_dead_units_are_found(
    digits: tuple[Array, Array],
) -> None:
    network, (x, labels) = shipped("mlp_study"), digits
    silenced = with_bias(network, network.parts[1].name, 4, -1e6)
    found = layer_sizes.measure([network, silenced], x, labels)
    assert found.layers == ("Hidden layer 1", "Hidden layer 2", "Answer")
    hidden = np.maximum(x @ network.parts[1].weights["kernel"] + network.parts[1].weights["bias"], 0)
    assert found.activations[0, 0] == pytest.approx(
        np.sqrt(np.mean(hidden.astype(np.float64) ** 2)), rel=1e-5
    )
    assert found.flat[0, 0] == pytest.approx(np.mean(hidden == 0))
    assert found.dead[1, 0] - found.dead[0, 0] == pytest.approx(0.01), "one unit of a hundred"
    assert np.isnan(found.dead[0, 2]), "the answer has no such slope"
