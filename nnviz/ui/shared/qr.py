"""An address to take along: as text with a button that copies it, and as a QR code."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlencode, urlsplit

import streamlit as st

from nnviz.core import qr
from nnviz.core.words import say


def address(page: str = "", **query: str) -> str:
    """The whole address of a page of this app, as the browser that looks at it reaches the app.

    Parameters
    ----------
    page
        As it stands in addresses: "MLP", "" for the first.
    """
    asked = urlsplit(st.context.url or "http://localhost:8501")
    # Of the address that the browser is at, all but the page itself: an app may lie below a path.
    below = asked.path.rstrip("/")
    own = st.get_option("server.baseUrlPath").strip("/")
    root = f"/{own}" if own and below.startswith(f"/{own}") else ""
    more = f"?{urlencode(query)}" if query else ""
    return f"{asked.scheme}://{asked.netloc}{root}/{page}{more}"


def show(told: str, *, key: str, width: int | Literal["stretch"] = 240) -> None:
    """An address as text and as a QR code.

    Parameters
    ----------
    width
        Of the code, in pixels, or "stretch".
    """
    st.code(told, language=None, wrap_lines=True)
    try:
        picture = qr.svg(told)
    except ValueError:
        st.caption(say("This address is too long for a QR code."))
        return
    with st.container(key=f"{key}_qr"):
        st.image(picture, width=width, alt=say("The address as a QR code"))
