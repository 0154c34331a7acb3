"""What the server clears away on the side: deleted things that nobody can have again, and half files."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_FIRST, _EVERY = 20.0, 120.0  # seconds

log = logging.getLogger(__name__)


def tidy() -> None:
    """Remove what was deleted too long ago for an undo, and what was left half written, where it can be."""
    # Late: SQLAlchemy would keep the server from listening for a quarter of a second.
    from nnviz import jobs
    from nnviz.core import paths, safe_files
    from nnviz.data import kept_digits, stratified
    from nnviz.history import repository
    from nnviz.model_store import store, trash
    from nnviz.representations import embedding_files

    jobs.write_held()
    try:
        trash.tidy()
        store.tidy()
        kept_digits.tidy()
        stratified.tidy()
        embedding_files.tidy()
        safe_files.sweep(paths.home())  # of jobs, maps and runs that wait as well
        repository.tidy()
    except (OSError, repository.DatabaseUnavailable) as error:
        log.warning("What was deleted could not be cleared away yet: %s", error)


@contextmanager
def tidying() -> Iterator[None]:
    """Tidy now and then, first when those who came as the server started have their pages."""
    ended = threading.Event()

    def again_and_again() -> None:
        wait = _FIRST
        while not ended.wait(wait):
            tidy()
            wait = _EVERY

    threading.Thread(target=again_and_again, name="nnviz-tidy", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
