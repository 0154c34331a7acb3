"""The map in a real browser: a point opens its digit, a drawing is a star, a new map is drawn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nnviz.data import mnist
from tests.browser.acting import draw, idle, open_menu
from tests.browser.serving import Server
from tests.browser.test_autoencoder_page import grey
from tests.browser.test_mlp_page import LONG, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

SPRITES_ARE_HERE = """() => {
    let found = false;
    document.dispatchEvent(new CustomEvent("nnviz-sprite-sheet-replay", { detail: () => { found = true; } }));
    return found;
}"""
PROGRESS = ".st-key-code_map_progress"


def map_of(page: Page) -> Locator:
    """The map, with the pictures of its digits there."""
    page.get_by_role("tab", name="Map", exact=True).click()
    idle(page)
    found = page.get_by_test_id("atlas")
    found.wait_for()
    page.wait_for_function(SPRITES_ARE_HERE)
    found.evaluate("element => element.scrollIntoView({ block: 'center' })")
    return found


def pointed_at(page: Page) -> int:
    """The position of the digit whose picture is shown; the picture is the digit's own."""
    tip = page.get_by_test_id("atlas-tip")
    tip.wait_for()
    index = int(tip.get_attribute("data-index") or -1)
    if index < 5000:
        seen = grey(tip.get_by_test_id("atlas-picture"))
        assert np.abs(255 * seen - mnist.embedded().images[index].ravel()).max() <= 9, "sixteen greys"
        assert f"{mnist.embedded().labels[index]}, number {index + 1:,}" in tip.inner_text()
    return index


def opens(page: Page, index: int) -> None:
    """Waits until that digit is open, and looks whether it is the embedded one, before its nearest."""
    page.get_by_role("heading", name=re.compile(f"number {index + 1:,}, and its nearest")).wait_for()
    idle(page)
    canvases = page.get_by_test_id("strip").locator("tbody tr").first.locator("canvas")
    images = mnist.embedded().images
    np.testing.assert_array_equal(np.round(255 * grey(canvases.first)), images[index].ravel())
    notes = page.get_by_test_id("strip").locator("tbody tr").first.locator(".note").all_text_contents()
    distances = [float(note) for note in notes[1:]]
    assert len(distances) == 8
    assert distances == sorted(distances)


def test_a_point_opens_its_digit_by_mouse_and_by_keyboard(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/Autoencoder")
    atlas = map_of(page)
    box = atlas.bounding_box()
    assert box is not None
    tip = page.get_by_test_id("atlas-tip")
    for place in np.linspace(0.2, 0.8, 40):  # across the map, until there is a point
        page.mouse.move(box["x"] + place * box["width"], box["y"] + 0.45 * box["height"])
        page.wait_for_function("() => new Promise(done => requestAnimationFrame(() => done(true)))")
        if tip.is_visible():
            break
    index = pointed_at(page)
    page.mouse.down()
    page.mouse.up()
    opens(page, index)

    page.mouse.move(0, 0)
    atlas.focus()
    seen = set()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown"):
        atlas.press(key)
        seen.add(pointed_at(page))
    assert len(seen) == 4, "every arrow goes to another digit"
    index = pointed_at(page)
    atlas.press("Enter")
    opens(page, index)

    label = mnist.embedded().labels[index]
    kind = page.get_by_role("button", name=f"{label}, 500 digits")
    kind.press("Enter")
    assert kind.get_attribute("aria-pressed") == "false"
    atlas.focus()
    for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowLeft"):
        atlas.press(key)
        assert mnist.embedded().labels[pointed_at(page)] != label, "a digit that is hidden is not gone to"


def test_a_drawing_is_a_star_that_opens_like_any_digit(page: Page, server: Server) -> None:
    opened(page, server.url)
    draw(page, 7)
    page.locator('[data-testid="prediction-mlp"]').get_by_text(re.compile("7")).first.wait_for()
    idle(page)  # the server has the drawing
    page.get_by_role("link", name=re.compile("Autoencoder")).first.click()
    idle(page)
    atlas = map_of(page)
    assert "and your drawing" in (atlas.get_attribute("aria-label") or "")
    atlas.focus()
    atlas.press("Home")
    assert pointed_at(page) == 5000, "this key goes to the star"
    atlas.press("Enter")
    page.get_by_role("heading", name=re.compile("Your drawing, and its nearest")).wait_for()
    first = page.get_by_test_id("strip").locator("tbody tr").first.locator("canvas").first
    np.testing.assert_array_equal(grey(first), grey(page.get_by_test_id("atlas-picture")))


def test_a_new_map_is_drawn_in_the_background_and_found_after_a_reload(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/Autoencoder")
    map_of(page)
    open_menu(page, "Digits on the map")
    page.get_by_role("option", name=re.compile("1,000 of them")).click()
    page.get_by_text("map of 1,000 digits has not been drawn yet").wait_for()
    page.get_by_role("button", name="Draw this map").click()
    page.locator(PROGRESS).get_by_text(re.compile(r"Step \d+ of 1,000")).wait_for(timeout=LONG)
    assert "map=autoencoder.some.tsne.30.42" in page.url
    page.reload()
    idle(page)
    page.get_by_test_id("atlas").wait_for(timeout=LONG)
    assert "1,000 digits" in (page.get_by_test_id("atlas").get_attribute("aria-label") or "")
    assert page.locator(PROGRESS).count() == 0


@pytest.mark.parametrize("phone", [False, True])
def test_the_map_fits_its_screen(open_page: Callable[..., Page], server: Server, phone: bool) -> None:
    page = opened(open_page(phone=phone), f"{server.url}/Autoencoder")
    map_of(page)
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], "nothing sticks out at the side"
