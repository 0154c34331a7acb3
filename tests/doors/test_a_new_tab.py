"""A new tab on a page: a line in its SECTIONS, a function that draws it, and its prose."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core import paths
from tests.pages.reading import words

ROOT = Path(__file__).resolve().parents[2]
VIEW = """
import streamlit as st

def view(opened):
    st.metric("Units that never fire", f"{opened.entry.card.parameters:,}")
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The MLP's page, one tab longer."""
    shutil.copytree(ROOT / "assets", tmp_path / "assets")
    (tmp_path / "assets" / "mlp_toy.md").write_text("What a *toy* tells.", encoding="utf-8")
    (tmp_path / "toy_tab.py").write_text(VIEW, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(paths, "assets", lambda: tmp_path / "assets")
    before = (ROOT / "pages" / "1_MLP.py").read_text(encoding="utf-8")
    after = before.replace("SECTIONS = {\n", 'SECTIONS = {\n    "Toy": (toy_tab.view, "mlp_toy.md"),\n')
    assert after != before
    path = tmp_path / "1_MLP.py"
    path.write_text(f"import toy_tab\n{after}", encoding="utf-8")
    return path


def test_the_tab_is_there_with_its_view_and_its_prose(page: Path) -> None:
    app = AppTest.from_file(page, default_timeout=60)
    app.session_state["mlp_section"] = "Toy"
    app.run()
    assert not app.exception
    assert app.tabs[0].label == "Toy"
    assert "Units that never fire" in [metric.label for metric in app.metric]
    assert "What a *toy* tells." in words(app)


def test_it_costs_nothing_while_another_is_open(page: Path) -> None:
    app = AppTest.from_file(page, default_timeout=60)
    app.session_state["mlp_section"] = "Layers"
    app.run()
    assert not app.exception
    assert "Units that never fire" not in [metric.label for metric in app.metric]
