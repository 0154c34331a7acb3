"""What a browser may say over its WebSocket, and how fast: what the pages of this app say, and nothing else.

Streamlit logs a traceback for bytes that it cannot read, and has words for the developer of an app, such as
"forget what is kept for everybody", which any browser could say. Who asks for more than a person can
look at waits, so that others do not (`core.pace`).
"""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from nnviz.components.faults import Seldom
from nnviz.core import pace
from nnviz.core.identity import COOKIE, is_secret, owner_of_secret

_SAID_BY_PAGES = (
    "rerun_script",
    "stop_script",
    "app_heartbeat",
    "file_urls_request",
    "backend_operation_request",
)
_NOT_UNDERSTOOD = 1002  # as WebSockets call a breach of what was agreed upon
_LATER = 1013  # and that somebody may come back later
_TURNED_AWAY = 1.0  # seconds that a connection is held for before it is refused

log = logging.getLogger(__name__)
log.addFilter(Seldom())


class Frames:
    """ASGI middleware: what is no message ends its connection; what no page says is not heard.

    A message that comes too fast waits, and those behind it with it; so does a connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk over one WebSocket."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        closed = False
        browser = pace.PACE.arrive(*_who(scope))
        wait = pace.PACE.ask(browser, pace.CONNECTED)
        if wait is None:  # before there is a session, which would take far more than this
            await asyncio.sleep(_TURNED_AWAY)
            await receive()
            await send({"type": "websocket.close", "code": _LATER, "reason": ""})
            return
        if wait:
            await asyncio.sleep(wait)

        async def close(code: int) -> Message:
            nonlocal closed
            closed = True
            await send({"type": "websocket.close", "code": code, "reason": ""})
            return {"type": "websocket.disconnect", "code": code, "reason": ""}

        async def understood() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                frame = message.get("bytes")
                said, whole = _kind(frame)
                if said is None:
                    log.warning("A browser sent what is no message; its connection is closed.")
                    return await close(_NOT_UNDERSTOOD)
                cost = (pace.PAGE if whole else pace.PART) + len(frame or b"") / pace.BYTES
                wait = pace.PACE.ask(browser, cost)
                if wait is None:
                    log.warning(
                        "A browser asks for far more than anybody can look at; its connection is closed."
                    )
                    return await close(_LATER)
                if wait:
                    await asyncio.sleep(wait)
                if said in _SAID_BY_PAGES:
                    return message

        async def as_long_as_it_is_open(message: Message) -> None:
            if not closed:
                await send(message)

        await self.app(scope, understood, as_long_as_it_is_open)


def _who(scope: Scope) -> tuple[str, str]:
    """The owner's id of the browser that connects, "" without a cookie, and its address."""
    secret = HTTPConnection(scope).cookies.get(COOKIE, "")
    owner = owner_of_secret(secret) if is_secret(secret) else ""
    return owner, (scope.get("client") or ("", 0))[0]


def _kind(frame: bytes | None) -> tuple[str | None, bool]:
    """Which message it is, "" for one that says nothing, None for none; whether it has a whole page run."""
    if frame is None:  # text
        return None, False
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except Exception:  # as protobuf has it: whatever is wrong with those bytes
        return None, False
    kind = message.WhichOneof("type") or ""
    return kind, kind == "rerun_script" and not message.rerun_script.fragment_id
