"""What a finger does on the pad's page besides drawing: scroll by the grip, tap a unit, tap after a flick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.acting import draw, draw_by_touch, finger_stroke
from tests.browser.serving import Server
from tests.browser.test_pad import opened, reading, scrolled, sheet, touching

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
    assert grip.is_visible()
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
    assert sheet(phone) != blank, "a dot"
    # A browser makes no click of a tap that stops the page.
    undo = phone.get_by_test_id("pad-undo")
    box = undo.bounding_box()
    assert box
    place = {"pointerType": "touch", "clientX": box["x"] + 9, "clientY": box["y"] + 9}
    for name in ("pointerdown", "pointerup"):
        undo.dispatch_event(name, place)
    assert sheet(phone) == blank
    draw_by_touch(phone, 4)
    tap(phone, undo)
    phone.wait_for_timeout(100)
    assert sheet(phone) != blank, "of two strokes a tap takes back one, though a click follows it"


def test_a_tapped_unit_shows_its_formula_until_the_next_tap(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    unit = phone.locator(".inside .layer canvas[role=img]").first
    tap(phone, unit)
    tip = phone.locator(TIP)
    tip.wait_for()
    phone.wait_for_timeout(500)
    assert tip.inner_text().startswith("unit ")
    box = tip.bounding_box()
    assert box
    assert box["y"] >= 54, "below the bar"
    assert box["y"] + box["height"] <= 844
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    tap(phone, phone.locator(".xray h2"))
    tip.wait_for(state="detached")
    tap(phone, unit)
    tip.wait_for()
    phone.keyboard.press("Escape")
    tip.wait_for(state="detached")


def test_a_finger_that_scrolls_over_units_asks_none_of_them(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    unit = phone.locator(".inside .layer canvas[role=img]").first
    unit.scroll_into_view_if_needed()
    finger_stroke(phone, [(0.5, 0.9), (0.5, 0.5), (0.5, 0.1), (0.5, -0.4)], unit)
    phone.wait_for_timeout(300)
    assert phone.locator(TIP).count() == 0


def test_a_formula_stays_inside_the_screen_wherever_its_unit_is(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, 7)
    reading(page)
    layers = page.locator(".inside .layer canvas[role=img]")
    for layer, block in ((0, "start"), (0, "end"), (1, "start"), (1, "end")):
        place = layers.nth(layer)
        place.evaluate("(e, block) => e.scrollIntoView({ block })", block)
        if block == "start":
            page.mouse.wheel(0, -70)  # from under the bar
            page.wait_for_timeout(100)
        box = place.bounding_box()
        assert box
        page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
        found = page.locator(TIP).bounding_box()
        assert found
        assert found["y"] >= 54
        assert found["y"] + found["height"] <= 900
        page.mouse.move(2, 450)
    page.keyboard.press("Escape")
