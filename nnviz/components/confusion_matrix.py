"""The confusion matrix as a table that can be pressed: a cell, a row or a column, by pointer or keyboard."""

from __future__ import annotations

from typing import Any

from nnviz.components import registry
from nnviz.core.records import Array

Cell = tuple[int | None, int | None]
"""(true digit, predicted digit); None stands for "any", so (4, None) is all the fours."""

_mount = registry.component("confusion_matrix")


def confusion_matrix(counts: Array, *, key: str, title: str = "") -> Cell | None:
    """Show the matrix and let a cell be chosen.

    The choice stays when the page is run again or left and opened again; pressing it again takes it back.

    Parameters
    ----------
    counts
        (10, 10) whole numbers, rows true, columns predicted.
    title
        Stands before what it says, where several matrices stand together.

    Returns
    -------
    Cell | None
        The chosen cell or None. (4, None) is row 4's header, (None, 9) column 9's.
    """
    return _shown(counts, title, signed=False, key=key)


def confusion_difference(first: Array, second: Array, *, key: str, title: str) -> Cell | None:
    """Show how many more of each cell the second matrix has, as right where that is better, else as wrong.

    On the diagonal more is better, elsewhere less.

    Parameters
    ----------
    first, second
        Two matrices over the same digits, as `confusion_matrix` takes them.
    """
    return _shown(second - first, title, signed=True, key=key)


def _shown(counts: Array, title: str, *, signed: bool, key: str) -> Cell | None:
    data = {"counts": counts.tolist(), "title": title, "signed": signed}
    cell = _checked_cell(registry.chosen(_mount, data, key=key), len(counts))
    registry.remember(key, cell)
    return cell


def _checked_cell(message: Any, classes: int) -> Cell | None:
    """A cell if that is what the browser sent, else None: the message may come from anybody."""
    match message:
        case [None | int() as true, None | int() as predicted] if (true, predicted) != (None, None):
            within = all(n is None or (type(n) is int and 0 <= n < classes) for n in (true, predicted))
            return (true, predicted) if within else None
    return None
