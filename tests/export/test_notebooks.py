"""Notebooks carried out as Jupyter does, without a screen: what they print is what the app found."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbclient
import nbformat

from nnviz import export
from nnviz.core.results import Run
from nnviz.export.files import Cell
from nnviz.trainers import base
from tests.experimenting import here, plan

Trained = Callable[..., tuple[Run, base.Outcome]]


def printed(cells: list[Cell], folder: Path) -> str:
    """All that the notebook of these cells prints, in a process that knows nothing of the app."""
    notebook: Any = nbformat.reads(export.notebook(cells), as_version=4)
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
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
