"""Where the values of a setting stand along an axis, and what is written there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nnviz.core import numbers
from nnviz.core.results import Dimension, Row

_MOST_TICKS = 6


def places(rows: Sequence[Row], dimension: Dimension) -> list[Any]:
    """Where values stand on the axis: zero, which a logarithm has no place for, a decade to the left."""
    if dimension.scale == "names":
        return [row.labels[dimension.name] for row in rows]
    values = [row.values[dimension.name] for row in rows]
    if dimension.scale == "linear":
        return values
    least = min((value for value in values if value > 0), default=1.0)
    return [value if value > 0 else least / 10 for value in values]


def axis(rows: Sequence[Row], dimension: Dimension) -> dict[str, Any]:
    """The axis' scale, ends and ticks: powers of ten, few enough to read, and 0 where there is one."""
    values = [row.values[dimension.name] for row in rows]
    if dimension.scale == "names" or not values:
        names = told_apart(rows, dimension)
        whole = {"range": [-0.5, len(names) - 0.5]} if names else {}
        return {"type": "category", "categoryorder": "array", "categoryarray": names, **whole}
    if dimension.scale == "linear":
        return {"type": "linear", "range": _ends(values), **_whole(values)}
    positive = [value for value in values if value > 0] or [1.0]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    if high - low <= 2:
        ticks = sorted(set(positive))
        texts = [*map(numbers.alike(ticks), ticks)]
    else:
        powers = range(low, high + 1, max(1, math.ceil((high - low) / _MOST_TICKS)))
        ticks = [10.0**power for power in powers]
        least = -3 if low >= -3 else -1  # as `numbers.alike`: no 0.01 beside 10⁻⁶
        texts = [f"{10.0**p:g}" if least <= p <= 3 else numbers.power(p) for p in powers]
    if len(positive) < len(values):
        ticks, texts = [min(positive) / 10, *ticks], ["0", *texts]
    ends = _ends([math.log10(place) for place in places(rows, dimension)])
    return {"type": "log", "tickvals": ticks, "ticktext": texts, "tickangle": 0, "range": ends}


def _whole(values: Sequence[float]) -> dict[str, Any]:
    """Ticks of whole numbers where there is nothing between them: no 2.5 epochs, no kernel of 3.5 pixels."""
    if not all(float(value).is_integer() for value in values):
        return {}
    apart = max(1, math.ceil((max(values) - min(values)) / _MOST_TICKS))
    return {"tickmode": "linear", "tick0": min(values), "dtick": apart, "tickformat": "d"}


def _ends(values: Sequence[float]) -> list[float]:
    """From a little below the least to a little above the greatest."""
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 0.5
    return [low - room, high + room]


def told_apart(rows: Sequence[Row], dimension: Dimension) -> list[str]:
    """The setting's values as they are written: numbers by size, names as they come."""
    return list(
        dict.fromkeys(
            row.labels[dimension.name] for row in sorted(rows, key=lambda row: order(row, dimension))
        )
    )


def order(row: Row, dimension: Dimension) -> Any:
    """What to sort by: numbers by size, names as they come."""
    return 0 if dimension.scale == "names" else row.values[dimension.name]
