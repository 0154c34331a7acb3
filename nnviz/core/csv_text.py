"""Tables as CSV, in which no text is a formula: spreadsheets run what begins with "=", whoever typed it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: Any) -> Any:
    """A value as it may stand in a table that people take along; numbers stay what they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA) else value


def written(header: Iterable[str], lines: Iterable[Iterable[Any]]) -> str:
    """A table as a CSV file; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(cell, header))
    writer.writerows([cell(value) for value in line] for line in lines)
    return text.getvalue()
