"""The CNN page in a real browser: maps are counted, a convolution is stepped through, one is trained."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.acting import idle
from tests.browser.serving import Server
from tests.browser.test_mlp_page import LONG, TRAINING, fill, heading, opened

if TYPE_CHECKING:
    from playwright.sync_api import Page


def choose(page: Page, title: str) -> None:
    page.get_by_label("The network on this page").click()
    page.get_by_role("option", name=re.compile(title)).click()
    idle(page)


def numbers(page: Page, title: str) -> list[float]:
    """The numbers written into the squares of the grid with that title."""
    plot = page.locator(f'[data-testid="stPlotlyChart"]:has-text("{title}")').last
    plot.scroll_into_view_if_needed()
    plot.locator(".heatmap-label").first.wait_for(state="attached")
    found = plot.locator(".heatmap-label").all_text_contents()
    return [float(text.replace("−", "-")) for text in found]


def test_the_eight_by_eight_network_shows_32_maps_and_one_number_is_worked_out(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/CNN")
    choose(page, "8 × 8")
    page.get_by_text("32 maps of 21 × 21").wait_for()
    maps = page.locator('[data-testid="map"]')
    maps.first.wait_for()
    assert maps.count() == 32
    maps.nth(3).press("Enter")  # by keyboard: the place with the greatest value
    line = page.get_by_text(re.compile("Sum of the products"))
    line.wait_for()
    found = re.search(
        r"products (-?[\d.]+) \+ bias (-?[\d.]+) = (-?[\d.]+) → ReLU → (-?[\d.]+)",
        line.inner_text().replace("−", "-"),
    )
    assert found, line.inner_text()
    total, bias, before, after = map(float, found.groups())
    assert total + bias == pytest.approx(before, abs=2e-4)
    assert after == max(before, 0)
    greatest = re.search(r"greatest value ([\d.]+)", maps.nth(3).get_attribute("aria-label") or "")
    assert greatest
    assert float(greatest[1]) == pytest.approx(after, abs=1e-3)

    patch, kernel, products = (numbers(page, t) for t in ("The patch", "× the kernel", "= the products"))
    assert len(patch) == len(kernel) == len(products) == 64
    # Each is written with two decimals, so a product of two is off by a hundredth or two at most.
    for one, weight, product in zip(patch, kernel, products, strict=True):
        assert one * weight == pytest.approx(product, abs=0.02)
    assert sum(products) == pytest.approx(total, abs=64 * 0.005)


def test_one_epoch_on_embedded_digits_ends_in_a_confusion_matrix(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/CNN")
    page.get_by_text("Train a new network").click()
    fill(page, "Epochs", "1")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(TRAINING).get_by_text("finished").wait_for(timeout=3 * LONG)
    idle(page)
    page.get_by_role("tab", name="Mistakes").click()
    heading(page).wait_for()
    assert re.search(r"\d+ of 500 digits right", heading(page).inner_text())
