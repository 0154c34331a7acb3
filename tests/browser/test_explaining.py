"""A unit that is pointed at shows where its value comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.acting import draw, idle
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_unit_shows_its_formula_and_lights_what_feeds_it_by_mouse_and_keyboard(
    page: Page, server: Server
) -> None:
    page.goto(server.url)
    idle(page)
    draw(page, 7)
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads 7,"]').wait_for()
    bars = page.get_by_test_id("prediction-mlp").get_by_role("list")
    bars.locator("li").nth(7).hover()
    tip = page.locator('[data-testid="tip"]:not([hidden])')
    assert re.search(r"^7: \d+\.\d%\n\+ .* × .*, unit \d+\n", tip.inner_text())
    assert re.search(
        r", bias\n= z = .*\nsoftmax: e\^z ÷ sum of the ten e\^z = 1 ÷ .* = \d+\.\d%$", tip.inner_text()
    )
    lit = page.locator(".lit:not([hidden])")
    assert 1 <= lit.count() <= 6
    page.mouse.move(0, 0)
    assert lit.count() == 0
    layer = page.locator(".inside .layer canvas[role=img]").first
    layer.focus()
    for key in ("ArrowDown", "ArrowRight"):
        layer.press(key)
    said = page.get_by_role("status").filter(has_text=re.compile(r"^unit \d+: ")).inner_text()
    assert re.search(r"× .*, row \d+, column \d+", said), said
    assert re.search(r"relu\(.*\) = ", said), said
    inside = page.locator('.seen [data-testid="lit"]:not([hidden])')
    assert 1 <= inside.count() <= 6, "pixels of the digit feed the first hidden layer"
