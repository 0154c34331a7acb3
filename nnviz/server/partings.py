"""A browser that leaves while it is still connecting is no fault of the server's."""

from __future__ import annotations

from contextlib import suppress

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected


class QuietPartings:
    """ASGI middleware: a WebSocket whose browser has gone ends without a traceback in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk over one WebSocket."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        # Streamlit has ended the session then, or never begun one.
        with suppress(WebSocketDisconnect, WebSocketDisconnected):
            await self.app(scope, receive, send)
