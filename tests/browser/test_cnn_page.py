"""The CNN page in a real browser: maps are counted, a convolution is stepped through, one is trained."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from nnviz.core import paths
from nnviz.model_store import formats
from tests.browser.acting import choose_network, idle, open_tab
from tests.browser.serving import Server
from tests.browser.test_mlp_page import LONG, TRAINING, fill, heading, opened
from tests.browser.test_network_picture import number, shown_digit

if TYPE_CHECKING:
    from playwright.sync_api import Page


def numbers(page: Page, title: str) -> list[float]:
    """The numbers written into the squares of the grid with that title."""
    grid = page.get_by_test_id("inspector").locator("figure", has_text=title)
    return [number(text) for text in grid.locator("td").all_text_contents()]


def test_the_eight_by_eight_network_stands_in_a_row_and_a_pressed_place_is_worked_out_in_view(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/CNN")
    choose_network(page, "8 × 8")
    page.get_by_role("tab", name="Maps").click()
    idle(page)
    stages = page.get_by_test_id("stage")
    stages.first.wait_for()
    page.get_by_text("32 maps of 21 × 21").wait_for()
    names = [(stage.get_attribute("aria-label") or "").split(":")[0] for stage in stages.all()]
    assert names == ["Digit", "Kernels", "Convolution", "Pooling", "Dense layer", "Answer"]
    places = [stage.bounding_box() for stage in stages.all()]
    sides = [(place["x"], place["x"] + place["width"]) for place in places if place]
    assert all(end <= start for (_, end), (start, _) in pairwise(sides)), "side by side"

    maps = stages.nth(2)
    maps.focus()
    maps.press("Enter")  # by keyboard: the place with the greatest value
    inspector = page.get_by_test_id("inspector")
    inspector.wait_for()
    box = inspector.bounding_box()
    assert box
    assert 0 <= box["y"] < page.evaluate("innerHeight")

    def told(name: str) -> float:
        return number(inspector.get_by_test_id(name).locator("strong").inner_text())

    total, bias, before, after = map(told, ("total", "bias", "before", "after"))
    assert total + bias == pytest.approx(before, abs=2e-4)
    assert after == max(before, 0)
    value = number(inspector.get_by_test_id("value").inner_text())
    assert value == pytest.approx(after, abs=1e-4)
    network = formats.read_network(paths.shipped() / "cnn_k8.keras")
    written = maps.get_attribute("aria-valuetext") or ""
    which, row, column = (int(n) - 1 for n in re.findall(r"(?:map|row|column) (\d+)", written))
    by_numpy = network.forward(shown_digit(page))["convolution"][0, row, column, which]
    assert value == pytest.approx(float(by_numpy), abs=1e-4)

    patch, kernel, products = (numbers(page, t) for t in ("Patch", "Kernel", "Products"))
    assert len(patch) == len(kernel) == len(products) == 64
    # Each is written with two decimals, so a product of two is off by a hundredth or two at most.
    for one, weight, product in zip(patch, kernel, products, strict=True):
        assert one * weight == pytest.approx(product, abs=0.02)
    assert sum(products) == pytest.approx(total, abs=64 * 0.005)
    page.keyboard.press("Escape")
    inspector.wait_for(state="hidden")
    assert maps.evaluate("element => element === element.getRootNode().activeElement")


def test_one_epoch_on_embedded_digits_ends_in_a_confusion_matrix(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/CNN")
    open_tab(page, "Train")
    fill(page, "Epochs", "1")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(TRAINING).get_by_text("finished").wait_for(timeout=3 * LONG)
    idle(page)
    page.get_by_role("tab", name="Mistakes").click()
    heading(page).wait_for()
    assert re.search(r"\d+ of 500 digits right", heading(page).inner_text())
