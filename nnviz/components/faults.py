"""What becomes of an error that nobody has foreseen: one sentence for the visitor, the rest for the log."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from nnviz.components import served
from nnviz.core import measures
from nnviz.core.words import say

log = logging.getLogger(__name__)


def tell(error: Exception) -> bool:
    """Log an error of a page's script, and say on the page under which number it stands in the log.

    Where there was no memory left, that is said, and nothing else is to be found out.

    Returns
    -------
    bool
        True: Streamlit shows nothing of its own.
    """
    if isinstance(error, MemoryError):
        log.warning("There was not enough memory on %s", _address())
        st.error(
            say(
                "There is not enough memory on the server for this just now. Try a smaller network, or try "
                "again a little later."
            ),
            icon=":material/memory:",
        )
        return True
    number = secrets.token_hex(3)
    measures.count("nnviz_faults_total")
    log.error("Fault %s on %s", number, _address(), exc_info=error)
    st.error(
        say(
            "Something went wrong here that should not. What you made is kept. Load the page again. If it "
            "comes back, tell whoever runs this app this number: **{number}**.",
            number=number,
        ),
        icon=":material/error:",
    )
    return True


@contextmanager
def contained() -> Iterator[None]:
    """What goes wrong in here is told, and the rest of the page is drawn; without our server it is raised."""
    try:
        yield
    except Exception as error:
        if not served.serving() and not isinstance(error, MemoryError):
            raise
        tell(error)


def _address() -> str:
    try:
        return (st.context.url or "a page").partition("?")[0]
    except Exception:  # outside of a page
        return "a page"


class Seldom(logging.Filter):
    """Lets a message through once every few seconds, however often it comes.

    A server that has run out of file descriptors fails at every connection that it cannot take, thousands of
    times a second, and would fill the disk with words about it.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        super().__init__()
        self.seconds = seconds
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written."""
        now, text = time.monotonic(), f"{record.name} {record.msg}"[:200]
        if now - self._last.get(text, -self.seconds) < self.seconds:
            return False
        if len(self._last) > 1000:
            self._last.clear()
        self._last[text] = now
        return True
