"""The frame around every page, and the words that are too long to stand in one."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from nnviz.core import paths
from nnviz.ui.shared.state import Key

PAGES = {
    "app.py": ("Draw", ":material/draw:"),
    "pages/1_MLP.py": ("MLP", ":material/hub:"),
    "pages/2_CNN.py": ("CNN", ":material/grid_view:"),
    "pages/3_Autoencoder.py": ("Autoencoder", ":material/compress:"),
    "pages/4_Experiments.py": ("Experiments", ":material/science:"),
    "pages/5_History.py": ("History", ":material/history:"),
    "pages/6_Compare.py": ("Compare", ":material/compare_arrows:"),
}


def page(title: str, *, lead: str = "") -> None:
    """Set up the browser tab, the row of pages, the heading and its lead. Every page's first call."""
    st.set_page_config(page_title=f"{title} · Digits, seen through", page_icon=_icon(), layout="wide")
    _row_of_pages()
    st.title(title, anchor=False)
    if lead:
        st.markdown(lead)
    if notice := st.session_state.pop(Key.NOTICE, None):
        st.toast(notice)


def _row_of_pages() -> None:
    """Links to every page there is."""
    with st.container(horizontal=True, key="pages"):
        for path, (label, icon) in PAGES.items():
            link(path, label, icon)


def link(page: str, label: str, icon: str, **query: str) -> None:
    """A link to another page, with query parameters; nothing where there is no such page."""
    with suppress(StreamlitPageNotFoundError):
        # Suppressed: a page run by itself, as a script of its own, has no neighbours.
        if (paths.root() / page).is_file():
            st.page_link(page, label=label, icon=icon, query_params=query)


def _icon() -> str:
    # A file of our own: Streamlit fetches the browser tab's emoji and symbols from another host.
    return str(paths.assets() / "icon.png")


@cache
def _text(name: str) -> str:
    return (paths.assets() / name).read_text(encoding="utf-8")


def prose(name: str) -> None:
    """Show `assets/<name>`, a Markdown file."""
    st.markdown(_text(name))
