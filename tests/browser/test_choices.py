"""The confusion matrix and the gallery in a real browser: chosen from by mouse and keyboard, and legible."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.browser.acting import idle
from tests.browser.choices import IMAGES, LABELS
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


@pytest.fixture(scope="module")
def choices(make_lasting_server: Callable[..., Server]) -> Server:
    return make_lasting_server(script="tests/browser/choices.py")


def opened(page: Page, server: Server) -> Page:
    page.goto(server.url)
    page.get_by_test_id("confusion").wait_for()
    page.get_by_test_id("digit").first.wait_for()
    return page


def says(page: Page, words: str) -> None:
    page.get_by_text(words, exact=True).wait_for()


def test_a_cell_tells_its_digits_and_their_share_of_the_row(page: Page, choices: Server) -> None:
    opened(page, choices)
    cell = page.get_by_test_id("cell-4-9")
    assert cell.get_attribute("aria-label") == "true 4, read as 9: 12 digits (40.00% of the 4s)"
    assert (
        page.get_by_test_id("cell-7-1")
        .get_attribute("aria-label")
        .startswith(  # type: ignore[union-attr]
            "true 7, read as 1: 1 digit ("
        )
    )
    assert page.get_by_test_id("cell-0-1").get_attribute("aria-label") == "true 0, read as 1: no digits"
    cell.hover()
    says(page, "true 4, read as 9: 12 digits (40.00% of the 4s)")


def test_rows_are_true_columns_are_predicted_and_both_add_up(page: Page, choices: Server) -> None:
    opened(page, choices)
    rows = page.get_by_test_id("confusion").locator("tr").all()
    table = [row.inner_text().split() for row in rows]
    assert table[0] == ["read", "as"]
    assert table[1] == [*"0123456789", "All"]
    assert table[2] == ["true", "0", "30", *["·"] * 9, "30"]
    assert table[6] == ["4", *["·"] * 4, "18", *["·"] * 4, "12", "30"]
    assert table[12] == ["All", "30", "31", "30", "30", "18", "30", "30", "29", "30", "42", "300"]
    caption = page.get_by_test_id("confusion").locator("caption").inner_text()
    assert caption.startswith("287 of 300 digits right (95.67%).")


def test_a_pressed_cell_is_returned_outlined_kept_and_taken_back(page: Page, choices: Server) -> None:
    opened(page, choices)
    says(page, "cell: None")
    cell = page.get_by_test_id("cell-4-9")
    cell.click()
    says(page, "cell: (4, 9)")
    assert cell.get_attribute("aria-pressed") == "true"
    assert page.locator('[data-testid^="cell-"][aria-pressed="true"]').count() == 1
    page.get_by_text("Run the page again").click()
    idle(page)
    says(page, "cell: (4, 9)")
    assert cell.get_attribute("aria-pressed") == "true"
    cell.click()
    says(page, "cell: None")
    assert cell.get_attribute("aria-pressed") == "false"


def test_headers_choose_a_whole_row_or_column(page: Page, choices: Server) -> None:
    opened(page, choices)
    page.get_by_test_id("true-4").click()
    says(page, "cell: (4, None)")
    page.get_by_test_id("predicted-9").click()
    says(page, "cell: (None, 9)")
    count(page, 42)


def count(page: Page, digits: int) -> None:
    """Waits until the gallery shows so many digits."""
    page.get_by_test_id("digit").nth(digits - 1).wait_for()
    for _ in range(50):
        if page.get_by_test_id("digit").count() == digits:
            return
        page.wait_for_timeout(100)
    assert page.get_by_test_id("digit").count() == digits


def test_the_matrix_is_one_stop_of_the_keyboard_and_arrows_move_in_it(page: Page, choices: Server) -> None:
    opened(page, choices)
    stops = page.get_by_test_id("confusion").locator("button[tabindex='0']")
    assert stops.count() == 1
    stops.first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    says(page, "cell: (0, 2)")
    page.keyboard.press("End")
    page.keyboard.press("Space")
    says(page, "cell: (0, 9)")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    says(page, "cell: (None, 9)")
    assert stops.count() == 1


def test_the_gallery_paints_the_very_pixels_under_their_captions(page: Page, choices: Server) -> None:
    opened(page, choices)
    page.get_by_test_id("cell-4-9").click()
    count(page, 12)
    for index, position in enumerate(np.flatnonzero(LABELS == 4)[:12]):
        digit = page.get_by_test_id("digit").nth(index)
        pixels = digit.locator("canvas").evaluate(
            "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
        )
        assert pixels == IMAGES[position].ravel().tolist()
    first = page.get_by_test_id("digit").first
    assert first.get_attribute("aria-label") == "true 4, read as 9, 70.1% sure"
    assert first.inner_text().split() == ["4", "→", "9", "70.1%"]


def test_a_mistake_differs_by_more_than_colour(page: Page, choices: Server) -> None:
    opened(page, choices)
    look = """(e) => [
        getComputedStyle(e).borderTopStyle, getComputedStyle(e.querySelector(".caption"), "::before").content
    ]"""
    digits = page.get_by_test_id("digit")
    count(page, 30)
    assert digits.first.evaluate(look) == ["dashed", '"✗ "']
    assert digits.last.evaluate(look) == ["solid", "none"]


def test_a_digit_is_chosen_by_mouse_or_keyboard_and_only_among_those_shown(
    page: Page, choices: Server
) -> None:
    opened(page, choices)
    digits = page.get_by_test_id("digit")
    digits.nth(5).click()
    says(page, "digit: 5")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    says(page, "digit: 6")
    columns = digits.evaluate_all("all => all.filter((e) => e.offsetTop === all[0].offsetTop).length")
    page.keyboard.press("ArrowUp") if columns <= 6 else page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    says(page, f"digit: {6 - columns if columns <= 6 else 6 + columns}")
    page.get_by_test_id("cell-4-9").click()
    count(page, 12)
    says(page, "digit: None")


def contrast(button: Locator) -> float:
    """WCAG's contrast of a button's text on its own background, which may be see-through to the page's."""
    colours = button.evaluate(
        """(e) => {
            const parse = (colour) => {
                const canvas = document.createElement("canvas");
                const context = canvas.getContext("2d");
                context.fillStyle = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
                context.fillRect(0, 0, 1, 1);
                context.fillStyle = colour;
                context.fillRect(0, 0, 1, 1);
                return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
            };
            return [parse(getComputedStyle(e).color), parse(getComputedStyle(e).backgroundColor)];
        }"""
    )
    channels = np.array(colours) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    light, dark = sorted(linear @ [0.2126, 0.7152, 0.0722], reverse=True)
    return float((light + 0.05) / (dark + 0.05))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_cell_can_be_read_on_its_colour(
    open_page: Callable[..., Page], choices: Server, scheme: str
) -> None:
    page = opened(open_page(color_scheme=scheme), choices)
    for cell in ("cell-0-0", "cell-4-4", "cell-4-9", "cell-7-1", "cell-0-1", "true-4"):
        assert contrast(page.get_by_test_id(cell)) >= 4.5, cell
    worst = page.get_by_test_id("cell-4-9")
    worst.evaluate("e => e.style.setProperty('--share', 1)")  # a whole row in one wrong column
    assert contrast(worst) >= 4.5


def test_matrix_and_gallery_fit_a_phone(phone: Page, choices: Server) -> None:
    opened(phone, choices)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    # The matrix has cells for fingers, and is moved sideways in its own frame.
    matrix = phone.get_by_test_id("confusion").locator("..")
    assert matrix.evaluate("e => getComputedStyle(e).overflowX") == "auto"
    for place in (matrix, phone.get_by_test_id("gallery")):
        box = place.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    cut = phone.get_by_test_id("confusion").evaluate(
        "t => [...t.querySelectorAll('button, td')].filter((e) => e.scrollWidth > e.clientWidth + 2).length"
    )
    assert cut == 0
    phone.get_by_test_id("cell-4-9").tap()
    says(phone, "cell: (4, 9)")
