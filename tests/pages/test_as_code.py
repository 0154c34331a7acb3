"""A training as code, on the pages that offer it: one press, and the two files stand in its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.history import repository
from nnviz.ui import Key
from tests.experimenting import here, plan
from tests.pages.reading import words

PAGES = Path(__file__).resolve().parents[2] / "pages"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    yield
    repository.close()


def offered(app: AppTest) -> list[str]:
    return [each.proto.label for each in app.get("download_button") if each.proto.label.startswith("As a ")]


def pressed(app: AppTest, key: str) -> AppTest:
    app.button(key=f"{key}_code").click().run()
    assert not app.exception
    return app


def test_an_open_run_and_a_comparison_are_offered_as_notebook_and_script() -> None:
    one, other = (
        repository.record_run(each) for each in here(plan(grid=({"activation": ("relu", "tanh")},)))
    )
    app = AppTest.from_file(PAGES / "6_Compare.py", default_timeout=60)
    app.query_params[Key.URL_RUNS] = f"{one.id},{other.id}"
    assert offered(app.run()) == []
    assert offered(pressed(app, "compare")) == ["As a notebook", "As a script"]

    history = AppTest.from_file(PAGES / "5_History.py", default_timeout=60)
    history.query_params[Key.URL_RUN] = one.id
    history.run()
    (button,) = [each for each in history.button if each.label == "As code"]
    assert offered(button.click().run()) == ["As a notebook", "As a script"]


def test_why_a_run_cannot_be_written_out_is_said_where_it_was_asked() -> None:
    (run,) = here(plan())
    gone_on = repository.record_run(replace(run, parent="mlp@3"))
    app = AppTest.from_file(PAGES / "5_History.py", default_timeout=60)
    app.query_params[Key.URL_RUN] = gone_on.id
    app.run()
    (button,) = [each for each in app.button if each.label == "As code"]
    button.click().run()
    assert not app.exception
    assert "went on from another network's weights" in words(app)
    assert offered(app) == []


def test_an_experiment_is_offered_with_all_its_rows() -> None:
    asked = plan(grid=({"solver": ("sgd", "adam")},))
    begun = repository.begin_experiment(repository.new_experiment(asked))
    for run in here(asked):
        repository.record_run(replace(run, experiment=begun.id))
    repository.end_experiment(begun.id, "done")

    def page() -> None:
        import streamlit as st

        from nnviz.ui.shared import as_code

        as_code.of_experiment(st.session_state["id"], st.session_state["plan"], key="numbers")

    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["id"], app.session_state["plan"] = begun.id, asked
    assert offered(pressed(app.run(), "numbers")) == ["As a notebook", "As a script"]


def test_a_network_of_the_app_is_offered_on_its_page() -> None:
    app = AppTest.from_file(PAGES / "1_MLP.py", default_timeout=60).run()
    (button,) = [each for each in app.button if each.label == "As code"]
    button.click().run()
    assert not app.exception
    assert offered(app) == ["As a notebook", "As a script"]
