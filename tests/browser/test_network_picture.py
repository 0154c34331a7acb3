"""A network as a whole in a real browser: pressed, walked through by keys, and with other digits in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.model_store import formats
from tests.browser.acting import draw, idle, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# The 784 pixels of a digit that is painted larger, from the middle of each.
DIGIT = """(canvas) => {
    const context = canvas.getContext("2d");
    return Array.from({ length: 784 }, (_, i) => {
        const side = canvas.width / 28;
        const [x, y] = [(i % 28) + 0.5, Math.floor(i / 28) + 0.5].map((n) => Math.floor(n * side));
        return context.getImageData(x, y, 1, 1).data[0];
    });
}"""
FOCUSED = "element => element === element.getRootNode().activeElement"


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def shown_digit(page: Page) -> Array:
    """(28, 28) in [0, 1]: the digit that the picture begins with."""
    pixels = page.get_by_test_id("stage").first.locator("canvas").evaluate(DIGIT)
    digit: Array = np.array(pixels, np.float32).reshape(28, 28) / 255
    return digit


def stages_of(page: Page, url: str) -> list[Locator]:
    """The layers in the picture, once it is there and painted."""
    opened(page, url)
    page.get_by_test_id("stage").first.wait_for()
    page.get_by_test_id("stage").first.and_(page.locator("[aria-valuetext]")).wait_for()
    return page.get_by_test_id("stage").all()


def unit_of(page: Page) -> tuple[int, float]:
    """Which unit is open, counted from 0, and the value that is told of it."""
    inspector = page.get_by_test_id("inspector")
    inspector.wait_for()
    found = re.search(r"unit (\d+): (−?[\d.]+)", inspector.get_by_role("heading").inner_text())
    assert found
    return int(found[1]) - 1, number(found[2])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_pressed_unit_tells_the_number_that_numpy_computes(
    open_page: Callable[..., Page], server: Server, scheme: str
) -> None:
    page = open_page(color_scheme=scheme)
    stages = stages_of(page, f"{server.url}/MLP?model=mlp")
    assert page.locator("svg.lines path").count() > 5
    network = formats.read_network(paths.shipped() / "mlp.npz")
    values = network.forward(shown_digit(page))
    for stage, layer in zip(stages[1:3], ("hidden 1", "hidden 2"), strict=True):
        box = stage.bounding_box()
        assert box
        stage.click(position={"x": 0.72 * box["width"], "y": 0.31 * box["height"]})
        unit, told = unit_of(page)
        assert told == pytest.approx(float(values[layer][0, unit]), abs=1e-4)
    answer = stages[3].inner_text().replace("\u00a0", " ")
    assert f"{100 * float(values['output'].max()):.1f}%" in answer


def test_the_keyboard_walks_from_layer_to_layer_and_leaves_what_it_opened(page: Page, server: Server) -> None:
    stages = stages_of(page, f"{server.url}/MLP?model=mlp")
    stages[1].focus()
    stages[1].press("Home")
    stages[1].press("Enter")
    assert unit_of(page)[0] == 0
    stages[1].press("ArrowRight")
    assert unit_of(page)[0] == 1, "what is open follows the arrows"
    stages[1].press("End")
    stages[1].press("ArrowRight")
    assert stages[2].evaluate(FOCUSED), "over the edge is the next layer"
    assert [stage.get_attribute("tabindex") for stage in stages].count("0") == 1, "one stop for Tab"
    stages[2].press("Escape")
    page.get_by_test_id("inspector").wait_for(state="hidden")
    assert stages[2].evaluate(FOCUSED)


def test_what_is_open_stays_open_for_another_digit(page: Page, server: Server) -> None:
    stages = stages_of(page, f"{server.url}/MLP?model=mlp")
    before = shown_digit(page)
    stages[1].focus()
    stages[1].press("Home")
    stages[1].press("Enter")
    assert unit_of(page)[0] == 0
    page.get_by_role("button", name="Another one").click()
    idle(page)
    page.wait_for_timeout(300)
    digit = shown_digit(page)
    assert not np.array_equal(before, digit)
    unit, told = unit_of(page)
    values = formats.read_network(paths.shipped() / "mlp.npz").forward(digit)
    assert unit == 0
    assert told == pytest.approx(float(values["hidden 1"][0, 0]), abs=1e-4)


def test_a_pressed_weight_picture_opens_its_unit(page: Page, server: Server) -> None:
    stages_of(page, f"{server.url}/MLP?model=mlp")
    page.get_by_label("Weights", exact=True).check()
    page.get_by_test_id("stage").nth(4).wait_for()
    page.get_by_test_id("stage").nth(1).click(position={"x": 2, "y": 2})
    assert unit_of(page)[0] == 0


def test_on_a_phone_what_was_pressed_grows_right_below_its_layer(phone: Page, server: Server) -> None:
    stages = stages_of(phone, f"{server.url}/MLP")
    stages[1].tap()
    inspector = phone.get_by_test_id("inspector")
    inspector.wait_for()
    of, grown, after = stages[1].bounding_box(), inspector.bounding_box(), stages[2].bounding_box()
    assert of
    assert grown
    assert after
    assert of["y"] + of["height"] <= grown["y"] < after["y"]
    for button in inspector.get_by_role("button").all():
        size = button.bounding_box()
        assert size
        assert min(size["width"], size["height"]) >= 44


@pytest.mark.parametrize("path", ["MLP", "CNN", "Autoencoder"])
def test_the_whole_network_is_on_the_first_screen_of_a_laptop(
    open_page: Callable[..., Page], server: Server, path: str
) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    for stage in stages_of(page, f"{server.url}/{path}"):
        box = stage.bounding_box()
        assert box
        assert box["y"] + box["height"] < 800
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280


@pytest.mark.parametrize(("slot", "name"), [("mlp", "mlp.npz"), ("cnn", "cnn_best.keras")])
def test_a_network_below_the_pad_reads_what_is_drawn_as_the_pad_does(
    page: Page, server: Server, slot: str, name: str
) -> None:
    opened(page, server.url)
    page.get_by_role("tab", name=slot.upper(), exact=True).click()
    page.get_by_test_id("stage").first.wait_for()
    draw(page, 7)
    idle(page)
    said = page.get_by_test_id(f"prediction-{slot}")
    page.wait_for_function("element => /reads \\d/.test(element.ariaLabel)", arg=said.element_handle())
    page.wait_for_timeout(300)
    found = re.search(r"reads (\d)", said.get_attribute("aria-label") or "")
    assert found
    answer = page.get_by_test_id("network").locator("figure").last
    assert f"reads {found[1]}" in answer.inner_text()
    answers = formats.read_network(paths.shipped() / name).predict(shown_digit(page))
    assert int(answers.argmax()) == int(found[1])
    page.get_by_test_id("pad-clear").click()
    page.get_by_text("nothing drawn yet").first.wait_for()
    assert not shown_digit(page).any()


def test_the_networks_on_the_pad_are_tabs_that_arrows_change(page: Page, server: Server) -> None:
    opened(page, server.url)
    tabs = page.get_by_role("tablist", name="Networks on the pad").get_by_role("tab")
    tabs.first.wait_for()
    assert tabs.all_inner_texts() == ["MLP", "CNN", "Autoencoder"]
    tabs.first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert [tab.get_attribute("aria-selected") for tab in tabs.all()] == ["false", "false", "true"]
    page.get_by_test_id("network").get_by_text("Drawn again").wait_for()
    draw(page, 3)
    idle(page)
    for _ in range(30):  # until the last frame is painted in both places
        again = page.get_by_test_id("stage").last.locator("canvas").evaluate(DIGIT)
        drawn = page.get_by_test_id("drawn-autoencoder").evaluate(DIGIT)
        if np.allclose(again, drawn, atol=1):
            break
        page.wait_for_timeout(100)
    np.testing.assert_allclose(again, drawn, atol=1)


def test_a_close_up_follows_the_pen_while_a_stroke_is_drawn(page: Page, server: Server) -> None:
    opened(page, server.url)
    draw(page, 7)
    idle(page)
    page.get_by_test_id("stage").nth(1).focus()
    page.keyboard.press("Enter")
    value = page.get_by_test_id("value")
    before = value.inner_text()
    box = page.get_by_test_id("pad").bounding_box()
    assert box
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    box = page.get_by_test_id("pad").bounding_box()
    assert box
    page.mouse.move(box["x"] + 60, box["y"] + box["height"] - 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + box["height"] - 60, steps=20)
    page.get_by_test_id("network").evaluate("element => element.scrollIntoView()")
    page.mouse.move(box["x"] + 262, box["y"] + box["height"] - 62, steps=4)
    page.wait_for_timeout(300)
    assert value.inner_text() != before, "the button is still down"
    page.mouse.up()
