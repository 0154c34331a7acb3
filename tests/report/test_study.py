"""The whole study without a browser: every run once, and a page that stands by itself and tells the truth."""

from __future__ import annotations

import contextlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz import cli
from nnviz.core import words
from nnviz.core.identity import PROGRAM
from nnviz.core.records import History
from nnviz.core.results import Answers, Row, Run, Spread
from nnviz.data import splits
from nnviz.experiments import executor, published, tables, trial
from nnviz.experiments.plan import Plan, Trial
from nnviz.experiments.studies import STUDIES, Study
from nnviz.history import repository
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.report import html_page, study, verdicts
from nnviz.report.html_page import Chosen, Result
from tests import marking
from tests.experimenting import FEW, SMALL
from tests.processes import unwatched
from tests.recording import CARD


def small(study: Study) -> Study:
    """The study on few digits, with few units and epochs; its settings still find the report's numbers."""
    settings = {**study.plan.settings, "max_iter": 2, "batch_size": 60}
    return replace(study, plan=replace(study.plan, spec=FEW, settings=settings))


SMALL_STUDIES = [small(STUDIES[name]) for name in ("lambda-1", "lambda-1-he", "folds")]


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", f"sqlite:///{tmp_path}/runs.sqlite")
    yield tmp_path
    repository.close()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Trial]:
    """Trials are made in this process; which ones, in their order."""
    seen: list[Trial] = []

    def here(trials: Sequence[Trial], connect: Callable[[], Any], on_run: Callable[[Run], None]) -> None:
        seen.extend(trials)
        for each in trials:
            on_run(trial.execute(splits.load_dataset(executor.pool_of(each.spec)), each))

    monkeypatch.setattr(executor, "run", here)
    return seen


# Making it


def test_every_training_of_every_study_is_made_once_and_kept(made: list[Trial]) -> None:
    told = io.StringIO()
    results = study.make(SMALL_STUDIES, lambda: None, tell=told)
    assert [result.study.name for result in results] == ["lambda-1", "lambda-1-he", "folds"]
    assert [len(result.runs) for result in results] == [11, 11, 5]
    assert len(made) == 27
    for result in results:
        assert [run.number for run in result.runs] == list(range(len(result.study.plan)))
        before = repository.find_answered_experiment(result.study.plan)
        assert before is not None
        assert (before.study, before.state, before.complete) == (result.study.name, "done", True)
        kept = repository.runs_of_experiment(before.id)
        assert [run.card.metrics for run in kept] == [run.card.metrics for run in result.runs]
        assert {run.page for run in kept} == {"study"}
    assert "27 of 27 trainings" in told.getvalue()


def test_every_experiment_of_a_study_gives_signs_of_life_while_another_has_rows(
    made: list[Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    beaten: list[str] = []
    monkeypatch.setattr(repository, "record_heartbeat", beaten.append)
    study.make(SMALL_STUDIES[1:], lambda: None)
    known = {
        found.id for each in SMALL_STUDIES[1:] if (found := repository.find_answered_experiment(each.plan))
    }
    assert len(known) == 2
    assert set(beaten) == known


def test_the_longest_trainings_are_sent_first(made: list[Trial]) -> None:
    uneven = replace(SMALL_STUDIES[2], plan=replace(SMALL_STUDIES[2].plan, grid=({"max_iter": (1, 3, 2)},)))
    study.make([uneven], lambda: None)
    assert [trial.settings["max_iter"] for trial in made] == [3] * 5 + [2] * 5 + [1] * 5


def test_what_the_history_has_need_not_be_made_again(made: list[Trial]) -> None:
    (first,) = study.make([SMALL_STUDIES[2]], lambda: None)
    made.clear()
    (again,) = study.make([SMALL_STUDIES[2]], lambda: None, keep=True)
    assert made == []
    assert [run.id for run in again.runs] == [run.id for run in first.runs]
    assert all(run.answers is not None for run in again.runs)
    repository.delete_run(first.runs[3].id, by=PROGRAM)
    (mended,) = study.make([SMALL_STUDIES[2]], lambda: None, keep=True)
    assert [trial.number for trial in made] == [3]
    assert [run.card.metrics for run in mended.runs] == [run.card.metrics for run in first.runs]
    made.clear()
    study.make([SMALL_STUDIES[2]], lambda: None)
    assert len(made) == 5, "unless it is asked to, it makes everything afresh"


def test_a_study_needs_no_history(made: list[Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", "nonsense")
    told = io.StringIO()
    (result,) = study.make([SMALL_STUDIES[2]], lambda: None, tell=told)
    assert len(result.runs) == 5
    assert told.getvalue().count("not the address of a database") == 1


# Its page


class Reader(HTMLParser):
    """What a page shows and asks for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.asks: list[str] = []
        self.open: list[str] = []
        self.labels: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.scripts = 0
        self.cells: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)
        self.asks += [value for key in ("src", "srcset", "data") if (value := given.get(key))]
        if tag == "link":
            self.asks.append(str(given))
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "figure" and given.get("role") == "img":
            self.labels.append(given.get("aria-label") or "")
        if tag == "section":
            self.ids.append(given.get("id") or "")
        self.scripts += tag == "script"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, text: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(text)
        if self.open and self.open[-1] == "td":
            self.cells.append(text)


@pytest.fixture(scope="module")
def chosen() -> Chosen:
    split = splits.load_split(FEW)
    model = MLPClassifier(**SMALL, random_state=1)
    model.fit(split.x_train, split.y_train, validation=(split.x_test, split.y_test))
    return Chosen(model, split, splits.load_dataset(FEW))


def test_the_page_stands_by_itself_with_every_number_and_a_text_for_every_figure(
    made: list[Trial], chosen: Chosen
) -> None:
    results = study.make(SMALL_STUDIES, lambda: None)
    page = html_page.build(results, chosen, summary="Made & done", footer="numpy")
    read = Reader(page)
    assert read.open == []
    assert all(source.startswith("data:image/png;base64,") for source in read.asks), (
        "nothing comes from elsewhere"
    )
    assert page.count("plotly.js v") == 1, "Plotly is there once"
    assert read.ids == ["story", "lambda-1", "lambda-1-he", "folds", "chosen"]
    assert read.links == [f"#{name}" for name in read.ids]
    assert all(len(label) > 20 for label in read.labels)
    figures = 3 + 2 + 2 + 1 + 1  # a chart a study; two close up; curves, confusion; a digit; a hidden layer
    assert len(read.labels) == figures == page.count("Plotly.newPlot(")
    for result in results:
        for row in result.rows:
            assert row.test is not None
            assert f"{row.test.mean:.2%}" in read.cells
    for line in published.table("lambda")[12:]:
        assert f"{line.test:.2%}" in read.cells
    assert "Made &amp; done" in page
    assert page.count("<img") == min(int((~right(chosen)).sum()), html_page.MOST_MISTAKES)


def right(chosen: Chosen) -> Any:
    return chosen.model.predict(chosen.split.x_test) == chosen.split.y_test


def test_every_study_of_the_report_has_its_chart_and_table(chosen: Chosen) -> None:
    # Made-up runs: what matters is that each kind of study is drawn.
    results = [
        Result(each, tuple(invented(trial) for trial in each.plan.trials())) for each in STUDIES.values()
    ]
    read = Reader(html_page.build(results, chosen, summary="", footer=""))
    assert read.ids[1:-1] == list(STUDIES)
    close_up = 4 + 2  # of λ and of the rate
    assert len(read.labels) == len(STUDIES) + close_up + 4


def invented(trial: Trial) -> Run:
    rng = np.random.default_rng(trial.number)
    score = 0.5 + trial.number / 1000
    card = replace(
        CARD,
        title=trial.library,
        settings={**trial.settings},
        metrics={"train_accuracy": 0.9, "test_accuracy": score, "outside_accuracy": 0.8},
    )
    answers = Answers(np.arange(50), np.arange(50) % 10, rng.dirichlet(np.ones(10), 50), {"source": "study"})
    return Run(card, id=f"run {trial.number}", number=trial.number, fold=trial.fold, answers=answers)


def test_what_is_to_be_said_of_a_row_stands_under_its_table(chosen: Chosen) -> None:
    study = STUDIES["batch-2"]
    fine, *others = (invented(each) for each in study.plan.trials())
    note = "It diverged <at once>."
    wild = replace(fine, card=replace(fine.card, history=History((), "diverged", note), note=note))
    page = html_page.build([Result(study, (wild, *others))], chosen, summary="", footer="")
    read = Reader(page)
    assert "8 *" in read.cells
    assert page.count("* It diverged &lt;at once&gt;.") == 1
    assert "note" not in page.split("<thead>")[1].split("</thead>")[0]
    assert "report&#x27;s seconds" not in page, "the report gives none for this table"


def forgotten() -> list[str]:
    """Texts of the page, of the command line and of its progress that no translator would find."""
    results = [
        Result(STUDIES[name], tuple(invented(each) for each in STUDIES[name].plan.trials()))
        for name in ("lambda-1", "lambda-1-he", "grid", "folds")
    ]
    footer, summary = study._footer(), study._summary(results, 0, "2022")
    split = splits.load_split(FEW)
    model = MLPClassifier(**SMALL, random_state=1)
    model.fit(split.x_train, split.y_train, validation=(split.x_test, split.y_test))
    chosen = Chosen(model, split, splits.load_dataset(FEW))
    page = html_page.build(results, chosen, summary=summary, footer=footer)
    read = Reader(page)
    told = io.StringIO()
    trials = [trial for result in results for trial in result.study.plan.trials()]
    study.Progress(trials, told)(results[0].runs[0])
    asked = [helped(cli.main), helped(study.main)]
    return [text for text in (*read.texts, *read.labels, told.getvalue(), *asked) if marking.unmarked(text)]


def helped(command: Callable[[list[str]], Any]) -> str:
    """What a command says to --help, but for what the library that writes it says, and what is typed."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        command(["--help"])
    return re.sub(
        r"usage:[\s\S]*?\n\n|\b(?:options|positional arguments):|show .* and exit|--?\w+|\b[A-Z]{3,}\b"
        rf"|nnviz (?:run|study)|^ +(?:run|pad|doctor|study|train|bench) |{'|'.join(STUDIES)}",
        " ",
        told.getvalue(),
        flags=re.MULTILINE,
    )


def test_every_word_of_the_page_and_of_the_command_line_can_be_translated(tmp_path: Path) -> None:
    # In a process of its own, since a process has one language.
    environment = unwatched(NNVIZ_LANGUAGE=words.PSEUDO, NNVIZ_HOME=str(tmp_path))
    script = "import json; from tests.report import test_study as t; print(json.dumps(t.forgotten()))"
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


# Whether it is the report's story


def told(name: str, right: list[int], reported: list[float]) -> tuple[list[Row], list[Run]]:
    """A sweep over λ whose runs read so many of 300 digits, beside what the report has."""
    plan = Plan("p", settings={"hidden_layer_sizes": (100,)}, grid=({"alpha": (0.01, 0.5, 5.0)},))
    labels = np.zeros(300, np.int64)
    found = []
    for number, correct in enumerate(right):
        probabilities = np.zeros((300, 10), np.float32)
        probabilities[np.arange(300), np.where(np.arange(300) < correct, 0, 1)] = 1
        answers = Answers(np.arange(300), labels, probabilities, {"source": "study"})
        card = replace(CARD, metrics={"test_accuracy": correct / 300})
        found.append(Run(card, id=str(number), number=number, answers=answers))
    rows = [
        replace(row, report_test=score) for row, score in zip(tables.rows(plan, found), reported, strict=True)
    ]
    return rows, found


def test_a_peak_at_the_same_value_is_the_same_story() -> None:
    verdict = verdicts.peak(*told("peak", [250, 270, 30], [0.84, 0.88, 0.5]), "alpha")
    assert verdict is not None
    assert verdict.holds
    assert "λ is 0.5 (88.00%). Ours is the same (90.00%)" in verdict.words


def test_a_peak_elsewhere_is_the_same_story_only_when_the_test_digits_cannot_tell() -> None:
    # Our best reads 4 digits more: of 4 tosses all fall on one side 1 time in 8.
    near = verdicts.peak(*told("near", [274, 270, 30], [0.84, 0.88, 0.5]), "alpha")
    far = verdicts.peak(*told("far", [290, 270, 30], [0.84, 0.88, 0.5]), "alpha")
    assert near is not None
    assert near.holds
    assert "could be luck" in near.words
    assert "p = 0.12" in near.detail
    assert far is not None
    assert not far.holds
    assert "not luck" in far.words


def test_what_the_start_alone_does_is_told_at_the_smallest_value_that_both_have() -> None:
    rows, _ = told("normal", [240, 270, 30], [0.8, 0.88, 0.5])
    twin, _ = told("he", [276, 270, 30], [0.8, 0.88, 0.5])
    words = verdicts.start(rows, twin[::-1], "alpha")
    assert "At λ 0.01" in words
    assert (
        words.index("80.00% of the test digits")
        < words.index("He et al. 2015")
        < words.index("92.00% of the test")
    )
    assert "At λ 0.5" in verdicts.start(rows[1:], twin, "alpha"), "the smallest that both have"
    assert verdicts.start(rows[:1], twin[1:], "alpha") == ""


def test_chance_has_to_come_at_the_same_values() -> None:
    same, _ = told("same", [250, 270, 30], [0.84, 0.88, 0.11])
    other, _ = told("other", [250, 270, 200], [0.84, 0.88, 0.11])
    one, two = verdicts.chance(same, "alpha"), verdicts.chance(other, "alpha")
    assert one is not None
    assert one.holds
    assert two is not None
    assert not two.holds
    assert verdicts.chance(told("none", [250, 270, 200], [0.84, 0.88, 0.5])[0], "alpha") is None


@pytest.mark.parametrize(("mean", "holds"), [(0.9033, True), (0.8758, True), (0.8753, False), (0.94, False)])
def test_a_mean_is_the_report_s_unless_students_t_says_that_it_is_not_luck(mean: float, holds: bool) -> None:
    # Five folds with a deviation of 0.0224 have a standard error of 0.0100; of those, t(4) allows 2.776.
    verdict = verdicts.mean(Spread(mean, 0.01 * 5**0.5, 5), 0.9033)
    assert verdict is not None
    assert verdict.holds is holds


def test_progress_tells_the_time_left_by_the_work_left(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = Plan("p", settings={"batch_size": 16}, grid=({"max_iter": (30, 10)},)).trials("e")
    now = 100.0
    monkeypatch.setattr(study.time, "monotonic", lambda: now)
    file = io.StringIO()
    progress = study.Progress(trials, file)
    now = 160.0
    progress(Run(CARD, experiment="e", number=0))
    (line,) = file.getvalue().splitlines()
    # Three times the work of the other has taken a minute.
    assert re.match(r"1 of 2 trainings · 1 min 00 s · about 20 s left", line)
