"""Tables as CSV, in which no text is a formula: spreadsheets run what begins with "=", whoever typed it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\n")


def cell(value: Any) -> Any:
    """A value as it may stand in a table that people take along; numbers stay what they are."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r", "\n")  # a carriage return is not quoted, and begins a new line of the table
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def written(header: Iterable[str], lines: Iterable[Iterable[Any]]) -> str:
    """A table as a CSV file; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(cell, header))
    writer.writerows([cell(value) for value in line] for line in lines)
    return text.getvalue()
