"""The page of experiments without a browser: every study cold and with rows, and what a form says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import jobs
from nnviz.core.identity import Actor
from nnviz.core.records import History
from nnviz.core.results import Answers, Run
from nnviz.experiments import axes, published, search, tables, trial_runs
from nnviz.experiments.plan import Plan, Trial
from nnviz.experiments.studies import OFFERED, PART_TWO, STUDIES, Study
from nnviz.history import predictions, repository
from nnviz.history.predictions import Question
from nnviz.ui import Key
from tests.experimenting import plan
from tests.pages.reading import tables_of
from tests.recording import CARD, EPOCHS

PAGE = Path(__file__).resolve().parents[2] / "pages" / "4_Experiments.py"
MENU = [name for name, study in STUDIES.items() if not study.like]


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A history of its own for every test; and whoever starts an experiment by mistake is told so."""
    monkeypatch.setenv("NNVIZ_DATABASE_URL", f"sqlite:///{tmp_path}/runs.sqlite")
    monkeypatch.setattr(
        jobs, "start_experiment", lambda *_, **__: pytest.fail("nobody has pressed the button")
    )
    yield tmp_path
    repository.close()


def page(**query: str) -> AppTest:
    run = AppTest.from_file(PAGE, default_timeout=60)
    run.session_state[Key.OWNER] = "ada"
    for name, value in query.items():
        run.query_params[name] = value
    return run


def unfolded(run: AppTest, of: str) -> AppTest:
    """The page with the table of that experiment, or of that study of the report, unfolded."""
    run.session_state[f"unfolded_{of}"] = True
    return run.run()


def words(run: AppTest) -> str:
    shown = [*run.markdown, *run.caption, *run.info, *run.warning, *run.error, *run.subheader]
    return "\n".join(str(element.value) for element in shown)


def invented(each: Trial, **changed: Any) -> Run:
    """A run whose accuracies are told by its number; what matters is that the page shows them."""
    rng = np.random.default_rng(each.number)
    metrics = {
        "train_accuracy": 0.9 + each.number / 10_000,
        "test_accuracy": 0.8 + each.number / 10_000,
        "outside_accuracy": 0.7 + each.number / 10_000,
    }
    told = {"settings": dict(each.settings), "metrics": metrics, "seed": each.spec.seed}
    card = replace(CARD, **told, history=History(EPOCHS), **changed)
    labels = np.arange(50) % 10
    answers = Answers(
        np.arange(50), labels, rng.dirichlet(np.ones(10), 50).astype(np.float32), dict(CARD.spec)
    )
    return Run(
        card,
        id=repository.new_id(),
        page="experiments",
        library=each.library,
        experiment=each.experiment,
        number=each.number,
        fold=each.fold,
        answers=answers,
    )


def made(asked: Plan, study: str = "", *, rows: int | None = None, state: repository.State = "done") -> str:
    """An experiment in the history with its first rows; its id."""
    begun = repository.begin_experiment(repository.new_experiment(asked, owner="ada", study=study))
    for each in asked.trials(begun.id)[:rows]:
        repository.record_run(invented(each))
    repository.end_experiment(begun.id, state)
    return begun.id


@pytest.mark.parametrize("name", MENU)
def test_a_study_opens_cold_with_its_notice_its_trainings_and_the_report_s_numbers(name: str) -> None:
    study = STUDIES[name]
    run = unfolded(page(study=name), name)
    assert not run.exception
    assert not run.error
    both = [study, *([STUDIES[study.twin]] if study.twin else [])]
    for each in both:
        assert each.notice in words(run)
    assert f"{sum(len(each.plan) for each in both)} trainings**, about" in words(run)
    told = published.table(study.table)
    if name != "grid":  # it varies the layers itself
        layers = study.plan.settings["hidden_layer_sizes"]
        told = tuple(line for line in told if line.settings.get("hidden_layer_sizes", layers) == layers)
    shown = tables_of(run)[0].reset_index()["report's test"]
    assert set(shown) == {f"{line.test:.2%}" for line in told}


@pytest.mark.parametrize("name", MENU)
def test_what_was_made_before_stands_there_at_once_and_is_asked_about_before_it_is_made_again(
    name: str,
) -> None:
    study = STUDIES[name]
    both = [study, *([STUDIES[study.twin]] if study.twin else [])]
    ids = [made(each.plan, each.name) for each in both]
    run = unfolded(page(study=name), ids[0])
    assert not run.exception
    assert not run.error
    assert run.query_params[Key.URL_EXPERIMENT] == ",".join(ids)
    assert f"{len(study.plan)} of {len(study.plan)}]" in words(run)
    table = run.dataframe[0].value
    every = [100 * (0.8 + number / 10_000) for number in range(len(study.plan))]
    assert sorted(table["test"]) == pytest.approx(every)
    assert sorted(table[tables.OTHERS]) == pytest.approx([value - 10 for value in every])
    assert "Trained on" in words(run)
    assert [button.label for button in run.button if "again" in button.label] == ["Yes, train them again"]


def test_the_experiment_in_the_url_is_shown_whatever_the_menu_showed() -> None:
    mine = made(plan(title="mine", grid=({"alpha": (0.0, 1.0)},)))
    run = unfolded(page(experiment=mine), mine)
    assert not run.exception
    assert run.selectbox(key="study_menu").value == "own"
    assert "mine" in words(run)
    assert len(run.dataframe[0].value) == 2
    twin = made(STUDIES["lambda-1-he"].plan, "lambda-1-he")
    run = page(experiment=twin).run()
    assert run.selectbox(key="study_menu").value == "lambda-1"


def test_an_experiment_that_nobody_knows_is_a_sentence() -> None:
    run = page(experiment="0123456789abcdef").run()
    assert not run.exception
    assert "no such experiment" in words(run)


def test_an_interrupted_experiment_is_offered_to_be_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(jobs, "resume_experiment", lambda each, **_: asked.append(each))
    experiment = made(STUDIES["batch-2"].plan, "batch-2", rows=3, state="interrupted")
    run = page(experiment=experiment).run()
    assert "interrupted" in words(run)
    assert "3 of 4]" in words(run)
    run.button(key=f"resume_{experiment}").click().run()
    assert asked == [experiment]


def test_while_it_runs_there_are_its_rows_its_progress_and_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(jobs, "stop_experiment", lambda each, **_: asked.append(each))
    experiment = made(STUDIES["batch-2"].plan, "batch-2", rows=2, state="running")
    run = unfolded(page(experiment=experiment), experiment)
    assert not run.exception
    assert len(run.dataframe[0].value) == 2
    assert "2 of 4 trained" in str(run.get("progress")[0].proto.text)
    run.button(key=f"stop_{experiment}").click().run()
    assert asked == [experiment]


def test_who_looks_on_at_another_s_experiment_sees_whose_it_is_and_stops_nothing() -> None:
    for state in ("running", "interrupted"):
        experiment = made(STUDIES["batch-2"].plan, "batch-2", rows=2, state=state)
        run = page(experiment=experiment)
        run.session_state[Key.OWNER] = "bob"
        run.run()
        assert not run.exception
        assert "somebody else's" in words(run)
        assert not {f"stop_{experiment}", f"resume_{experiment}"} & {button.key for button in run.button}


def test_what_diverged_or_failed_is_a_row_that_says_so() -> None:
    asked = plan(grid=({"learning_rate_init": (0.1, 10.0, 1000.0)},))
    begun = repository.begin_experiment(repository.new_experiment(asked, owner="ada"))
    fine, wild, none = asked.trials(begun.id)
    repository.record_run(invented(fine))
    note = "It diverged in epoch 2."
    diverged = invented(wild, note=note)
    card = replace(diverged.card, history=History(EPOCHS, "diverged", note))
    repository.record_run(replace(diverged, card=card))
    repository.record_run(replace(trial_runs.failed(none, "Its worker died."), id=repository.new_id()))
    repository.end_experiment(begun.id, "done")
    run = unfolded(page(experiment=begun.id), begun.id)
    table = run.dataframe[0].value
    assert list(table["note"])[1:] == [note, "Its worker died."]
    assert table["test"].iloc[1] == pytest.approx(80.01), "the last finite accuracy"
    assert f"resume_{begun.id}" in [button.key for button in run.button], "what failed can be tried again"


def test_no_cell_of_the_table_is_a_formula_to_who_downloads_it() -> None:
    asked = plan(grid=({"learning_rate_init": (0.1, 10.0)},))
    begun = repository.begin_experiment(repository.new_experiment(asked, owner="ada"))
    nasty = '=HYPERLINK("http://elsewhere")'
    for each in asked.trials(begun.id):
        repository.record_run(replace(trial_runs.failed(each, nasty), id=repository.new_id()))
    repository.end_experiment(begun.id, "done")
    run = unfolded(page(experiment=begun.id), begun.id)
    assert set(run.dataframe[0].value["note"]) == {"'" + nasty}


def test_the_run_in_the_url_is_open(history: Path) -> None:
    experiment = made(STUDIES["batch-2"].plan, "batch-2")
    run_id = repository.runs_of_experiment(experiment)[1].id
    run = page(experiment=experiment, run=run_id).run()
    assert not run.exception
    assert {metric.label: metric.value for metric in run.metric}["Right on held-back digits"] == "80.01%"
    run = page(experiment=experiment, run="0123456789abcdef").run()
    assert "no such run" in words(run)


def test_without_a_history_the_page_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "nonsense")
    run = page().run()
    assert not run.exception
    assert words(run).count("not the address of a database") == 1
    assert run.button(key="start_lambda-2")
    run = page(study="own", experiment="0123456789abcdef").run()
    assert not run.exception
    assert words(run).count("not the address of a database") == 1


def test_the_button_starts_the_study_and_its_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def start(plan: Plan, *, owner: str, study: str = "", **_: Any) -> str:
        asked.append(study)
        return repository.begin_experiment(repository.new_experiment(plan, owner=owner, study=study)).id

    monkeypatch.setattr(jobs, "start_experiment", start)
    run = page().run()
    run.button(key="start_lambda-2").click().run()
    assert not run.exception
    assert asked == ["lambda-2", "lambda-2-he"]
    assert run.query_params[Key.URL_EXPERIMENT].count(",") == 1


def test_who_presses_the_button_second_looks_at_what_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    run = page(study="lambda-2").run()
    ids = {
        study.plan.key: made(study.plan, study.name, rows=0, state="running")
        for study in (STUDIES["lambda-2"], STUDIES["lambda-2-he"])
    }
    monkeypatch.setattr(jobs, "running_experiment", lambda plan: ids[plan.key])
    run.button(key="start_lambda-2").click().run()
    assert not run.exception
    assert run.query_params[Key.URL_EXPERIMENT] == ",".join(ids.values())


# Your own


def own(**state: Any) -> AppTest:
    run = page(study="own")
    for name, value in state.items():
        run.session_state[name] = value
    return run.run()


def test_the_number_of_trainings_follows_the_form() -> None:
    run = own()
    assert not run.exception
    assert "**7 trainings** with 2,700 digits each" in words(run)
    run.selectbox(key="own_second").set_value("batch_size").run()
    assert "**28 trainings**" in words(run), "four batch sizes"
    run.number_input(key="own_repeats").set_value(3).run()
    assert "**84 trainings**" in words(run)
    run.number_input(key="own_folds").set_value(5).run()
    assert "**420 trainings** with 2,400 digits each" in words(run)


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ({"own_values_first_alpha": "0, two"}, "a number from 0 up, not 'two'"),
        ({"own_values_first_alpha": "-1"}, "a number from 0 up, not '-1'"),
        ({"own_values_first_alpha": ""}, "a number from 0 up"),
        ({"own_values_first_alpha": " ".join(map(str, range(60))), "own_repeats": 50}, "up to 500 trainings"),
        ({"own_folds": 1}, "2 to 20 folds"),
        ({"own_first": "hidden_layer_sizes", "own_values_first_hidden_layer_sizes": "100-5000"}, "units"),
        ({"own_first": "library", "own_second": "init"}, "is compared without init"),
    ],
)
def test_what_cannot_be_trained_is_told_before_the_button(state: dict[str, Any], wanted: str) -> None:
    run = own(**state)
    assert not run.exception
    assert wanted in "\n".join(error.value for error in run.error)
    assert run.button(key="own_start").disabled


def test_start_hands_the_form_to_the_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Plan] = []

    def start(plan: Plan, *, owner: str, study: str = "", **_: Any) -> str:
        asked.append(plan)
        return repository.begin_experiment(repository.new_experiment(plan, owner=owner, study=study)).id

    monkeypatch.setattr(jobs, "start_experiment", start)
    run = own(own_values_first_alpha="0.5, 0", own_second="hidden_layer_sizes", own_repeats=2, own_seed=7)
    run.button(key="own_start").click().run()
    assert not run.exception
    (plan,) = asked
    assert plan.grid == ({"alpha": (0.5, 0.0), "hidden_layer_sizes": ((), (100,), (100, 64))},)
    assert plan.seeds == (7, 8)
    assert (plan.settings["init"], plan.settings["max_iter"]) == ("normal", 100)
    assert "λ against hidden layers" in words(run)


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ({"own_source": "embedded"}, "4,500 digits each"),
        ({"own_source": "embedded", "own_folds": 5}, "4,000 digits each"),
        ({"own_source": "full"}, "54,000 digits each"),
        ({"own_source": "full", "own_folds": 5}, "Cross-validation takes the study set"),
        ({"own_source": "upload"}, "No file read yet"),
        ({"own_scarce": 3}, "2,430 digits each"),
        ({"own_first": "n_train"}, "**7 trainings** with up to 500 digits each"),
        ({"own_first": "mislabelled"}, "**6 trainings** with 2,700 digits each"),
        ({"own_first": "kept"}, "Choose the digit that becomes scarce"),
        ({"own_first": "kept", "own_scarce": 3}, "**5 trainings** with up to 2,700 digits each"),
    ],
)
def test_any_digits_can_be_learned_from(state: dict[str, Any], wanted: str, full_mnist: object) -> None:
    run = own(**state)
    assert not run.exception
    assert wanted in words(run)


def test_libraries_start_from_the_weights_that_all_of_them_have() -> None:
    run = own(own_first="library")
    assert not run.error
    assert "Glorot's weights" in words(run)


def test_repeats_are_shown_with_their_spread() -> None:
    asked = plan(title="mine", grid=({"alpha": (0.0, 1.0)},), seeds=(1, 2, 3))
    experiment = made(asked)
    run = unfolded(page(experiment=experiment), experiment)
    table = run.dataframe[0].value
    assert list(table["runs"]) == [3, 3]
    one = np.std([0.8, 0.8002, 0.8004], ddof=1) * 100
    assert list(table["test spread"]) == pytest.approx([one, one])


def test_what_was_guessed_stands_behind_the_chart_for_whoever_guessed() -> None:
    asked = plan(title="mine", grid=({"n_train": (5, 10)},))
    experiment = made(asked)
    by = Actor("ada")
    question = predictions.ask(
        Question("curve", along=("5", "10"), x="digits"), by=by, about=f"plan {asked.key}"
    )
    predictions.guess(question.id, [0.25, 0.75], by=by)
    predictions.reveal(question.id, by=by)
    spec = json.loads(page(experiment=experiment).run().get("plotly_chart")[0].proto.spec)
    (guess,) = (trace for trace in spec["data"] if trace["name"] == "my guess")
    assert (guess["x"], guess["y"]) == ([5, 10], [0.25, 0.75])
    other = page(experiment=experiment)
    other.session_state[Key.OWNER] = "ben"
    spec = json.loads(other.run().get("plotly_chart")[0].proto.spec)
    assert "my guess" not in [trace["name"] for trace in spec["data"]]


def test_a_study_of_the_report_is_guessed_first_and_the_guess_then_stands_behind_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = [0.1, 0.4, 0.6, 0.9]  # one for each size of batch of the report
    monkeypatch.setattr("nnviz.components.guess_curve", lambda *_, **__: drawn)
    run = page(study="batch-2").run()
    assert run.get("plotly_chart"), "the report's own numbers are there until somebody guesses"
    run.session_state["batch-2_guess_first_0"] = True
    run.run()
    assert not run.exception
    assert not run.get("plotly_chart"), "which would tell"
    made(STUDIES["batch-2"].plan, "batch-2")
    run.run()
    assert not run.get("plotly_chart")
    run.button(key="guessed_batch-2").click().run()
    assert not run.exception
    spec = json.loads(run.get("plotly_chart")[0].proto.spec)
    (guess,) = (trace for trace in spec["data"] if trace["name"] == "my guess")
    assert guess["y"] == drawn
    assert sorted(guess["x"]) == guess["x"]
    assert len(set(guess["x"])) == 4
    other = page(study="batch-2")
    other.session_state[Key.OWNER] = "ben"
    assert "my guess" not in other.run().get("plotly_chart")[0].proto.spec


def test_two_settings_with_repeats_show_one_pair_until_somebody_has_guessed() -> None:
    experiment = made(plan(title="mine", grid=({"alpha": (0.0, 1.0)},), seeds=(1, 2, 3, 4, 5, 6)))
    run = page(experiment=experiment).run()
    assert [each.value for each in run.metric] == ["80.00%", "80.01%"]
    assert not run.get("plotly_chart")
    run.button(key=f"luck_B_{experiment}").click().run()
    assert not run.exception
    assert len(run.get("plotly_chart")) == 2
    assert "Over 6 seeds" in words(run)
    assert "By one pair you said: B is better. All pairs together" in words(run)


def test_every_study_of_the_report_is_on_the_menu() -> None:
    run = page().run()
    titles = run.selectbox(key="study_menu").options
    assert titles == [study.title for study in OFFERED.values() if not study.like] + ["Your own"]
    assert isinstance(STUDIES["grid"], Study)


def test_luck_is_asked_of_autoencoders_too_by_their_error() -> None:
    asked = plan(settings={}, kind="autoencoder", grid=({"code_size": (2, 8)},), seeds=(1, 2, 3, 4, 5, 6))
    begun = repository.begin_experiment(repository.new_experiment(asked, owner="ada", study=""))
    for each in asked.trials(begun.id):
        row = invented(each)
        error = 0.05 - 0.02 * (each.number % 2) + each.number / 10_000
        card = replace(row.card, kind="autoencoder", metrics={"test_error": error})
        repository.record_run(replace(row, card=card, answers=None))
    repository.end_experiment(begun.id, "done")
    run = page(experiment=begun.id).run()
    assert [each.value for each in run.metric] == ["Error 0.0500", "Error 0.0301"]
    run.button(key=f"luck_A_{begun.id}").click().run()
    assert not run.exception
    assert "By one pair you said: A is better. All pairs together say: B is better." in words(run)
    assert "the error of B is 0.0199 smaller than that of A" in words(run)
    assert "Its lead over all others is probably more than luck" in words(run)


def test_a_search_is_started_as_it_was_set_up_with_what_was_thought(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Plan] = []
    monkeypatch.setattr(jobs, "start_experiment", lambda plan, **_: asked.append(plan) or made(plan, rows=0))
    run = page(study="own")
    run.session_state["own_how"] = "search"
    run.session_state["own_search_mlp"] = ["alpha", "activation"]
    run.session_state["own_budget"] = 10
    run.run()
    assert not run.exception
    assert not run.error
    assert "Trained are 10 for 11 epochs, then 3 for 33 epochs, then 1 for 100 epochs" in words(run)
    run.text_input(key="own_hypothesis").set_value("a *small* λ wins").run()
    run.button(key="own_start").click().run()
    (plan_,) = asked
    ranges = {"alpha": "0.001 – 5", "activation": axes.AXES["activation"].values}
    assert plan_.grid == search.drawn(ranges, 10, 42)
    assert (plan_.budget, plan_.halving, plan_.hypothesis) == (10, 3, "a *small* λ wins")
    assert plan_.title == "Search: λ, activation"
    assert "I think that a \\*small\\* λ wins" in words(run)
    run.text_input(key="own_range_mlp_alpha").set_value("5 to 1").run()
    assert "has to end above that" in words(run)


def test_rows_that_a_search_stopped_say_so_and_come_after_the_others() -> None:
    grid = search.drawn({"alpha": "0.001 to 5"}, 3, 1)
    asked = plan(grid=grid, budget=3, halving=3, hypothesis="luck decides")
    begun = repository.begin_experiment(repository.new_experiment(asked, owner="bob", study=""))
    for each in asked.trials(begun.id):
        row = invented(each)
        if each.number:
            note = "Stopped after epoch 1 of 4. It was number 2 of 3 then, and the best 1 went on."
            card = replace(row.card, metrics={**row.card.metrics, search.STOPPED: 1.0}, note=note)
            row = replace(row, card=card)
        repository.record_run(row)
    repository.end_experiment(begun.id, "done")
    run = unfolded(page(experiment=begun.id), begun.id)
    assert not run.exception
    frame = run.dataframe[0].value
    assert [None if np.isnan(each) else each for each in frame[tables.STOPPED]] == [None, 1, 1]
    assert "Stopped after epoch 1 of 4" in frame["note"].iloc[2]
    assert "I think that luck decides" in words(run)
    shared = repository.begin_experiment(repository.new_experiment(asked, owner="bob", study="lambda-1"))
    assert "luck decides" not in words(page(experiment=shared.id).run()), "a study's is its owner's own"


@pytest.mark.parametrize("name", PART_TWO)
def test_a_study_of_part_two_opens_cold_and_shows_its_rows_by_its_own_score(name: str) -> None:
    study = PART_TWO[name]
    run = page(study=name).run()
    assert not run.exception
    assert study.notice in words(run)
    assert f"{len(study.plan)} trainings**, about" in words(run)
    begun = repository.begin_experiment(repository.new_experiment(study.plan, owner="ada", study=name))
    for each in study.plan.trials(begun.id):
        row = invented(each)
        metrics = {study.plan.score.metric: 0.05 + each.number / 100}
        repository.record_run(replace(row, card=replace(row.card, kind=study.plan.kind, metrics=metrics)))
    repository.end_experiment(begun.id, "done")
    run = unfolded(page(study=name), begun.id)
    assert not run.exception
    factor = 100 if study.plan.score.percent else 1
    expected = [factor * (0.05 + number / 100) for number in range(len(study.plan))]
    assert sorted(run.dataframe[0].value["test"]) == pytest.approx(expected)


@pytest.mark.parametrize(("kind", "axis"), [("cnn", "kernel_size"), ("autoencoder", "code_size")])
def test_the_form_of_ones_own_begins_with_the_kind_of_network(kind: str, axis: str) -> None:
    run = page(study="own")
    run.session_state["own_kind"] = kind
    run.run()
    assert not run.exception
    assert not run.error
    assert run.selectbox(key=f"own_{kind}_first").value == axis
    assert "trainings** with 2,700 digits each" in words(run)
    assert not run.button(key="own_start").disabled
