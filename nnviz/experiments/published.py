"""The report's own numbers, as it printed them: `assets/report_*.csv`, to stand beside ours."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from nnviz.core import paths

TABLES = ("lambda", "rate", "batch", "grid", "folds", "libraries", "representations", "kernels")

# Columns that are settings, and what the network calls them; all others are measurements.
_LAYERS = {"0": (), "1": (100,), "2": (100, 64)}
_FEATURES = {
    "raw": "raw",
    "pca": "pca-*",
    "codes": "codes-autoencoder",
}  # of how many components: not said
_SETTINGS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "layers": ("hidden_layer_sizes", _LAYERS.__getitem__),
    "alpha": ("alpha", float),
    "learning_rate_init": ("learning_rate_init", float),
    "batch_size": ("batch_size", int),
    "activation": ("activation", str),
    "library": ("library", str),
    "init": ("init", str),
    "folds": ("folds", int),
    "features": ("features", _FEATURES.__getitem__),
    "kernel_size": ("kernel_size", int),
}


@dataclass(frozen=True)
class Reported:
    """A line of one of the report's tables.

    Attributes
    ----------
    test, train
        Accuracies in [0, 1]; `train` is None where it gives none.
    seconds
        None where it gives none.
    """

    settings: Mapping[str, Any]
    test: float
    train: float | None = None
    seconds: float | None = None


@cache
def table(name: str) -> tuple[Reported, ...]:
    """The lines of a table, one of TABLES, in the report's order."""
    with (paths.assets() / f"report_{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(_line(row) for row in csv.DictReader(file))


def beside(lines: tuple[Reported, ...], settings: Mapping[str, Any]) -> Reported | None:
    """The report's line for these settings: the first whose settings are all among them, or None."""
    return next((line for line in lines if _fits(line.settings, settings)), None)


def _line(row: Mapping[str, str]) -> Reported:
    def number(column: str) -> float | None:
        return float(row[column]) if row.get(column) else None

    settings = {_SETTINGS[key][0]: _SETTINGS[key][1](value) for key, value in row.items() if key in _SETTINGS}
    return Reported(settings, float(row["test"]), number("train"), number("seconds"))


def _fits(wanted: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    return all(name in settings and _same(value, settings[name]) for name, value in wanted.items())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9)
    if isinstance(one, str):
        return fnmatchcase(str(other), one)
    return bool(one == other)
