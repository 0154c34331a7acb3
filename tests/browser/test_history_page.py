"""The history in a real browser: a run is trained, found, named, compared, and the comparison is sent on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.acting import fill, idle, open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = 60_000  # ms: a cluster starts, or a training ends, on a busy machine


def tick(page: Page, name: str) -> None:
    """Ticks the run of that name in the list."""
    page.get_by_role("checkbox", name=f"Tick {name}", exact=True).check()
    idle(page)


def test_a_run_is_found_in_the_history_named_compared_and_the_comparison_sent_on(
    page: Page, make_server: Callable[..., Server]
) -> None:
    server = make_server()
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "3")
    fill(page, "A name for it", "Three epochs")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(".st-key-training").get_by_text("finished").wait_for(timeout=LONG)
    idle(page)

    page.get_by_role("link", name="Its run").click()
    page.get_by_role("heading", name="Three epochs").wait_for()
    page.get_by_role("button", name="Back to the list").click()
    page.get_by_text("1 run", exact=True).wait_for()
    tick(page, "Three epochs")
    page.locator(".st-key-history_chosen_open button").click()  # menus have an “Open” as well
    page.get_by_role("heading", name="Three epochs").wait_for()
    page.get_by_role("tab", name="Mistakes").click()
    page.locator('[data-testid="confusion"] caption').wait_for()
    page.get_by_role("button", name="Name").click()
    page.get_by_label("A name for this run").fill("My shortest")
    page.get_by_role("button", name="Name it").click()
    page.get_by_role("heading", name="My shortest").wait_for()

    page.get_by_role("button", name="As code").click()
    with page.expect_download() as script:
        page.get_by_role("button", name="As a script").click()
    assert script.value.suggested_filename == "my-shortest.py"
    told = subprocess.run(  # far from the app, what the app's worker has trained
        [sys.executable, "-I", script.value.path()], capture_output=True, text=True, check=True
    )
    assert "the same to the last bit" in told.stdout

    page.get_by_role("link", name="Compare it with").click()
    page.get_by_text("Choose at least two").wait_for()
    menu = page.get_by_role("combobox").first
    menu.fill("MLP of the report")
    page.get_by_role("option").first.click()
    page.keyboard.press("Escape")
    page.get_by_text("where they differ").wait_for()
    page.get_by_role("tab", name="Digit by digit").click()
    page.get_by_text("Of 300 digits").wait_for()
    page.locator('[data-testid="gallery"] button').first.wait_for()

    address = page.url
    page.goto("about:blank")
    server.kill()  # without a farewell
    server.start()
    opened(page, address)
    page.get_by_text("My shortest").first.wait_for()
    page.get_by_text("Of 300 digits").wait_for()  # the tab that was open

    opened(page, f"{server.url}/History")
    page.get_by_role("button", name="Open My shortest").wait_for()


@pytest.mark.parametrize("phone", [False, True])
def test_the_pages_fit_their_screen(open_page: Callable[..., Page], server: Server, phone: bool) -> None:
    page = open_page(phone=phone)
    for address in ("History", "Compare?runs=mlp,mlp_study"):
        opened(page, f"{server.url}/{address}")
        page.get_by_text("What").first.wait_for()
        wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide[0] <= wide[1], f"{address}: nothing sticks out at the side"
