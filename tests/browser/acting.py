"""What a user does, said in one line: wait for the page, draw a digit with the mouse or a finger."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnviz.core.records import Array

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Point = tuple[float, float]

# Running is over, and the browser and the server are talking to each other.
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
PAD = '[data-testid="pad"]'


# The bytes as a text: a list of so many numbers takes seconds on its way out of the browser.
CHANNEL = """(canvas, which) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const rows = Array.from({ length: height }, (_, y) => {
        const row = Array.from({ length: width }, (_, x) => data[4 * (y * width + x) + which]);
        return String.fromCharCode(...row);
    });
    return [height, width, btoa(rows.join(""))];
}"""


def channel(page: Page, name: str, which: int = 0) -> Array:
    """(h, w) uint8 of a channel of the canvas with that test id: 0 is red, or a grey one's grey; 3 alpha."""
    return unpacked(page.get_by_test_id(name).evaluate(CHANNEL, which))


def unpacked(channel: tuple[int, int, str]) -> Array:
    """(h, w) uint8: what CHANNEL has found."""
    height, width, packed = channel
    pixels: Array = np.frombuffer(base64.b64decode(packed), np.uint8).reshape(height, width)
    return pixels


def idle(page: Page, seconds: float = 120.0) -> None:
    """Waits until Streamlit has run the page to its end."""
    page.wait_for_selector(IDLE, timeout=seconds * 1000)


def opened(page: Page, url: str) -> Page:
    """The page once it has run to its end at that address."""
    page.goto(url)
    idle(page)
    return page


def fill(page: Page, label: str, value: str) -> None:
    """Types a value into the field of that name, and waits for what comes of it."""
    field = page.get_by_label(label, exact=True).first
    field.fill(value)
    field.press("Enter")
    idle(page)


def open_menu(page: Page, label: str) -> None:
    """Opens a menu. Into view first: the scrolling that a click would bring closes it again."""
    menu = page.get_by_label(label)
    menu.evaluate("element => element.scrollIntoView({ block: 'center' })")
    menu.click()
    page.get_by_role("option").first.wait_for()


def open_tab(page: Page, name: str) -> None:
    """Opens the tab of that name, and waits for what it shows."""
    page.get_by_role("tab", name=name, exact=True).click()
    idle(page)


def network_menu(page: Page) -> Locator:
    """The menu of the network that a lesson looks at, opened."""
    menu = page.get_by_test_id("stPopoverBody")
    if not menu.is_visible():
        network_button(page).click()
        menu.wait_for()
    return menu


def network_button(page: Page) -> Locator:
    """The button in a lesson's head that names its network and opens its menu."""
    return page.locator(".st-key-network_menu button").first


def choose_network(page: Page, title: re.Pattern[str] | str) -> None:
    """Has a lesson look at the network whose label has this in it."""
    network_menu(page)
    open_menu(page, "The network on this page")
    page.get_by_role("option", name=re.compile(title)).click()
    idle(page)
    page.keyboard.press("Escape")
    page.get_by_test_id("stPopoverBody").wait_for(state="hidden")


def unfold(place: Locator, label: str) -> None:
    """Opens what is folded below that label."""
    place.locator("summary").filter(has_text=label).click()


def _arc(centre: Point, radius: Point, start: float, end: float, steps: int = 24) -> list[Point]:
    """Points on an ellipse, angles in degrees clockwise from three o'clock (y goes down)."""
    angles = [math.radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(centre[0] + radius[0] * math.cos(a), centre[1] + radius[1] * math.sin(a)) for a in angles]


# Each digit as strokes of points in a unit square, x to the right and y downward.
DIGITS: dict[int, tuple[list[Point], ...]] = {
    0: (_arc((0.5, 0.5), (0.22, 0.32), -90, 270, 40),),
    1: ([(0.52, 0.16), (0.48, 0.84)],),
    2: ([*_arc((0.5, 0.34), (0.2, 0.17), -170, 30), (0.3, 0.82), (0.74, 0.82)],),
    3: (_arc((0.46, 0.33), (0.2, 0.16), -150, 90) + _arc((0.46, 0.66), (0.24, 0.18), -90, 150),),
    4: ([(0.36, 0.16), (0.3, 0.54), (0.72, 0.52)], [(0.66, 0.2), (0.62, 0.86)]),
    5: ([(0.7, 0.17), (0.38, 0.18), (0.35, 0.46), *_arc((0.48, 0.63), (0.22, 0.2), -110, 140)],),
    6: ([(0.6, 0.14), (0.42, 0.34), (0.33, 0.6), *_arc((0.5, 0.66), (0.17, 0.17), 190, -175, 36)],),
    7: ([(0.28, 0.2), (0.72, 0.2), (0.44, 0.86)],),
    8: (_arc((0.5, 0.33), (0.16, 0.16), 90, -270, 32) + _arc((0.5, 0.66), (0.19, 0.17), -90, 270, 32),),
    9: ([*_arc((0.5, 0.34), (0.18, 0.17), 0, -360, 36), (0.66, 0.56), (0.6, 0.86)],),
}


def _in_pixels(pad: Locator, stroke: Iterable[Point]) -> list[Point]:
    pad.wait_for()  # it is hidden until it takes strokes
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None, "the pad is not on the page"
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]


def draw(page: Page, digit: int, pad: Locator | None = None) -> None:
    """Draws a digit on the pad with the mouse."""
    for stroke in DIGITS[digit]:
        mouse_stroke(page, stroke, pad)


def mouse_stroke(page: Page, stroke: Sequence[Point], pad: Locator | None = None) -> None:
    """One stroke of the mouse, its points in a unit square over the pad."""
    points = _in_pixels(pad or page.locator(PAD), stroke)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=3)
    page.mouse.up()


def draw_by_touch(page: Page, digit: int, pad: Locator | None = None) -> None:
    """Draws a digit on the pad with one finger."""
    for stroke in DIGITS[digit]:
        finger_stroke(page, stroke, pad)


def finger_stroke(page: Page, stroke: Sequence[Point], pad: Locator | None = None) -> None:
    """One stroke of a finger: real touch input, so that the browser may also scroll if the pad lets it."""
    points = _in_pixels(pad or page.locator(PAD), stroke)
    devtools = page.context.new_cdp_session(page)
    try:
        for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(points) - 1)], points, strict=True):
            devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finally:
        devtools.detach()
