"""A list of runs whose lines can be ticked and opened: by pointer, finger or keyboard, on any screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import streamlit as st

from nnviz.components import registry

_mount = registry.component("run_list")


class Column(NamedTuple):
    """A column beside the name and the score. kind: "number", "wide" for what may need two lines, or ""."""

    title: str
    kind: str = ""


class Line(NamedTuple):
    """A line of the list.

    Attributes
    ----------
    id
        What it is told apart by.
    cells
        A text for each column.
    """

    id: str
    title: str
    score: str
    cells: tuple[str, ...]


def run_list(
    lines: Sequence[Line],
    columns: Sequence[Column],
    *,
    key: str,
    on_open: Callable[[str], None],
    back: str = "",
) -> list[str]:
    """Show the lines; what is ticked stays ticked while they are the same.

    Parameters
    ----------
    on_open
        on_open(id): told of a line that is opened, before the page runs again.
    back
        The line to be gone to when the list appears, as after it was opened.

    Returns
    -------
    list[str]
        The ids that are ticked, in the order of the list.
    """
    known = {line.id for line in lines}

    def opened() -> None:
        asked = st.session_state[key].opened
        if isinstance(asked, str) and asked in known:
            on_open(asked)

    start = registry.remembered(key)
    result = _mount(
        key=key,
        data={
            "columns": list(columns),
            "rows": [line._asdict() for line in lines],
            "start": _checked(start, known),
            "back": back,
        },
        default={"chosen": start},
        on_chosen_change=registry.nothing,
        on_opened_change=opened,
    )
    chosen = _checked(result.chosen, known)
    registry.remember(key, chosen)
    return [line.id for line in lines if line.id in chosen]


def _checked(message: Any, known: set[str]) -> list[str]:
    """Ids of lines that there are, whatever the browser sent."""
    asked = message if isinstance(message, list | tuple) else ()
    return [each for each in asked if isinstance(each, str) and each in known]
