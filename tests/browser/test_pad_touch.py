"""What a finger does on the pad's page besides drawing: scroll by the grip, tap a unit, tap after a flick."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import draw, draw_by_touch, finger_stroke
from tests.browser.serving import Server
from tests.browser.test_pad import opened, reading, scrolled, sheet, touching
from tests.experimenting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TIP = '[data-testid="tip"]:visible'


def tap(page: Page, place: Locator, x: float = 0.5, y: float = 0.5) -> None:
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_the_grip_beside_the_pad_scrolls_the_page(phone: Page, server: Server) -> None:
    opened(phone, server)
    grip = phone.get_by_test_id("grip")
    expect(grip).to_be_visible()
    before = scrolled(phone)
    finger_stroke(phone, [(0.5, 0.9), (0.5, 0.6), (0.5, 0.3), (0.5, 0.1)], grip)
    phone.wait_for_timeout(300)
    assert scrolled(phone) > before + 50


def test_the_first_tap_after_a_flick_counts(phone: Page, server: Server) -> None:
    opened(phone, server)
    blank = sheet(phone)
    grip = phone.get_by_test_id("grip")
    finger_stroke(phone, [(0.5, 0.5), (0.5, 0.3)], grip)
    phone.get_by_test_id("pad").scroll_into_view_if_needed()
    touch = touching(phone)
    touch("touchStart", (0.5, 0.6))
    touch("touchEnd")
    wait_until(lambda: sheet(phone) != blank)  # a dot
    # A browser makes no click of a tap that stops the page.
    undo = phone.get_by_test_id("pad-undo")
    box = undo.bounding_box()
    assert box
    place = {"pointerType": "touch", "clientX": box["x"] + 9, "clientY": box["y"] + 9}
    for name in ("pointerdown", "pointerup"):
        undo.dispatch_event(name, place)
    wait_until(lambda: sheet(phone) == blank)
    draw_by_touch(phone, 4)
    tap(phone, undo)
    phone.wait_for_timeout(100)
    assert sheet(phone) != blank, "of two strokes a tap takes back one, though a click follows it"


def test_a_tapped_answer_shows_its_formula_until_the_next_tap(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    tap(phone, phone.get_by_test_id("prediction-mlp").locator(".opener"))
    bar = phone.get_by_test_id("prediction-mlp").locator("li").nth(7)
    tap(phone, bar)
    tip = phone.locator(TIP)
    tip.wait_for()
    phone.wait_for_timeout(500)
    assert tip.inner_text().startswith("7: ")
    box = tip.bounding_box()
    assert box
    assert box["y"] >= 54, "below the bar"
    assert box["y"] + box["height"] <= 844
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    tap(phone, phone.locator(".xray h2"))
    tip.wait_for(state="detached")
    tap(phone, bar)
    tip.wait_for()
    phone.keyboard.press("Escape")
    tip.wait_for(state="detached")


def test_a_tapped_unit_grows_inside_the_screen_until_it_is_tapped_again(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    unit = phone.get_by_test_id("stage").nth(1)
    inspector = phone.get_by_test_id("inspector")
    tap(phone, unit, 0.65, 0.95)
    inspector.wait_for()
    phone.wait_for_timeout(800)
    box, of = inspector.bounding_box(), unit.bounding_box()
    assert box
    assert of
    assert box["y"] >= 54, "below the bar"
    assert box["y"] + box["height"] <= 844
    assert 0 <= box["y"] - of["y"] - of["height"] < 150, "right below what was pressed"
    tap(phone, unit, 0.65, 0.95)
    inspector.wait_for(state="hidden")
    tap(phone, unit, 0.65, 0.95)
    inspector.wait_for()
    phone.keyboard.press("Escape")
    inspector.wait_for(state="hidden")


def test_what_is_too_small_for_a_finger_is_near_by_in_a_size_that_is_not(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    tap(phone, phone.get_by_test_id("stage").nth(1), 0.5, 0.5)
    around = phone.get_by_test_id("neighbours").get_by_role("button")
    around.first.wait_for()
    phone.wait_for_timeout(800)  # until the page has come to rest
    for button in around.all():
        size = button.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 44
    value = phone.get_by_test_id("value")
    wanted = around.first
    told = re.match(r"(unit \d+): (\d+\.\d+)", wanted.get_attribute("aria-label") or "")
    assert told
    tap(phone, wanted)
    heading = phone.get_by_test_id("inspector").get_by_role("heading")
    heading.filter(has_text=f"{told[1]}:").wait_for()
    assert float(value.inner_text()) == pytest.approx(float(told[2]), abs=0.0006)


def test_a_finger_that_scrolls_over_units_opens_none_of_them(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    unit = phone.get_by_test_id("stage").nth(1)
    unit.scroll_into_view_if_needed()
    finger_stroke(phone, [(0.5, 0.9), (0.5, 0.5), (0.5, 0.1), (0.5, -0.4)], unit)
    phone.wait_for_timeout(300)
    expect(phone.get_by_test_id("inspector")).to_be_hidden()


def test_a_close_up_is_inside_the_screen_together_with_its_layer(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, 7)
    reading(page)
    stages = page.get_by_test_id("stage")
    inspector = page.get_by_test_id("inspector")
    for layer in (1, 2):
        stages.nth(layer).click(position={"x": 9, "y": 9})
        inspector.wait_for()
        page.wait_for_timeout(800)
        found, of = inspector.bounding_box(), stages.nth(layer).bounding_box()
        assert found
        assert of
        assert of["y"] >= 54
        assert found["y"] + found["height"] <= 900
        page.keyboard.press("Escape")
        inspector.wait_for(state="hidden")
