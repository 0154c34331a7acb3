"""The tab Workbench without a browser: it opens cold and names the digits that score the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import components
from nnviz.core.identity import Actor
from nnviz.inference import browser
from nnviz.inference.graph import Network, Part
from nnviz.model_store import cards, formats, store
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


@pytest.mark.parametrize(("page", "kind", "name"), [("1_MLP", "mlp", "mlp"), ("2_CNN", "cnn", "cnn_k3")])
def test_a_changed_network_is_kept_opened_and_trained_on(
    page: str, kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    sent: dict[str, Any] = {}

    def bench(*_: Any, on_keep: Any, **__: Any) -> None:
        if text := sent.pop("text", None):
            on_keep(text)

    monkeypatch.setattr(components, "workbench", bench)
    app = AppTest.from_file(PAGES / f"{page}.py", default_timeout=60)
    app.session_state[Key.OWNER] = "me"
    app.session_state[Key.DIGIT] = np.zeros((28, 28), np.float32)
    app.session_state[f"{kind}_section"] = "Workbench"
    app.session_state[f"{kind}_model"] = name
    sent["text"] = "{}"
    app.run()
    assert app.error[0].value.startswith("The list of changes makes no sense")
    assert not [each for each in store.entries(kind) if each.origin == "saved"]
    digest = browser.program_of(
        formats.read_network(store.find(app.session_state[f"{kind}_model"]).path)
    ).digest
    message = {"digest": digest, "edits": [{"what": "prune", "share": 0.9}]}
    for _ in range(2):  # a message that comes twice keeps one network
        sent["text"] = json.dumps(message)
        app.run()
    assert not app.exception
    assert not [each.value for each in app.error]
    (kept,) = [each for each in store.entries(kind) if each.origin == "saved"]
    assert kept.owner == Actor("me").owner
    assert not app.error
    assert cards.score_text(kept.card) in app.success[0].value
    app.button(key=f"{kind}_workbench_kept_repair").click().run()
    assert not app.exception
    assert app.session_state[f"{kind}_model"] == kept.name
    toggle = app.toggle(key=f"{kind}_branch")
    assert toggle.value
    assert kept.card.title in toggle.label
    assert not app.button(key=f"{kind}_train").disabled
    assert "1 change to" in words(app)
