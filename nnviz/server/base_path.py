"""Where the app lies below its host: Streamlit's `server.baseUrlPath`, for a proxy that shows it under one.

Streamlit puts its own addresses below it and leaves those of an application as they are. So they are brought
to where they are looked for, and everything that asks for an address asks here.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config


def base() -> str:
    """The path that everything is below: "" or, say, "/digits"."""
    told = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{told}" if told else ""


def below(path: str) -> str:
    """A request's path as it would be without a base."""
    above = base()
    return path[len(above) :] if above and path.startswith(f"{above}/") else path


class OwnRoutesBelow:
    """ASGI middleware: addresses of ours are found below the base as they are without one."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app, self.prefix = app, f"{prefix}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and base() and below(scope["path"]).startswith(self.prefix):
            path = below(scope["path"])
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self.app(scope, receive, send)
