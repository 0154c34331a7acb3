"""Who a browser is, asked of a real one; and what it may do with what is another's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nnviz.core import identity
from nnviz.core.identity import Actor, NotYours
from nnviz.history import people, repository
from nnviz.model_store import store
from tests.browser.acting import network_menu, opened, unfold
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

KEY = "open sesame"
ASK = "import streamlit as st\nfrom nnviz.ui.shared import state\nst.text(f'owner {state.owner()}')\n"


def test_a_browser_is_the_same_from_its_first_visit_on_and_in_every_tab(
    page: Page, make_server: Callable[..., Server], tmp_path: Path
) -> None:
    script = tmp_path / "ask.py"
    script.write_text(ASK, encoding="utf-8")
    server = make_server(script=script)
    told = []
    for tab in (page, page, page.context.new_page()):  # for the first time, again, and beside it
        opened(tab, server.url)
        told.append(tab.get_by_text("owner").inner_text())
    assert len(set(told)) == 1
    assert len(told[0]) == len("owner ") + 16


def test_another_browser_sees_a_network_and_neither_deletes_it_nor_is_let_by_the_library(
    open_page: Callable[..., Page], make_server: Callable[..., Server]
) -> None:
    server = make_server(environment={"NNVIZ_TEACHER_KEY": KEY})
    mine, yours = open_page(), open_page()
    opened(mine, f"{server.url}/MLP")
    (cookie,) = [each for each in mine.context.cookies() if each.get("name") == identity.COOKIE]
    assert cookie.get("httpOnly")
    assert identity.COOKIE not in str(mine.evaluate("document.cookie"))

    owner = identity.owner_of_secret(cookie.get("value", ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNVIZ_HOME", str(server.home))
        entry = store.find("mlp_study")
        hers = store.copy(entry, "Hers", by=Actor(owner))
        with pytest.raises(NotYours):
            store.delete(hers, by=Actor("somebody"))

    address = f"{server.url}/MLP?model={hers.name}"
    opened(yours, address)
    menu = network_menu(yours)
    menu.get_by_text("Copy to mine").wait_for()
    assert menu.get_by_text("Delete", exact=True).count() == 0

    opened(mine, address)
    unfold(network_menu(mine), "Delete")
    mine.get_by_role("button", name="Yes, delete").click()
    mine.get_by_text("“Hers” is deleted.").wait_for()
    opened(yours, address)
    yours.get_by_text("The network “Hers” was deleted by its owner.").wait_for()
    mine.get_by_role("button", name="Undo", exact=True).click()
    mine.get_by_text("“Hers” is deleted.").wait_for(state="hidden")
    assert hers.path.is_file()

    yours.get_by_role("button", name="You", exact=True).click()
    key = yours.get_by_label("Teacher's key", exact=True)
    key.fill(KEY)
    yours.get_by_role("button", name="I am the teacher").click()
    yours.get_by_text("You are the teacher.").wait_for()
    yours.keyboard.press("Escape")
    opened(yours, address)
    network_menu(yours).get_by_text("Delete", exact=True).wait_for()


def test_a_code_takes_one_s_things_to_another_browser(
    open_page: Callable[..., Page], make_server: Callable[..., Server]
) -> None:
    server = make_server(environment={"NNVIZ_TEACHER_KEY": KEY})
    old, new = open_page(), open_page()
    opened(old, f"{server.url}/History")
    opened(new, f"{server.url}/History")
    old.get_by_role("button", name="You", exact=True).click()
    old.get_by_role("button", name="Make a new code").click()
    code = old.get_by_test_id("stPopoverBody").locator("code").inner_text().strip()
    new.get_by_role("button", name="You", exact=True).click()
    field = new.get_by_label("Your code from another browser")
    field.fill(code)
    new.get_by_role("button", name="Use it").click()
    new.get_by_text("what is yours there is yours here too").wait_for()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNVIZ_HOME", str(server.home))
        patch.delenv("NNVIZ_DATABASE_URL", raising=False)
        persons = {people.known().actor(browser_of(page)).owner for page in (old, new)}
        repository.close()
    assert persons == {browser_of(old)}


def browser_of(page: Page) -> str:
    secrets = [
        each.get("value", "") for each in page.context.cookies() if each.get("name") == identity.COOKIE
    ]
    return identity.owner_of_secret(secrets[0])
