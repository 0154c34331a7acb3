"""An answer and a unit that are asked for show where their value comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.acting import draw, idle
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_an_answer_shows_its_formula_and_the_lines_into_it_by_mouse_and_a_unit_by_keyboard(
    page: Page, server: Server
) -> None:
    page.goto(server.url)
    idle(page)
    draw(page, 7)
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads 7,"]').wait_for()
    bars = page.get_by_test_id("prediction-mlp").get_by_role("list")
    bars.locator("li").nth(3).hover()
    tip = page.locator('[data-testid="tip"]:not([hidden])')
    assert re.search(r"^3: \d+\.\d%\n[+−] .* × .*, unit \d+\n", tip.inner_text())
    assert re.search(
        r", bias\n= z = .*\nsoftmax: e\^z ÷ sum of the ten e\^z = 1 ÷ .* = \d+\.\d%$", tip.inner_text()
    )
    page.locator(".legend").filter(has_text="into the answer 3").wait_for()
    assert page.locator("svg.lines path").count() > 10
    page.mouse.move(0, 0)
    page.locator(".legend").filter(has_text="behind the answer 7").wait_for()
    layer = page.get_by_test_id("stage").nth(1)
    layer.focus()
    layer.press("Enter")
    worked_out = page.get_by_test_id("inspector").inner_text()
    assert re.search(r"× .*, row \d+, column \d+", worked_out), worked_out
    assert re.search(r"ReLU\(.*\) = ", worked_out), worked_out
    page.locator(".legend").filter(has_text="into what was pressed").wait_for()
    layer.press("Escape")
    page.get_by_test_id("inspector").wait_for(state="hidden")
