"""Repeats over seeds: two settings seed by seed, and which rows of an experiment luck alone may have ordered.

Both of a pair have one seed, so they were judged by the same digits. What the pairs say together is told by
`evaluation.luck`, the same for every kind of network, whichever way its score points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nnviz.core import kinds, numbers
from nnviz.core.kinds import Score
from nnviz.core.results import Row, Run, best_of
from nnviz.core.words import say, say_many
from nnviz.evaluation import luck

_NAMED = 4  # rows that a sentence lists; of more it says how many


@dataclass(frozen=True, eq=False)
class Pair:
    """Two settings with one seed, judged by the same digits.

    Attributes
    ----------
    a, b
        A run each, or of a cross-validation one for each fold.
    score
        What they are judged by.
    """

    seed: int
    a: tuple[Run, ...]
    b: tuple[Run, ...]
    score: Score

    @property
    def scores(self) -> tuple[float, float]:
        """Of a and of b, over the folds."""
        return _mean(self.a, self.score), _mean(self.b, self.score)

    @property
    def gain(self) -> float:
        """How much better b is: so many digits more that it reads right, or so much less error a pixel."""
        if self.score.percent:
            return float(_right(self.b, self.score) - _right(self.a, self.score))
        a, b = self.scores
        return b - a if self.score.higher_is_better else a - b

    @property
    def judges(self) -> int:
        """How many digits judged each of the two."""
        return sum(run.card.n_test for run in self.a)


def pairs(a: Iterable[Run], b: Iterable[Run]) -> list[Pair]:
    """The seeds with both of whose networks the same number of digits was judged, in the order of a."""
    ones, others = _by_seed(a), _by_seed(b)
    return [
        Pair(seed, one, other, kinds.kind_of(one[0].card.kind).score)
        for seed, one in ones.items()
        if (other := others.get(seed)) is not None
        and [(run.fold, run.card.n_test) for run in one] == [(run.fold, run.card.n_test) for run in other]
    ]


def tested(found: Sequence[Pair]) -> luck.Paired:
    """What all pairs say together."""
    gains = [pair.gain for pair in found]
    whole = found[0].score.percent if found else True
    return luck.paired([round(gain) for gain in gains] if whole else luck.counted(gains))


def told(found: Sequence[Pair], first: str, second: str) -> str:
    """Which of two is better over all pairs, by how much, and whether that may be luck; with their names."""
    gains, test = [pair.gain for pair in found], tested(found)
    ahead = sum(gains) >= 0
    better, other = (second, first) if ahead else (first, second)
    gains = gains if ahead else [-each for each in gains]
    mean, (low, high) = sum(gains) / len(gains), luck.interval(gains)
    score, n = found[0].score, len(found)
    places = 1 if score.percent else 4
    by, least, most = (numbers.fixed(value, places) for value in (mean, low, high))
    if score.percent:
        words = say(
            "Over {n} seeds, {better} reads {mean} digits more than {other} on average, of {digits:,} (95% "
            "interval: {low} to {high}).",
            n=n,
            better=better,
            other=other,
            digits=found[0].judges,
            mean=by,
            low=least,
            high=most,
        )
    else:
        words = say(
            "Over {n} seeds, the error of {better} is {mean} smaller than that of {other} on average (95% "
            "interval: {low} to {high}).",
            n=n,
            better=better,
            other=other,
            mean=by,
            low=least,
            high=most,
        )
    return say(
        "{words} {shuffles} So the difference {luck}.",
        words=words,
        shuffles=test.words,
        luck=luck.said(test.p_value),
    )


def beside_best(rows: Sequence[Row], runs: Iterable[Run], score: Score) -> tuple[Row, ...]:
    """The rows, each with how often chance alone puts it as far from the best one (`Row.luck`).

    Rows with fewer than two seeds in common with the best one are left as they are.
    """
    known: Mapping[str, Run] = {run.id: run for run in runs}
    best = best_of(rows, score)
    if best is None or len({known[each].card.seed for each in best.runs if each in known}) < 2:
        return tuple(rows)
    theirs = [known[each] for each in best.runs if each in known]
    found = []
    for row in rows:
        both = [] if row is best else pairs((known[each] for each in row.runs if each in known), theirs)
        found.append(replace(row, luck=tested(both).p_value) if len(both) > 1 else row)
    return tuple(found)


def summary(rows: Sequence[Row], score: Score) -> str:
    """Whether the order of an experiment's rows may be luck, in a sentence or two; "" of fewer than two."""
    best = best_of(rows, score)
    if best is None or sum(row.test is not None for row in rows) < 2 or best.test is None:
        return ""
    if best.test.n < 2:
        return say(
            "Every point is one training, so differences between points may be luck. Repeat with {n} seeds "
            "or more to tell.",
            n=luck.FEWEST,
        )
    name = ", ".join(best.labels.values())
    alike = [row for row in rows if row.luck is not None and not luck.told_apart(row.luck)]
    beaten = [row for row in rows if row.luck is not None and luck.told_apart(row.luck)]
    if not alike and not beaten:
        return ""
    words = say("Best on average: {name} ({value}).", name=name, value=score.told(best.test.mean))
    if alike:
        listed = "; ".join(", ".join(row.labels.values()) for row in alike[:_NAMED])
        if len(alike) > _NAMED:
            listed = say_many(len(alike), "{n} other setting", "{n} other settings")
        words += " " + say("Its lead over these could be luck: {listed}.", listed=listed)
    if beaten and not alike:
        words += " " + say("Its lead over all others is probably more than luck.")
    if not beaten:
        words += " " + say(
            "It takes {n} seeds or more to tell a small lead from luck.",
            n=luck.FEWEST,
        )
    return words


def _by_seed(runs: Iterable[Run]) -> dict[int, tuple[Run, ...]]:
    """The runs that have a score, by their seeds, folds in order."""
    found: dict[int, tuple[Run, ...]] = {}
    for run in sorted(runs, key=lambda run: (run.number, run.fold)):
        if run.score(kinds.kind_of(run.card.kind).score.metric) is not None:
            found[run.card.seed] = (*found.get(run.card.seed, ()), run)
    return found


def _mean(runs: Sequence[Run], score: Score) -> float:
    return sum(run.card.metrics[score.metric] for run in runs) / len(runs)


def _right(runs: Sequence[Run], score: Score) -> int:
    return sum(round(run.card.metrics[score.metric] * run.card.n_test) for run in runs)
