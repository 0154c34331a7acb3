"""`nnviz study` makes the whole study of the report, and one HTML page of it."""

from __future__ import annotations

import argparse
import functools
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO, TypeVar

from nnviz.core.results import Run
from nnviz.core.words import say, say_many
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor, tables
from nnviz.experiments.plan import Trial
from nnviz.experiments.studies import SEED, STUDIES, Study
from nnviz.history import repository
from nnviz.history.repository import DatabaseUnavailable
from nnviz.jobs.cluster import Cluster, ClusterMissing
from nnviz.model_store import cards
from nnviz.numpy_nn.presets import PRESETS
from nnviz.report import html_page
from nnviz.report.html_page import Chosen, Result

T = TypeVar("T")
_TELLING = 0.1  # of the work, which has to be done before it tells how long the rest will take
_BEAT = 3.0  # seconds between two signs of life of all experiments, of which some wait long for a row


class Progress:
    """Tells how far the study is: on a terminal in one line that changes, elsewhere now and then."""

    def __init__(self, trials: Sequence[Trial], file: TextIO) -> None:
        self._work = {(trial.experiment, trial.number): trial.work for trial in trials}
        self._file = file
        self._total, self._done, self._finished = sum(self._work.values()), 0.0, 0
        self._began = self._told = time.monotonic()

    def __call__(self, run: Run) -> None:
        """Count a training that has ended, and tell when it is time to."""
        self._done += self._work[run.experiment, run.number]
        self._finished += 1
        now = time.monotonic()
        last = self._finished == len(self._work)
        if not (last or self._file.isatty() or now - self._told > 10):
            return
        self._told = now
        so_far = now - self._began
        left = so_far / self._done * (self._total - self._done)
        n, trainings, spent = self._finished, len(self._work), _minutes(so_far)
        if not last and self._done > _TELLING * self._total:
            words = say(
                "{n} of {trainings} trainings · {time} · about {left} left",
                n=n,
                trainings=trainings,
                time=spent,
                left=_minutes(left),
            )
        else:
            words = say("{n} of {trainings} trainings · {time}", n=n, trainings=trainings, time=spent)
        end = "\n" if last or not self._file.isatty() else "\r"
        self._file.write(f"{words:60}{end}")
        self._file.flush()


class Notebook:
    """The history, as far as there is one: the study itself does not need it."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._there = True
        self._begun: list[str] = []
        self._beaten = 0.0

    def begin(self, study: Study, keep: bool) -> tuple[str, dict[int, Run]]:
        """The id of a study's experiment, and its runs that are there already and to be kept."""
        started = repository.new_experiment(study.plan, study=study.name)
        before = self._try(lambda: repository.find_answered_experiment(study.plan)) if keep else None
        if before is None:
            self._try(lambda: repository.begin_experiment(started))
            self._begun.append(started.id)
            return started.id, {}
        known = (
            self._try(
                lambda: [repository.find_run(run.id) for run in repository.runs_of_experiment(before.id)]
            )
            or []
        )
        self._try(lambda: repository.end_experiment(before.id, "running"))
        self._begun.append(before.id)
        return before.id, {run.number: run for run in known}

    def record(self, run: Run) -> Run:
        """The run with its id, written down."""
        run = replace(run, id=repository.new_id(), page="study")
        if time.monotonic() - self._beaten > _BEAT:
            self._beaten = time.monotonic()
            for experiment in self._begun:
                self._try(functools.partial(repository.record_heartbeat, experiment))
        return self._try(lambda: repository.record_run(run)) or run

    def end(self, experiments: Iterable[str]) -> None:
        """All of these are done."""
        for experiment in experiments:
            self._try(functools.partial(repository.end_experiment, experiment, "done"))

    def _try(self, ask: Callable[[], T]) -> T | None:
        """What the history answers; None, and a word about it, once it cannot be reached."""
        if not self._there:
            return None
        try:
            return ask()
        except DatabaseUnavailable as error:
            self._there = False
            self._tell(f"{error}\n")
            return None


def make(
    studies: Sequence[Study], connect: Callable[[], Any], *, keep: bool = False, tell: TextIO | None = None
) -> list[Result]:
    """Carry out these studies, all their trainings together, and keep every run in the history.

    Parameters
    ----------
    connect
        As of `executor.run`, whose exceptions may be raised.
    keep
        Runs that the history has already are taken from it.
    tell
        Where progress is written.
    """
    notebook = Notebook(tell.write if tell else lambda _: None)
    found: dict[str, dict[int, Run]] = {}  # by experiment and number
    todo: list[Trial] = []
    begun: list[tuple[Study, str]] = []
    for study in studies:
        experiment, known = notebook.begin(study, keep)
        found[experiment] = known
        begun.append((study, experiment))
        todo += [trial for trial in study.plan.trials(experiment) if trial.number not in known]
    # The longest first: so no worker is left with a long one when all others have finished.
    todo.sort(key=lambda trial: -trial.work)
    if tell:
        kept = sum(len(known) for known in found.values())
        told = say_many(len(todo), "{n} training to make", "{n} trainings to make")
        there = say_many(kept, "{n} is there", "{n} are there")
        tell.write(f"{told} · {there} …\n" if kept else f"{told} …\n")
        tell.flush()
    progress = Progress(todo, tell) if tell else None

    def arrived(run: Run) -> None:
        found[run.experiment][run.number] = notebook.record(run)
        if progress:
            progress(run)

    executor.run(todo, connect, arrived)
    notebook.end(found)
    return [Result(study, tuple(run for _, run in sorted(found[id_].items()))) for study, id_ in begun]


def chosen() -> Chosen:
    """The report's chosen setting, trained here."""
    from nnviz.numpy_nn.classifier import MLPClassifier

    spec = DataSpec("study", SEED)
    split = splits.load_split(spec)
    model = MLPClassifier(**PRESETS["report"].settings, random_state=SEED)
    model.fit(split.x_train, split.y_train, validation=(split.x_test, split.y_test))
    return Chosen(model, split, splits.load_dataset(spec))


def main(words: Sequence[str] | None = None) -> int:
    """Make the page as these words of a command line ask; the exit code of the process."""
    parser = argparse.ArgumentParser(
        prog="nnviz study", description=say("Make all the report's experiments, and one HTML page of them.")
    )
    parser.add_argument("--out", type=Path, default=Path("study.html"), help=say("where the page is written"))
    parser.add_argument(
        "--only",
        nargs="+",
        choices=list(STUDIES),
        metavar="STUDY",
        help=say("of {names}", names=", ".join(STUDIES)),
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help=say("take rows from the history where it has them, and make the others"),
    )
    arguments = parser.parse_args(words)
    began, began_at = time.monotonic(), cards.now()
    cluster = Cluster(lambda _: None)
    try:
        wanted = [STUDIES[name] for name in arguments.only or STUDIES]
        results = make(wanted, cluster.client, keep=arguments.keep, tell=sys.stderr)
    except ClusterMissing as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        stopped = say("Stopped; with {option} it goes on from here.", option="--keep")
        sys.stderr.write(f"\n{stopped}\n")
        return 130
    finally:
        cluster.close()
    page = html_page.build(results, chosen(), summary=_summary(results, began, began_at), footer=_footer())
    arguments.out.write_text(page, encoding="utf-8")
    sys.stderr.write(f"{arguments.out.resolve()} ({len(page) / 1e6:.1f} MB)\n")
    return 0


def _summary(results: Sequence[Result], began: float, began_at: str) -> str:
    every = [run for result in results for run in result.runs]
    known = sum(run.card.created < began_at for run in every)
    sentences = (
        say(
            "The report is a course report from 2021 about networks that read handwritten digits. These are "
            "the experiments of its part 1A, made again."
        ),
        say_many(
            len(every),
            "{n} training, {work} of work, done in {time} on {day}.",
            "{n:,} trainings, {work} of work, done in {time} on {day}.",
            work=_minutes(sum(run.card.seconds for run in every)),
            time=_minutes(time.monotonic() - began),
            day=time.strftime("%Y-%m-%d"),
        ),
        say_many(known, "{n} of them was there from before.", "{n:,} of them were there from before.")
        if known
        else "",
        say(
            "Each network learned from 2,700 digits and was tested with 300 others; in the cross-validation "
            "it learned from 2,400 and was tested with 600. The column “{others}” is a second test, with "
            "2,000 more digits. The report's numbers are beside ours.",
            others=tables.OTHERS,
        ),
    )
    return " ".join(filter(None, sentences))


def _footer() -> str:
    libraries = " · ".join(
        f"{name} {version}" for name, version in cards.versions("numpy", "scikit-learn").items()
    )
    cores = say_many(os.cpu_count() or 1, "{n} core", "{n} cores")
    return f"{libraries} · {platform.machine()}, {cores} · {say('seed {seed}', seed=SEED)}"


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return say("{seconds} s", seconds=whole)
    return say("{minutes} min {seconds:02} s", minutes=whole // 60, seconds=whole % 60)
