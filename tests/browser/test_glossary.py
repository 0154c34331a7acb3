"""A technical term explains itself: pointed at, tapped, by keyboard; and all of them in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

WEIGHT = 'a[href="#term-weight"]'


def test_a_term_tells_what_it_means_to_pointer_and_keyboard_and_escape_closes_it(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/MLP")
    page.get_by_test_id("glossary-open").wait_for()
    tip, link = page.get_by_test_id("term"), page.locator(WEIGHT).first
    link.hover()
    expect(tip).to_contain_text("learning means to change the weights")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    link.focus()
    page.keyboard.press("Enter")
    expect(tip).to_be_visible()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    assert "#" not in page.url
    assert link.evaluate("link => document.activeElement === link")


def test_a_tap_opens_a_term_and_the_next_one_elsewhere_closes_it(phone: Page, server: Server) -> None:
    opened(phone, f"{server.url}/MLP")
    phone.get_by_test_id("glossary-open").wait_for()
    tip, link = phone.get_by_test_id("term"), phone.locator(WEIGHT).first
    link.tap()
    expect(tip).to_be_visible()
    phone.get_by_role("heading", level=1).tap()
    expect(tip).to_be_hidden()


def test_all_terms_are_listed_and_searched(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/History")
    page.get_by_test_id("glossary-open").click()
    everything = page.get_by_test_id("glossary")
    expect(everything).to_be_visible()
    everything.get_by_role("searchbox").fill("softmax")
    expect(everything.locator("dl > div:not([hidden]) dt")).to_have_text(["softmax"])
    everything.get_by_role("button", name="Close").click()
    expect(everything).to_be_hidden()
