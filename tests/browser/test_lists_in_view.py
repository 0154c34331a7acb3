"""Experiments, History and Compare: the first picture is seen, and a press shows what it shows in view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from nnviz.experiments.studies import STUDIES
from nnviz.history import repository
from tests.browser.acting import idle, open_tab, opened
from tests.browser.serving import Server
from tests.browser.test_layout import SCREENS, in_view, on, shows_sideways, stays_sideways, turned_to
from tests.pages.test_experiments_page import invented
from tests.recording import CARD, RUN

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

RUNS = 60
BAR = ".st-key-history_chosen"
COMPARE = "Compare?runs=mlp,mlp_study"
# Addresses with a tab to be opened, and where its first picture is.
FIRST = {
    ("Experiments?study=lambda-2", ""): ".stPlotlyChart",
    ("Experiments?study=batch-2", ""): ".stPlotlyChart",
    ("Experiments?study=grid", ""): ".table",
    ("History", "Runs"): '[data-testid="run-list"]',
    ("History", "Experiments"): '[class*="st-key-row_"]',
    (COMPARE, "Side by side"): ".table",
    (COMPARE, "Curves"): ".stPlotlyChart",
    (COMPARE, "Digit by digit"): '[data-testid="gallery"]',
    (COMPARE, "Confusion"): '[data-testid="confusion"]',
    (COMPARE, "Each digit"): ".stPlotlyChart",
}


@pytest.fixture(scope="module")
def filled(make_lasting_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server with a long history, an experiment among it."""
    home: Path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNVIZ_HOME", str(home))
        patch.delenv("NNVIZ_DATABASE_URL", raising=False)
        for i in range(RUNS):
            card = replace(CARD, title=f"Run {i}", created=f"2026-01-02T10:{i:02d}:00.000+00:00")
            repository.record_run(replace(RUN, name="", owner="", card=card))
        asked = STUDIES["batch-2"].plan
        begun = repository.begin_experiment(repository.new_experiment(asked, study="batch-2"))
        for trial in asked.trials(begun.id):
            repository.record_run(invented(trial))
        repository.end_experiment(begun.id, "done")
        repository.close()
    return make_lasting_server(home)


def shown(page: Page, server: Server, address: str, tab: str, *, there: bool = False) -> Locator:
    """The first picture of a page or of one of its tabs. there: the page is at that address already."""
    if not there:
        opened(page, f"{server.url}/{address}")
    if tab:
        open_tab(page, tab)
    picture = page.locator(FIRST[address, tab]).first
    picture.wait_for()
    return picture


@pytest.mark.slow
@pytest.mark.parametrize("address", dict.fromkeys(address for address, _ in FIRST))
def test_the_first_picture_is_on_a_laptop_s_first_screen_and_no_size_moves_it_sideways(
    open_page: Callable[..., Page], filled: Server, address: str
) -> None:
    page = on(open_page, "laptop")
    low, wide = {}, {}
    for number, tab in enumerate(tab for at, tab in FIRST if at == address):
        box = shown(page, filled, address, tab, there=number > 0).bounding_box()
        assert box
        seen = min(box["y"] + box["height"], 800) - box["y"]
        if box["y"] >= 360 or seen < 0.8 * min(box["height"], 500):
            low[tab] = box
        for screen in ("laptop", "projector", "tablet"):
            if (by := stays_sideways(turned_to(page, screen))) > 0:
                wide[tab, screen] = by
        turned_to(page, "laptop")
    assert not low
    assert not wide


@pytest.mark.slow
def test_nothing_moves_sideways_on_a_phone(open_page: Callable[..., Page], filled: Server) -> None:
    page = on(open_page, "phone")
    wide, at = {}, ""
    for address, tab in FIRST:
        shown(page, filled, address, tab, there=address == at)
        at = address
        if (by := shows_sideways(page)) > 0:
            wide[address, tab] = by
    assert not wide


@pytest.mark.parametrize("screen", ["laptop", "projector"])
def test_pictures_fill_the_width(open_page: Callable[..., Page], filled: Server, screen: str) -> None:
    picture = shown(on(open_page, screen), filled, "History", "Runs")
    box = picture.bounding_box()
    assert box
    assert box["width"] > SCREENS[screen][0] - 60


@pytest.mark.parametrize("screen", SCREENS)
def test_what_can_be_done_with_a_run_ticked_far_down_is_in_view(
    open_page: Callable[..., Page], filled: Server, screen: str
) -> None:
    page = on(open_page, screen)
    shown(page, filled, "History", "Runs")
    box = page.get_by_role("checkbox", name=f"Tick Run {RUNS - 45}", exact=True)
    box.scroll_into_view_if_needed()
    box.check()
    bar = page.locator(BAR)
    bar.get_by_text("1 run ticked").wait_for()
    idle(page)
    assert in_view(page, bar)
    assert in_view(page, box), "what was pressed stays where it was"
    bar.get_by_role("button", name="Open").click(trial=True)
    bar.get_by_role("link", name="Compare it with").wait_for()


@pytest.mark.parametrize("screen", ["phone", "laptop"])
def test_an_opened_run_takes_the_place_of_the_list_which_is_gone_back_to_as_it_was(
    open_page: Callable[..., Page], filled: Server, screen: str
) -> None:
    page = on(open_page, screen)
    shown(page, filled, "History", "Runs")
    search = page.get_by_role("textbox", name="Search")
    search.fill("Run")
    search.press("Enter")
    page.get_by_text("60 runs").wait_for()
    idle(page)
    name = page.get_by_role("button", name=f"Open Run {RUNS - 40}", exact=True)
    name.scroll_into_view_if_needed()
    name.click()
    heading = page.get_by_role("heading", name=f"Run {RUNS - 40}")
    heading.wait_for()
    idle(page)
    page.wait_for_timeout(1500)  # it is looked after until charts have their heights
    assert in_view(page, heading)
    assert not page.get_by_test_id("run-list").count()
    page.get_by_role("button", name="Back to the list").click()
    name.wait_for()
    idle(page)
    page.wait_for_function("() => document.querySelector('[data-testid=\"stMain\"]').scrollTop > 500")
    assert in_view(page, name)
    assert search.input_value() == "Run"


def test_a_phone_s_list_has_name_and_score_in_one_line_and_the_rest_when_it_is_pressed(
    open_page: Callable[..., Page], filled: Server
) -> None:
    page = on(open_page, "phone")
    shown(page, filled, "History", "Runs")
    line = page.locator(f"tr:has(button[aria-label='Open Run {RUNS - 1}'])")
    name = line.get_by_role("button", name=f"Open Run {RUNS - 1}", exact=True).bounding_box()
    score = line.get_by_text("71.00%").bounding_box()
    assert name
    assert score
    assert abs((name["y"] + name["height"] / 2) - (score["y"] + score["height"] / 2)) < 4
    expect(line.get_by_text("85,614")).to_be_hidden()
    more = line.get_by_role("button", name=f"More of Run {RUNS - 1}")
    size = more.bounding_box()
    assert size
    assert min(size["width"], size["height"]) >= 44
    more.tap()
    line.get_by_text("85,614").wait_for()
    assert more.get_attribute("aria-expanded") == "true"
    assert shows_sideways(page) <= 0


def test_enter_takes_one_match_and_not_all_of_them(page: Page, filled: Server) -> None:
    opened(page, f"{filled.url}/Compare?runs=mlp")
    menu = page.get_by_role("combobox").first
    menu.fill("CNN")
    page.get_by_role("option").nth(2).wait_for()
    page.wait_for_function(
        """() => {
            const active = document.querySelector('[role=combobox]').getAttribute('aria-activedescendant');
            return active && document.getElementById(active)?.textContent.includes('CNN');
        }"""
    )
    assert not page.get_by_role("option", name="matches").count()
    menu.press("Enter")
    page.get_by_text("where they differ").wait_for()
    idle(page)
    assert page.url.count("%2C") == 1, "two are compared"


def test_the_digits_of_a_pressed_cell_come_into_view(open_page: Callable[..., Page], filled: Server) -> None:
    page = on(open_page, "laptop")
    shown(page, filled, COMPARE, "Confusion")
    matrices = page.get_by_test_id("confusion")
    assert matrices.count() == 3
    difference = matrices.nth(2)
    worse = difference.locator("td.wrong button").first
    assert "worse" in str(worse.get_attribute("aria-label"))
    worse.click()
    gallery = page.get_by_test_id("gallery")
    gallery.wait_for()
    idle(page)
    page.wait_for_timeout(1500)
    assert in_view(page, gallery)


def test_a_pressed_point_opens_its_run_in_view(open_page: Callable[..., Page], filled: Server) -> None:
    page = on(open_page, "laptop")
    chart = shown(page, filled, "Experiments?study=batch-2", "")
    point = chart.locator(".scatterlayer .trace").nth(1).locator(".point").first
    box = point.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    run = page.get_by_role("dialog")
    run.get_by_text("Right on held-back digits").wait_for()
    assert in_view(page, run)
