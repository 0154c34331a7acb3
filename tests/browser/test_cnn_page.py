"""The CNN page in a real browser: maps are counted, a convolution is stepped through, one is trained."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nnviz.core import paths
from nnviz.model_store import formats
from tests.browser.acting import choose_network, idle, open_tab
from tests.browser.serving import Server
from tests.browser.test_mlp_page import LONG, TRAINING, fill, heading, opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

# The 784 pixels of a digit that is painted larger, from the middle of each.
DIGIT = """(canvas) => {
    const context = canvas.getContext("2d");
    return Array.from({ length: 784 }, (_, i) => {
        const side = canvas.width / 28;
        const [x, y] = [(i % 28) + 0.5, Math.floor(i / 28) + 0.5].map((n) => Math.floor(n * side));
        return context.getImageData(x, y, 1, 1).data[0];
    });
}"""


def numbers(page: Page, title: str) -> list[float]:
    """The numbers written into the squares of the grid with that title."""
    grid = page.get_by_test_id("inspector").locator("figure", has_text=title)
    return [number(text) for text in grid.locator("td").all_text_contents()]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


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
    pixels = page.get_by_test_id("stage").first.locator("canvas").evaluate(DIGIT)
    digit = np.array(pixels, np.float32).reshape(28, 28) / 255
    by_numpy = network.forward(digit)["convolution"][0, row, column, which]
    assert value == pytest.approx(float(by_numpy), abs=1e-4)

    patch, kernel, products = (numbers(page, t) for t in ("Patch of the digit", "Kernel", "Products"))
    assert len(patch) == len(kernel) == len(products) == 64
    # Each is written with two decimals, so a product of two is off by a hundredth or two at most.
    for one, weight, product in zip(patch, kernel, products, strict=True):
        assert one * weight == pytest.approx(product, abs=0.02)
    assert sum(products) == pytest.approx(total, abs=64 * 0.005)
    page.keyboard.press("Escape")
    inspector.wait_for(state="hidden")
    assert maps.evaluate("element => element === element.getRootNode().activeElement")


def test_on_a_phone_what_was_pressed_grows_right_below_its_layer(phone: Page, server: Server) -> None:
    opened(phone, f"{server.url}/MLP")
    stages = phone.get_by_test_id("stage")
    stages.first.wait_for()
    layer = stages.nth(1)
    layer.tap()
    inspector = phone.get_by_test_id("inspector")
    inspector.wait_for()
    of, grown, after = layer.bounding_box(), inspector.bounding_box(), stages.nth(2).bounding_box()
    assert of
    assert grown
    assert after
    assert of["y"] + of["height"] <= grown["y"] < after["y"]
    for button in inspector.get_by_role("button").all():
        size = button.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 44


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
