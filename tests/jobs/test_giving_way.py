"""What gives way in the midst of its work, or is paused and looked at, comes out as if it had not been."""

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
from nnviz.inference import flat
from nnviz.jobs.records import Until
from nnviz.jobs.window import Window
from nnviz.jobs.worker import Reporter, Turn
from nnviz.model_store import formats
from nnviz.trainers import base
from tests.experimenting import FEW, SMALL

SPEC = DataSpec(n=300, n_test=60)
MLP: dict[str, Any] = {"hidden_layer_sizes": (8,), "max_iter": 5, "dropout": 0.2, "augment": "small"}
CNN: dict[str, Any] = {"max_iter": 5, "batch_size": 32}
AUTOENCODER: dict[str, Any] = {"max_iter": 5, "batch_size": 32, "noise": 0.1}
STEPS: tuple[Until, ...] = ("batch", "batch", "epoch")

Watched = Callable[[Reporter], list[Array]]


class Pausing(Reporter):
    """Gives way at the end of its second epoch, until `go_on`; takes a look at its network meanwhile."""

    def __init__(self) -> None:
        self.turn, self.window = Turn(), Window()
        self.told = 1
        self.waits = threading.Event()
        self.epochs = 0
        super().__init__(lambda message: None, self._stop, turn=self.turn, window=self.window)

    def _stop(self) -> bool:
        self.turn.wait(lambda told: self.waits.set(), self._offer)
        return False

    def _offer(self) -> bool:
        self.window.look(0)
        self.window.offer()
        return False

    def epoch(self, epoch: Epoch) -> bool:
        self.ended()
        return super().epoch(epoch)

    def ended(self) -> None:
        self.epochs += 1
        if self.epochs == 2:
            self.turn.tell(1, False)

    def go_on(self, until: Until = "") -> None:
        self.waits.clear()
        self.told += 1
        self.turn.tell(self.told, True, until)


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
    ("work", "steps"),
    [
        pytest.param(trained("mlp", MLP), STEPS, id="mlp"),
        pytest.param(trained("cnn", CNN), STEPS, id="cnn"),
        pytest.param(trained("autoencoder", AUTOENCODER), STEPS, id="autoencoder"),
        *(pytest.param(tried(library), (), id=library) for library in ("nnviz", "scikit-learn", "keras")),
    ],
)
def test_a_training_that_gives_way_or_goes_step_by_step_equals_one_that_did_not(
    work: Watched, steps: tuple[Until, ...]
) -> None:
    nobody = Reporter(lambda message: None, lambda: False)
    whole = work(nobody)
    watch, came = Pausing(), []
    thread = threading.Thread(target=lambda: came.extend(work(watch)))
    thread.start()
    assert watch.waits.wait(300), "it does not give way"
    between = work(nobody)
    if steps:
        seen = watch.window.look(0)
        assert seen is not None
        network, _ = formats.format_of(f"t{seen.suffix}").network(seen.model)
        now = flat.with_values(network, seen.row.astype(np.float32))
        paper = splits.load_split(SPEC).x_test
        np.testing.assert_allclose(now.predict(paper), network.predict(paper), atol=5e-3)
        assert seen.epoch == 2
    for until in steps:
        watch.go_on(until)
        assert watch.waits.wait(300), f"it does not wait after its {until}"
    assert watch.epochs > 2 or not steps
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


def test_a_turn_for_a_batch_ends_with_it_and_one_for_an_epoch_does_not() -> None:
    turn, waited = Turn(), []
    turn.tell(1, True, "epoch")
    turn.passed("batch")
    turn.wait(waited.append, lambda: False)
    turn.passed("epoch")
    turn.wait(waited.append, lambda: bool(waited))
    turn.tell(2, True, "batch")
    turn.wait(waited.append, lambda: False)
    turn.passed("batch")
    turn.wait(waited.append, lambda: len(waited) > 1)
    assert waited == [1, 2]


def test_weights_are_taken_only_while_somebody_looks_and_not_too_often() -> None:
    now, taken = [0.0], []

    def weights() -> list[Array]:
        taken.append(now[0])
        return [np.full(3, float(len(taken)))]

    window = Window(lambda: now[0])
    window.open(lambda: (b"file", ".npz"), weights)
    for now[0] in np.arange(10.0, 20.0, 0.1):
        window.offer()
    assert taken == []
    assert window.look(0) is None
    for now[0] in np.arange(20.0, 40.0, 0.1):
        window.offer()
    assert len(taken) == pytest.approx(10, abs=1), "for five seconds, twice a second"
    assert np.diff(taken).min() >= 0.5
    seen = window.look(0)
    assert seen is not None
    assert (seen.model, seen.suffix, seen.row.dtype) == (b"file", ".npz", np.float16)
    assert window.look(seen.number) is None
    assert window.look(seen.number - 1).model == b""  # type: ignore[union-attr]
