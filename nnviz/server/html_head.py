"""The head and the styles of every page: what the browser fetches before a script has asked for it."""

from __future__ import annotations

import gzip
import re
from functools import lru_cache, partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nnviz.components import served
from nnviz.server import protection
from nnviz.server.compression import takes_gzip

# Streamlit's own font, 0.1 MB, which the theme does not use.
_FONTS = re.compile(rb'\s*<link[^>]*?\bas="font"[^>]*?/?>', re.DOTALL)


class OwnHead:
    """ASGI middleware: takes the preloading of fonts out of pages, and puts our modules and a script in."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def rewrite(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                # A file that is downloaded, as the pad is, belongs to no server and stays as it was made.
                opened = not headers.get("content-disposition", "").startswith("attachment")
                kind = headers.get("content-type", "")
                if message["status"] == 200 and opened and kind.startswith("text/html"):
                    start.update(message)
                    return
            if not start:
                await send(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                headers = MutableHeaders(raw=list(start["headers"]))
                page = b"".join(parts)
                if headers.get("content-encoding") == "gzip":  # Streamlit's, of an address that is no file
                    page = gzip.decompress(page)
                page = with_own_head(page)
                asked_as = Headers(scope=scope).get("host", "")
                headers["content-security-policy"] = protection.policy(page, asked_as, protection.frames())
                headers.add_vary_header("accept-encoding")
                if takes_gzip(scope):
                    page = compressed(page)
                    headers["content-encoding"] = "gzip"
                headers["content-length"] = str(len(page))
                for name in ("etag", "last-modified"):
                    del headers[name]
                await send({**start, "headers": headers.raw})
                await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, rewrite)


compressed = lru_cache(maxsize=8)(partial(gzip.compress, mtime=0))


@lru_cache(maxsize=8)
def with_own_head(page: bytes) -> bytes:
    """A page of Streamlit's with our head and styles; our modules are fetched beside Streamlit's own."""
    page = _FONTS.sub(b"", page)
    page = page.replace(b"<head>", b"<head><script>" + _first_script() + b"</script>" + _translation(), 1)
    link = f'<link rel="modulepreload" href="{served.module_address(served.ALL)}">'
    page = page.replace(b"</head>", link.encode() + b"</head>", 1)
    # At the end: Streamlit writes its own styles into the head, and of equals the last one counts.
    sheet = f'<link rel="stylesheet" href="{served.module_address(served.STYLES)}">'
    return page.replace(b"</body>", sheet.encode() + b"</body>", 1)


def _first_script() -> bytes:
    return served.frontend().files["shared/head.js"].plain


def _translation() -> bytes:
    """The texts of the language in use, before any component; nothing for English."""
    there = served.TRANSLATION in served.frontend().files
    return f'<script src="{served.module_address(served.TRANSLATION)}"></script>'.encode() if there else b""
