"""Experiments with networks that Keras trains: rows, directions, and that old plans stay what they were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from nnviz.core import kinds, results
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import axes, charts, executor, plan, tables, trial
from nnviz.experiments.plan import Plan, PlanRefused
from nnviz.keras_models import autoencoder
from nnviz.model_store import keras_file
from nnviz.trainers import base

SPEC = DataSpec("study", 7, n=300, n_test=60)
CNNS = Plan(
    "Kernels",
    SPEC,
    {"filters": 2, "dense": 8, "max_iter": 1, "batch_size": 32},
    ({"kernel_size": (2, 5)},),
    (7,),
    kind="cnn",
)
CODES = Plan(
    "Codes", SPEC, {"max_iter": 4, "batch_size": 32}, ({"code_size": (2, 64)},), (7,), kind="autoencoder"
)


class _Nobody:
    def epoch(self, _: object) -> bool:
        return False

    def batch(self, *_: int) -> bool:
        return False


def _runs(asked: Plan) -> list[trial.Run]:
    whole = splits.load_dataset(executor.pool_of(asked.spec))
    return [trial.execute(whole, each) for each in asked.trials("e")]


def test_an_mlps_plan_is_known_by_the_key_it_always_had() -> None:
    before = Plan("λ", DataSpec("study", 42), {"max_iter": 3}, ({"alpha": (0.1, 1.0)},), (1, 2), 0)
    assert before.key == "b5b25b4a36f4f2b5"
    assert replace(before, kind="cnn").key != before.key
    told = plan.to_json(before)
    del told["kind"]
    assert plan.from_json(told) == before, "as the history has it from before"
    assert plan.from_json(plan.to_json(CNNS)) == CNNS


def test_a_cnns_rows_are_what_its_trainer_gives() -> None:
    runs = _runs(CNNS)
    assert executor.check(CNNS) == 240
    for run, kernel in zip(runs, (2, 5), strict=True):
        direct = base.trainer_of("cnn").train(
            splits.load_split(SPEC), {**CNNS.settings, "kernel_size": kernel}, _Nobody(), "alone"
        )
        assert not run.failure
        theirs = dict(direct.card.metrics)
        outside = run.card.metrics["outside_accuracy"]
        assert run.card.metrics == theirs | {"outside_accuracy": outside}
        network, _ = keras_file.network(direct.model)
        parts = splits.cut(SPEC, whole := splits.load_dataset(SPEC))
        said = network.predict(mnist.to_rows(whole.images[parts.outside])).argmax(axis=1)
        assert outside == pytest.approx(float(np.mean(said == whole.labels[parts.outside])), abs=1e-3)
        learned = splits.load_split(SPEC)
        said = network.predict(learned.x_train[24:]).argmax(axis=1)  # the first tenth chose the epoch
        assert theirs["train_accuracy"] == pytest.approx(
            float(np.mean(said == learned.y_train[24:])), abs=0.01
        )
        assert run.card.kind == "cnn"
        assert run.library == "keras"
        assert run.answers is not None
        assert run.answers.right.mean() == pytest.approx(run.card.metrics["test_accuracy"])
    assert [row.test.mean for row in tables.rows(CNNS, runs) if row.test] == [
        run.card.metrics["test_accuracy"] for run in runs
    ]


def test_the_best_code_is_the_one_with_the_smallest_error() -> None:
    runs = _runs(CODES)
    rows = tables.rows(CODES, runs)
    small, large = (run.card.metrics["test_error"] for run in runs)
    assert large < small, "64 numbers tell more of a digit than 2"
    best = results.best_of(rows, kinds.ERROR)
    assert best is not None
    assert best.values == {"code_size": 64}
    (figure,) = charts.charts(CODES, rows, runs, title="Codes")
    assert f"Test error is lowest, {large:.4f}, at 64" in figure.layout.meta["alt"]
    assert figure.layout.yaxis.tickformat is None, "an error is no part of a hundred"
    assert "0.0" in tables.to_csv(CODES, rows)


def test_what_codes_are_worth_is_what_scikit_learns_neighbours_read() -> None:
    asked = replace(CODES, grid=({"code_size": (8,)},))
    (run,) = _runs(asked)
    split = splits.load_split(SPEC)
    direct = base.trainer_of("autoencoder").train(split, {**CODES.settings, "code_size": 8}, _Nobody(), "a")
    model = keras_file.read_model(direct.model)
    theirs = KNeighborsClassifier(5).fit(autoencoder.encode(model, split.x_train), split.y_train)
    read = theirs.score(autoencoder.encode(model, split.x_test), split.y_test)
    assert run.card.metrics[tables.CODE_METRIC] == pytest.approx(read, abs=1.01 / len(split.x_test))
    (row,) = tables.rows(asked, [run])
    assert row.codes is not None
    header, lines = tables.columns(asked, [row])
    assert lines[0][header.index(tables.CODES)] == run.card.metrics[tables.CODE_METRIC]
    assert row.outside is not None, "the digits that are in neither part are drawn again too"


def test_what_a_kind_has_not_is_refused_in_a_sentence() -> None:
    with pytest.raises(PlanRefused, match="CNN, has no λ"):
        executor.check(replace(CNNS, grid=({"alpha": (0.1,)},)))
    with pytest.raises(PlanRefused, match="Kernel size"):
        executor.check(replace(CNNS, grid=({"kernel_size": (3, 40)},)))
    with pytest.raises(PlanRefused, match="no kind of network"):
        executor.check(replace(CNNS, kind="rnn"))
    with pytest.raises(PlanRefused, match="one of"):
        axes.values("alpha", "1", "cnn")


@pytest.mark.parametrize("kind", ["cnn", "autoencoder"])
def test_every_axis_suggests_what_its_kind_takes(kind: str) -> None:
    for name, axis in axes.of(kind).items():
        spec = replace(SPEC, n=3000, n_test=300, **({"scarce": 4} if name == "kept" else {}))
        asked = Plan("one", spec, {}, ({name: axes.values(name, axis.values, kind)},), kind=kind)
        assert executor.check(asked) > 0
