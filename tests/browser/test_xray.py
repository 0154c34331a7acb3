"""The X-ray of the preparation: every step is shown while somebody draws, and two of them can be left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nnviz.core.records import Array
from tests.browser.acting import DIGITS, channel, draw, idle, mouse_stroke
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def opened(page: Page, server: Server) -> Page:
    page.goto(server.url)
    idle(page)
    page.get_by_test_id("step-ink").scroll_into_view_if_needed()
    return page


def pixels(page: Page, name: str) -> Array:
    """(28, 28) of the picture with that name, in [0, 1]."""
    return channel(page, name) / 255


def draw_in_the_corner(page: Page, digit: int) -> None:
    for stroke in DIGITS[digit]:
        mouse_stroke(page, [(0.06 + 0.5 * (x - 0.2), 0.03 + 0.5 * (y - 0.1)) for x, y in stroke])


def sizes(page: Page) -> list[str]:
    return [re.sub(r"\s+", " ", text) for text in page.locator(".films .size").all_inner_texts()]


def reads(page: Page, name: str, digit: int) -> Locator:
    pattern = f'[data-testid="prediction-{name}"][aria-label*=" reads {digit},"]'
    return page.locator(pattern)


def test_every_step_is_shown_with_its_size_while_the_stroke_is_drawn(page: Page, server: Server) -> None:
    opened(page, server)
    assert "".join(sizes(page)).strip() == ""
    draw(page, 7)
    page.get_by_text("784 numbers", exact=True).wait_for()
    ink, cropped, scaled, centred, numbers = sizes(page)
    assert (ink, centred, numbers) == ("280 × 280", "28 × 28", "784 numbers")
    across, down = map(int, cropped.split(" × "))
    assert (across, down) == pytest.approx((145, 207), abs=8), "the strokes' box and half a pen on each side"
    wide, high = map(int, scaled.split(" × "))
    assert high == 20
    assert wide == pytest.approx(20 * across / down, abs=0.51)
    np.testing.assert_allclose(pixels(page, "step-given"), pixels(page, "seen"), atol=0.15)
    page.get_by_role("img", name=f"Cropped: {across} pixels wide, {down} high", exact=True).wait_for()


def test_without_centring_the_mlp_fails_where_the_cnn_holds(page: Page, server: Server) -> None:
    opened(page, server)
    draw_in_the_corner(page, 3)
    reads(page, "mlp", 3).wait_for()
    reads(page, "cnn", 3).wait_for()
    switch = page.get_by_role("switch", name="Centre")
    switch.focus()
    switch.press("Space")
    assert switch.get_attribute("aria-checked") == "false"
    page.get_by_text("Centring is off: every network sees the digit where you drew it.").first.wait_for()
    page.locator('[data-testid="prediction-mlp"]:not([aria-label*=" reads 3,"])').wait_for()
    idle(page)
    reads(page, "cnn", 3).wait_for()
    given = pixels(page, "seen")
    assert given[:, 20:].max() < 0.1, "it lies at the left, where it was drawn"
    assert given[20:].max() < 0.1, "and at the top"
    switch.click()
    reads(page, "mlp", 3).wait_for()


def test_without_the_fit_a_small_digit_stays_small(page: Page, server: Server) -> None:
    opened(page, server)
    draw_in_the_corner(page, 0)
    reads(page, "cnn", 0).wait_for()
    page.get_by_role("switch", name="Fit into 20 × 20").click()
    page.get_by_text("Fitting is off: every network sees the digit as large as you drew it.").first.wait_for()
    idle(page)
    page.wait_for_timeout(500)
    rows = np.flatnonzero(pixels(page, "seen").max(axis=1) > 0.2)
    assert rows[-1] - rows[0] + 1 == pytest.approx(28 * (0.5 * 0.64 + 22 / 280), abs=2)
