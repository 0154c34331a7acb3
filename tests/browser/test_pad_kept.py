"""What was drawn and chosen is known after a reload, in another tab, and on the pages that "Why?" opens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.browser.acting import channel, draw, idle
from tests.browser.serving import Server
from tests.browser.test_live_pad import choose
from tests.browser.test_pad import opened, reading, settled, sheet

if TYPE_CHECKING:
    from playwright.sync_api import Page


def looks_at_the_drawing(page: Page) -> None:
    """Waits until a lesson shows what was drawn."""
    mine = page.get_by_role("radio", name="My drawing").or_(page.get_by_role("button", name="my drawing"))
    mine.and_(page.locator('[aria-checked="true"], [aria-pressed="true"]')).first.wait_for()
    idle(page)
    assert page.get_by_text("Nothing drawn yet").count() == 0


def test_a_drawing_and_the_networks_are_there_in_another_tab_of_the_browser(
    page: Page, server: Server
) -> None:
    opened(page, server)
    draw(page, 4)
    reading(page)
    choose(page, "Third", re.compile(r"CNN, 24"))  # type: ignore[arg-type]
    before = channel(page, "seen")
    other = page.context.new_page()
    opened(other, server)
    other.locator('[data-testid="prediction-cnn-2"][aria-label*=" reads "]').wait_for()
    settled(other)
    np.testing.assert_array_equal(channel(other, "seen"), before)
    other.goto(f"{server.url}/MLP?drawn=yes")
    looks_at_the_drawing(other)


def test_a_drawing_is_nobody_elses(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, 4)
    reading(page)
    assert page.context.browser
    stranger = page.context.browser.new_context().new_page()
    opened(stranger, server)
    assert not channel(stranger, "seen").any()
    stranger.context.close()


@pytest.mark.parametrize(
    ("slot", "address", "network"),
    [
        ("mlp", r"/MLP", "MLP for drawn digits"),
        ("cnn", r"/CNN", "CNN for drawn digits"),
        ("autoencoder", r"/Autoencoder", "Autoencoder"),
    ],
)
def test_why_opens_the_lesson_with_that_network_and_the_drawing(
    page: Page, server: Server, slot: str, address: str, network: str
) -> None:
    opened(page, server)
    draw(page, 7)
    reading(page)
    why = page.get_by_test_id(f"prediction-{slot}").get_by_role("link", name="Why?")
    why.focus()
    why.press("Enter")
    page.wait_for_url(re.compile(address))
    idle(page)
    looks_at_the_drawing(page)
    assert network in page.locator(".st-key-network_menu").inner_text()
    if slot == "cnn":
        page.get_by_role("tab", name="Why this answer").and_(page.locator("[aria-selected=true]")).wait_for()
    page.reload()
    idle(page)
    looks_at_the_drawing(page)


def test_coming_back_to_the_pad_fetches_no_network_again(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, 7)
    reading(page)
    drawn = sheet(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="History").first.click()
    page.get_by_test_id("pad").wait_for(state="detached")
    idle(page)
    page.get_by_role("link", name="Draw").first.click()
    reading(page)
    assert sheet(page) == drawn
    assert [address for address in asked if "/networks/" in address] == []
