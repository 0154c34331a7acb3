"""Streamlit's application with our routes and middleware, and how it is started."""

from __future__ import annotations

import ctypes
import logging
import os
import socket
import sys
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime import get_instance
from streamlit.web.server.starlette import starlette_server

from nnviz.components import faults, served
from nnviz.core import paths
from nnviz.core.words import say
from nnviz.server import logs
from nnviz.server.base_path import OwnRoutesBelow, base
from nnviz.server.browser_cookie import BrowserCookie
from nnviz.server.compression import KeptCompressed
from nnviz.server.forged_values import refuse_forged_values
from nnviz.server.frames import Frames
from nnviz.server.html_head import OwnHead
from nnviz.server.lighter_runs import lighten_runs
from nnviz.server.page_times import time_pages
from nnviz.server.partings import QuietPartings
from nnviz.server.protection import Protection
from nnviz.server.routes import routes
from nnviz.server.tidying import tidying
from nnviz.server.upload_memory import FileManager, limit_uploads

PREFIX = "/nnviz"  # of every address of ours
# Seconds of a thread's turn in Python, a tenth of the usual: where others are at work, each of the hundred
# messages of a page waits for one.
_TURN = 0.0005
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # settings of malloc, in glibc's numbers


@asynccontextmanager
async def _lifespan(_: object) -> AsyncIterator[None]:
    """While it serves: components know where, and what was deleted is cleared away now and then."""
    logs.set_up()  # again: uvicorn has given its loggers handlers meanwhile
    served.serve_at(base() + PREFIX)
    refuse_forged_values()
    time_pages()
    lighten_runs()
    limit_uploads(cast(FileManager, get_instance().uploaded_file_mgr))
    with tidying():
        yield
    served.serve_at("")


app = st.App(
    paths.root() / "app.py",
    lifespan=_lifespan,
    routes=routes(PREFIX),
    on_script_error=faults.tell,
    # The first is the outermost: what it sees is what the browser gets.
    middleware=[
        Middleware(QuietPartings),
        Middleware(Protection),
        Middleware(Frames),
        Middleware(BrowserCookie),
        Middleware(KeptCompressed),
        Middleware(OwnHead),
        Middleware(OwnRoutesBelow, PREFIX),
    ],
)


def serve(host: str, port: str, options: Sequence[str]) -> None:
    """Serve the app until it is interrupted.

    Parameters
    ----------
    host, port
        Where.
    options
        Streamlit's own, as its command line has them: "--server.headless", "true".

    Raises
    ------
    ValueError
        For words that are no options.
    """
    logs.set_up()
    _prepare_for_many()
    _give_memory_back()
    _answer_at_once()
    sys.setswitchinterval(_TURN)
    # Streamlit reads the settings in `.streamlit` beside the script that its process was started with.
    sys.argv = [str(paths.root() / "app.py")]
    # What a request says of whom it was forwarded for is believed only from a proxy that is named there.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    with suppress(KeyboardInterrupt):  # how it is ended
        app.run(config={"server.address": host, "server.port": int(port), **_options(options)})


def _prepare_for_many() -> None:
    """As many open connections as the account may have, and a log that stays small when they are used up."""
    for name in ("asyncio", "uvicorn.error"):
        logging.getLogger(name).addFilter(faults.Seldom())
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _give_memory_back() -> None:
    """Have glibc keep less of the memory that was let go of: 50 of 300 MB after a lesson.

    Else each of the threads that run pages has a heap of its own, with holes, and large arrays are kept in
    these as soon as one has been let go of.
    """
    with suppress(OSError, AttributeError):  # another system has another way
        setting = ctypes.CDLL("libc.so.6").mallopt
        for name, value in ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, 1 << 20), (_TRIM_THRESHOLD, 1 << 20)):
            setting(name, value)


def _answer_at_once() -> None:
    """Every answer leaves when it is written (TCP_NODELAY).

    The socket that Streamlit makes does not say that it is TCP, so asyncio leaves Nagle's algorithm on for
    its connections, and the second part of each small answer waits 40 ms until the browser has acknowledged
    the first.
    On Linux a connection takes the option over from the socket it arrived at.
    """
    bind = starlette_server._bind_socket

    def bound(address: str, port: int, backlog: int) -> socket.socket:
        listening = bind(address, port, backlog)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening

    starlette_server._bind_socket = bound


def _options(words: Sequence[str]) -> Mapping[str, Any]:
    """Options by name, each value of the type it looks like: true, 20, "text"."""
    found: dict[str, Any] = {}
    rest = list(words)
    while rest:
        name, given, value = rest.pop(0).partition("=")
        if not name.startswith("--") or "." not in name:
            raise ValueError(
                say(
                    "{name} is no option; one of Streamlit's is {example}.",
                    name=name,
                    example="--server.headless true",
                )
            )
        if not given:
            value = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        try:
            found[name[2:]] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            found[name[2:]] = value
    return found
