"""Which browser asks: a random cookie of our own, which no script on a page can read."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nnviz.core.identity import COOKIE, is_secret
from nnviz.server.base_path import base

_YEAR = 365 * 24 * 60 * 60  # seconds


class BrowserCookie:
    """ASGI middleware: a browser that opens a page without the cookie gets one; it is renewed for a year."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        known = request.cookies.get(COOKIE, "")
        secret = known if is_secret(known) else secrets.token_urlsafe(32)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _written(secret, secure=request.url.scheme == "https"))
            await send(message)

        await self.app(scope, receive, with_cookie)


def _written(secret: str, *, secure: bool) -> str:
    written = f"{COOKIE}={secret}; Max-Age={_YEAR}; Path={base() or '/'}; HttpOnly; SameSite=Lax"
    return f"{written}; Secure" if secure else written
