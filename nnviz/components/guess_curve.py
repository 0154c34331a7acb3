"""A curve that is drawn as a guess, before there is a result: with a pointer, a finger or keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nnviz.components import registry

_mount = registry.component("guess_curve")


def guess_curve(
    along: Sequence[str],
    *,
    x: str,
    y: str,
    key: str,
    low: float = 0.0,
    high: float = 1.0,
    parts: bool = True,
    before: Sequence[float] | None = None,
    still: bool = False,
) -> list[float] | None:
    """Show the axes, and the curve that is drawn in them.

    Parameters
    ----------
    along
        The places along the axis, in words; two or more.
    x, y
        Titles of the axes.
    parts
        Whether its numbers, from `low` to `high`, are parts of a whole.
    before
        What was drawn earlier.
    still
        Show that, and let nothing be changed.

    Returns
    -------
    list[float] | None
        A number for each place; None while nothing is drawn.
    """
    n = len(along)
    start = registry.remembered(key, list(before) if before is not None else None)
    result = _mount(
        key=key,
        data={
            "along": list(along),
            "low": low,
            "high": high,
            "parts": parts,
            "x": x,
            "y": y,
            "start": _checked(start, n, low, high),
            "still": still,
        },
        default={"chosen": start},
        on_chosen_change=registry.nothing,
    )
    chosen = _checked(result.chosen, n, low, high)
    registry.remember(key, chosen)
    return chosen


def _checked(message: Any, n: int, low: float, high: float) -> list[float] | None:
    """A number for each place, whatever the browser sent."""
    if not isinstance(message, list | tuple) or len(message) != n:
        return None
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in message):
        return None
    if not all(math.isfinite(each) and low <= each <= high for each in message):
        return None
    return [float(each) for each in message]
