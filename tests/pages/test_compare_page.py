"""The page that compares, without a browser: what is chosen, what differs, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core.results import Run
from nnviz.history import comparison, repository
from nnviz.ui import Key
from nnviz.ui.compare import lesson
from tests.experimenting import FEW, here, plan
from tests.pages.reading import tables, tables_of, words
from tests.recording import CARD, RUN

PAGE = Path(__file__).resolve().parents[2] / "pages" / "6_Compare.py"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    yield
    repository.close()


@pytest.fixture(scope="module")
def trained() -> list[Run]:
    """Three short trainings: two that differ in their activation, and one judged by other digits."""
    same = here(plan(grid=({"activation": ("relu", "tanh")},)))
    return [*same, *here(plan(spec=replace(FEW, n=3000, n_test=2000), seeds=(7,)))]


def page(*ids: str, section: str = "") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    if ids:
        app.query_params[Key.URL_RUNS] = ",".join(ids)
    if section:
        app.session_state["compare_section"] = section
    return app.run()


def recorded(*made: Run) -> list[str]:
    return [
        repository.record_run(replace(run, experiment="", name=f"run {i}")).id for i, run in enumerate(made)
    ]


def test_opened_cold_the_page_says_what_to_do() -> None:
    app = page()
    assert not app.exception
    assert "Choose at least two" in words(app)


def test_only_the_settings_that_differ_are_shown(trained: list[Run]) -> None:
    app = page(*recorded(*trained[:2]))
    assert not app.exception
    numbers, differ, _ = tables_of(app)
    assert list(differ.index) == ["activation"]
    assert list(differ.loc["activation"]) == ["ReLU", "tanh"]
    accuracies = [f"{run.card.metrics['test_accuracy']:.2%}" for run in trained[:2]]
    assert list(numbers.loc["test accuracy"]) == accuracies
    assert "different exams" not in words(app)


def test_the_digits_that_one_alone_reads_are_those_of_the_duel(trained: list[Run]) -> None:
    app = page(*recorded(*trained[:2]), section="Digit by digit")
    assert not app.exception
    found = comparison.compare_pair(*trained[:2])
    assert found.describe("A", "B") in words(app)
    choices = app.button_group[0].options
    assert f"Only A reads ({len(found.only_first)})" in str(choices)


@pytest.mark.parametrize("section", ["Curves", "Confusion", "Each digit"])
def test_every_section_opens(trained: list[Run], section: str) -> None:
    app = page(*recorded(*trained[:2]), section=section)
    assert not app.exception
    assert len(app.get("plotly_chart")) == {"Curves": 1, "Confusion": 0, "Each digit": 1}[section]
    matrices = [each for each in app.get("bidi_component") if "confusion_matrix" in each.proto.component_name]
    assert len(matrices) == (3 if section == "Confusion" else 0)


def test_a_cell_has_the_digits_that_the_matrix_counts_in_it(trained: list[Run]) -> None:
    found = comparison.compare_pair(*trained[:2])
    cells = [(true, read) for true in range(10) for read in range(10)]
    for said, matrix in zip((found.first, found.second), found.confusions, strict=True):
        assert [int(lesson._of_cell(found, said, cell).sum()) for cell in cells] == matrix.ravel().tolist()
        assert lesson._of_cell(found, said, (4, None)).sum() == matrix[4].sum()
        assert lesson._of_cell(found, said, (None, 9)).sum() == matrix[:, 9].sum()
        assert not lesson._of_cell(found, said, None).any()


def test_runs_of_one_name_are_told_apart(trained: list[Run]) -> None:
    card = replace(trained[0].card, title="MLP", seed=7)
    same = [
        replace(trained[0], experiment="", name="", card=replace(card, **changed))
        for changed in ({}, {"seed": 8}, {}, {"created": "2026-01-02T03:04:05.000+00:00"}, {"title": "Other"})
    ]
    app = page(*(repository.record_run(run).id for run in same))
    assert not app.exception
    names = [each.split(" · ", 1)[1] for each in app.multiselect(key="compare_menu").options[: len(same)]]
    assert len(set(names)) == len(same)
    assert "MLP · 2026-01-02 03:04" in names
    assert "Other" in names


def test_of_three_runs_two_are_chosen_to_be_told_apart(trained: list[Run]) -> None:
    ids = recorded(*trained)
    app = page(*ids, section="Digit by digit")
    assert not app.exception
    app.selectbox(key="compare_first").set_value("B · run 1").run()
    assert app.selectbox(key="compare_second").options == ["A · run 0", "C · run 2"]
    assert comparison.compare_pair(trained[1], trained[0]).describe("B", "A") in words(app)
    app.selectbox(key="compare_first").set_value("A · run 0").run()
    assert not app.exception
    assert app.selectbox(key="compare_second").value == "B · run 1", "not the first itself"


def test_runs_judged_by_different_digits_are_told_apart_by_the_common_ones_only(trained: list[Run]) -> None:
    ids = recorded(trained[0], trained[2])
    assert "different exams" in words(page(*ids))
    common = len(comparison.compare_pair(trained[0], trained[2]).index)
    assert 0 < common < FEW.n_test
    assert f"{common} digits" in words(page(*ids, section="Digit by digit"))


def test_an_autoencoder_is_compared_by_its_error_and_not_digit_by_digit() -> None:
    app = page("autoencoder", "autoencoder_conv")
    assert not app.exception
    assert "test error" in tables_of(app)[0].index
    assert "test accuracy" not in tables_of(app)[0].index
    assert [tab.label for tab in app.tabs] == ["Side by side", "Curves"]
    drawn = page("autoencoder", "mlp", section="Curves")
    assert len(drawn.get("plotly_chart")) == 2, "errors and accuracies have axes of their own"


def test_with_an_autoencoder_first_the_two_that_name_digits_are_told_apart() -> None:
    app = page("autoencoder", "mlp", "mlp_study", section="Digit by digit")
    assert not app.exception
    assert "read by B alone" in words(app)
    assert "by C alone" in words(app)


def test_a_shipped_network_is_compared_with_a_run(trained: list[Run]) -> None:
    app = page(*recorded(trained[0]), "mlp", section="Digit by digit")
    assert not app.exception
    assert f"Of {FEW.n_test} digits" in words(app)


def test_the_choice_is_in_the_address_and_in_the_session(trained: list[Run]) -> None:
    ids = recorded(*trained[:2])
    app = page(ids[0])
    assert "Choose at least two" in words(app)
    app.multiselect(key="compare_menu").set_value(ids).run()
    assert not app.exception
    assert app.query_params[Key.URL_RUNS] in (",".join(ids), [",".join(ids)])
    assert app.session_state[Key.COMPARED] == tuple(ids)
    del app.query_params[Key.URL_RUNS]
    app.run()
    assert "run 1" in words(app), "as after a visit to another page"
    app.multiselect(key="compare_menu").set_value([]).run()
    assert "Choose at least two" in words(app)
    assert Key.URL_RUNS not in app.query_params


def test_runs_that_are_gone_are_told_and_the_others_compared(trained: list[Run]) -> None:
    ids = recorded(*trained[:2])
    app = page(ids[0], "f" * 16, "../../etc", ids[1])
    assert not app.exception
    assert words(app).count("nothing of that name here") == 2
    assert "activation" in tables(app)


def test_an_address_with_too_many_runs_is_cut_and_says_so() -> None:
    ids = [repository.record_run(replace(RUN, card=replace(CARD, seed=seed))).id for seed in range(8)]
    app = page(*ids)
    assert not app.exception
    assert "names 8 runs. The first 6 are compared" in words(app)
    assert list(tables_of(app)[0].columns) == list("ABCDEF")


def test_answers_that_nobody_kept_are_a_sentence() -> None:
    ids = [
        repository.record_run(replace(RUN, answers=None, card=replace(CARD, seed=seed))).id for seed in (1, 2)
    ]
    app = page(*ids, section="Confusion")
    assert not app.exception
    assert "were not kept" in words(app)


def test_without_a_database_the_shelf_can_still_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
    app = page("mlp", "mlp_study")
    assert not app.exception
    assert "Saved networks can still be compared" in words(app)
    assert "hidden layers" in tables(app)
