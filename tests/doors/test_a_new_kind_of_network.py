"""A fourth kind of network, through its entry in the registry alone: nothing else knows of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core import kinds, paths
from nnviz.core.records import Split
from nnviz.core.results import Run
from nnviz.data.splits import DataSpec, load_split
from nnviz.history import comparison, descriptions, repository
from nnviz.jobs import job_files, worker
from nnviz.jobs.records import Job, JobError
from nnviz.jobs.trainings import TrainingJob, start_training
from nnviz.model_store import formats, store
from nnviz.trainers.base import Outcome
from nnviz.ui import Key
from nnviz.ui.shared.state import model_key, pad_key
from tests.doors import nearest_mean
from tests.doors.nearest_mean import KIND
from tests.pages.reading import tables, tables_of, words
from tests.recording import CARD, RUN
from tests.trainers.test_mlp_trainer import Listener

ROOT = Path(__file__).resolve().parents[2]
SPEC = DataSpec("study", n=400, n_test=80)
PAGE = """
from nnviz.core.kinds import kind_of
from nnviz.ui.shared import model_page

KIND = kind_of("nearest_mean")


def train(opened):
    model_page.train(KIND, lambda: None, opened and opened.entry)


opened = model_page.head(KIND, model_page.open_network, model_page.key_figures)
model_page.sections(KIND, {"Train": (train, "mlp_learning.md")}, opened)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The kind is registered, its page stands beside the others, and nothing has been trained yet."""
    monkeypatch.setitem(kinds.KINDS, KIND.name, KIND)
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    root = tmp_path / "root"
    shutil.copytree(ROOT / "pages", root / "pages")
    shutil.copytree(ROOT / ".streamlit", root / ".streamlit")  # whose theme the pad as a file has
    shutil.copy(ROOT / "app.py", root)
    (root / KIND.page).write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(paths, "root", lambda: root)
    yield root
    repository.close()


@pytest.fixture(scope="module")
def split() -> Split:
    return load_split(SPEC)


def train(split: Split) -> Outcome:
    outcome = worker.train(Listener(), KIND.name, split, {"parts": 3}, "Mine")
    assert isinstance(outcome, Outcome)
    return outcome


def run_of_a_job(split: Split) -> Run:
    """What the history has after a training job, whose task was done here instead of in a worker."""
    job = Job(id=job_files.new_id(), owner="me", kind=KIND.name, title="Mine", total_epochs=3)
    training = TrainingJob(job=job, spec=SPEC, settings={"parts": 3})
    ended = training.take_in(train(split))
    assert (ended.state, ended.message) == ("done", "")
    assert training.recorded is not None
    return repository.record_run(training.recorded)


def open_page(root: Path, page: str, **query: str) -> AppTest:
    app = AppTest.from_file(root / page, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def links(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def test_it_is_trained_and_its_card_is_written_and_read(split: Split) -> None:
    outcome = train(split)
    model, card = nearest_mean.receive(outcome.model)
    assert card == outcome.card
    assert (card.kind, card.title, card.settings["parts"]) == (KIND.name, "Mine", 3)
    assert (card.n_train, card.n_test) == (320, 80)
    # By hand: the mean picture of the threes among the training digits.
    np.testing.assert_allclose(model.means[3], split.x_train[split.y_train == 3].mean(axis=0), rtol=1e-5)
    nearest = np.square(split.x_test[:, None] - model.means).sum(axis=2).argmin(axis=1)
    assert card.metrics["test_accuracy"] == pytest.approx(np.mean(nearest == split.y_test))


def test_settings_that_it_refuses_are_a_sentence_of_the_job() -> None:
    with pytest.raises(JobError, match="1 to 9 parts"):
        start_training(KIND.name, SPEC, {"parts": 10}, owner="me")


def test_it_is_stored_opened_downloaded_and_received_again(split: Split) -> None:
    outcome = train(split)
    entry = store.put(outcome.model, outcome.suffix, outcome.card, "saved")
    assert [each.name for each in store.entries(KIND.name)] == [entry.name]
    model = store.load(entry.path)
    assert isinstance(model, nearest_mean.NearestMean)
    network = formats.read_network(entry.path)
    nearest = model.distances(split.x_test).argmin(axis=1)
    np.testing.assert_array_equal(network.predict(split.x_test).argmax(axis=1), nearest)
    again = store.receive("theirs.means", store.content(entry))
    assert (again.card.kind, again.card.settings["parts"]) == (KIND.name, 3)
    assert store.save(model, outcome.card, "recent").path.suffix == ".means"


def test_its_page_is_linked_from_every_page_and_shows_its_networks(home: Path, split: Split) -> None:
    assert "Nearest mean" in links(open_page(home, "app.py"))
    assert any(f"**{KIND.heading}**](" in each.value for each in open_page(home, "app.py").markdown)
    outcome = train(split)
    entry = store.put(outcome.model, outcome.suffix, outcome.card, "saved")
    app = open_page(home, KIND.page)
    assert not app.exception
    assert app.session_state[model_key(KIND.name)] == entry.name
    (menu,) = app.selectbox
    (option,) = menu.options
    assert option.startswith("Mine · saved, ")
    assert f"distance {entry.card.metrics['test_distance']:.4f} on 80 digits" in option
    assert f"{int(np.prod((10, 784))):,}" in {metric.value for metric in app.metric}
    app.button(key=f"{model_key(KIND.name)}_code").click().run()
    assert not app.exception


def test_the_pad_takes_it_into_its_first_place(home: Path, split: Split) -> None:
    outcome = train(split)
    entry = store.put(outcome.model, outcome.suffix, outcome.card, "saved")
    app = open_page(home, KIND.page)
    app.button(key=f"{model_key(KIND.name)}_use").click().run()
    assert app.session_state[pad_key("mlp")] == entry.name
    pad = AppTest.from_file(home / "app.py", default_timeout=60)
    pad.session_state[pad_key("mlp")] = entry.name
    pad.run()
    assert not pad.exception
    assert any(option.startswith("Nearest mean · Mine · saved") for option in pad.selectbox[0].options)
    assert f"with a distance of {entry.card.metrics['test_distance']:.4f}" in words(pad)


def test_the_history_shows_its_runs_by_their_own_score(home: Path, split: Split) -> None:
    run = run_of_a_job(split)
    app = open_page(home, "pages/5_History.py")
    assert not app.exception
    (shown,) = [each for each in app.get("bidi_component") if "run_list" in each.proto.component_name]
    told = shown.proto.json
    assert all(words in told for words in ("Mine", "Nearest mean"))
    assert f"{run.card.metrics['test_distance']:.4f}" in told
    (column,) = [score for score in kinds.scores() if score.name == "distance"]
    assert not column.higher_is_better
    opened = open_page(home, "pages/5_History.py", **{Key.URL_RUN: run.id})
    assert not opened.exception
    assert {"Distance on held-back digits", "Parameters"} <= {metric.label for metric in opened.metric}
    assert [setting.name for setting in descriptions.settings(run.card) if setting.changed] == ["parts"]


def test_compare_sets_its_runs_beside_those_of_other_kinds(home: Path, split: Split) -> None:
    mine, other = run_of_a_job(split), repository.record_run(replace(RUN, name="theirs"))
    app = open_page(home, "pages/6_Compare.py", **{Key.URL_RUNS: f"{mine.id},{other.id}"})
    assert not app.exception
    numbers = tables_of(app)[0]
    assert list(numbers.loc["test distance"]) == [f"{mine.card.metrics['test_distance']:.4f}", "–"]
    assert numbers.loc["test accuracy"].iloc[1] == f"{CARD.metrics['test_accuracy']:.2%}"
    assert "Nearest mean" in tables(app)


def test_its_answers_are_asked_of_its_network_when_they_were_not_kept(split: Split) -> None:
    run = run_of_a_job(split)
    asked = comparison.with_answers(replace(run, answers=None)).answers
    assert asked is not None
    assert run.answers is not None
    np.testing.assert_array_equal(asked.predicted, run.answers.predicted)


@pytest.mark.parametrize("name", list(kinds.KINDS))
def test_what_an_entry_names_is_there(name: str) -> None:
    kind = kinds.kind_of(name)
    handler = formats.format_of(f"x{kind.suffix}")
    assert kind.suffix == handler.SUFFIX
    assert (ROOT / kind.page).is_file()
    for shipped in {kind.default, kind.on_pad} - {""}:
        assert store.find(shipped).card.kind == name
