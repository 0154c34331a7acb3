"""What keeps other sites away from a visitor's browser, and strangers away from what is the server's own.

Which hosts are answered: an address in figures, a name without a dot, a name below .local, .internal or
.home.arpa, and the names in `NNVIZ_HOSTS`. A page on the internet can have its own name point at this
computer (DNS rebinding) and then asks as itself; such a name has a dot and is none of these.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nnviz.core.identity import LOOPBACK
from nnviz.core.words import say
from nnviz.server.base_path import below

HOSTS = "NNVIZ_HOSTS"  # names with dots that the app is reached by, with commas between them
METRICS_TOKEN = "NNVIZ_METRICS_TOKEN"  # by which another computer may ask for what is measured
FRAMES = "NNVIZ_FRAMES"  # sites that may show the app inside their pages, with spaces between them
_OWN = ("local", "internal", "home.arpa", "localhost")  # names below these cannot be had on the internet
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_FOR_NOBODY = ("/_stcore/agent",)  # Streamlit's door for programs, which the app has no use for
_FOR_THIS_COMPUTER = ("/_stcore/metrics", "/nnviz/metrics")
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip")


class Protection:
    """ASGI middleware: unknown hosts are refused, and every answer says what its page may load and do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or talk over one WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if refusal := _refusal(scope, headers):
            await _refuse(refusal, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                written = MutableHeaders(scope=message)
                written["x-content-type-options"] = "nosniff"
                written["referrer-policy"] = "same-origin"
                written["permissions-policy"] = "camera=(self), microphone=(), geolocation=(), payment=()"
                if not frames():
                    written["x-frame-options"] = "DENY"
                kind = written.get("content-type", "")
                if (
                    "content-security-policy" not in written and "javascript" not in kind
                ):  # as workers have theirs
                    written["content-security-policy"] = "default-src 'none'; frame-ancestors 'none'"
            await send(message)

        await self.app(scope, receive, protected)


def frames() -> tuple[str, ...]:
    """The sites that may show the app inside their pages."""
    return tuple(each for each in os.environ.get(FRAMES, "").split() if ";" not in each and "," not in each)


@lru_cache(maxsize=32)
def policy(page: bytes, host: str, shown_in: tuple[str, ...] = ()) -> str:
    """The Content Security Policy of a page: what it may load is what this server gives out.

    Parameters
    ----------
    page
        As HTML, from which the digests of the scripts in it are taken.
    host
        By which the page was asked for; WebSockets to it are allowed by name, as older Safaris want it.
    shown_in
        Sites that may show it inside their pages.
    """
    digests = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in _SCRIPT.findall(page))
    scripts = " ".join(f"'sha256-{digest}'" for digest in digests)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' blob: {scripts}".rstrip(),  # Streamlit runs components out of blobs
            "style-src 'self' 'unsafe-inline'",  # Streamlit writes its styles into the page as it goes
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' ws://{host} wss://{host}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "frame-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors " + " ".join(shown_in or ("'none'",)),
        )
    )


def is_known_host(host: str, also: Iterable[str] = ()) -> bool:
    """Whether a request for that host may be meant for this server.

    Parameters
    ----------
    host
        As the header has it, with or without a port.
    also
        Names that are known besides.
    """
    if not re.fullmatch(r"[A-Za-z0-9_.:%\[\]-]+", host):
        return False
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname or "", parts.port
    except ValueError:  # brackets that do not close, a port that is none
        return False
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return (
            ("." not in name and name != "")
            or name.endswith(tuple(f".{end}" for end in _OWN))
            or name in also
        )
    return True


def _refusal(scope: Scope, headers: Headers) -> tuple[int, str] | None:
    """The status and the sentence for a request that is not answered."""
    also = [name.strip().lower() for name in os.environ.get(HOSTS, "").split(",")]
    if not is_known_host(headers.get("host", ""), also):
        return 421, say(
            "This app does not know that address. If it is right, add its name to {setting}.", setting=HOSTS
        )
    path = below(scope["path"])
    if path.startswith(_FOR_NOBODY):
        return 404, "not found"
    if path.startswith(_FOR_THIS_COMPUTER) and not may_look_after(scope, headers):
        return 403, say("Only the computer that runs the app may ask for this.")
    return None


def may_look_after(scope: Scope, headers: Headers) -> bool:
    """Whether a request comes from this very computer and through no proxy, or has the token for metrics."""
    asks = (scope.get("client") or ("", 0))[0]
    if asks in LOOPBACK and not any(name in headers for name in _PASSED_ON):
        return True
    token = os.environ.get(METRICS_TOKEN, "").strip()
    given = headers.get("authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


async def _refuse(refusal: tuple[int, str], scope: Scope, receive: Receive, send: Send) -> None:
    status, words = refusal
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
    else:
        await PlainTextResponse(words, status_code=status)(scope, receive, send)
