"""Numbers in a lesson are looked up, not typed: {{report lambda test layers=2 alpha=0.5}} becomes 88.67%.

{{report TABLE COLUMN name=value ...}} is a cell of the report's `assets/report_TABLE.csv`, and
{{network NAME VALUE}} what the card of one of the app's own networks says.
"""

from __future__ import annotations

import csv
import json
import math
import re
from functools import cache
from typing import Any

from nnviz.core import numbers, paths
from nnviz.core.words import say
from nnviz.experiments.published import TABLES
from nnviz.lessons.views import NETWORKS, Refused

_PLACE = re.compile(r"\{\{([^{}]*)\}\}")
_NETWORKS = {name for each in NETWORKS.values() for name in each.values()}


def filled(text: str) -> str:
    """The text with its numbers.

    Raises
    ------
    Refused
        When something in double braces is no number that can be looked up.
    """
    found = _PLACE.sub(lambda place: _looked_up(place[1].strip()), text)
    if "{{" in found or "}}" in found:
        raise Refused(say("Double braces are for numbers, and these are not closed."))
    return found


def _looked_up(asked: str) -> str:
    match asked.split():
        case ["report", table, column, *where]:
            return _reported(table, column, where)
        case ["network", name, value]:
            return _of_network(name, value)
    raise Refused(
        say(
            "“{asked}” is no number: say “report TABLE COLUMN name=value” or “network NAME VALUE”.",
            asked=asked[:60],
        )
    )


def _reported(table: str, column: str, where: list[str]) -> str:
    if table not in TABLES:
        raise Refused(say("The report has no table “{table}”: {of}.", table=table[:40], of=", ".join(TABLES)))
    wanted = dict(each.partition("=")[::2] for each in where)
    rows = [row for row in _rows(table) if all(_same(row.get(name), value) for name, value in wanted.items())]
    if len({row.get(column) for row in rows}) != 1 or not rows[0].get(column):
        raise Refused(say("That is not one number of the table “{table}”.", table=table))
    value = float(rows[0][column])
    return f"{value:.2%}" if column in ("train", "test") else f"{value:,g}"


def _same(one: str | None, other: str) -> bool:
    try:
        return one is not None and math.isclose(float(one), float(other), rel_tol=1e-9)
    except ValueError:
        return one == other


@cache
def _rows(table: str) -> tuple[dict[str, str], ...]:
    with (paths.assets() / f"report_{table}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def _of_network(name: str, value: str) -> str:
    if name not in _NETWORKS:
        raise Refused(
            say("The app has no network “{name}”: {of}.", name=name[:40], of=", ".join(sorted(_NETWORKS)))
        )
    card = _card(name)
    metrics, layers = card["metrics"], {row["name"]: row["parameters"] for row in card["layers"]}
    if value == "parameters":
        return f"{sum(layers.values()):,}"
    if value == "mistakes":  # on the digits that it was tested with
        return f"{round((1 - metrics['test_accuracy']) * card['n_test']):,}"
    if value in ("n_train", "n_test"):
        return f"{card[value]:,}"
    if value in card["settings"] and isinstance(card["settings"][value], int | float):
        return numbers.written(card["settings"][value])
    if value in layers:
        return f"{layers[value]:,}"
    if value not in metrics:
        raise Refused(
            say(
                "The card of {name} has no “{value}”: {of}.",
                name=name,
                value=value[:40],
                of=", ".join(metrics),
            )
        )
    return f"{metrics[value]:.2%}" if value.endswith("accuracy") else f"{metrics[value]:.4f}"


@cache
def _card(name: str) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((paths.shipped() / f"{name}.json").read_text(encoding="utf-8"))
    return card
