"""The MLP page in a real browser: train, watch, reload in the middle, then look at the mistakes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.acting import (
    draw,
    fill,
    idle,
    network_button,
    network_menu,
    open_menu,
    open_tab,
    opened,
    unfold,
)
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TRAINING = ".st-key-training"
LONG = 60_000  # ms: a cluster starts, or a training ends, on a busy machine


def epoch(page: Page) -> int:
    words = page.locator(TRAINING).inner_text()
    found = re.search(r"Epoch (\d+) of", words)
    return int(found[1]) if found else 0


def curve(page: Page) -> str:
    """The shape of the training curve as it is drawn."""
    line = page.locator(f"{TRAINING} .scatterlayer path.js-line").first
    return line.get_attribute("d") or ""


def heading(page: Page) -> Locator:
    return page.locator('[data-testid="confusion"] caption')


def test_a_shipped_network_is_looked_at_without_training_anything(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    page.get_by_role("tab", name="Mistakes").click()
    heading(page).wait_for()
    assert re.search(r"\d+ of 300 digits right", heading(page).inner_text())
    page.get_by_role("tab", name="Layers").click()
    page.get_by_text("85,614").first.wait_for()


def test_a_pressed_mistake_is_taken_back_to_its_causes(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP?mlp_section=Mistakes")
    page.get_by_test_id("digit").first.click()
    page.get_by_text("Why this answer?").click()
    causes = page.locator(".st-key-mlp_causes")
    causes.get_by_role("heading", name=re.compile(r"Why an? \d and not an? \d")).wait_for()
    causes.get_by_text("of the 2,700 digits it learned from").wait_for()
    causes.locator(".js-plotly-plot").nth(1).wait_for()  # pixels and units
    causes.get_by_text("By the autoencoder's code").first.wait_for()


@pytest.mark.slow
def test_training_is_watched_found_again_after_a_reload_and_its_mistakes_are_opened(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "400")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(TRAINING).get_by_text(re.compile(r"Epoch \d+ of 400")).wait_for(timeout=LONG)
    page.locator(f"{TRAINING} .scatterlayer path.js-line").first.wait_for(state="attached", timeout=LONG)
    before, at_first = epoch(page), curve(page)
    page.wait_for_function(
        "([selector, old]) => document.querySelector(selector)?.getAttribute('d') !== old",
        arg=[f"{TRAINING} .scatterlayer path.js-line", at_first],
        timeout=LONG,
    )
    assert epoch(page) >= before
    assert re.search(r"job=\w+", page.url)

    page.reload()
    idle(page)
    page.locator(TRAINING).get_by_text(re.compile(r"Epoch \d+ of 400")).wait_for(timeout=LONG)
    assert epoch(page) >= before, "the same training goes on"

    page.locator(TRAINING).get_by_role("button", name="Stop").click()
    page.locator(TRAINING).get_by_text(re.compile("stopped; the network is kept")).wait_for(timeout=LONG)
    idle(page)

    page.get_by_role("tab", name="Mistakes").click()
    heading(page).wait_for()
    cell = biggest_mistake(page)
    count = int(cell.inner_text())
    cell.click()
    gallery = page.locator('[data-testid="digit"]')
    page.wait_for_function(
        "n => document.querySelectorAll('[data-testid=\"digit\"]').length === n || "
        "[...document.querySelectorAll('*')].some(e => e.shadowRoot && "
        "e.shadowRoot.querySelectorAll('[data-testid=\"digit\"]').length === n)",
        arg=count,
    )
    assert gallery.count() == count
    true, predicted = re.fullmatch(r"cell-(\d)-(\d)", cell.get_attribute("data-testid") or "").groups()
    for label in gallery.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))"):
        assert label.startswith(f"true {true}, read as {predicted}"), label


def biggest_mistake(page: Page) -> Locator:
    cells = page.locator('[data-testid^="cell-"]')
    told = cells.evaluate_all("all => all.map((e) => [e.dataset.testid, e.innerText.trim()])")
    wrong = [name for name, _ in told if name[-3] != name[-1]]  # cell-<true>-<predicted>
    counts = {name: int(text) for name, text in told if name in wrong and text.isdigit()}
    assert any(counts.values()), "a network without any mistake cannot be tested so"
    return page.get_by_test_id(max(counts, key=lambda name: counts[name]))


@pytest.mark.slow
def test_twenty_epochs_run_to_their_end_and_are_on_the_shelf(
    page: Page, make_server: Callable[..., Server]
) -> None:
    server = make_server()
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "20")
    fill(page, "A name for it", "Twenty epochs")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(TRAINING).get_by_text("finished").wait_for(timeout=LONG)
    idle(page)
    looks_at(page, "Twenty epochs")

    # A second training from the same form, in which what was filled in is kept.
    assert page.get_by_label("Epochs", exact=True).input_value() == "20"
    fill(page, "A name for it", "Twenty more")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(TRAINING).get_by_text("Twenty more").wait_for(timeout=LONG)
    page.locator(TRAINING).get_by_text("finished").wait_for(timeout=LONG)
    idle(page)
    looks_at(page, "Twenty more")

    # Kept: the field for its name is shut, and not another's in its place.
    menu = network_menu(page)
    unfold(menu, "Save")
    menu.get_by_role("button", name="Keep it").click()
    menu.get_by_text("Rename", exact=True).wait_for()
    idle(page)
    assert menu.get_by_label("The network on this page").input_value().startswith("Twenty more · saved")
    page.get_by_label("New name").wait_for(state="hidden")

    page.goto("about:blank")  # or the page would complain of the server that is taken away
    server.restart()
    opened(page, f"{server.url}/MLP")
    network_menu(page)
    open_menu(page, "The network on this page")
    page.get_by_role("option", name=re.compile("Twenty epochs")).wait_for()


def looks_at(page: Page, title: str) -> None:
    """Waits until the network on the page is the one of that title."""
    network_button(page).filter(has_text=title).wait_for()


def test_my_own_drawing_is_looked_at_inside_the_network(page: Page, server: Server) -> None:
    opened(page, server.url)
    idle(page)
    link = page.get_by_role("link", name=re.compile("MLP")).first.bounding_box()
    assert link
    draw(page, 7)
    page.mouse.click(link["x"] + 20, link["y"] + 20)  # in the moment in which the last stroke ends
    page.get_by_role("heading", name="A network from scratch").wait_for()
    idle(page)
    page.get_by_role("tab", name="Inside").click()
    page.get_by_role("button", name="my drawing").click()
    page.get_by_text("Your drawing").first.wait_for()
    page.get_by_text("Hidden layer 1 (100)").first.wait_for()
    page.get_by_text("Hidden layer 2 (64)").first.wait_for()


@pytest.mark.parametrize("phone", [False, True])
def test_the_page_fits_its_screen(open_page: Callable[..., Page], server: Server, phone: bool) -> None:
    page = opened(open_page(phone=phone), f"{server.url}/MLP")
    page.get_by_role("tab", name="Mistakes").click()
    heading(page).wait_for()
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], "nothing sticks out at the side"
