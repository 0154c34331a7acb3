"""The tab Workbench without a browser: it opens cold and names the digits that score the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.ui import Key
from tests.pages.reading import words

PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.mark.parametrize("page", ["1_MLP", "2_CNN"])
def test_it_opens_cold_and_says_which_digits_score(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    app = AppTest.from_file(PAGES / f"{page}.py", default_timeout=60)
    app.session_state[Key.OWNER] = "me"
    app.session_state[Key.DIGIT] = np.zeros((28, 28), np.float32)
    app.session_state[f"{page.partition('_')[2].lower()}_section"] = "Workbench"
    app.run()
    assert not app.exception
    assert not app.error
    assert "The score counts " in words(app)
    assert " held back from its training" in words(app) or "which it never learned from" in words(app)
