"""The nearest digits left out and the network trained again, on the panel that shows them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core.kinds import kind_of
from nnviz.core.records import Epoch
from nnviz.core.results import Run
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.history import repository
from nnviz.model_store import formats, store
from nnviz.model_store.store import Entry
from nnviz.trainers.mlp import train_mlp
from nnviz.ui.shared import again
from tests.pages.reading import words

SPEC = DataSpec(n=300, n_test=100, seed=3)
TINY = {"hidden_layer_sizes": (8,), "max_iter": 4, "learning_rate_init": 0.05, "random_state": 5}
PANEL = """
from nnviz.data import splits
from nnviz.model_store import store
from nnviz.ui.shared import caches, why

entry = store.find("{name}")
split = caches.split(splits.told(entry.card.spec))
why.show(entry, split.x_test[3].reshape(28, 28), int(split.y_test[3]), key="cause")
"""


class Nobody:
    def epoch(self, epoch: Epoch) -> bool:
        return False

    def batch(self, done: int, total: int) -> bool:
        return False


def trained(spec: DataSpec, settings: dict[str, Any], title: str) -> Entry:
    outcome = train_mlp(splits.load_split(spec), settings, Nobody(), title)
    entry = store.put(outcome.model, outcome.suffix, replace(outcome.card, spec=asdict(spec)), "recent")
    repository.record_run(
        Run(card=entry.card, id=repository.new_id(), page="MLP", library=kind_of(entry.card.kind).library)
    )
    return entry


def right(entry: Entry) -> np.ndarray[Any, Any]:
    split = splits.load_split(SPEC)
    said: np.ndarray[Any, Any] = formats.read_network(entry.path).predict(split.x_test).argmax(axis=1)
    return said == split.y_test


def opened(name: str) -> AppTest:
    run = AppTest.from_string(PANEL.format(name=name), default_timeout=60).run()
    assert not run.exception
    return run


def test_a_network_is_trained_again_without_its_nearest_digits(
    nnviz_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = trained(SPEC, TINY, "Tiny")
    asked: list[tuple[DataSpec, Entry]] = []

    def at_once(kind: str, spec: DataSpec, settings: dict[str, Any], **_: Any) -> str:
        assert kind == "mlp"
        assert {name: settings[name] for name in TINY} == TINY
        asked.append((spec, trained(spec, settings, "Again")))
        return "0" * 32

    def known(job_id: str) -> jobs.Job:
        result = asked[0][1].name
        return jobs.Job(
            id=job_id, owner="me", kind="mlp", title="Again", total_epochs=4, state="done", result=result
        )

    monkeypatch.setattr(jobs, "start_training", at_once)
    monkeypatch.setattr(jobs, "find_job", known)
    run = opened(old.name)
    rows = [each for each in run.button_group if "_again_" in str(each.key)]
    assert [each.value for each in rows] == [list(range(6))] * 3  # all are ticked at first
    rows[1].set_value([])
    rows[2].set_value([]).run()
    assert "6 digits are left out" in words(run)
    next(each for each in run.button if str(each.key).endswith("_go")).click().run()
    assert not run.exception

    split, ((spec, new),) = splits.load_split(SPEC), asked
    far = ((split.x_train - split.x_test[3]) ** 2).sum(axis=1)
    nearest = splits.cut(SPEC, mnist.embedded()).train[np.argsort(far)[:6]]
    assert spec == replace(SPEC, without=tuple(sorted(nearest.tolist())))
    before, after = right(old), right(new)
    said = words(run)
    assert f"On 100 digits that neither learned from: **{before.mean():.2%}** before" in said
    assert f"**{after.mean():.2%}** now" in said
    assert f"Newly right: **{(after & ~before).sum()}**, newly wrong: **{(before & ~after).sum()}**" in said
    assert "One retraining is one sample" in said
    assert len(run.get("plotly_chart")) == 4  # pixels, units, and the digit by both networks


def test_what_cannot_be_trained_again_is_told_in_a_sentence(
    nnviz_home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = trained(SPEC, TINY, "Kept")
    outcome = train_mlp(splits.load_split(SPEC), TINY, Nobody(), "Stopped")
    card = replace(outcome.card, spec=asdict(SPEC), history=replace(outcome.card.history, ending="stopped"))
    stopped = store.put(outcome.model, outcome.suffix, card, "recent")
    assert "This training was stopped by hand" in words(opened(stopped.name))
    assert again.why_not(kept, SPEC) == ""
    run = repository.run_of_network(kept.name)
    assert run is not None
    monkeypatch.setattr(repository, "run_of_network", lambda _: replace(run, parent="mlp"))
    assert "not trained from fresh weights" in again.why_not(kept, SPEC)
    monkeypatch.setattr(repository, "run_of_network", lambda _: None)
    assert "not in the history" in again.why_not(kept, SPEC)


@pytest.mark.parametrize("name", ["cnn_k3", "mlp"])
def test_networks_of_the_app_can_be_trained_again(nnviz_home: object, name: str) -> None:
    assert again.why_not(store.find(name), DataSpec("honest")) == ""


def test_settings_that_no_training_here_takes_are_told_of(nnviz_home: object) -> None:
    assert "has no setting called" in again.why_not(store.find("cnn_best"), DataSpec("honest"))
