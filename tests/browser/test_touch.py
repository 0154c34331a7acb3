"""A finger: a swipe scrolls wherever it begins, sliders wait for a drag or a tap, targets are large."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import idle, open_tab, opened
from tests.browser.serving import Server
from tests.browser.test_layout import the_bar_stays_and_marks

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MENU = '[data-testid="stMainMenuButton"]'
PAGES = ["", "Experiments", "History", "Compare", "Class", "Lessons"]  # the others: test_every_tab.py
# What can be pressed and is less than 44 px wide or high, those in shadow roots included.
SMALL = """() => {
    const all = (root) =>
        [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
    const pressed = "button, a[href], input, textarea, summary, [role=tab], [role=switch], [role=radio], " +
        "[role=checkbox], [tabindex='0']:not([role=tabpanel])";
    const excepted = "p a, li a, td a, " + // links in a line of text
        "[data-testid='stSlider'] input, " + // the whole of its track can be pressed
        "[data-testid='stDataFrame'] :not(button)"; // painted by Streamlit
    const name = (e) => e.getAttribute("aria-label") || e.textContent.trim() || e.outerHTML.slice(0, 80);
    return all(document)
        .filter((e) => e.matches(pressed) && !e.matches(excepted) && !e.disabled)
        .filter((e) => e.checkVisibility({ visibilityProperty: true }))
        .map((e) => [e, ((e.matches("input") && e.closest("label")) || e).getBoundingClientRect()])
        .filter(([_, box]) => box.width > 1 && box.height > 1 && Math.min(box.width, box.height) < 43.5)
        .map(([e, box]) => `${name(e)}: ${Math.round(box.width)} x ${Math.round(box.height)}`);
}"""


def swipe(page: Page, place: Locator, by: tuple[float, float], *, at: float = 0.5) -> float:
    """Moves a finger from within a place; returns by how many pixels the page has scrolled."""
    place.evaluate("e => e.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(300)
    box = place.bounding_box()
    assert box
    x, y = box["x"] + at * box["width"], box["y"] + box["height"] / 2
    before = scrolled(page)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        point = {"x": x + by[0] * step / 10, "y": y + by[1] * step / 10}
        devtools.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(16)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    devtools.detach()
    page.wait_for_timeout(300)
    return scrolled(page) - before


def scrolled(page: Page) -> float:
    return float(page.get_by_test_id("stMain").evaluate("main => main.scrollTop"))


@pytest.mark.parametrize("name", PAGES)
def test_the_bar_stays_and_whatever_a_finger_presses_is_44_pixels_wide_and_high(
    phone: Page, server: Server, name: str
) -> None:
    opened(phone, f"{server.url}/{name}")
    the_bar_stays_and_marks(phone, name)
    tabs = [words.strip() for words in phone.get_by_role("tab").all_text_contents()]
    small = {}
    for tab in tabs or [""]:
        if tab:
            open_tab(phone, tab)
        phone.wait_for_timeout(500)
        small[tab] = phone.evaluate(SMALL)
    assert {tab: found for tab, found in small.items() if found} == {}


@pytest.mark.parametrize("width", [390, 768])
def test_on_touch_the_buttons_beside_the_pad_s_title_stand_in_their_row(
    open_page: Callable[..., Page], server: Server, width: int
) -> None:
    page = open_page(phone=True, viewport={"width": width, "height": 900})
    opened(page, server.url)

    def places() -> list[tuple[int, int]]:
        row = page.locator(".st-key-pad_choices")
        buttons = [row.get_by_role("button", name=name).first for name in ("Test digit", "Photo", "Networks")]
        boxes = [button.bounding_box() for button in buttons]
        return [(round(box["y"]), round(box["height"])) for box in boxes if box]

    for _ in range(40):  # until the page's style sheet is there
        if len(found := places()) == 3 and len(set(found)) == 1:
            break
        page.wait_for_timeout(250)
    assert len(found) == 3, found
    assert len(set(found)) == 1, found
    menu, bar = (page.locator(each).bounding_box() for each in (MENU, ".st-key-bar"))
    assert menu
    assert bar
    assert bar["x"] + bar["width"] <= menu["x"] + 1


@pytest.mark.parametrize(("name", "tab"), [("MLP", "Inside"), ("Experiments", "")])
def test_a_swipe_over_a_chart_scrolls_the_page_and_changes_nothing(
    phone: Page, server: Server, name: str, tab: str
) -> None:
    opened(phone, f"{server.url}/{name}")
    if tab:
        open_tab(phone, tab)
    chart = phone.get_by_test_id("stPlotlyChart").first
    chart.wait_for()
    ticks = "e => [...e.querySelectorAll('.xtick, .ytick, .hm image')].map((e) => e.outerHTML).join()"
    phone.wait_for_timeout(1000)
    before = chart.evaluate(ticks)
    assert swipe(phone, chart, (5, -150)) > 80
    assert chart.evaluate(ticks) == before
    expect(chart.locator(".modebar")).to_be_hidden()


def test_sliders_are_moved_by_a_drag_and_a_tap_but_not_by_a_finger_that_scrolls(
    phone: Page, server: Server
) -> None:
    opened(phone, f"{server.url}/Autoencoder")
    panel = phone.get_by_role("tabpanel")
    for tab, track in (
        ("Noise", panel.get_by_test_id("stSlider").get_by_role("group").first),
        ("Morph", phone.get_by_test_id("morph")),
        ("Code", panel.get_by_role("slider").first),
    ):
        open_tab(phone, tab)
        phone.wait_for_timeout(1000)
        handle = track.locator("input") if tab == "Noise" else track
        start = handle.input_value()
        swipe(phone, track, (3, -150), at=0.9)
        assert handle.input_value() == start, tab
        swipe(phone, track, (100, 0), at=0.2)
        dragged = handle.input_value()
        assert dragged != start, tab
        box = track.bounding_box()
        assert box
        phone.touchscreen.tap(box["x"] + 0.95 * box["width"], box["y"] + box["height"] / 2)
        phone.wait_for_timeout(300)
        assert float(handle.input_value()) > float(dragged), tab
        idle(phone)


def test_a_tapped_picture_of_weights_grows_in_view(phone: Page, server: Server) -> None:
    opened(phone, f"{server.url}/MLP")
    open_tab(phone, "Weights")
    tiles = phone.locator(".hm image").first
    tiles.wait_for()
    phone.wait_for_timeout(1000)
    box = tiles.bounding_box()
    assert box
    pixel = box["width"] / 289  # ten tiles of 28 and gaps; a row has 12 for its numbers and a gap
    phone.touchscreen.tap(box["x"] + (3 * 29 + 14) * pixel, box["y"] + (2 * 41 + 12 + 14) * pixel)
    phone.get_by_text("Unit 24", exact=True).first.wait_for()
    phone.wait_for_timeout(1500)
    assert phone.locator(".st-key-mlp_weights_grown").evaluate(
        "e => { const box = e.getBoundingClientRect(); return box.top > 0 && box.top < innerHeight / 2; }"
    )


def test_escape_takes_the_tip_of_a_chart_away(phone: Page, server: Server) -> None:
    opened(phone, f"{server.url}/MLP")
    open_tab(phone, "Inside")
    picture = phone.locator(".hm image").first
    picture.wait_for()
    phone.wait_for_timeout(1000)
    box = picture.bounding_box()
    assert box
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tip = phone.locator(".hoverlayer .hovertext")
    tip.wait_for()
    phone.keyboard.press("Escape")
    tip.wait_for(state="detached")


def test_in_menus_too_whatever_a_finger_presses_is_44_pixels_wide_and_high(
    phone: Page, server: Server
) -> None:
    opened(phone, server.url)
    small = {}
    for name in ("Class code", "Photo", "Networks", "You"):
        if name == "You":
            phone.locator(MENU).click()
            phone.keyboard.press("Escape")
        button = phone.get_by_test_id("stPopoverButton").filter(has_text=name).first
        if not button.is_visible():
            continue
        button.click()
        body = phone.get_by_test_id("stPopoverBody")
        body.wait_for()
        idle(phone)
        small[name] = phone.evaluate(SMALL)
        phone.keyboard.press("Escape")
        body.wait_for(state="hidden")
    assert len(small) >= 3
    assert {name: found for name, found in small.items() if found} == {}
