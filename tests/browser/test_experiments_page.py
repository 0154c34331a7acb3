"""Experiments in a real browser: rows are counted as they come, a point is pressed, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import idle, open_menu
from tests.browser.serving import Server
from tests.browser.test_mlp_page import LONG, fill, opened

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PANEL = '[class*="st-key-experiment_"]'


def panel(page: Page, place: int = 0) -> Locator:
    return page.locator(PANEL).nth(place)


def numbers(page: Page, place: int = 0) -> Locator:
    """The table of an experiment, unfolded."""
    folded = page.locator("details").filter(has_text="every point as a table").nth(place)
    folded.wait_for(timeout=2 * LONG)
    if folded.get_attribute("open") is None:
        folded.locator("summary").click()
    return folded


def rows(page: Page, place: int = 0) -> int:
    """How many rows the table of an experiment has; it has a heading too, once it is there."""
    table = numbers(page, place).locator("canvas table")
    return int(table.first.get_attribute("aria-rowcount") or 1) - 1 if table.count() else 0


def wait_for_rows(page: Page, number: int, place: int = 0) -> None:
    for _ in range(2 * LONG // 500):
        if rows(page, place) >= number:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{rows(page, place)} rows instead of {number}")


def press_point(page: Page, place: int = 0) -> None:
    """Press the first test point of the first chart, where it is."""
    point = panel(page, place).locator(".scatterlayer .trace").nth(1).locator(".point").first
    point.wait_for()
    point.evaluate("point => point.scrollIntoView({ block: 'center' })")  # not below the bar
    page.wait_for_timeout(300)
    box = point.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.slow
def test_a_study_is_started_watched_found_again_stopped_and_one_of_its_runs_opened(
    page: Page, make_server: Callable[..., Server]
) -> None:
    server = make_server()
    opened(page, f"{server.url}/Experiments")
    page.get_by_text("22 trainings").wait_for()
    page.get_by_role("button", name="Train them all").click()
    wait_for_rows(page, 1)
    panel(page, 1).get_by_text("0 of 11").first.wait_for()  # one after the other
    first = rows(page)
    wait_for_rows(page, first + 1)
    panel(page).get_by_text(re.compile(r"\d+ of 11 trained · about .+ left")).wait_for()
    address = page.url
    assert re.search(r"experiment=\w{16}%2C\w{16}", address), "the study and its twin"

    before = rows(page)
    page.reload()
    idle(page)
    wait_for_rows(page, before)
    assert page.url == address

    press_point(page)
    page.get_by_role("dialog").get_by_text("Right on held-back digits").wait_for()
    page.get_by_role("dialog").get_by_role("tab", name="Mistakes").click()
    page.get_by_role("dialog").locator('[data-testid="confusion"]').wait_for()
    assert re.search(r"run=\w{16}", page.url)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("dialog").wait_for(state="detached")

    for place in (0, 1):
        stop = panel(page, place).get_by_role("button", name="Stop")
        stop.click()
        panel(page, place).get_by_text("stopped").first.wait_for(timeout=LONG)
    wait_for_rows(page, before)
    kept = rows(page)
    assert kept < 11
    expect(panel(page).get_by_role("button", name="Go on with it")).to_be_visible()

    page.get_by_role("link", name="MLP").first.click()
    page.get_by_role("heading", name="A network from scratch").wait_for()
    page.get_by_role("link", name="Experiments").first.click()
    wait_for_rows(page, kept)
    assert page.url == address


@pytest.mark.slow
def test_one_s_own_experiment_runs_to_its_end_and_downloads_its_table(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/Experiments?study=own")
    open_menu(page, "What varies")
    page.get_by_role("option", name="epochs").click()
    fill(page, "Values of epochs", "1, two")
    page.get_by_text("A value of epochs has to be a whole number").wait_for()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    fill(page, "Values of epochs", "1, 2, 3")
    page.get_by_text("3 trainings").wait_for()
    page.get_by_role("button", name="Start", exact=True).click()
    panel(page).get_by_text("3 of 3").wait_for(timeout=2 * LONG)
    wait_for_rows(page, 3)
    panel(page).get_by_role("button", name="Stop").wait_for(state="detached", timeout=LONG)
    idle(page)
    with page.expect_download() as download:
        numbers(page).get_by_role("button", name="Download the whole table").click()
    table = download.value.path().read_text().splitlines()
    assert table[0].startswith("epochs,train,test,other digits")
    assert [line.split(",")[0] for line in table[1:]] == ["1", "2", "3"]


@pytest.mark.slow
def test_cnns_are_swept_over_two_settings_and_every_row_comes(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/Experiments?study=own")
    page.get_by_role("radio", name="CNN", exact=True).click()
    fill(page, "Values of kernel size", "2, 3, 5")
    open_menu(page, "Against")
    page.get_by_role("option", name="digits to learn from").click()
    fill(page, "Values of digits to learn from", "40, 80")
    page.locator("summary").filter(has_text="All other settings").click()
    fill(page, "Epochs", "1")
    page.get_by_text("6 trainings").wait_for()
    page.get_by_role("button", name="Start", exact=True).click()
    panel(page).get_by_text("6 of 6").wait_for(timeout=2 * LONG)
    wait_for_rows(page, 6)
    expect(panel(page).locator(".js-plotly-plot").first).to_contain_text("kernel size")
