"""Every tab of every lesson, walked through once on each screen: all that is promised of each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.acting import open_tab, opened
from tests.browser.serving import Server
from tests.browser.test_accessibility import COLOURS, DESK, PHONE, WHOLE, seen_in
from tests.browser.test_layout import (
    LESSONS,
    PICTURE,
    on,
    shows_sideways,
    stays_sideways,
    tabs,
    the_bar_stays_and_marks,
    turned_to,
)
from tests.browser.test_small_screens import UNSIGNED, WITHIN, quiet
from tests.browser.test_touch import SMALL

if TYPE_CHECKING:
    from playwright.sync_api import Page

Found = dict[str, dict[str, Any]]


def each_tab(page: Page) -> Iterator[str]:
    """Opens one tab after the other."""
    for tab in tabs(page):
        open_tab(page, tab)
        yield tab


def not_empty(found: Found) -> Found:
    """What was found, by promise and tab."""
    broken = {promise: {tab: what for tab, what in each.items() if what} for promise, each in found.items()}
    return {promise: each for promise, each in broken.items() if each}


def out_of_view(page: Page) -> tuple[float, float] | None:
    """Top and bottom of the tab's picture, when most of it is not on a laptop's first screen after 10 s."""
    page.wait_for_function(f"() => ({PICTURE})()")
    for _ in range(40):  # until what comes late has its place
        top, bottom = page.evaluate(PICTURE)
        if top <= 500 and (min(bottom, 800) - top) >= 0.5 * min(bottom - top, 600):
            return None
        page.wait_for_timeout(250)
    return top, bottom


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_on_a_laptop_every_tab_shows_its_picture_at_once_axe_finds_nothing_and_no_size_moves_it_sideways(
    open_page: Callable[..., Page], server: Server, name: str
) -> None:
    page = opened(on(open_page, "laptop", color_scheme="light"), f"{server.url}/{name}")
    the_bar_stays_and_marks(page, name)
    found: Found = {"picture": {}, "sideways": {}, "axe": {}}
    for tab in each_tab(page):
        found["picture"][tab] = out_of_view(page)
        found["sideways"][tab] = max(shows_sideways(page), 0)
        found["axe"][tab] = seen_in(page, "light", DESK, WHOLE)
        for screen in ("projector", "tablet"):  # a size is changed in a moment, a page opened in seconds
            found["sideways"][f"{tab}, {screen}"] = stays_sideways(turned_to(page, screen))
        turned_to(page, "laptop")
    found["axe"]["by night"] = seen_in(page, "dark", DESK, COLOURS)
    assert not_empty(found) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_on_a_phone_every_tab_can_be_touched_fades_at_its_edges_and_axe_finds_nothing(
    open_page: Callable[..., Page], server: Server, name: str
) -> None:
    page = opened(on(open_page, "phone", color_scheme="dark"), f"{server.url}/{name}")
    the_bar_stays_and_marks(page, name)
    found: Found = {"sideways": {}, "small": {}, "no fade": {}, "its tab is not seen": {}, "axe": {}}
    for tab in each_tab(page):
        found["axe"][tab] = seen_in(page, "dark", PHONE, WHOLE)
        found["sideways"][tab] = max(shows_sideways(page), 0)
        found["small"][tab] = page.evaluate(SMALL)
        found["no fade"][tab] = quiet(page, UNSIGNED)
        found["its tab is not seen"][tab] = not page.get_by_role("tab", name=tab, exact=True).evaluate(WITHIN)
    found["axe"]["by day"] = seen_in(page, "light", PHONE, COLOURS)
    assert not_empty(found) == {}
