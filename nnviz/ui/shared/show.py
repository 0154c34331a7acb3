"""Putting a figure on the page, with its words for those who do not see it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import plotly.graph_objects as go
import streamlit as st

from nnviz import components, figures
from nnviz.core import paths
from nnviz.core.words import say
from nnviz.history import descriptions

_LAPTOP = 1280  # pixels of the width that pictures are made for
_LEAST = 300  # pixels of height that a picture has which grows with its column
_TYPE = 18  # pixels: .streamlit/config.toml
_ABOVE = 7  # lines above a chart while it is presented: tabs, and words about it
# Axes stand still, so that a finger scrolls the page and not the chart: nothing is left for these to do. A
# button of ours saves it, as lines and as numbers too (`frontend/page_bar/figures.js`).
_BUTTONS = [
    "toImage",
    "zoom2d",
    "pan2d",
    "select2d",
    "lasso2d",
    "zoomIn2d",
    "zoomOut2d",
    "autoScale2d",
    "resetScale2d",
]


def figure(
    picture: go.Figure,
    *,
    key: str,
    on_point: Callable[[list[str]], None] | None = None,
    grows: bool = False,
) -> None:
    """Show a figure over the full width; its text alternative goes with it.

    Parameters
    ----------
    on_point
        on_point(ids): told of a point that is pressed, by the names it carries as `customdata`.
    grows
        Whether a wider column makes it higher too, as square pixels want it.
    """
    more: dict[str, Any] = {}
    if on_point is not None:

        def pressed() -> None:
            state = st.session_state.get(key)  # None once the chart is no longer drawn
            points = state.selection.points if state else None
            ids = points[0].get("customdata") if points else None
            if ids:
                on_point([str(each) for each in ids])

        more = {"on_select": pressed, "selection_mode": "points"}
    grows = grows and components.presented_on() is None
    place = st.container(key=f"growing_{key}") if grows else st
    place.plotly_chart(
        picture.update_layout(height=_LEAST) if grows else presented(picture),
        key=key,
        height="stretch" if grows else "content",
        alt=figures.alt(picture),
        config={
            "displayModeBar": "hover" if figures.has_axes(picture) else False,
            "modeBarButtonsToRemove": _BUTTONS,
        },
        **more,
    )


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, alt: str) -> None:
    """Show a table of plain texts, whose first column says what each row is about.

    Streamlit's own is made by pandas, which takes half a second and 70 MB.

    Parameters
    ----------
    alt
        What the table is called by who hears the page.
    """
    head = "".join(f'<th scope="col">{html.escape(str(each))}</th>' for each in header)
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(first))}</th>'
        + "".join(f"<td>{html.escape(str(each))}</td>" for each in others)
        + "</tr>"
        for first, *others in rows
    )
    st.html(
        f'<div class="table" role="region" aria-label="{html.escape(alt)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def presented(picture: go.Figure) -> go.Figure:
    """A figure as large as the screen that somebody presents on: a chart fills its panel.

    A picture grows as the width of its column does, of which its pixels make use.
    """
    screen = components.presented_on()
    if screen is None:
        return picture
    width, height = screen
    type_size = min(max(0.0135 * width, 20), 36)  # frame.css
    own = picture.layout.height
    most = round(height - _ABOVE * type_size)
    high = most if figures.has_axes(picture) else min(most, round(own * width / _LAPTOP))
    return figures.enlarged(picture, type_size / _TYPE).update_layout(height=max(own, high))


def zone() -> tzinfo:
    """The time zone of the browser that looks at the page; UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def local(created: str) -> str:
    """A time in ISO's form by the clock of the browser: its day and minute."""
    return descriptions.moment(created, zone())


def digit_with_article(label: int) -> str:
    """A digit by its label: "a 7", "an 8"."""
    return say("an {label}", label=label) if label == 8 else say("a {label}", label=label)


_MARKUP = re.compile(r"([\\`*_\[\]$<~|])")
_BLOCK = re.compile(
    r"^(\s*)(?=>|[=-]{2}|(?:#{1,6}|[+-]|\d+[.)])(?:\s|$))", re.MULTILINE
)  # a heading, a quotation, a list
_MADE_LINKS = re.compile(r"(?<=:)(?=[\w+-]+:|[a-z]+/|//)|(?<=www)(?=\.)|(?<=@)(?=\S)", re.IGNORECASE)
_JOINER = "\u2060"  # shows nothing, and keeps what is on both sides of it together


def escaped(text: str) -> str:
    """Text that somebody typed, for where Markdown is read: it shows as it is, and fetches nothing.

    Markdown makes links of bare addresses, and Streamlit pictures of words between colons, whatever is
    escaped in them: these get a character between that nobody sees.
    """
    text = _MADE_LINKS.sub(_JOINER, text.replace("&", "&amp;"))
    return _BLOCK.sub(rf"\1{_JOINER}", _MARKUP.sub(r"\\\1", text))


def why(error: Exception) -> str:
    """Why something could not be done, for whoever asked for it; what the system says of its disk is not."""
    if isinstance(error, OSError):
        return say(
            "That could not be stored: the disk of this computer is full, or nothing may be written there. "
            "Make room, or set {setting} to another folder.",
            setting=paths.HOME,
        )
    return str(error)
