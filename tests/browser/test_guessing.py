"""A guess is drawn before a training, by pointer and by keys, and stands behind its curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import idle, open_tab, opened
from tests.browser.serving import Server
from tests.browser.test_mlp_page import LONG, fill

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_curve_is_drawn_before_a_training_and_stays_behind_its_result(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "3")
    page.get_by_text("Guess first").click()
    plot = page.get_by_test_id("guess-curve")
    expect(plot).to_have_attribute("aria-valuetext", "Nothing is drawn yet. With keys: arrows.")
    expect(plot.get_by_text("3", exact=True)).to_be_visible()
    idle(page)
    box = plot.bounding_box()
    assert box
    plot.hover(position={"x": 0.13 * box["width"], "y": 0.6 * box["height"]})
    page.mouse.down()
    plot.hover(position={"x": 0.95 * box["width"], "y": 0.02 * box["height"]})
    page.mouse.up()
    expect(plot).to_have_attribute("aria-valuetext", "epoch 3: 100%")
    plot.press("ArrowLeft")
    for _ in range(10):
        plot.press("PageDown")
    expect(plot).to_have_attribute("aria-valuetext", "epoch 2: 0%")
    plot.press("ArrowUp")
    expect(plot).to_have_attribute("aria-valuetext", "epoch 2: 2%")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("my guess").first).to_be_visible(timeout=LONG)
    expect(page.locator("[aria-label*='guess stands behind it']").first).to_be_visible(timeout=LONG)
