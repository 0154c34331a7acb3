"""The tab Workbench without a browser: it opens cold and names the digits that score the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.inference.graph import Network, Part
from nnviz.ui import Key
from nnviz.ui.shared import caches
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


PANEL = """
from types import SimpleNamespace
from nnviz.ui.shared import workbench

card = SimpleNamespace(kind="cnn", title="Mine")
workbench.view(SimpleNamespace(entry=SimpleNamespace(name="mine", card=card)))
"""


def test_a_network_without_a_layer_to_change_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    apart = {"depthwise_kernel": np.ones((3, 3, 1, 1)), "pointwise_kernel": np.ones((1, 1, 1, 10))}
    parts = (
        Part("in", "InputLayer", (), {}, (28, 28, 1), {}),
        Part("apart", "SeparableConv2D", ("in",), {}, (26, 26, 10), apart),
        Part("mean", "GlobalAveragePooling2D", ("apart",), {}, (10,), {}),
        Part("answer", "Softmax", ("mean",), {}, (10,), {}),
    )
    monkeypatch.setattr(caches, "program", lambda _: caches.BrowserProgram("digest", b"x", ""))
    monkeypatch.setattr(caches, "network", lambda _: Network("mine", parts))
    app = AppTest.from_string(PANEL).run()
    assert not app.exception
    assert [each.value for each in app.info] == [
        "None of this network's layers has weights that can be changed here."
    ]
