"""Runs into rows: what an experiment found for each choice of its settings, beside the report's numbers."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nnviz.core import csv_text
from nnviz.core.kinds import Score
from nnviz.core.results import Row, Run, Spread
from nnviz.core.words import say
from nnviz.evaluation import luck
from nnviz.experiments import axes, published, repeats, search
from nnviz.experiments.plan import FEATURES, LIBRARY, Plan, Trial

OTHERS = say("other digits")  # the column of the digits that the study does not use
CODES = say("read from codes")  # of autoencoders, by the nearest neighbours of each code
STOPPED = say("stopped after epoch")
BESIDE_BEST = say("beside the best")  # whether a row's distance from the best one may be luck
_READ = (
    say("test"),
    say("report's test"),
    OTHERS,
    say("train"),
    say("report's train"),
    CODES,
    say("runs"),
    say("test spread"),
    say("other digits spread"),
    BESIDE_BEST,
    STOPPED,
    say("best epoch"),
    say("seconds"),
    say("report's seconds"),
    say("note"),
)
CODE_METRIC = "test_code_accuracy"
_SCORES = {"train": "train_{}", "test": "test_{}", "outside": "outside_{}", "best": "best_test_{}"}


def rows(plan: Plan, runs: Iterable[Run], table: str = "", *, everything: bool = False) -> tuple[Row, ...]:
    """A row for each choice of the settings that vary, in the plan's order; those without a run are left out.

    Parameters
    ----------
    table
        Of `report`, or "".
    everything
        Leave none out, so that a figure knows its axis from the start.
    """
    arrived = {run.number: run for run in runs}
    lines = published.table(table) if table else ()
    choices: dict[str, list[Run]] = {}
    trials: dict[str, Trial] = {}
    for trial in plan.trials():
        choice = repr(sorted(trial.varied.items(), key=str))
        trials.setdefault(choice, trial)
        if trial.number in arrived:
            choices.setdefault(choice, []).append(arrived[trial.number])
    found = []
    for choice, trial in trials.items():
        if everything or choice in choices:
            others = {LIBRARY: trial.library, FEATURES: trial.features, "folds": trial.folds}
            settings = {**trial.settings, **others}
            found.append(
                _row(
                    trial.varied,
                    settings,
                    choices.get(choice, []),
                    published.beside(lines, settings),
                    plan.score,
                )
            )
    return repeats.beside_best(found, arrived.values(), plan.score)


def singles(plan: Plan, runs: Iterable[Run]) -> tuple[Row, ...]:
    """A row for each run of a plan in which no setting varies, told apart by its fold and its seed."""
    found = []
    for run in sorted(runs, key=lambda run: run.number):
        told: dict[str, Any] = {"fold": run.fold} if plan.folds else {}
        if not told or len(plan.seeds) > 1:
            told["seed"] = run.card.seed
        found.append(_row(told, run.card.settings, [run], None, plan.score))
    return tuple(found)


def spread(values: Sequence[float]) -> Spread | None:
    """Mean and sample deviation of measurements, None of none."""
    if not values:
        return None
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0, len(values))


def columns(plan: Plan, found: Sequence[Row]) -> tuple[list[str], list[list[Any]]]:
    """The rows as a header and lines of plain values, None where there is nothing."""
    told = plan.varied or (tuple(found[0].values) if found else ())
    header = [axes.title(name) for name in told]
    header += [say("train"), say("test"), OTHERS, say("best epoch"), say("seconds")]
    if coded := any(row.codes for row in found):
        header.append(CODES)
    several = any(len(row.runs) > 1 for row in found)
    if several:
        header += [say("runs"), say("test spread"), say("other digits spread"), BESIDE_BEST]
    reported = any(row.report_test is not None for row in found)
    if reported:
        header += [say("report's train"), say("report's test"), say("report's seconds")]
    if any(row.stopped for row in found):
        header.append(STOPPED)
    header.append(say("note"))
    lines = []
    for row in found:
        line: list[Any] = [row.labels.get(name) for name in told]
        line += [of.mean if of else None for of in (row.train, row.test, row.outside, row.best)]
        line.append(row.seconds)
        if coded:
            line.append(row.codes.mean if row.codes else None)
        if several:
            line.append(len(row.runs))
            line += [of.deviation if of else None for of in (row.test, row.outside)]
            line.append("" if row.luck is None else luck.said(row.luck))
        if reported:
            line += [row.report_train, row.report_test, row.report_seconds]
        if STOPPED in header:
            line.append(row.stopped or None)
        lines.append([*line, row.note])
    return header, lines


def legible(header: Sequence[str], lines: Sequence[Sequence[Any]]) -> tuple[list[str], list[list[Any]]]:
    """What `columns` gave, for people: empty columns left out, ours and the report's side by side."""
    told = [i for i in range(len(header)) if any(line[i] not in (None, "") for line in lines)]
    told.sort(key=lambda i: _READ.index(header[i]) if header[i] in _READ else -1)
    return [header[i] for i in told], [[line[i] for i in told] for line in lines]


def to_csv(plan: Plan, found: Sequence[Row]) -> str:
    """The table as a CSV file, numbers in full and as programs read them."""
    header, lines = columns(plan, found)
    for row, line in zip(found, lines, strict=True):
        for place, name in enumerate(plan.varied or row.values):  # in the header's order, not the row's
            value = row.values.get(name)
            if isinstance(value, (int, float)):
                line[place] = value
    return csv_text.written(header, lines)


def _row(
    varied: Mapping[str, Any],
    settings: Mapping[str, Any],
    runs: Sequence[Run],
    line: published.Reported | None,
    judged_by: Score,
) -> Row:
    measured = {
        name: spread(
            [value for run in runs if (value := run.score(score.format(judged_by.name))) is not None]
        )
        for name, score in _SCORES.items()
    }
    stopped = [epoch for run in runs if (epoch := run.score(search.STOPPED))]
    notes = [run.failure or run.card.note for run in runs if run.failure or run.diverged or stopped]
    return Row(
        values=dict(varied),
        labels={name: axes.label(name, value) for name, value in varied.items()},
        runs=tuple(run.id for run in sorted(runs, key=lambda run: run.number)),
        train=measured["train"],
        test=measured["test"],
        outside=measured["outside"],
        best=measured["best"],
        codes=spread([value for run in runs if (value := run.score(CODE_METRIC)) is not None]),
        seconds=statistics.fmean(run.card.seconds for run in runs) if runs else None,
        diverged=sum(run.diverged for run in runs),
        failed=sum(bool(run.failure) for run in runs),
        note=notes[0] if notes else "",
        stopped=int(max(stopped, default=0)),
        report_train=line.train if line else None,
        report_test=line.test if line else None,
        report_seconds=line.seconds if line else None,
        settings=dict(settings),
    )
