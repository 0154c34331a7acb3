"""What goes along from one address to another: the theme, and where the browser's Back leads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import fill, idle, open_tab, opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def paper(page: Page) -> str:
    return str(page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor"))


def link(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=name).click()
    page.wait_for_url(f"**/{name}*")
    idle(page)


def test_a_theme_that_is_chosen_on_one_page_holds_for_all(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP")
    light = paper(page)
    page.get_by_test_id("stMainMenuButton").click()
    page.locator("[role^=menuitem], button").filter(has_text="dark_mode").first.click()
    page.wait_for_function(f"paper => ({_PAPER})() !== paper", arg=light)
    dark = paper(page)
    opened(page, f"{server.url}/History")
    assert paper(page) == dark
    opened(page, f"{server.url}/")
    assert paper(page) == dark


_PAPER = "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


def test_a_training_in_the_address_is_no_step_for_back(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/")
    link(page, "MLP")
    open_tab(page, "Train")
    fill(page, "Epochs", "1")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(re.compile(r"/MLP\?.*job="))
    page.locator(".st-key-training").get_by_text("finished").first.wait_for(timeout=60_000)
    link(page, "CNN")
    page.go_back()
    page.wait_for_url(re.compile(r"/MLP\?.*job="))
    idle(page)
    page.go_back()
    page.get_by_role("heading", level=1, name="Draw a digit").wait_for()


def test_a_reload_keeps_the_network_that_an_address_opened(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/MLP?model=mlp&drawn=yes")
    name = page.get_by_test_id("stPopoverButton").filter(has_text="MLP for drawn digits")
    name.wait_for()
    page.reload()
    idle(page)
    name.wait_for()
    opened(page, f"{server.url}/MLP?model=mlp_study")
    page.get_by_test_id("stPopoverButton").filter(has_text="MLP of the report").wait_for()
    page.reload()
    idle(page)
    page.get_by_test_id("stPopoverButton").filter(has_text="MLP of the report").wait_for()


def test_the_open_tab_is_in_the_address_for_a_reload_for_back_and_for_others(
    page: Page, server: Server
) -> None:
    opened(page, f"{server.url}/MLP")
    open_tab(page, "Weights")
    expect(page).to_have_url(re.compile(r"/MLP\?mlp_section=Weights$"))
    page.reload()
    weights = page.get_by_role("tab", name="Weights", exact=True)
    expect(weights).to_have_attribute("aria-selected", "true")
    expect(page.locator(".st-key-first")).to_contain_text("Press a picture")
    idle(page)
    link(page, "History")
    expect(page).to_have_url(re.compile("/History$"))
    page.go_back()
    expect(weights).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(re.compile(r"/MLP\?mlp_section=Weights$"))
    opened(page, f"{server.url}/MLP?mlp_section=Nonsense")
    expect(page.get_by_role("tab", name="Network", exact=True)).to_have_attribute("aria-selected", "true")


def test_a_page_with_an_open_tab_is_left_for_the_pad(page: Page, server: Server) -> None:
    opened(page, f"{server.url}/CNN?model=cnn_k3")
    open_tab(page, "Mistakes")
    page.wait_for_url(re.compile("cnn_section=Mistakes"))
    page.get_by_role("button", name="Use on the pad").click()
    page.get_by_text("now reads the pad").wait_for()
    page.wait_for_url(re.compile(r"/\??$"))
