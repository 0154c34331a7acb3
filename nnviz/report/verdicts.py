"""Whether our numbers tell the report's story: where it peaks, where it falls to chance, what it chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnviz.core import numbers
from nnviz.core.results import Row, Run, Spread
from nnviz.core.words import say
from nnviz.evaluation import luck
from nnviz.experiments import axes, published
from nnviz.experiments.studies import Study
from nnviz.history import comparison

CHANCE = 0.15  # an accuracy up to here is that of a network that has learned nothing


@dataclass(frozen=True)
class Verdict:
    """Whether something that the report found is found here.

    Attributes
    ----------
    words
        Sentences that say so, with the scores.
    detail
        Statistics for those who ask for them, or "".
    """

    holds: bool
    words: str
    detail: str = ""


def judge(study: Study, rows: Sequence[Row], runs: Sequence[Run]) -> list[Verdict]:
    """What a study says of the report's story, once it is complete; nothing for a twin, which has none.

    Parameters
    ----------
    runs
        With their answers.
    """
    if study.like or not study.table or len(runs) < len(study.plan):
        return []
    if study.name == "folds":
        found = [mean(rows[0].test, published.table("folds")[0].test)]
    elif len(study.plan.varied) == 1:
        (name,) = study.plan.varied
        found = [peak(rows, runs, name)]
        if study.table == "lambda":
            found.append(chance(rows, name))
    else:
        found = []
    return [verdict for verdict in found if verdict is not None]


def start(rows: Sequence[Row], twin: Sequence[Row], name: str) -> str:
    """What the start alone does, in a sentence; "" while there is no such setting.

    Compared are a study and its twin, at the smallest value of the setting `name` that both have.
    """
    there = {row.values[name]: row for row in twin if row.test is not None}
    both = [(row.values[name], row, there[row.values[name]]) for row in rows if row.values[name] in there]
    both = [(value, one, other) for value, one, other in both if one.test is not None]
    if not both:
        return ""
    _, one, other = min(both, key=lambda found: found[0])
    return say(
        "At {setting} {value} only the starting weights matter. With the report's, the network "
        "reads {one}. With the better ones (He et al. 2015) it reads {other}.",
        setting=axes.title(name),
        value=one.labels[name],
        one=_scores(one),
        other=_scores(other),
    )


def _scores(row: Row) -> str:
    if not row.test:
        return say("nothing")
    if not row.outside:
        return say("{test:.2%} of the test digits", test=row.test.mean)
    return say(
        "{test:.2%} of the test digits and {others:.2%} of the other digits",
        test=row.test.mean,
        others=row.outside.mean,
    )


def peak(rows: Sequence[Row], runs: Sequence[Run], name: str) -> Verdict | None:
    """Whether the test accuracy over the setting `name` peaks where the report's does, or is flat there.

    It is flat when the run at the report's peak and our best one cannot be told apart by the test digits that
    only one of them reads (`comparison.compare_pair`).

    Parameters
    ----------
    runs
        With their answers.

    Returns
    -------
    Verdict | None
        None when there is nothing to compare.
    """
    known = {run.id: run for run in runs}
    both = [row for row in rows if row.test is not None and row.report_test is not None]
    if not both:
        return None
    theirs = max(both, key=lambda row: row.report_test or 0.0)
    ours = max(both, key=lambda row: row.test.mean if row.test else 0.0)
    assert theirs.test is not None
    assert ours.test is not None
    theirs_told = say(
        "The report's best {setting} is {value} ({accuracy:.2%}).",
        setting=axes.title(name),
        value=theirs.labels[name],
        accuracy=theirs.report_test,
    )
    if theirs is ours:
        same = say("Ours is the same ({accuracy:.2%}).", accuracy=ours.test.mean)
        return Verdict(True, f"{theirs_told} {same}")
    p_value = comparison.compare_pair(known[theirs.runs[0]], known[ours.runs[0]]).p_value
    told = say(
        "We get {there:.2%} there. Our best is {value} ({best:.2%}). The difference {luck}.",
        there=theirs.test.mean,
        value=ours.labels[name],
        best=ours.test.mean,
        luck=luck.said(p_value),
    )
    return Verdict(
        not luck.told_apart(p_value),
        f"{theirs_told} {told}",
        say("McNemar's test: p = {p_value}", p_value=numbers.written(p_value, 2)),
    )


def chance(rows: Sequence[Row], name: str) -> Verdict | None:
    """Whether the accuracy falls to chance at the very values where the report's does."""
    both = [row for row in rows if row.test is not None and row.report_test is not None]
    theirs = [row.labels[name] for row in both if (row.report_test or 0.0) <= CHANCE]
    ours = [row.labels[name] for row in both if row.test is not None and row.test.mean <= CHANCE]
    if not both or not (theirs or ours):
        return None
    told = say(
        "The report's networks only guess at {setting} {values}.",
        setting=axes.title(name),
        values=_values(theirs),
    )
    also = say("So do ours.") if theirs == ours else say("Ours only guess at {values}.", values=_values(ours))
    return Verdict(theirs == ours, f"{told} {also}")


def _values(labels: Sequence[str]) -> str:
    return say(" and ").join(labels) or say("no value")


def mean(ours: Spread | None, report: float) -> Verdict | None:
    """Whether a mean over folds or repeats is as near the report's as chance alone would have it."""
    if ours is None or ours.n < 2:
        return None
    p_value = luck.of_mean(ours.mean, ours.deviation, ours.n, report)
    words = say(
        "The mean of our {n} folds is {mean:.2%}, the report's is {report:.2%}. The difference {luck}.",
        n=ours.n,
        mean=ours.mean,
        report=report,
        luck=luck.said(p_value),
    )
    return Verdict(
        not luck.told_apart(p_value),
        words,
        say(
            "Standard error {error:.2%}. Student's t: p = {p_value}",
            error=ours.error,
            p_value=numbers.written(p_value, 2),
        ),
    )
