"""Why a network answers as it does, opened cold for networks whose digits are and are not at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core.records import Split
from nnviz.data import mnist, splits
from nnviz.ui.shared import caches
from tests.pages.reading import words

PAGE = Path(__file__).resolve().parents[2] / "pages" / "1_MLP.py"
PANEL = """
from nnviz.data import splits
from nnviz.model_store import store
from nnviz.ui.shared import caches, why

split = caches.split(splits.DataSpec())
why.show(store.find("{name}"), split.x_test[3].reshape(28, 28), int(split.y_test[3]), key="cause")
"""


def opened(name: str) -> AppTest:
    run = AppTest.from_string(PANEL.format(name=name), default_timeout=60).run()
    assert not run.exception
    return run


@pytest.mark.parametrize("name", ["mlp_study", "cnn_k3"])
def test_pixels_and_units_are_shown(nnviz_home: object, name: str) -> None:
    run = opened(name)
    assert len(run.get("plotly_chart")) == 2
    assert "and not a" in words(run)


def test_neighbours_are_looked_for_among_all_that_it_learned_from(nnviz_home: object) -> None:
    assert "2,700 of the 2,700 digits it learned from" in words(opened("mlp_study"))


def test_digits_that_are_not_at_hand_are_told_of(nnviz_home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    at_hand = caches.split

    def split(spec: splits.DataSpec) -> Split:
        if spec.source == "honest":
            raise mnist.DataError("They are not here.")
        return at_hand(spec)

    monkeypatch.setattr(caches, "split", split)
    run = opened("mlp")
    assert [each.value for each in run.info] == [
        "The digits it learned from are not at hand. They are not here."
    ]
    assert len(run.get("plotly_chart")) == 2


def test_suspect_labels_are_shown_once_they_are_asked_for(nnviz_home: object) -> None:
    run = AppTest.from_file(PAGE, default_timeout=60)
    run.session_state["mlp_section"] = "Mistakes"
    run.run()
    assert "are suspect" not in words(run)
    run.toggle(key="mlp_suspects_shown").set_value(True).run()
    assert not run.exception
    assert "82 of the app's 5,000 labels are suspect" in words(run)
    assert "of 50 labels that we spoiled on purpose, 39 are among the first 50" in words(run)
