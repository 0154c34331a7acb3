"""Putting a figure on the page, with its words for those who do not see it."""

from __future__ import annotations

import re

import plotly.graph_objects as go
import streamlit as st

from nnviz import figures


def figure(picture: go.Figure, *, key: str) -> None:
    """Show a figure over the full width; its text alternative goes with it."""
    st.plotly_chart(
        picture,
        key=key,
        alt=figures.alt(picture),
        config={"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"]},
    )


def plain(text: str) -> str:
    """Text that somebody typed, for where Markdown is read: it shows as it is, and fetches nothing."""
    return re.sub(r"([\\`*_\[\]$<~|])", r"\\\1", text)
