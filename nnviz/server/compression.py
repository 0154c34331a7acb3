"""Streamlit's own files compressed once, and kept.

Streamlit sends them as they are, 2.7 MB for a first page. Compressed they are 0.9 MB, and as a file's address
changes with its content, the work is done once for as long as the server runs.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nnviz.server.base_path import below

_STATIC = "/static/"
_TEXT = ("text/", "application/javascript", "application/json", "image/svg")
_LEVEL = 6  # 9 takes twice the time, for which the first visitor waits, and saves a hundredth
_LEAST = 1000  # bytes that are worth it
_MOST = 64_000_000  # bytes that are kept


@dataclass(frozen=True)
class _Kept:
    start: Message
    body: bytes


class KeptCompressed:
    """ASGI middleware: files below /static/ go out as gzip to browsers that take it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[str, _Kept] = {}
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not _is_plain_request(scope):
            await self.app(scope, receive, send)
            return
        if kept := self._kept.get(scope["path"]):
            await send(kept.start)
            await send({"type": "http.response.body", "body": kept.body})
            return
        parts: list[bytes] = []
        start: Message = {}

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._answer(scope["path"], start, b"".join(parts), send)

        await self.app(scope, receive, gather)

    async def _answer(self, path: str, start: Message, body: bytes, send: Send) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        if start["status"] == 200 and _pays(headers, body):
            body = await asyncio.to_thread(gzip.compress, body, _LEVEL)
            headers["content-encoding"] = "gzip"
            headers["content-length"] = str(len(body))
            headers.add_vary_header("accept-encoding")
            if "etag" in headers:  # another form of the file is another entity
                headers["etag"] = f'{headers["etag"][:-1]}-gzip"'
            start = {**start, "headers": headers.raw}
            if path not in self._kept and self._size + len(body) <= _MOST:
                self._kept[path] = _Kept(start, body)
                self._size += len(body)
        await send(start)
        await send({"type": "http.response.body", "body": body})


def _is_plain_request(scope: Scope) -> bool:
    """Whether the whole of one of those files is asked for, by a browser that takes gzip."""
    if scope["type"] != "http" or scope["method"] != "GET" or not below(scope["path"]).startswith(_STATIC):
        return False
    return takes_gzip(scope) and not {"range", "if-none-match", "if-modified-since"} & set(
        Headers(scope=scope)
    )


def takes_gzip(scope: Scope) -> bool:
    """Whether whoever sent this request can do with gzip."""
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


def _pays(headers: Headers, body: bytes) -> bool:
    kind = headers.get("content-type", "")
    return "content-encoding" not in headers and kind.startswith(_TEXT) and len(body) >= _LEAST
