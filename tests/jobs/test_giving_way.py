"""What gives way in the midst of its work comes out as if it had not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array, Epoch
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor, trial
from nnviz.experiments.plan import Plan
from nnviz.jobs.worker import Reporter, Turn
from nnviz.model_store import formats
from nnviz.trainers import base
from tests.experimenting import FEW, SMALL

SPEC = DataSpec(n=300, n_test=60)
MLP: dict[str, Any] = {"hidden_layer_sizes": (8,), "max_iter": 5, "dropout": 0.2, "augment": "small"}
CNN: dict[str, Any] = {"max_iter": 3, "batch_size": 32}
AUTOENCODER: dict[str, Any] = {"max_iter": 3, "batch_size": 32, "noise": 0.1}

Watched = Callable[[Reporter], list[Array]]


class Pausing(Reporter):
    """Gives way at the end of its second epoch, until `go_on`."""

    def __init__(self) -> None:
        self.turn = Turn()
        self.waits = threading.Event()
        self.epochs = 0
        super().__init__(lambda message: None, self._stop)

    def _stop(self) -> bool:
        self.turn.wait(lambda told: self.waits.set(), lambda: False)
        return False

    def epoch(self, epoch: Epoch) -> bool:
        self.ended()
        return super().epoch(epoch)

    def ended(self) -> None:
        self.epochs += 1
        if self.epochs == 2:
            self.turn.tell(1, False)

    def go_on(self) -> None:
        self.turn.tell(2, True)


def trained(kind: str, settings: dict[str, Any]) -> Watched:
    def train(watch: Reporter) -> list[Array]:
        split = splits.load_split(SPEC)
        outcome = base.trainer_of(kind).train(split, settings, watch, "t")
        network, _ = formats.format_of(f"t{outcome.suffix}").network(outcome.model)
        return [network.predict(split.x_test), network.predict(split.x_train)]

    return train


def tried(library: str) -> Watched:
    [each] = Plan("t", FEW, {**SMALL, "init": "glorot", "alpha": 0.1, "library": library}).trials()

    def train(watch: Reporter) -> list[Array]:
        def stop() -> bool:
            if isinstance(watch, Pausing):
                watch.ended()
            return watch.stop()

        run = trial.execute(splits.load_dataset(executor.pool_of(FEW)), each, stop)
        assert not run.failure
        assert run.answers is not None
        return [run.answers.probabilities, np.array([epoch.loss for epoch in run.card.history.epochs])]

    return train


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(trained("mlp", MLP), id="mlp"),
        pytest.param(trained("cnn", CNN), id="cnn"),
        pytest.param(trained("autoencoder", AUTOENCODER), id="autoencoder"),
        *(pytest.param(tried(library), id=library) for library in ("nnviz", "scikit-learn", "keras")),
    ],
)
def test_a_training_that_gives_way_to_another_of_its_kind_equals_one_that_did_not(work: Watched) -> None:
    nobody = Reporter(lambda message: None, lambda: False)
    whole = work(nobody)
    watch, came = Pausing(), []
    thread = threading.Thread(target=lambda: came.extend(work(watch)))
    thread.start()
    assert watch.waits.wait(300), "it does not give way"
    between = work(nobody)
    watch.go_on()
    thread.join()
    for found in (came, between):
        assert len(found) == len(whole) > 0
        for one, other in zip(found, whole, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_request_that_comes_late_is_not_heard() -> None:
    turn, waited = Turn(), []
    turn.tell(2, True)
    turn.tell(1, False)
    turn.wait(waited.append, lambda: False)
    assert waited == []
    turn.tell(3, False)
    turn.wait(waited.append, lambda: bool(waited))  # and who waits is asked whether to stop
    assert waited == [3]
