"""What the server does on the side: it clears away deleted things that nobody can have again, and half files.

And trainings that a server was at when it was killed, it takes up again.
"""

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
    from nnviz import classroom, jobs
    from nnviz.core import paths, safe_files
    from nnviz.data import kept_digits
    from nnviz.history import people, repository
    from nnviz.inspection import landscape_files
    from nnviz.model_store import store, trash
    from nnviz.representations import embedding_files

    take_up()
    jobs.write_held()
    try:
        trash.tidy()
        store.tidy()
        kept_digits.tidy()
        embedding_files.tidy()
        landscape_files.tidy()
        safe_files.sweep(paths.home())  # of jobs, maps and runs that wait as well
        repository.tidy()
        classroom.expire()
        store.expire(people.teachers())
    except (OSError, repository.DatabaseUnavailable) as error:
        log.warning("What was deleted could not be cleared away yet: %s", error)


def take_up() -> None:
    """Have trainings begun again whose server was killed."""
    from nnviz import jobs

    try:
        if jobs.is_any_ordered():
            jobs.take_up()
    except Exception:  # the others are served all the same
        log.exception("What was left behind could not be taken up")


@contextmanager
def tidying() -> Iterator[None]:
    """Take up what was left, then tidy now and then, first when early visitors have their pages."""
    ended = threading.Event()

    def again_and_again() -> None:
        take_up()
        wait = _FIRST
        while not ended.wait(wait):
            tidy()
            wait = _EVERY

    threading.Thread(target=again_and_again, name="nnviz-tidy", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
