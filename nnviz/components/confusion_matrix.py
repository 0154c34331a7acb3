"""The confusion matrix as a table that can be pressed: a cell, a row or a column, by pointer or keyboard."""

from __future__ import annotations

from typing import Any

from nnviz.components import registry
from nnviz.core.records import Evaluation

Cell = tuple[int | None, int | None]
"""(true digit, predicted digit); None stands for "any", so (4, None) is all the fours."""

_mount = registry.component("confusion_matrix")


def confusion_matrix(evaluation: Evaluation, *, key: str) -> Cell | None:
    """Show the matrix and let a cell be chosen.

    The choice stays when the page is run again or left and opened again; pressing it again takes it back.

    Returns
    -------
    Cell | None
        The chosen cell or None. (4, None) is row 4's header, (None, 9) column 9's.
    """
    chosen = registry.chosen(_mount, {"counts": evaluation.confusion.tolist()}, key=key)
    cell = _checked_cell(chosen, len(evaluation.confusion))
    registry.remember(key, cell)
    return cell


def _checked_cell(message: Any, classes: int) -> Cell | None:
    """A cell if that is what the browser sent, else None: the message may come from anybody."""
    match message:
        case [None | int() as true, None | int() as predicted] if (true, predicted) != (None, None):
            within = all(n is None or (type(n) is int and 0 <= n < classes) for n in (true, predicted))
            return (true, predicted) if within else None
    return None
