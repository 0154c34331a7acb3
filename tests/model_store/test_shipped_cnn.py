"""What the cards of the shipped CNNs say is what comes out when it is measured again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array, ModelCard
from nnviz.data import mnist, preprocessing
from nnviz.inference import graph
from nnviz.inference.graph import Network
from nnviz.keras_models import backend, cnn, compiled
from nnviz.model_store import keras_file, store
from training import unipen

Digits = tuple[Array, Array]

# Test accuracies of the report (part 2A), by the size of the kernels.
REPORT = {2: 0.9768, 3: 0.9835, 4: 0.9848, 8: 0.9864, 24: 0.9690}
NAMES = [*(f"cnn_k{k}" for k in REPORT), "cnn_best"]
WRITERS_LEFT_OUT = (3, 8, 13, 18, 23, 28)


def opened(name: str) -> tuple[Any, ModelCard]:
    entry = store.find(name)
    assert entry.origin == "shipped"
    return store.load(entry.path), entry.card


def in_numpy(name: str) -> Network:
    return keras_file.network(store.find(name).path.read_bytes())[0]


def accuracy(model: Any, x: Array, y: Array) -> float:
    return float((compiled.predict(model, x).argmax(axis=1) == y).mean())


def as_pictures(images: Array) -> Array:
    """(n, 28, 28) uint8 -> (n, 28, 28, 1) float32, worked out here and not by the code that trained."""
    return (images[..., None].astype(np.float64) / 255).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_the_embedded_digits_are_read_as_well_as_the_card_says(name: str) -> None:
    model, card = opened(name)
    embedded = mnist.embedded()
    measured = accuracy(model, as_pictures(embedded.images), embedded.labels)
    # None of them was learned from, but sums differ in their last bit from one processor to another.
    assert measured == pytest.approx(card.metrics["embedded_accuracy"], abs=4e-4)
    assert measured > 0.97


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_ten_thousand_test_digits_are_read_as_well_as_the_card_says(
    name: str, full_mnist: tuple[Digits, Digits]
) -> None:
    model, card = opened(name)
    images, labels = full_mnist[1]
    measured = accuracy(model, as_pictures(images), labels)
    assert measured == pytest.approx(card.metrics["test_accuracy"], abs=3e-4)
    assert measured >= (0.995 if name == "cnn_best" else REPORT[card.settings["kernel_size"]])


@pytest.mark.parametrize("k", REPORT)
def test_each_size_of_kernel_has_the_report_s_architecture(k: int) -> None:
    model, card = opened(f"cnn_k{k}")
    conv, pool, _, dense, _, answer = model.layers[1:]
    assert (conv.filters, conv.kernel_size, conv.activation.__name__) == (32, (k, k), "relu")
    assert (pool.pool_size, dense.units, dense.activation.__name__) == ((2, 2), 25, "relu")
    assert (answer.units, answer.activation.__name__) == (10, "softmax")
    side = (28 - k + 1) // 2
    by_hand = 32 * (k * k + 1) + (side * side * 32 + 1) * 25 + 26 * 10
    assert card.parameters == model.count_params() == by_hand
    assert k != 3 or by_hand == 135_805


@pytest.mark.parametrize("name", NAMES)
def test_cards_say_what_it_takes_to_make_the_model_again(name: str) -> None:
    _, card = opened(name)
    assert card.kind == "cnn"
    assert card.spec["source"] == "honest"
    assert card.n_test == 10_000
    assert {"python", "numpy", "keras", "tensorflow"} <= set(card.versions)
    assert len(card.history.epochs) == card.settings["max_iter"]
    assert card.history.ending == "finished"
    if name != "cnn_best":
        assert card.settings["learning_rate"] == "cosine"
        cnn.Settings.from_mapping(card.settings)
    judged = [epoch.validation_accuracy or 0 for epoch in card.history.epochs]
    kept = judged[-1] if name == "cnn_best" else max(judged)
    assert card.metrics["validation_accuracy"] == pytest.approx(kept)


@pytest.mark.parametrize("name", NAMES)
def test_keras_opens_them_in_its_safe_mode_and_numpy_reads_the_same(name: str) -> None:
    entry = store.find(name)
    theirs = backend.keras().saving.load_model(entry.path, safe_mode=True, compile=False)
    digits = as_pictures(mnist.embedded().images[::500])
    network = in_numpy(name)
    np.testing.assert_allclose(network.predict(digits), theirs(digits), atol=1e-5)
    _, inside = keras_file.network(entry.path.read_bytes())
    assert inside is not None
    assert inside.metrics == entry.card.metrics


def test_the_pad_s_network_is_small_enough_for_a_browser() -> None:
    network = in_numpy("cnn_best")
    assert graph.products(network) <= 6_000_000
    assert store.find("cnn_best").card.parameters <= 100_000
    assert store.find("cnn_best").path.stat().st_size < 1_000_000
    plain = {
        "InputLayer",
        "Conv2D",
        "BatchNormalization",
        "ReLU",
        "MaxPooling2D",
        "Flatten",
        "Dropout",
        "Dense",
    }
    assert {part.kind for part in network.parts} <= plain


def test_the_pad_s_card_tells_of_every_pen_and_whose_strokes_they_were() -> None:
    card = store.find("cnn_best").card
    cells = {
        (width, height): card.metrics[f"pen_{width}_{height}"]
        for width in (8, 12, 16, 20, 24, 28)
        for height in (90, 120, 150, 180, 220)
    }
    assert min(cells.values()) == card.metrics["pen_least_accuracy"] >= 0.985
    assert card.metrics["pen_accuracy"] == pytest.approx(np.mean(list(cells.values())))
    assert all(str(writer) in card.measured_on for writer in WRITERS_LEFT_OUT)
    assert "CC BY 4.0" in card.note


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(8, 220), (16, 150), (28, 90)])
def test_strangers_pen_digits_are_read_as_well_as_the_card_says(width: int, height: int) -> None:
    path = Path(os.environ.get("NNVIZ_DATA", "")) / "pendigits-train.unipen"
    if not path.is_file():
        pytest.skip("the pen strokes are not here: set NNVIZ_DATA to the folder of pendigits-train.unipen")
    model, card = opened("cnn_best")
    theirs = [digit for digit in unipen.read(path) if digit.writer in WRITERS_LEFT_OUT]
    pictures = [preprocessing.to_mnist(unipen.render(digit.strokes, width, height)) for digit in theirs]
    measured = accuracy(model, np.stack(pictures), np.array([digit.label for digit in theirs]))
    assert measured == pytest.approx(card.metrics[f"pen_{width}_{height}"], abs=2e-3)
    assert measured >= 0.985


def test_shipped_networks_stand_in_the_order_of_their_kernels() -> None:
    names = [entry.name for entry in store.entries("cnn") if entry.origin == "shipped"]
    assert [name for name in names if name.startswith("cnn_k")] == [f"cnn_k{k}" for k in (2, 3, 4, 8, 24)]
