"""A photo of a pencilled digit goes through its steps onto the pad, and is turned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import expect

from nnviz.data import mnist
from tests.browser.acting import idle
from tests.browser.serving import Server
from tests.photo_kinds import several, sheet
from tests.photographing import Scene, photo

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROWS = [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [2, 0, 5, 1, 6]]
READS = '[data-testid="prediction-cnn"][aria-label*=" reads {}"]'


def test_a_photo_is_read_turned_by_hand_and_refused_in_a_sentence(page: Page, server: Server) -> None:
    digits = mnist.embedded()
    picture = digits.images[np.flatnonzero(digits.labels == 4)[0]]
    sideways = np.rot90(picture)
    page.goto(server.url)
    idle(page)
    page.get_by_role("button", name="Photo").click()
    content = photo(sideways, Scene(size=(500, 400), ruling="lined"), np.random.default_rng(0))
    chooser = page.locator('input[type="file"]')
    chooser.set_input_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content})
    page.get_by_text("Paper evened out").wait_for()
    expect(page.get_by_test_id("stImage").nth(3)).to_be_visible()
    page.get_by_role("button", name="Turn right").click()
    page.locator(READS.format("4,")).wait_for()
    note = page.get_by_test_id("pad-note")
    note.get_by_text("From your photo, turned by 90°").wait_for()
    chooser.set_input_files({"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": content[:500]})
    page.get_by_text("IMG_2.jpg is damaged: expected a whole PNG or JPEG picture.").wait_for()
    expect(note).to_be_hidden()
    expect(page.get_by_test_id("pad-clear")).to_be_disabled()  # what was refused has left nothing of before


def test_one_of_two_digits_is_chosen_by_touch_and_what_was_found_out_is_switched(
    page: Page, server: Server
) -> None:
    digits = mnist.embedded()
    images = [digits.images[np.flatnonzero(digits.labels == label)[1]] for label in (3, 6)]
    page.goto(server.url)
    idle(page)
    page.get_by_role("button", name="Photo").click()
    content = several(images, np.random.default_rng(1))
    chooser = page.locator('input[type="file"]')
    chooser.set_input_files({"name": "IMG_1.jfif", "mimeType": "image/jpeg", "buffer": content})
    page.get_by_text("2 digits were found.").wait_for()
    for number, label in ((2, "6"), (1, "3")):
        page.get_by_role("button", name=f"Digit {number} on the photo").click()
        page.get_by_text(f"Number {number} is on the pad").wait_for()
        page.locator(READS.format(f"{label},")).wait_for()
    rows = [[digits.images[np.flatnonzero(digits.labels == label)[2]] for label in row] for row in ROWS]
    content = sheet(rows, np.random.default_rng(1))
    chooser.set_input_files({"name": "IMG_2.jpg", "mimeType": "image/jpeg", "buffer": content})
    page.get_by_text("15 digits were found.").wait_for()
    page.get_by_role("button", name="Digit 6 on the photo").click()
    page.locator(READS.format("5,")).wait_for()
    for key in ("ArrowRight", "ArrowDown", "Enter"):  # the second of the third row
        page.keyboard.press(key)
    page.get_by_text("Number 12 is on the pad").wait_for()
    page.locator(READS.format("0,")).wait_for()
    page.get_by_text("Light on dark").click()
    expect(page.get_by_text("Turned to dark on light")).to_be_visible()
    page.get_by_text("A phone's camera").click()
    expect(chooser).to_have_attribute("capture", "environment")


def test_the_answers_to_a_photo_are_in_view_at_every_width(page: Page, server: Server) -> None:
    digits = mnist.embedded()
    content = photo(
        digits.images[np.flatnonzero(digits.labels == 4)[0]], Scene(size=(500, 400)), np.random.default_rng(0)
    )
    page.set_viewport_size({"width": 768, "height": 1024})
    page.goto(server.url)
    idle(page)
    page.get_by_role("button", name="Photo").click()
    page.locator('input[type="file"]').set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content}
    )
    answer = page.locator(READS.format("4,"))
    answer.wait_for()
    menu = page.get_by_test_id("stPopoverBody")
    for width, height in ((768, 1024), (1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("width => innerWidth === width", arg=width)
        steps, read = menu.bounding_box(), answer.bounding_box()
        assert steps is not None
        assert read is not None
        assert steps["x"] >= 0
        assert steps["x"] + steps["width"] <= read["x"], f"{width}: beside the steps, not below them"
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="See the answers").click()
    expect(menu).to_be_hidden()
    expect(answer).to_be_in_viewport()
