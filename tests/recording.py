"""A run to record, made without training anything; light to import, for processes that only write."""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Epoch, History, ModelCard
from nnviz.core.results import Answers, Run

EPOCHS = (
    Epoch(1, loss=1.5, accuracy=0.5, validation_loss=1.6, validation_accuracy=0.45, seconds=0.1),
    Epoch(2, loss=0.7, accuracy=0.8, validation_loss=0.9, validation_accuracy=0.71, seconds=0.25),
)
CARD = ModelCard(
    name="",
    kind="mlp",
    title="MLP",
    created="2026-01-02T03:04:05.678+00:00",
    data="embedded 5,000",
    data_digest="1f75c140503b3082",
    n_train=2700,
    n_test=300,
    seed=42,
    settings={"hidden_layer_sizes": (100, 64), "alpha": 0.5, "tol": None, "activation": "relu"},
    metrics={"train_accuracy": 0.8, "test_accuracy": 0.71},
    parameters=85_614,
    seconds=0.3,
    versions={"numpy": "2.4.6"},
    history=History(EPOCHS, "finished"),
    spec={"source": "study", "seed": 42, "n": 3000},
)


def answers(n: int = 300) -> Answers:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(10), n).astype(np.float32)
    return Answers(rng.permutation(5000)[:n], rng.integers(0, 10, n), probabilities, dict(CARD.spec))


RUN = Run(CARD, name="first", page="mlp", owner="ada", answers=answers())
