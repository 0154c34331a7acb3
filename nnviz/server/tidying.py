"""What the server clears away on the side: deleted things that nobody can have again."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nnviz.history import repository
from nnviz.model_store import trash

_EVERY = 120.0  # seconds

log = logging.getLogger(__name__)


def tidy() -> None:
    """Remove for good what was deleted too long ago for an undo, as far as it can be reached."""
    try:
        trash.tidy()
        repository.tidy()
    except (OSError, repository.DatabaseUnavailable) as error:
        log.warning("What was deleted could not be cleared away yet: %s", error)


@asynccontextmanager
async def while_serving(_: object) -> AsyncIterator[None]:
    """Tidy at the start, which opens the database before somebody waits for it, and then now and then."""
    ended = threading.Event()

    def again_and_again() -> None:
        tidy()
        while not ended.wait(_EVERY):
            tidy()

    threading.Thread(target=again_and_again, name="nnviz-tidy", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
