"""The code of an MLP gives the trainer's weights and curve, bit for bit, and cannot be made to do else."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnviz import export
from nnviz.core.results import Run
from nnviz.data.splits import DataSpec
from nnviz.experiments.plan import Plan
from nnviz.model_store import mlp_file
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.trainers import base
from tests.experimenting import here
from tests.export.conftest import STUDY

Trained = Callable[..., tuple[Run, base.Outcome]]
pytestmark = pytest.mark.usefixtures("quick_digits")


def carried_out(code: str) -> dict[str, Any]:
    """The names that the code leaves behind."""
    left: dict[str, Any] = {}
    with redirect_stdout(io.StringIO()) as told:
        exec(compile(code, "script", "exec"), left)
    left["told"] = told.getvalue()
    return left


def check(run: Run, outcome: base.Outcome) -> None:
    left = carried_out(export.script(export.of_runs([run])))
    model = mlp_file.read_model(outcome.model, outcome.card)
    curve = [(e.loss, e.accuracy, e.validation_loss, e.validation_accuracy) for e in run.card.history.epochs]
    assert left["curve"] == curve
    for ours, theirs in zip(
        [*left["coefs"], *left["intercepts"]], [*model.coefs_, *model.intercepts_], strict=True
    ):
        assert np.array_equal(ours, theirs)
    assert left["results"][-1]["score"] == run.card.metrics["test_accuracy"]
    assert "the same to the last bit" in left["told"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.fixed_dictionaries(
        {
            "solver": st.sampled_from(["sgd", "adam"]),
            "momentum": st.sampled_from([0.0, 0.9]),
            "activation": st.sampled_from(sorted(ACTIVATIONS)),
            "penalty": st.sampled_from(["l1", "l2"]),
            "alpha": st.sampled_from([0.0, 0.01, 1.0]),
            "init": st.sampled_from(["he", "glorot", "normal"]),
            "dropout": st.sampled_from([0.0, 0.3]),
            "augment": st.sampled_from(["none", "small", "medium", "pens", "rubber"]),
            "learning_rate": st.sampled_from(["constant", "falling"]),
            "batch_size": st.sampled_from([7, 16, 600]),
            "hidden_layer_sizes": st.sampled_from([(), (9,), (100, 64)]),
            "tol": st.sampled_from([0.0, 0.05]),
            "random_state": st.sampled_from([None, 3]),
        }
    )
)
def test_any_settings_give_the_same_bits(trained: Trained, asked: dict[str, Any]) -> None:
    check(*trained(STUDY, **{"learning_rate_init": 0.004, "max_iter": 4, **asked}))


@pytest.mark.parametrize(
    "spec",
    [
        DataSpec("embedded", seed=3),
        DataSpec("study", seed=5, n=5000, n_test=500),
        DataSpec("study", n=600, n_test=100, scarce=3, kept=0.2, n_train=200, mislabelled=0.2),
        DataSpec("study", n=600, n_test=100, scarce=3, mislabelled=0.5, wrong="47"),
    ],
)
def test_digits_are_cut_and_spoiled_as_in_the_app(trained: Trained, spec: DataSpec) -> None:
    check(*trained(spec, max_iter=1, hidden_layer_sizes=(8,)))


def test_an_early_end_and_a_divergence_end_where_the_app_ends(trained: Trained) -> None:
    early = trained(max_iter=60, hidden_layer_sizes=(), tol=0.02)
    assert early[0].card.history.ending == "early"
    check(*early)
    diverged = trained(max_iter=5, learning_rate_init=5.0, alpha=100.0)
    assert diverged[0].card.history.ending == "diverged"
    check(*diverged)


def test_the_script_runs_without_the_app(trained: Trained, tmp_path: Path) -> None:
    run, _ = trained(title='"""\nraise SystemExit(1)', max_iter=2)
    code = export.script(export.of_runs([run]))
    assert "nnviz" not in code
    (tmp_path / "script.py").write_text(code, encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS", "PYTHON"))}
    told = subprocess.run(
        [sys.executable, "-I", "script.py"],
        cwd=tmp_path,
        env=bare,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the same to the last bit" in told.stdout


def test_an_experiment_is_a_loop_over_its_rows() -> None:
    plan = Plan(
        title="Rates",
        spec=DataSpec("study", n=200, n_test=50),
        settings={"max_iter": 2, "hidden_layer_sizes": (8,)},
        grid=(
            {"solver": ("adam", "sgd"), "dropout": (0.0, 0.2)},
            {"mislabelled": (0.3,), "penalty": ("l1",)},
        ),
        folds=2,
    )
    runs = here(plan)
    left = carried_out(export.script(export.of_plan(plan, runs)))
    assert [row["score"] for row in left["results"]] == [run.card.metrics["test_accuracy"] for run in runs]
    assert all(row["same"] for row in left["results"])
    assert len(left["results"]) == 10


def test_networks_of_principal_components_are_written_out_and_those_of_codes_left_out() -> None:
    plan = Plan(
        title="Features",
        spec=DataSpec("study", n=300, n_test=60),
        settings={"max_iter": 2, "hidden_layer_sizes": (8,)},
        grid=({"features": ("raw", "pca-9", "codes-autoencoder")},),
    )
    runs = here(plan)
    cells = export.of_plan(plan, runs)
    left = carried_out(export.script(cells))
    assert [row["score"] for row in left["results"]] == [
        run.card.metrics["test_accuracy"] for run in runs[:2]
    ]
    assert all(row["same"] for row in left["results"])
    assert "Left out of the experiment's trainings (1)" in cells[0].text


def test_two_runs_stand_side_by_side_with_their_difference(trained: Trained) -> None:
    (one, _), (other, _) = trained(max_iter=1), trained(DataSpec("embedded"), max_iter=1, solver="adam")
    left = carried_out(export.script(export.of_runs([one, other])))
    differs = other.card.metrics["test_accuracy"] - one.card.metrics["test_accuracy"]
    assert [row["same"] for row in left["results"]] == [True, True]
    assert f"{differs:+8.4f}  B: One" in left["told"]


@pytest.mark.parametrize(
    "title", ['x"\nimport os', "'''", "\\", "\u2028import os", "# %%", "\ud800", "`<b>`"]
)
def test_no_title_becomes_code(trained: Trained, title: str) -> None:
    run, _ = trained(max_iter=1, hidden_layer_sizes=())
    plain = export.of_runs([replace(run, name="One"), run])
    named = export.of_runs([replace(run, name=title), run])
    assert [c.text for c in plain if c.kind == "code" and "RUNS = [" not in c.text] == [
        c.text for c in named if c.kind == "code" and "RUNS = [" not in c.text
    ]
    code = export.script(named)
    kinds = [type(node) for node in ast.parse(code.encode("utf-8", "replace")).body]
    assert kinds == [type(node) for node in ast.parse(export.script(plain)).body]
    export.notebook(named)


def test_what_cannot_be_written_out_is_refused_in_a_sentence(trained: Trained) -> None:
    run, _ = trained(max_iter=1, hidden_layer_sizes=())
    stopped = replace(run.card, history=replace(run.card.history, ending="stopped"))
    brought = replace(run.card, spec={**run.card.spec, "source": "upload", "digest": "0" * 16})
    odd = replace(run.card, settings={**run.card.settings, "x": 1})
    for bad, why in (
        (replace(run, card=odd), "a way of its own"),
        (replace(run, parent="mlp@3"), "another network's weights"),
        (replace(run, card=stopped), "stopped by hand"),
        (replace(run, card=brought), "somebody brought"),
        (replace(run, library="keras"), "Another library"),
        (replace(run, fold=1), "cross-validation"),
        (replace(run, failure="No memory."), "No memory"),
    ):
        with pytest.raises(export.NotPlain, match=why):
            export.of_runs([bad])
