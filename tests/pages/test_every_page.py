"""Pages open cold, and hold words and their order."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]
# The key of each page's row of tabs.
SECTIONS = {
    "1_MLP": "mlp_section",
    "2_CNN": "cnn_section",
    "3_Autoencoder": "autoencoder_section",
    "5_History": "history_section",
}

every_page = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


@every_page
def test_a_page_opens_cold(page: Path) -> None:
    run = AppTest.from_file(page, default_timeout=30).run()
    assert not run.exception
    assert not run.error, "a page opened for the first time has nothing to complain about"
    assert len(run.title) == 1


@every_page
def test_a_page_imports_nothing_to_compute_with(page: Path) -> None:
    nodes = list(ast.walk(ast.parse(page.read_text(encoding="utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= {"__future__", "inspect", "streamlit", "nnviz"}
