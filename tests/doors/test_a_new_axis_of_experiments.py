"""A setting that experiments may vary from now on: an entry in `experiments.axes`, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core.results import Run
from nnviz.experiments import axes, charts, executor, tables
from nnviz.experiments.axes import Axis
from nnviz.experiments.plan import Plan, PlanRefused
from nnviz.history import repository
from nnviz.ui import Key
from nnviz.ui.experiments.lesson import OWN
from tests.experimenting import here, plan

PAGE = Path(__file__).resolve().parents[2] / "pages" / "4_Experiments.py"


def whole(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d*", text):
        raise ValueError(text)
    return int(text)


AXIS = Axis("n_iter_no_change", "patience", "log", "1, 2, 40", whole, "a number of epochs from 1 up")


@pytest.fixture(autouse=True)
def axis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(axes.AXES, AXIS.name, AXIS)
    monkeypatch.setenv("NNVIZ_DATABASE_URL", f"sqlite:///{tmp_path}/runs.sqlite")
    yield
    repository.close()


@pytest.fixture
def asked() -> Plan:
    """No epoch gains as much as `tol` asks: only patience decides when a training stops."""
    settings = {**plan().settings, "tol": 2.0, "max_iter": 6}
    return plan(settings=settings, grid=({AXIS.name: axes.values(AXIS.name, "1, 2, 40")},))


@pytest.fixture
def made(asked: Plan) -> list[Run]:
    executor.check(asked)
    return here(asked)


def test_a_plan_is_made_of_what_is_typed_and_its_trials_carry_it(asked: Plan) -> None:
    assert [trial.settings[AXIS.name] for trial in asked.trials()] == [1, 2, 40]
    with pytest.raises(PlanRefused, match="A value of patience has to be a number of epochs from 1 up"):
        axes.values(AXIS.name, "1, many")


def test_the_trainings_obey_it(made: list[Run]) -> None:
    assert [run.card.settings[AXIS.name] for run in made] == [1, 2, 40]
    epochs = [len(run.card.history.epochs) for run in made]
    assert epochs[0] < epochs[1] < epochs[2] == 6


def test_the_table_has_a_column_and_the_chart_an_axis_of_it(asked: Plan, made: list[Run]) -> None:
    rows = tables.rows(asked, made)
    header, lines = tables.columns(asked, rows)
    assert header[0] == "patience"
    assert [line[0] for line in lines] == ["1", "2", "40"]
    figure = charts.charts(asked, rows, made, title="Patience")[0]
    assert figure.layout.xaxis.title.text == "patience"
    assert figure.layout.xaxis.type == "log"


def test_the_form_offers_it() -> None:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params[Key.URL_STUDY] = OWN
    app.run()
    assert not app.exception
    app.selectbox(key="own_first").set_value(AXIS.name).run()
    assert not app.exception
    assert "patience" in app.selectbox(key="own_first").options
    typed = app.text_input(key=f"own_values_first_{AXIS.name}")
    assert (typed.label, typed.value) == ("Values of patience", AXIS.values)
    assert "**3 trainings**" in "\n".join(each.value for each in app.markdown)
