"""The frame around every page, and the words that are too long to stand in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from nnviz import components
from nnviz.core import glossary, paths
from nnviz.core.kinds import KINDS
from nnviz.ui.shared.state import Key


class Page(NamedTuple):
    """A page of the app: its file, its link in the row of pages, its heading, and what it teaches."""

    path: str
    label: str
    icon: str
    heading: str
    teaches: str


HOME = Page("app.py", "Draw", ":material/draw:", "", "")
_OTHERS = (
    Page(
        "pages/4_Experiments.py",
        "Experiments",
        ":material/science:",
        "Experiments",
        "Train dozens of networks and see what each setting does, the report's numbers beside ours.",
    ),
    Page(
        "pages/5_History.py",
        "History",
        ":material/history:",
        "History",
        "Every network that was trained here, with all that is needed to make it again.",
    ),
    Page(
        "pages/6_Compare.py",
        "Compare",
        ":material/compare_arrows:",
        "Compare",
        "What did the change of a setting change, and was it more than luck?",
    ),
)


def lessons() -> list[Page]:
    """Every page but the first: one for each kind of network, and the others."""
    own = [Page(kind.page, kind.title, kind.icon, kind.heading, kind.teaches) for kind in KINDS.values()]
    return [*own, *_OTHERS]


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
        for each in (HOME, *lessons()):
            link(each.path, each.label, each.icon)
        components.glossary(glossary.terms())


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
    return glossary.linked((paths.assets() / name).read_text(encoding="utf-8"))


def prose(name: str) -> None:
    """Show `assets/<name>`, a Markdown file; a term that it marks, as in [[epoch]], explains itself."""
    st.markdown(_text(name))


def sections(shown: Mapping[str, tuple[Callable[..., None], str]], *looked_at: Any, key: str) -> None:
    """A tab for each section, of which only the one that is open is drawn: its view, then its prose.

    Parameters
    ----------
    shown
        By title what draws it, called with what is looked at, and its file of prose.
    """
    tabs = st.tabs(list(shown), key=key, on_change="rerun")
    for tab, (draw, words) in zip(tabs, shown.values(), strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            with tab:
                draw(*looked_at)
                prose(words)
