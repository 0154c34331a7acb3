"""An error that nobody has foreseen: a sentence and a number on the page, the rest in the log."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.serving import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGE = """
import streamlit as st
st.write("before")
@st.fragment
def part():
    if st.button("in a part"):
        raise ValueError("the secret of a part")
part()
def press():
    raise OSError("the secret of a press")
st.button("in a press", on_click=press)
if st.button("in the page"):
    raise RuntimeError("the secret of the page")
"""
SERVE = """
import sys, streamlit as st
from nnviz.components import faults
app = st.App(sys.argv[1], on_script_error=faults.tell)
app.run(config={"server.port": int(sys.argv[2]), "server.headless": True})
"""


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An app whose parts fail when they are pressed, and its log."""
    (tmp_path / "page.py").write_text(PAGE)
    port, log = free_port(), tmp_path / "log"
    with log.open("wb") as written:
        command = [sys.executable, "-c", SERVE, str(tmp_path / "page.py"), str(port)]
        process = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
        yield f"http://127.0.0.1:{port}", log
        process.terminate()
        process.wait(30)


def test_every_fault_is_one_sentence_with_a_number_that_stands_in_the_log(
    open_page: Callable[..., Page], broken: tuple[str, Path]
) -> None:
    address, log = broken
    page = open_page(tolerate=("asked another host", "Failed to load", "ERR_", "console"))
    for _ in range(100):
        try:
            page.goto(address)
            break
        except Exception:
            page.wait_for_timeout(200)
    for part in ("in a part", "in a press", "in the page"):
        page.get_by_role("button", name=part).click()
        told = page.get_by_role("alert").filter(has_text="Something went wrong here").last
        told.wait_for()
        number = re.search(r"\b[0-9a-f]{6}\b", told.inner_text())
        assert number is not None
        assert "secret" not in page.locator("body").inner_text()
        assert "Traceback" not in page.locator("body").inner_text()
        assert f"Fault {number[0]}" in log.read_text()
        page.reload()
        page.get_by_text("before").wait_for()
