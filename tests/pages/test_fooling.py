"""Fool it on the tab Workbench: pictures, distance and other networks, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core.records import Array
from nnviz.data import splits
from nnviz.inspection import fooling
from nnviz.ui.shared import caches
from tests.pages.reading import tables_of, words

PANEL = """
from nnviz.data import splits
from nnviz.model_store import store
from nnviz.ui.shared import caches, fooling

split = caches.split(splits.DataSpec())
fooling.view(store.find("{name}"), split.x_test[3].reshape(28, 28), int(split.y_test[3]), key="fool")
"""
PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.mark.parametrize(("page", "kind"), [("1_MLP", "mlp"), ("2_CNN", "cnn")])
def test_it_is_behind_a_switch_of_the_workbench(page: str, kind: str, nnviz_home: object) -> None:
    app = AppTest.from_file(PAGES / f"{page}.py", default_timeout=60)
    app.session_state[f"{kind}_section"] = "Workbench"
    app.run()
    assert not app.get("plotly_chart")
    app.toggle(key=f"{kind}_fool_shown").set_value(True).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 5
    assert "of the app's 7 other networks" in words(app)


def test_it_says_how_far_and_who_else_is_fooled(nnviz_home: object) -> None:
    app = AppTest.from_string(PANEL.format(name="mlp_study"), default_timeout=60).run()
    app.toggle(key="fool_shown").set_value(True).run()
    assert not app.exception
    (told,) = tables_of(app)
    changed = told["before"].str[0] != told["after"].str[0]
    assert len(told) == 7
    assert (changed == (told["fooled"] == "yes")).all()
    assert f"fools {changed.sum()} of the app's 7 other networks" in words(app)
    network = caches.network("mlp_study")
    image: Array = caches.split(splits.DataSpec()).x_test[3]
    found = fooling.smallest_change(network, image)
    assert found is not None
    length = np.linalg.norm(found.after.ravel() - image)
    assert f"is {length:.2f} long (L2)" in words(app)


def test_the_present_answer_is_refused_in_a_sentence(nnviz_home: object) -> None:
    app = AppTest.from_string(PANEL.format(name="mlp"), default_timeout=60).run()
    app.toggle(key="fool_shown").set_value(True).run()
    (control,) = app.get("button_group")
    given = int(next(word for word in control.label.split() if word.rstrip(".").isdigit()).rstrip("."))
    control.set_value(given).run()
    assert not app.exception
    assert [each.value for each in app.info] == [
        f"The network answers {given} already. Choose another answer."
    ]
    assert not app.get("plotly_chart")


def test_a_network_that_is_not_fooled_is_told_so(nnviz_home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fooling, "smallest_change", lambda *_, **__: None)
    app = AppTest.from_string(PANEL.format(name="cnn_k2"), default_timeout=60).run()
    app.toggle(key="fool_shown").set_value(True).run()
    assert not app.exception
    assert app.info[0].value == "It was not fooled: the answer did not change in 100 steps."
