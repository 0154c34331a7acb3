"""The frame around every page, and the words that are too long to stand in one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import PurePath
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_tab_container import TabContainer
from streamlit.errors import StreamlitAPIException, StreamlitPageNotFoundError

from nnviz import components
from nnviz.core import glossary, paths, words
from nnviz.core.kinds import KINDS
from nnviz.core.words import say
from nnviz.ui.shared import you
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.state import Key, is_slowed, kept_before


class Page(NamedTuple):
    """A page of the app: its file, its link in the row of pages, its heading, and what it teaches."""

    path: str
    label: str
    icon: str
    heading: str
    teaches: str


_TOLD = "frame_told"  # in the session: what came of a press, and when that was
_STAYS = 6.0  # seconds that it stays
HOME = Page("app.py", say("Draw"), ":material/draw:", say("Draw a digit"), "")
_OTHERS = (
    Page(
        "pages/4_Experiments.py",
        say("Experiments"),
        ":material/science:",
        say("Experiments"),
        say("Train many networks and see what each setting does, beside the numbers of a report from 2021."),
    ),
    Page(
        "pages/5_History.py",
        say("History"),
        ":material/history:",
        say("History"),
        say("Every network that was trained here, with all you need to make it again."),
    ),
    Page(
        "pages/6_Compare.py",
        say("Compare"),
        ":material/compare_arrows:",
        say("Compare"),
        say("Put networks side by side: what differs, and is it more than luck?"),
    ),
    Page(
        "pages/7_Class.py",
        say("Class"),
        ":material/groups:",
        say("Class"),
        say("A whole class draws digits on phones; everybody sees how the networks read them."),
    ),
    Page(
        "pages/8_Lessons.py",
        say("Lessons"),
        ":material/school:",
        say("Lessons"),
        say("Eight lessons that lead through the app step by step, and lessons of your own."),
    ),
)


def lessons() -> list[Page]:
    """Every page but the first: one for each kind of network, and the others."""
    own = [Page(kind.page, kind.title, kind.icon, kind.heading, kind.teaches) for kind in KINDS.values()]
    return [*own, *_OTHERS]


def page_of(title: str) -> Page | None:
    """The page with that heading."""
    return next((each for each in (HOME, *lessons()) if each.heading == title), None)


def list_of_pages() -> None:
    """Links to all of them, each with what it teaches: one text, as Streamlit's own links cost as much each.

    The bar of pages answers to them (`page_bar`), so that nothing is loaded again.
    """
    lines = (
        f"[{each.icon} **{each.heading}**]({PurePath(each.path).stem.partition('_')[2]})  \n{each.teaches}"
        for each in lessons()
    )
    with st.container(key="all_pages"):
        st.markdown("\n\n".join(lines))


def page(title: str, *, first: str = "") -> DeltaGenerator:
    """Set up the browser tab, the bar of pages, the head and the line below it. Every page's first call.

    Parameters
    ----------
    title
        The heading.
    first
        What to do first: one line that begins with a verb. Pages of `sections` leave it to the open one.

    Returns
    -------
    DeltaGenerator
        The line of head, for what stands beside the title: `with ui.page("…"): st.button("…")`.
    """
    st.set_page_config(
        page_title=say("{title} · Digits, seen through", title=title), page_icon=_icon(), layout="wide"
    )
    if not components.served.serving():  # else it is in the page that the browser has fetched
        st.html(
            f"<style>{components.served.frontend().files[components.served.STYLES].plain.decode()}</style>"
        )
    if _leads_somewhere():
        # Late, as most pages are opened without a lesson or a link.
        from nnviz.ui.shared import following, sharing

        sharing.arrive(title)
        following.arrive(title)
    _bar_of_pages(title)
    with st.container(key="top", gap=None):
        head = st.container(horizontal=True, vertical_alignment="center", key="head")
        head.title(title, anchor=False, width="content")
        if first:
            _first(first)
    if _leads_somewhere():
        from nnviz.ui.shared import following, sharing

        sharing.banner(title)
        following.bar(title)
    if kept_before().room:
        from nnviz.ui.shared import sending

        sending.listen()
    you.undo_offer()
    if trouble := paths.trouble():
        st.warning(escaped(trouble))
    if is_slowed():
        st.info(say("You ask for pages very fast. Each now comes a little later, so that others get theirs."))
    return head


def _leads_somewhere() -> bool:
    """Whether a lesson is followed, or a link was opened that has a view in it."""
    asked = Key.URL_LESSON in st.query_params or Key.URL_VIEW in st.query_params
    return asked or Key.LESSON in st.session_state or bool(kept_before().followed)


def _first(line: str) -> None:
    """What to do first; for some seconds in its place what came of a press: it covers and moves nothing."""
    if notice := st.session_state.pop(Key.NOTICE, None):
        st.session_state[_TOLD] = (notice, time.monotonic())
    notice, since = st.session_state.get(_TOLD, ("", 0.0))
    fresh = bool(notice) and time.monotonic() - since < _STAYS
    with st.container(key="first"):
        st.markdown(f":material/info: **{notice}**" if fresh else line)


def _bar_of_pages(title: str) -> None:
    """Links to every page there is, and the glossary."""
    pages = (HOME, *lessons())
    with st.container(horizontal=True, wrap=False, gap=None, key="bar"):
        with st.container(horizontal=True, wrap=False, key="pages"):
            for each in pages:
                link(each.path, each.label, each.icon)
        with st.container(horizontal=True, wrap=False, width="content", gap=None, key="bar_end"):
            you.popover()
            you.share(title)
            components.glossary(glossary.terms())
            with st.container(key="presenting_place", width="content"):
                components.present_button()
    components.mark_bar(next((each.label for each in pages if each.heading == title), ""))


def link(page: str, label: str, icon: str, **query: str) -> None:
    """A link to another page, with query parameters; nothing where there is no such page."""
    with suppress(StreamlitPageNotFoundError):
        # Suppressed: a page run by itself, as a script of its own, has no neighbours.
        if (paths.root() / page).is_file():
            st.page_link(page, label=label, icon=icon, query_params=query)


def go_to(page: str, /, **query: str) -> None:
    """Leave this page for another one, with query parameters; stay where there is no such page."""
    with suppress(StreamlitPageNotFoundError):
        # Without parameters of its own, Streamlit refuses to drop the open tab's from the address.
        st.switch_page(page, query_params=query)


def run_part_again() -> None:
    """Run the fragment again that this is called in; the page where it runs as a whole.

    A press in a fragment comes with a run of the page when another one was asked for at the same time.
    """
    with suppress(StreamlitAPIException):
        st.rerun(scope="fragment")
    st.rerun()


def _icon() -> str:
    # A file of our own: Streamlit fetches the browser tab's emoji and symbols from another host.
    return str(paths.assets() / "icon.png")


@cache
def _text(name: str) -> str:
    return glossary.linked(words.own(words.read(name)))


def prose(name: str) -> None:
    """Show `assets/<name>`, a Markdown file; a term that it marks, as in [[epoch]], explains itself."""
    with st.container(key=f"prose_{name.partition('.')[0]}"):
        st.markdown(_text(name))


Section = tuple[Callable[..., None], str] | tuple[Callable[..., None], str, str]
"""What draws it, its file of prose, and what to do first in it, if its page has more than one thing to do."""


def tabs(titles: Sequence[str], *, key: str) -> Sequence[TabContainer]:
    """Tabs of which the open one stands in the page's address, where a reload and a shared link find it.

    The browser writes it there by itself as a tab is pressed; Streamlit reads it when the page is opened.
    """
    return st.tabs(titles, key=key, on_change="rerun", bind="query-params")


def open_tab(key: str) -> str:
    """The title of the open tab of those with that key, also before they are drawn; "" for the first."""
    return str(st.session_state.get(key) or st.query_params.get(key, ""))


def sections(shown: Mapping[str, Section], *looked_at: Any, key: str) -> None:
    """A tab for each section, of which only the one that is open is drawn: its view, then its prose.

    What to do first in it stands above the tabs.

    Parameters
    ----------
    shown
        By title what draws it, called with what is looked at, its file of prose, and what to do first.
    """
    above = st.container(key="top_first", gap=None) if any(len(each) > 2 for each in shown.values()) else None
    for tab, (draw, name, *first) in zip(tabs(list(shown), key=key), shown.values(), strict=True):
        if tab.open:  # the others cost nothing until they are looked at
            if above and first:
                with above:
                    _first(first[0])
            with tab:
                with components.contained():
                    draw(*looked_at)
                prose(name)
