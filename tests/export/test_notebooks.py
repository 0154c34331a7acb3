"""Notebooks carried out as Jupyter does, without a screen: what they print is what the app found."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest

from nnviz import export
from nnviz.core.results import Run
from nnviz.export.files import Cell
from nnviz.trainers import base
from tests.experimenting import here, plan

Trained = Callable[..., tuple[Run, base.Outcome]]


def printed(cells: list[Cell], folder: Path) -> str:
    """All that the notebook of these cells prints, in a process that knows nothing of the app."""
    notebook: Any = nbformat.reads(export.notebook(cells), as_version=4)
    ours = ("PYTHONPATH", "OPENBLAS", "OMP_")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    client: Any = nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=outside)
    return "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ()))


def test_a_training(trained: Trained, tmp_path: Path) -> None:
    run, _ = trained(max_iter=3, hidden_layer_sizes=(30,), title="Ours")
    told = printed(export.of_runs([run]), tmp_path)
    found = run.card.metrics["test_accuracy"]
    assert f"right on unseen digits: {found:.4f}; the app found {found:.4f}" in told
    assert "the same to the last bit" in told


def test_an_experiment_of_three_rows(tmp_path: Path) -> None:
    asked = plan(grid=({"alpha": (0.0, 0.1, 10.0)},))
    runs = here(asked)
    told = printed(export.of_plan(asked, runs), tmp_path)
    for run in runs:
        found = run.card.metrics["test_accuracy"]
        assert f"{found:8.4f} {found:8.4f}   yes" in told
    assert told.count("the same to the last bit") == 3


def test_a_cnn_an_autoencoder_and_an_mlp_side_by_side(trained: Trained, tmp_path: Path) -> None:
    runs = [
        trained(kind=kind, max_iter=2, title=kind, **settings)[0]
        for kind, settings in {
            "cnn": {"filters": 4, "augment": "small", "learning_rate": "cosine"},
            "autoencoder": {"code_size": 8, "noise": 0.1},
            "mlp": {},
        }.items()
    ]
    told = printed(export.of_runs(runs), tmp_path)
    assert told.count("the same to the last bit") == 1  # NumPy's
    for run, of in zip(runs, ("loss", "error", "loss"), strict=True):
        here, app = re.findall(
            rf"{of} of the last epoch: (\S+); the app found (\S+)", told[told.index(run.title) :]
        )[0]
        assert float(app) == run.card.history.epochs[-1].loss
        assert float(here) == pytest.approx(float(app), rel=1e-3)
    here, app = re.findall(r"right on unseen digits: (\S+); the app found (\S+)", told)[0]
    assert float(here) == pytest.approx(runs[0].card.metrics["test_accuracy"], abs=0.05)
    assert "differs" not in told  # an error and an accuracy have no difference
