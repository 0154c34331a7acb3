"""What a browser may say over its WebSocket: what the pages of this app say, and nothing else.

Streamlit logs a traceback for bytes that it cannot read, and has words for the developer of an app, such as
"forget what is kept for everybody", which any browser could say.
"""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from nnviz.components.faults import Seldom

_SAID_BY_PAGES = (
    "rerun_script",
    "stop_script",
    "app_heartbeat",
    "file_urls_request",
    "backend_operation_request",
)
_NOT_UNDERSTOOD = 1002  # as WebSockets call a breach of what was agreed upon
_GONE: Message = {"type": "websocket.disconnect", "code": _NOT_UNDERSTOOD, "reason": ""}

log = logging.getLogger(__name__)
log.addFilter(Seldom())


class Frames:
    """ASGI middleware: what is no message ends its connection; what no page says is not heard."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk over one WebSocket."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        closed = False

        async def understood() -> Message:
            nonlocal closed
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                said = _kind(message.get("bytes"))
                if said in _SAID_BY_PAGES:
                    return message
                if said is None:
                    log.warning("A browser sent what is no message; its connection is closed.")
                    closed = True
                    await send({"type": "websocket.close", "code": _NOT_UNDERSTOOD, "reason": ""})
                    return _GONE

        async def as_long_as_it_is_open(message: Message) -> None:
            if not closed:
                await send(message)

        await self.app(scope, understood, as_long_as_it_is_open)


def _kind(frame: bytes | None) -> str | None:
    """Which message it is, "" for one that says nothing; None for none."""
    if frame is None:  # text
        return None
    message = BackMsg()
    try:
        message.ParseFromString(frame)
    except Exception:  # as protobuf has it: whatever is wrong with those bytes
        return None
    return message.WhichOneof("type") or ""
