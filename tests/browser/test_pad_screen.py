"""Pad and answers are in view together, at every size of screen, and nothing is cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import draw
from tests.browser.serving import Server
from tests.browser.test_pad import opened, reading

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Locator, Page

BAR = 54  # pixels: 3 rem of 18

SCREENS = [
    (320, 568),
    (390, 844),
    (667, 375),
    (844, 390),
    (640, 400),  # 1280 x 800 at 200 %
    (768, 1024),
    (1024, 600),
    (1280, 800),
    (1920, 1080),
    (2560, 1440),
]


def box(place: Locator) -> FloatRect:
    found = place.bounding_box()
    assert found
    return found


def bottom(place: Locator) -> float:
    found = box(place)
    return found["y"] + found["height"]


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_pad_and_answers_are_in_view_while_somebody_draws(
    open_page: Callable[..., Page], server: Server, width: int, height: int
) -> None:
    fingers = {"has_touch": True, "is_mobile": True} if min(width, height) < 400 else {}
    page = open_page(viewport={"width": width, "height": height}, **fingers)
    opened(page, server)
    pad = page.get_by_test_id("pad")
    if bottom(page.get_by_test_id("prediction-mlp")) > height:
        # A screen as small as this has to be scrolled once; then there is room for both below the bar.
        pad.evaluate("pad => pad.scrollIntoView({ block: 'start' })")
    draw(page, 7)
    reading(page)
    assert box(pad)["y"] >= BAR - 1
    assert bottom(pad) <= height
    for slot in ("mlp", "cnn", "autoencoder"):
        card = page.get_by_test_id(f"prediction-{slot}")
        assert box(card)["y"] >= BAR - 1
        assert bottom(card) <= height + 1, slot
        assert box(card)["x"] + box(card)["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    least = {True: 0.4, False: 0.3}[width > height] * min(width, height)
    assert box(pad)["width"] >= least, "there is room to draw"


@pytest.mark.parametrize(
    ("width", "height"), [(320, 568), (667, 375), (768, 1024), (1280, 800), (2560, 1440)]
)
def test_a_hundred_per_cent_is_never_cut(
    open_page: Callable[..., Page], server: Server, width: int, height: int
) -> None:
    page = open_page(viewport={"width": width, "height": height})
    opened(page, server)
    draw(page, 7)
    reading(page)
    for slot in ("mlp", "cnn"):
        card = page.get_by_test_id(f"prediction-{slot}")
        right = card.locator(".sure").evaluate(
            """shown => {
                shown.textContent = "100.0%";
                const range = document.createRange();
                range.selectNodeContents(shown);
                return range.getBoundingClientRect().right;
            }"""
        )
        assert right <= box(card)["x"] + box(card)["width"] + 1


def test_the_whole_is_large_on_a_large_screen(open_page: Callable[..., Page], server: Server) -> None:
    page = open_page(viewport={"width": 1920, "height": 1080})
    opened(page, server)
    draw(page, 7)
    reading(page)
    assert box(page.get_by_test_id("pad"))["width"] > 650
    last = box(page.get_by_test_id("prediction-autoencoder"))
    assert last["x"] + last["width"] > 1850, "the answers reach to the screen's edge"
    size = (
        page.get_by_test_id("prediction-mlp").locator(".digit").evaluate("e => getComputedStyle(e).fontSize")
    )
    assert float(size.removesuffix("px")) > 80


def test_on_a_phone_the_ten_bars_open_when_an_answer_is_pressed(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    bars = phone.get_by_role("list", name="MLP: ten probabilities")
    expect(bars).to_be_hidden()
    answer = phone.get_by_role("button", name="MLP: all ten probabilities")
    answer.tap()
    bars.wait_for()
    assert box(bars)["width"] > 300, "they have the width of the screen"
    expect(bars.get_by_text("100.0%").or_(bars.get_by_text("99.")).first).to_be_visible()
    assert answer.get_attribute("aria-expanded") == "true"
    phone.get_by_role("button", name="CNN: all ten probabilities").tap()
    bars.wait_for(state="hidden")
    expect(phone.get_by_role("list", name="CNN: ten probabilities")).to_be_visible()


def test_that_centring_is_off_is_said_in_the_first_screen(
    open_page: Callable[..., Page], server: Server
) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    opened(page, server)
    page.get_by_role("switch", name="Centre").click()
    line = page.get_by_test_id("pad-notice")
    line.get_by_text("Centring is off: every network sees the digit where you drew it.").wait_for()
    assert bottom(line) < 800
    assert bottom(page.get_by_role("switch", name="Centre")) < 800


def test_every_tool_is_large_enough_for_a_finger(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    targets = phone.locator(".board button:visible, .board .why:visible, .board input:visible")
    small = [
        (target.get_attribute("data-testid") or target.inner_text(), found["width"], found["height"])
        for target in targets.all()
        if (found := target.bounding_box()) and min(found["width"], found["height"]) < 43.5
    ]
    assert small == []


def test_pictures_that_are_out_of_sight_are_described_at_once(phone: Page, server: Server) -> None:
    opened(phone, server)
    draw(phone, 7)
    reading(phone)
    phone.get_by_test_id("drawn-autoencoder").and_(phone.locator("[aria-label*=error]")).wait_for()
    layers = phone.locator("[data-testid=stage][aria-valuetext]")
    layers.first.wait_for()
    pictures = [*layers.all(), *phone.locator(".films canvas").all()]
    assert len(pictures) > 7
    for picture in pictures:
        described = """picture => {
            const told = picture.ariaValueText ?? picture.ariaLabel;
            return /: .*\\d/.test(told) && !/nothing drawn/.test(told);
        }"""
        phone.wait_for_function(described, arg=picture.element_handle())
        assert bottom(picture) > 844, "it has not been scrolled to"
