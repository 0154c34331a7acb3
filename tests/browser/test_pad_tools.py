"""What a hand can do on the pad besides drawing: widths, keeping, saving, digits that were given."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from nnviz.core.records import Array
from nnviz.data import mnist
from tests.browser.acting import channel, draw, idle, mouse_stroke
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

DOWN = [(0.5, 0.15), (0.5, 0.85)]


def opened(page: Page, server: Server) -> Page:
    page.goto(server.url)
    idle(page)
    page.get_by_test_id("pad").wait_for()
    return page


def seen(page: Page) -> Array:
    """(28, 28) uint8: what the networks are said to get."""
    return channel(page, "seen")


def inked(page: Page) -> float:
    """The part of the sheet that ink covers."""
    page.wait_for_timeout(100)
    return float(channel(page, "pad", 3).mean() / 255)


def read(page: Page) -> None:
    page.locator('[data-testid="prediction-mlp"][aria-label*=" reads "]').wait_for()


def saved(page: Page, button: str) -> tuple[str, Array]:
    """The name and the pixels of the file that a button saves."""
    with page.expect_download() as waiting:
        page.get_by_test_id(button).click()
    with waiting.value.path().open("rb") as file:
        return waiting.value.suggested_filename, np.asarray(Image.open(io.BytesIO(file.read())).convert("L"))


def test_the_width_of_the_pen_is_set_with_the_keyboard(page: Page, server: Server) -> None:
    opened(page, server)
    slider = page.get_by_role("slider", name="Width of the pen")
    covered = []
    for key, width in (("Home", 8), ("End", 36)):
        slider.press(key)
        assert slider.get_attribute("aria-valuetext") == f"{width} of 280 pixels"
        mouse_stroke(page, DOWN)
        covered.append(inked(page))
        page.get_by_test_id("pad-undo").click()
    assert 4 < covered[1] / covered[0] < 5.2, "36 to 8, and round ends"
    page.get_by_role("radio", name="Eraser").click()
    assert page.get_by_role("slider", name="Width of the eraser").input_value() == "36"
    page.get_by_role("radio", name="Eraser").press("ArrowLeft")
    assert page.get_by_role("slider", name="Width of the pen").input_value() == "36", "each keeps its own"


def test_a_drawing_outlives_a_reload_with_all_that_can_be_taken_back(page: Page, server: Server) -> None:
    opened(page, server)
    draw(page, 4)
    page.get_by_role("switch", name="Centre").click()
    page.get_by_test_id("pad-undo").click()
    read(page)
    page.wait_for_timeout(500)
    before, covered = seen(page), inked(page)
    page.reload()
    idle(page)
    read(page)
    page.wait_for_timeout(500)
    np.testing.assert_array_equal(seen(page), before)
    assert inked(page) == covered
    assert page.get_by_role("switch", name="Centre").get_attribute("aria-checked") == "false"
    page.get_by_test_id("pad-redo").click()
    assert inked(page) > covered
    page.get_by_test_id("pad-clear").click()
    page.reload()
    idle(page)
    assert inked(page) == 0


def test_the_drawing_and_its_28_x_28_are_saved_as_png(page: Page, server: Server) -> None:
    opened(page, server)
    expect(page.get_by_test_id("pad-save")).to_be_disabled()
    draw(page, 2)
    read(page)
    page.wait_for_timeout(500)
    name, picture = saved(page, "pad-save")
    assert (name, picture.shape) == ("digit.png", (560, 560))
    assert 0.03 < picture.mean() / 255 < 0.4, "white ink on black paper"
    name, small = saved(page, "seen-save")
    assert (name, small.shape) == ("digit-28x28.png", (28, 28))
    assert np.abs(small.astype(int) - seen(page)).max() <= 40
    assert np.abs(small.astype(int) - seen(page)).mean() < 2


def test_a_digit_from_the_test_set_is_that_very_picture_and_its_label_comes_after(
    page: Page, server: Server
) -> None:
    opened(page, server)
    mouse_stroke(page, DOWN)
    drawn = inked(page)
    place = page.get_by_test_id("pad").bounding_box()
    page.get_by_test_id("pad").evaluate("pad => { pad.sameAsBefore = true; }")
    page.get_by_role("button", name="Test digit").click()
    page.get_by_role("status").filter(has_text=re.compile(r"^Digit \d")).wait_for(state="attached")
    note = page.get_by_test_id("pad-note")
    note.get_by_text("It is labelled").wait_for()
    told = re.match(
        r"Digit ([\d,]+) of the 5,000 that come with the app\..* has learned from it\. "
        r"It is labelled (\d)\.$",
        note.inner_text(),
    )
    assert told, note.inner_text()
    position = int(told[1].replace(",", "")) - 1
    digits = mnist.embedded()
    assert digits.labels[position] == int(told[2])
    page.wait_for_timeout(500)
    np.testing.assert_array_equal(seen(page), digits.images[position])
    assert page.get_by_test_id("pad").bounding_box() == place, "it has not moved"
    assert page.get_by_test_id("pad").evaluate("pad => pad.sameAsBefore"), "nor been built anew"
    page.get_by_test_id("pad-undo").click()
    assert inked(page) == drawn, "the drawing is there again"
    expect(note).to_be_hidden()


def test_a_pen_that_is_pressed_harder_draws_a_wider_line(page: Page, server: Server) -> None:
    opened(page, server)
    box = page.get_by_test_id("pad").bounding_box()
    assert box
    devtools = page.context.new_cdp_session(page)

    def pen(kind: str, y: float, force: float) -> None:
        place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + y * box["height"]}
        more = {"button": "left", "buttons": 1, "force": force, "pointerType": "pen", "clickCount": 1}
        devtools.send("Input.dispatchMouseEvent", {"type": kind, **place, **more})

    pen("mousePressed", 0.1, 0.1)
    for step in range(1, 9):
        pen("mouseMoved", 0.1 + 0.1 * step, 0.1 + 0.1 * step)
    pen("mouseReleased", 0.9, 0.9)
    page.wait_for_timeout(100)
    widths = (channel(page, "pad", 3) > 127).sum(axis=1)
    assert widths[len(widths) * 3 // 4] > 1.5 * widths[len(widths) // 4] > 0
