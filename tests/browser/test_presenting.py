"""Presenting: one panel, large, whose tabs and pages are stepped through by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import idle, open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_one_panel_is_shown_large_and_keys_step_through_the_others(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    page.get_by_role("tab", name="Network").wait_for()
    size = "() => parseFloat(getComputedStyle(document.documentElement).fontSize)"
    link, words = (
        page.locator(".st-key-pages a").last,
        page.locator("[class*='st-key-prose_']").first,
    )
    words.wait_for(state="attached")
    before = page.evaluate(size)
    page.get_by_test_id("present").click()
    link.wait_for(state="hidden")
    words.wait_for(state="hidden")
    assert page.evaluate(size) > before
    page.keyboard.press("PageDown")
    idle(page)
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("PageUp")
    expect(page.get_by_role("tab", name="Network")).to_have_attribute("aria-selected", "true")
    idle(page)
    page.keyboard.press("PageUp")  # from the first tab to the page before
    page.get_by_test_id("pad").wait_for()
    assert page.get_by_test_id("present").get_attribute("aria-pressed") == "true"
    page.reload()
    idle(page)
    link.wait_for(state="hidden")
    page.keyboard.press("Escape")
    link.wait_for(state="visible")
    assert page.evaluate(size) == before


def test_a_chart_fills_the_panel_and_is_as_before_when_it_is_left(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    measured = """() => {
        const chart = document.querySelector("[data-testid='stPlotlyChart']");
        const words = chart?.querySelector(".xtick text");
        return words && [chart.offsetHeight, parseFloat(getComputedStyle(words).fontSize)];
    }"""
    page.wait_for_function(measured)
    height, size = before = page.evaluate(measured)
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.get_by_test_id("present").click()
    page.wait_for_function(f"() => ({measured})()?.[0] > 800")
    high, large = page.evaluate(measured)
    assert high <= 1080
    assert large > 1.2 * size
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => ({measured})()?.join() === '{height},{size}'")
    assert page.evaluate(measured) == before


def test_the_keys_are_told_and_each_does_what_is_told_of_it(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    page.get_by_role("tab", name="Network").wait_for()
    page.get_by_test_id("present").click()
    page.get_by_text("D takes another digit").wait_for()
    page.evaluate("() => document.activeElement.blur()")
    picture = page.get_by_test_id("stage").first.locator("canvas")
    picture.wait_for()
    idle(page)
    before = picture.evaluate("canvas => canvas.toDataURL()")
    page.keyboard.press("d")
    for _ in range(50):
        if picture.evaluate("canvas => canvas.toDataURL()") != before:
            break
        page.wait_for_timeout(100)
    assert picture.evaluate("canvas => canvas.toDataURL()") != before
    page.keyboard.press("ArrowRight")
    idle(page)
    assert page.get_by_role("tab", name="Train").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    idle(page)
    assert page.get_by_role("tab", name="Network").get_attribute("aria-selected") == "true"


def test_the_whole_network_is_on_a_projector_s_screen(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    opened(page, f"{server.url}/MLP")
    page.get_by_test_id("present").click()
    stages = page.get_by_test_id("stage")
    stages.last.wait_for()
    idle(page)
    page.wait_for_timeout(500)
    for stage in stages.all():
        box = stage.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 1080
