"""What the cards of the shipped MLPs say is what comes out when it is measured again."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from nnviz.core import blas
from nnviz.core.records import Array, ModelCard
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.evaluation import metrics
from nnviz.model_store import store
from nnviz.numpy_nn.classifier import MLPClassifier
from tests.processes import unwatched

Digits = tuple[Array, Array]


def opened(name: str) -> tuple[MLPClassifier, ModelCard]:
    entry = store.find(name)
    assert entry.origin == "shipped"
    return store.load(entry.path), entry.card


def accuracy(model: MLPClassifier, x: Array, y: Array) -> float:
    return metrics.evaluate(y, model.predict_proba(x)).accuracy


def as_rows(images: Array) -> Array:
    """(n, 28, 28) uint8 -> (n, 784) float32, worked out here and not by the code that trained."""
    return (images.reshape(len(images), -1).astype(np.float64) / 255).astype(np.float32)


@pytest.mark.parametrize("name", ["mlp", "mlp_study"])
def test_both_are_the_report_s_network_of_85614_parameters(name: str) -> None:
    model, card = opened(name)
    assert [w.shape for w in model.coefs_] == [(784, 100), (100, 64), (64, 10)]
    assert card.parameters == 85_614
    assert sum(layer.parameters for layer in card.layers) == 85_614
    assert card.kind == "mlp"
    assert card.history.ending == "finished"
    assert len(card.history.epochs) == card.settings["max_iter"]
    assert {"python", "numpy", "scikit-learn"} <= set(card.versions)


def test_the_study_network_scores_on_its_300_digits_what_its_card_says() -> None:
    model, card = opened("mlp_study")
    images, labels = mnist.embedded().images, mnist.embedded().labels
    split = splits.load_split(DataSpec("study", seed=card.seed))
    held_back = split.test_index
    assert (card.n_train, card.n_test, len(held_back)) == (2700, 300, 300)
    measured = accuracy(model, as_rows(images[held_back]), labels[held_back])
    assert measured == pytest.approx(card.metrics["test_accuracy"], abs=1e-9)
    learned = accuracy(model, split.x_train, split.y_train)
    assert learned == pytest.approx(card.metrics["train_accuracy"], abs=1e-9)
    assert card.data_digest == mnist.embedded().digest


def test_the_study_network_comes_out_of_the_report_s_settings() -> None:
    _, card = opened("mlp_study")
    settings = card.settings
    assert (settings["learning_rate_init"], settings["alpha"], settings["batch_size"]) == (0.004, 0.5, 16)
    assert (settings["init"], settings["momentum"], settings["max_iter"]) == ("normal", 0, 100)


def test_the_pad_s_network_scores_on_the_embedded_digits_what_its_card_says() -> None:
    model, card = opened("mlp")
    images, labels = mnist.embedded().images, mnist.embedded().labels
    measured = accuracy(model, as_rows(images), labels)
    assert measured == pytest.approx(card.metrics["embedded_accuracy"], abs=1e-9)
    assert measured > 0.99  # none of them was learned from


def test_the_pad_s_network_scores_on_the_10000_what_its_card_says(full_mnist: tuple[Digits, Digits]) -> None:
    model, card = opened("mlp")
    _, (images, labels) = full_mnist
    measured = accuracy(model, as_rows(images), labels.astype(np.int64))
    assert measured == pytest.approx(card.metrics["test_accuracy"], abs=1e-9)
    assert measured >= 0.992
    assert (card.n_train, card.n_test) == (54_000, 10_000)


@pytest.mark.usefixtures("full_mnist")
def test_the_pad_s_network_learned_from_54000_digits_none_of_which_is_embedded_or_a_test_digit() -> None:
    _, card = opened("mlp")
    split = splits.load_split(DataSpec("honest", seed=card.seed))
    assert card.data_digest == split.digest
    learned = {row.tobytes() for row in split.x_train}
    assert len(split.x_train) == 54_000
    assert learned.isdisjoint(row.tobytes() for row in as_rows(mnist.embedded().images))
    assert learned.isdisjoint(row.tobytes() for row in split.x_test)


def test_the_study_network_trained_again_is_the_same_to_the_last_bit() -> None:
    if not blas.kernels():
        pytest.skip("on this kind of processor products are added in another order")
    model, card = opened("mlp_study")
    code = (
        "from nnviz.core import blas; blas.set_up()\n"
        "import hashlib, json, sys\n"
        "from nnviz.data import splits\n"
        "from nnviz.numpy_nn import MLPClassifier\n"
        f"split = splits.load_split(splits.DataSpec('study', seed={card.seed}))\n"
        "model = MLPClassifier(**json.loads(sys.argv[1])).fit(split.x_train, split.y_train)\n"
        "print(hashlib.sha256(b''.join(w.tobytes() for w in model.coefs_ + model.intercepts_)).hexdigest())"
    )
    told = {name: value for name, value in unwatched().items() if name not in (*blas.THREADS, blas.KERNELS)}
    again = subprocess.run(
        [sys.executable, "-c", code, json.dumps(dict(card.settings))],
        env=told,
        capture_output=True,
        text=True,
        check=True,
    )
    kept = hashlib.sha256(b"".join(w.tobytes() for w in model.coefs_ + model.intercepts_)).hexdigest()
    assert again.stdout.strip() == kept
