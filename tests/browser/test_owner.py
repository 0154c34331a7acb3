"""Who a browser is to the training queue, asked of a real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.acting import opened
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
