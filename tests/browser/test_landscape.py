"""Landscape and race in a real browser: asked for, followed, and there, with the numbers of the library."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from nnviz.data import splits
from nnviz.inspection import race
from nnviz.numpy_nn.race import Racer
from tests.browser.acting import fill, open_menu, open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

WAIT = 120_000  # milliseconds: workers may have to start first


def test_the_landscape_grows_around_the_training_s_way(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP?mlp_section=Landscape&epoch=3")
    chart = page.locator(".st-key-mlp_landscape_picture")
    expect(chart.locator(".legend")).to_contain_text("shown now")
    expect(chart.locator(".contour").first).to_be_attached()  # it comes with the app
    open_menu(page, "How fine")
    page.get_by_role("option", name="11 × 11 points").click()
    expect(page.get_by_text("The loss of 139 networks")).to_be_visible()
    expect(chart.locator(".contour")).to_have_count(0)
    page.get_by_role("button", name="Find the landscape").click()
    expect(chart.locator(".contour").first).to_be_attached(timeout=WAIT)
    expect(page.get_by_role("button", name="Numbers (CSV)")).to_be_visible()
    expect(page.get_by_text("The loss goes from")).to_be_visible()
    assert "landscape=mlp_study" in page.url
    page.reload()
    expect(chart.locator(".contour").first).to_be_attached()
    page.go_back()
    expect(page).not_to_have_url(re.compile("landscape="))


def test_a_race_ends_with_the_losses_of_the_library(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Race")
    fill(page, "Epochs", "1")
    page.get_by_role("button", name="Start the race").click()
    table = page.get_by_role("region", name="How the race ended")
    expect(table).to_be_visible(timeout=WAIT)
    settings = {"hidden_layer_sizes": (100, 64), "activation": "relu", "batch_size": 16, "alpha": 0.0}
    settings |= {"init": "he", "max_iter": 1, "random_state": 42}
    alone = race.Race((Racer("adam", "adam", 0.001),), settings, splits.load_split(splits.DataSpec()), 2)
    (way,) = race.hold(alone).tracks
    row = table.get_by_role("row").filter(has_text="Adam")
    expect(row).to_contain_text(re.compile(re.escape(f"{way.losses[-1]:.3f}"[:-1])))
    page.get_by_text("Ways on a plane").click()
    expect(page.locator(".st-key-mlp_race_plane .contour").first).to_be_attached()
    expect(page.get_by_text(re.compile(r"The plane holds \d+\.\d%"))).to_be_visible()
