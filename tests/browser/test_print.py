"""On paper a page is ink on white, without bars and tools, and as long as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

HIGH = "() => document.body.scrollHeight"
END = (
    "() => Math.floor(Math.max(...[...document.querySelectorAll("
    "'[data-testid=stMainBlockContainer] [data-testid=stElementContainer]')]"
    ".filter((each) => !each.closest('details:not([open])'))"
    ".map((each) => each.getBoundingClientRect().bottom + scrollY)))"
)


@pytest.mark.parametrize("path", ["", "MLP", "Experiments", "History"])
def test_a_dark_page_is_printed_whole_and_as_ink_on_white(page: Page, server: Server, path: str) -> None:
    page.emulate_media(color_scheme="dark")
    opened(page, f"{server.url}/{path}")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_visible()
    window = page.evaluate("innerHeight")
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator(".st-key-pages")).to_be_hidden()
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    assert heading.evaluate("it => getComputedStyle(it).color") == "rgb(17, 17, 17)"
    assert (
        page.get_by_test_id("stApp").evaluate("it => getComputedStyle(it).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert page.evaluate(HIGH) >= page.evaluate(END), "the paper is as long as the page"
    if path in ("", "Experiments"):
        assert page.evaluate(HIGH) > window, "what is below the screen is on the paper too"
