"""Experiments with networks that Keras trains: rows, directions, and that old plans stay what they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnviz.core import kinds
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import axes, charts, executor, plan, tables, trial
from nnviz.experiments.plan import Plan, PlanRefused
from nnviz.figures import sweeps
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
        assert run.card.metrics == direct.card.metrics
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
    best = sweeps.best_of(rows, kinds.ERROR)
    assert best is not None
    assert best.values == {"code_size": 64}
    (figure,) = charts.charts(CODES, rows, runs, title="Codes")
    assert f"Test error is lowest, {large:.4f}, at 64" in figure.layout.meta["alt"]
    assert figure.layout.yaxis.tickformat is None, "an error is no part of a hundred"
    assert "0.0" in tables.to_csv(CODES, rows)


def test_what_a_kind_has_not_is_refused_in_a_sentence() -> None:
    with pytest.raises(PlanRefused, match="CNN, has no λ"):
        executor.check(replace(CNNS, grid=({"alpha": (0.1,)},)))
    with pytest.raises(PlanRefused, match="kernel_size"):
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
