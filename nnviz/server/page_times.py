"""How long pages and strokes take the server, from the start of a page's script to its end."""

from __future__ import annotations

import time
from typing import Any

from streamlit.runtime.scriptrunner import script_runner

from nnviz.core import measures

PAGE, PART = "nnviz_page_seconds", "nnviz_part_seconds"


def time_pages() -> None:
    """Have Streamlit's runs of pages, and of parts of them, timed from now on."""
    runner: Any = script_runner
    if getattr(runner.exec_func_with_error_handling, "times", False):
        return
    execute = runner.exec_func_with_error_handling

    def timed(run: Any, context: Any) -> Any:
        began = time.perf_counter()
        measures.called()
        try:
            return execute(run, context)
        finally:
            seconds = time.perf_counter() - began
            part = bool(context.fragment_ids_this_run)
            measures.took(PART if part else PAGE, seconds)
            name = measures.called()
            if part and name:
                measures.took(name, seconds)

    timed.times = True  # type: ignore[attr-defined]
    runner.exec_func_with_error_handling = timed
