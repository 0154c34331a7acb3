"""The history's page without a browser: its list and filters, what can be done with a run, its privacy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from nnviz import components
from nnviz.components import Column, Line
from nnviz.core.identity import Actor
from nnviz.core.results import Run
from nnviz.experiments import studies
from nnviz.history import notes, repository
from nnviz.ui import Key
from nnviz.ui.history import experiments, lesson
from nnviz.ui.shared import state
from nnviz.ui.shared.state import model_key
from tests.experimenting import plan
from tests.history.test_trouble import CAN_DELETE
from tests.pages.reading import tables_of, words
from tests.recording import CARD, RUN

PAGE = Path(__file__).resolve().parents[2] / "pages" / "5_History.py"
ME = "me"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A history with nothing in it, and a server that others can reach."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    monkeypatch.setattr(state, "_alone", lambda: False)
    yield tmp_path
    repository.close()


def page(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state[Key.OWNER] = ME
    for name, value in query.items():
        app.query_params[name] = value
    return app


def record(title: str, *, day: int = 1, owner: str = ME, **changed: Any) -> Run:
    card = replace(CARD, title=title, created=f"2026-01-{day:02d}T10:00:00.000+00:00")
    fields = {name: changed.pop(name) for name in ("kind", "metrics", "data") if name in changed}
    return repository.record_run(replace(RUN, name="", owner=owner, card=replace(card, **fields), **changed))


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is drawn by the browser: here it is a table, and what is ticked stands in the session."""

    def run_list(
        lines: Sequence[Line],
        columns: Sequence[Column],
        *,
        key: str,
        on_open: Callable[[str], None],
        back: str,
    ) -> list[str]:
        table = [[line.title, line.score, line.id, *line.cells] for line in lines]
        st.dataframe(pd.DataFrame(table, columns=["run", "score", "id", *(each.title for each in columns)]))
        if asked := st.session_state.pop("opened", ""):
            on_open(asked)
        st.session_state["gone_back_to"] = back
        return [line.id for line in lines if line.id in st.session_state.get("ticked", ())]

    monkeypatch.setattr(components, "run_list", run_list)


def titles(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["run"]) if app.dataframe else []


def tick(app: AppTest, *rows: int) -> AppTest:
    app.session_state["ticked"] = [app.dataframe[0].value["id"][row] for row in rows]
    return app.run()


def test_an_empty_history_says_what_to_do() -> None:
    app = page().run()
    assert not app.exception
    assert "No run yet. Train a network" in words(app)


def test_runs_are_listed_newest_first_with_what_they_scored() -> None:
    record("old", day=1)
    record("codes", day=2, kind="autoencoder", page="autoencoder", metrics={"test_error": 0.012})
    record("of an experiment", day=3, page="experiments", experiment="e" * 16)
    app = page().run()
    assert not app.exception
    assert titles(app) == ["codes", "old"]
    table = app.dataframe[0].value.set_index("run")
    assert table.loc["old", "score"] == "71.00%"
    assert table.loc["codes", "score"] == "0.0120"
    app.toggle(key="history_trials").set_value(True).run()
    assert titles(app) == ["of an experiment, no. 1", "codes", "old"]


def test_the_list_is_searched_filtered_and_sorted() -> None:
    record("wide", day=1, metrics={"test_accuracy": 0.9})
    record("deep", day=2, data="MNIST 70,000")
    record("a CNN", day=3, kind="cnn", page="cnn")
    app = page().run()
    app.text_input(key="history_text").set_value("WID").run()
    assert titles(app) == ["wide"]
    app.text_input(key="history_text").set_value("nowhere").run()
    assert "No run matches" in words(app)
    app.text_input(key="history_text").set_value("").run()
    app.selectbox(key="history_order").set_value("best").run()
    assert titles(app)[0] == "wide"
    app.selectbox(key="history_data").set_value("MNIST 70,000").run()
    assert titles(app) == ["deep"]
    app.selectbox(key="history_data").set_value("All")
    app.selectbox(key="history_page").set_value("cnn").run()
    assert not app.exception
    assert titles(app) == ["a CNN"]


def test_it_says_whose_runs_are_shown() -> None:
    record("mine")
    record("another's", owner="somebody")
    app = page().run()
    assert titles(app) == ["mine"]
    app.button_group(key="history_whose").set_value(lesson.EVERYONE).run()
    assert sorted(titles(app)) == ["another's", "mine"]


def test_long_lists_come_a_page_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "PER_PAGE", 4)
    for day in range(1, 11):
        record(f"day {day}", day=day)
    app = page().run()
    assert titles(app) == ["day 10", "day 9", "day 8", "day 7"]
    tick(app, 0)
    app.number_input(key="history_page_number").set_value(3).run()
    assert titles(app) == ["day 2", "day 1"]
    assert "**10 runs**, 9 to 10" in words(app), "no tick stays behind"
    app.text_input(key="history_text").set_value("day 9").run()
    assert titles(app) == ["day 9"], "the third page is no longer there"


def test_a_run_is_opened_named_and_deleted() -> None:
    kept = record("a first try")
    app = tick(page().run(), 0)
    app.button(key="history_chosen_open").click().run()
    assert not app.exception
    assert app.query_params[Key.URL_RUN] == kept.id
    assert "## a first try" in words(app)
    assert "As JSON" in [button.label for button in app.get("download_button")]
    app.text_input(key=f"history_open_name_{kept.id}").set_value("the best so far")
    app.button(key="history_open_name").click().run()
    assert repository.find_run(kept.id).name == "the best so far"
    assert "## the best so far" in words(app)
    app.button(key="history_open_delete").click().run()
    assert not app.exception
    assert repository.count_runs() == 0
    assert "No run yet" in words(app)
    assert "“the best so far” is deleted." in words(app)
    app.button(key="undo").click().run()
    assert titles(app) == ["the best so far"]
    assert not [button for button in app.button if button.key == "undo"]


def test_an_open_run_gets_a_note_tags_and_a_star_and_is_found_by_them() -> None:
    kept = record("a first try")
    record("another", day=2)
    app = page(run=kept.id).run()
    app.button(key="history_open_star").click().run()
    app.text_area(key=f"history_open_note_{kept.id}").set_value("<b>up</b> to *9*\nthen down")
    app.text_input(key=f"history_open_tags_{kept.id}").set_value("Wide, 9b")
    app.button(key="history_open_note_keep").click().run()
    assert not app.exception
    found = repository.find_run(kept.id)
    assert (found.note, found.tags, found.starred) == ("<b>up</b> to *9*\nthen down", "wide,9b", True)
    assert "★ · **wide** · **9b**" in words(app)
    assert [each.value for each in app.text] == [found.note], "as it was typed, and no Markdown"
    app.text_input(key=f"history_open_tags_{kept.id}").set_value("x" * 25)
    app.button(key="history_open_note_keep").click().run()
    assert "A tag has at most 24 characters" in app.error[0].value
    assert repository.find_run(kept.id).tags == "wide,9b"
    app.button(key="history_open_close").click().run()
    assert titles(app) == ["another", "★ a first try"]
    assert list(app.dataframe[0].value["Tags"]) == ["", "wide, 9b"]
    app.selectbox(key="history_tag").set_value("9b").run()
    assert titles(app) == ["★ a first try"]
    app.selectbox(key="history_tag").set_value("All").run()
    app.toggle(key="history_starred").set_value(True).run()
    assert titles(app) == ["★ a first try"]


def test_nobody_is_offered_to_write_beside_anothers_run_but_everybody_reads_it() -> None:
    kept = record("theirs", owner="somebody")
    notes.annotate_run(kept.id, note="too wide", tags="deep", by=Actor("somebody"))
    app = page(run=kept.id).run()
    assert [each.value for each in app.text] == ["too wide"]
    assert "**deep**" in words(app)
    assert not {"history_open_star", "history_open_note_keep"} & {button.key for button in app.button}


def test_who_has_a_run_open_that_is_deleted_is_told_by_whom() -> None:
    kept = record("open")
    app = page(run=kept.id).run()
    for actor, who in ((Actor(ME), "its owner"), (Actor("t", is_teacher=True), "the teacher")):
        repository.delete_run(kept.id, by=actor)
        assert f"This run was deleted by {who}." in words(app.run())
        repository.restore(kept.id, by=actor)


def test_runs_of_the_table_of_representations_from_before_it_was_an_experiment_still_open() -> None:
    settings = {"features": "pca", "components": 40, **CARD.settings}
    scores = {"test_accuracy": 0.9, "seeds": 2.0, "test_accuracy_mean": 0.91, "test_accuracy_seed_1": 0.9}
    card = replace(CARD, title="Forty numbers", settings=settings, metrics=scores)
    old = repository.record_run(replace(RUN, name="", owner=ME, page="representations", card=card))
    app = page().run()
    assert titles(app) == ["Forty numbers"]
    app = page(run=old.id)
    app.session_state[f"history_{old.id}_section"] = "Settings"
    app.run()
    assert not app.exception
    assert "Worth" in words(app)
    assert "## Forty numbers" in words(app)
    told = tables_of(app)[0]["value"]
    assert (told["features"], told["components"]) == ("pca", "40")


def test_an_experiment_of_representations_is_opened_where_its_table_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    links: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(experiments, "link", lambda page, *_, **query: links.append((page, query)))
    begun = repository.begin_experiment(
        repository.new_experiment(studies.representations(), owner=ME, study=studies.REPRESENTATIONS)
    )
    app = page()
    app.session_state["history_section"] = "Experiments"
    app.run()
    assert not app.exception
    assert links == [("pages/3_Autoencoder.py", {"worth": begun.id})]


def test_a_run_that_was_open_is_gone_back_to_with_filter_and_page_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lesson, "PER_PAGE", 2)
    for day in range(1, 6):
        record(f"day {day}", day=day)
    record("another", day=9)
    app = page().run()
    app.text_input(key="history_text").set_value("day").run()
    app.number_input(key="history_page_number").set_value(2).run()
    assert titles(app) == ["day 3", "day 2"]
    left = app.dataframe[0].value["id"][1]
    app.session_state["opened"] = left
    app.run()
    app.run()
    assert not app.dataframe, "the run has taken the place of the list"
    assert "## day 2" in words(app)
    app.button(key="history_open_close").click().run()
    assert not app.exception
    assert titles(app) == ["day 3", "day 2"]
    assert app.text_input(key="history_text").value == "day"
    assert app.session_state["gone_back_to"] == left


def test_several_runs_are_deleted_at_once_but_not_those_of_others() -> None:
    record("one", day=1)
    record("two", day=2)
    record("another's", day=3, owner="somebody")
    app = page().run()
    app.button_group(key="history_whose").set_value(lesson.EVERYONE).run()
    tick(app, 0, 1)
    assert "1 of the ticked runs" in words(app)
    app.button(key="history_chosen_delete").click().run()
    assert titles(app) == ["another's", "one"]
    assert list(app.dataframe[0].value["Whose"]) == ["somebody else's", "yours"]
    tick(app, 0)
    assert "Only its owner or the teacher" in words(app)
    assert not [button for button in app.button if button.key == "history_chosen_delete"]


def test_who_has_the_server_alone_may_change_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "_alone", lambda: True)
    record("of another browser of mine", owner="before")
    app = tick(page().run(), 0)
    app.button(key="history_chosen_delete").click().run()
    assert repository.count_runs() == 0


def test_the_list_can_be_downloaded() -> None:
    record("x")
    app = page().run()
    assert [button.label for button in app.get("download_button")] == ["Download the list as CSV"]


def test_experiments_stand_as_groups_with_how_far_they_came() -> None:
    asked = plan(title="λ, small", grid=({"alpha": (0.0, 0.5)},), seeds=(1, 2))
    begun = repository.begin_experiment(repository.new_experiment(asked, owner=ME))
    record("trial", experiment=begun.id, number=0)
    repository.end_experiment(begun.id, "stopped", "Stopped; the rows so far are kept.")
    app = page()
    app.session_state["history_section"] = "Experiments"
    app.run()
    assert not app.exception
    assert "λ, small" in words(app)
    assert "yours · stopped · 1 of 4 runs · changes λ · 2 seeds" in words(app)
    kept = record("of no experiment")
    app.button(key=f"history_deleted_{begun.id}").click().run()
    assert not app.exception
    assert "No experiment yet" in words(app)
    assert [run.id for run in repository.search_runs()] == [kept.id], "its runs went with it, and no others"
    app.button(key="undo").click().run()
    assert repository.find_experiment(begun.id).done == 1, "and come back with it"


def test_a_run_that_is_not_there_is_a_sentence() -> None:
    app = page(run="0" * 16).run()
    assert not app.exception
    assert "no such run" in words(app)
    app.button[0].click().run()
    assert "No run yet" in words(app)


def test_without_a_database_the_page_says_so_and_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    repository.enqueue_run(RUN)
    with monkeypatch.context() as patch:
        patch.setenv("NNVIZ_DATABASE_URL", "mysql://away/x")
        app = page().run()
    assert not app.exception
    assert "has to begin with postgresql:\u2060//" in words(app)
    assert "1 run waits" in words(app)
    app = page().run()
    app.button_group(key="history_whose").set_value(lesson.EVERYONE).run()
    assert titles(app) == ["first"], "it has been taken in"


def test_a_network_on_the_shelf_is_opened_on_its_page() -> None:
    app = AppTest.from_file(PAGE.parent / "1_MLP.py", default_timeout=60)
    app.query_params[Key.URL_MODEL] = "mlp"
    app.run()
    assert not app.exception
    assert app.session_state[model_key("mlp")] == "mlp"
    assert Key.URL_MODEL not in app.query_params


def test_only_a_server_on_this_computer_s_own_address_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for address, alone in (("127.0.0.1", True), ("0.0.0.0", False), ("", False)):
        monkeypatch.setattr(st, "get_option", lambda name, address=address: address)
        assert state._alone() == alone
    monkeypatch.setattr(st, "get_option", lambda name: "127.0.0.1")
    for headers, alone in (
        ({"Host": "127.0.0.1:8501"}, True),
        ({"Host": "digits.school.example"}, False),
        ({"Host": "localhost", "X-Forwarded-For": "10.0.0.7"}, False),
    ):
        monkeypatch.setattr(state.st, "context", SimpleNamespace(headers=headers))
        assert state._alone() == alone, "a program that passes on what others ask has more than one user"
    monkeypatch.setattr(state.st, "context", SimpleNamespace(headers={}))
    monkeypatch.setenv("NNVIZ_TEACHER_KEY", "x")
    assert not state._alone()


def test_bad_files_that_wait_are_named_and_the_good_ones_are_listed(home: Path) -> None:
    for title in ("one", "two"):
        repository.enqueue_run(replace(RUN, name="", owner=ME, card=replace(CARD, title=title)))
    (home / "runs-waiting" / f"{'b' * 16}.json").write_bytes(b"nonsense")
    app = page().run()
    assert not app.exception
    assert sorted(titles(app)) == ["one", "two"]
    (told,) = app.warning
    assert f"{'b' * 16}.json" in told.value


@CAN_DELETE
def test_a_file_that_was_deleted_meanwhile_is_told_and_its_runs_are_listed(home: Path) -> None:
    record("kept")
    (home / "runs.sqlite").unlink()
    app = page().run()
    assert titles(app) == ["kept"]
    assert [each.value for each in app.warning] == [repository.told()]


def test_a_full_disk_hides_no_run_and_is_told_with_those_that_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    record("kept")
    repository.enqueue_run(RUN)

    def full() -> int:
        raise repository.DatabaseUnavailable("The disk is full.")

    monkeypatch.setattr(repository, "drain_outbox", full)
    app = page().run()
    assert titles(app) == ["kept"]
    (told,) = app.warning
    assert "The disk is full." in told.value
    assert "1 run waits" in told.value
