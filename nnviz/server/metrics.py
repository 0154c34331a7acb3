"""What this server has measured, in Prometheus' text form: numbers of all visitors together."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import psutil
from streamlit.runtime import exists, get_instance

from nnviz.core import measures
from nnviz.core.measures import Labels

KIND = "text/plain; version=0.0.4; charset=utf-8"
MEANING = {
    "nnviz_sessions": "Pages that are open in browsers.",
    "nnviz_stroke_seconds": "Time that the server worked at the end of a stroke on the pad.",
    "nnviz_page_seconds": "Time that the server worked on a whole page.",
    "nnviz_part_seconds": "Time that the server worked on a part of a page that was drawn again.",
    "nnviz_jobs": "Jobs of this server that run or wait in its queue.",
    "nnviz_jobs_total": "Jobs of this server that have ended.",
    "nnviz_faults_total": "Errors that nobody has foreseen.",
    "nnviz_memory_bytes": "Memory of this server's process.",
}


def text() -> str:
    """All of it as it is now."""
    return measures.told(MEANING, _gauges())


def _gauges() -> Iterator[tuple[str, Labels, float]]:
    yield "nnviz_sessions", (), float(_sessions())
    yield "nnviz_memory_bytes", (), float(psutil.Process().memory_info().rss)
    states: dict[str, int] = {"queued": 0, "running": 0}
    background: Any = sys.modules.get("nnviz.jobs.background")  # not imported for this: it brings Dask
    for (_, state), number in (background.numbers() if background else {}).items():
        states[state] = states.get(state, 0) + number
    for state, number in states.items():
        yield "nnviz_jobs", (("state", state),), float(number)


def _sessions() -> int:
    return len(get_instance()._session_mgr.list_active_sessions()) if exists() else 0
