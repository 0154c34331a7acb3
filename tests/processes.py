"""Processes of their own that a test starts."""

from __future__ import annotations

import os


def unwatched(**more: str) -> dict[str, str]:
    """The environment with more in it, for a process whose lines are not counted.

    Counting them takes as long again as carrying them out. What walks through many pages, or trains, is left
    alone where the same lines are counted in this process.
    """
    told = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_CONFIG"}
    return told | more
