"""Search instead of all combinations: settings drawn by luck, and hopeless ones stopped early.

What is drawn is told by a seed alone, and becomes a grid with a part for each choice: the plan is then one
like any other. Stopping early is successive halving (Jamieson and Talwalkar 2016): all are trained for a few
epochs, the best third for three times as many, and so on, until the last go to the end. Whoever goes on is
trained anew from its first epoch, which gives the same numbers to the bit. So a training that a worker lost,
or that was interrupted, is just made again, and nothing has to be handed from one worker to the next.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnviz.core import kinds
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.experiments import axes
from nnviz.experiments.plan import Grid, Plan, PlanRefused, Trial

FACTOR = 3  # of so many, one goes on, for so many times as many epochs
MOST_DRAWN = 100
STOPPED = "stopped_after"  # a metric of a run that was stopped early: the epoch
_DIGITS = 3  # that a drawn number has
_TRIES = 200  # for another choice than those that are drawn already
_SPAN = re.compile(r"\s*(.+?)\s+(?:to|–|-)\s+(.+?)\s*")


def span(name: str, kind: str = kinds.MLP.name) -> str:
    """What a form suggests to draw from: "0.0001 – 0.1", or the values of what is no number."""
    axis = axes.of(kind)[name]
    if axis.scale == "names":
        return axis.values
    found = [value for value in axes.values(name, axis.values, kind) if value or axis.scale != "log"]
    # Commas are between values when they are typed.
    low, high = (axes.label(name, each).replace(",", "") for each in (min(found), max(found)))
    return f"{low} – {high}"


def drawn(ranges: Mapping[str, str], budget: int, seed: int, kind: str = kinds.MLP.name) -> Grid:
    """So many different choices of settings, each drawn by luck on its own.

    Parameters
    ----------
    ranges
        For each setting what somebody typed: "0.001 to 0.1", drawn from evenly along its axis, or values with
        commas between them.
    seed
        The same seed draws the same choices on every machine.

    Raises
    ------
    PlanRefused
        One sentence, for what makes no sense, or where there are too few different choices.
    """
    if not ranges:
        raise PlanRefused(say("Choose at least one setting to search for."))
    if not 2 <= budget <= MOST_DRAWN:
        raise PlanRefused(say("A search takes 2 to {most} settings, not {n}.", most=MOST_DRAWN, n=budget))
    luck = random.Random(seed)  # whose numbers are the same in every version of Python
    sources = {name: _source(name, text, kind) for name, text in sorted(ranges.items())}
    found: dict[str, Mapping[str, tuple[Any, ...]]] = {}
    for _ in range(_TRIES * budget):
        choice = {name: (source.draw(luck),) for name, source in sources.items()}
        found.setdefault(repr(choice), choice)
        if len(found) == budget:
            return tuple(found.values())
    raise PlanRefused(
        say("There are only {n} different settings to draw. Give wider ranges or draw fewer.", n=len(found))
    )


@dataclass(frozen=True)
class _Source:
    """What one setting is drawn from: `values`, or from `low` to `high`."""

    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False

    def draw(self, luck: random.Random) -> Any:
        at = luck.random()
        if self.values:
            return self.values[int(at * len(self.values))]
        if self.log:
            value = math.exp(math.log(self.low) + at * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + at * (self.high - self.low)
        if self.whole:
            return round(value)
        return min(max(float(f"{value:.{_DIGITS}g}"), self.low), self.high)


def _source(name: str, text: str, kind: str) -> _Source:
    both = _SPAN.fullmatch(text)
    if both is None:
        return _Source(axes.values(name, text, kind))
    low, high = (axes.values(name, part, kind)[0] for part in both.groups())
    axis = axes.of(kind)[name]
    if axis.scale == "names" or not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        raise PlanRefused(say("{name} has no range. Put commas between its values.", name=axis.title))
    if low >= high:
        raise PlanRefused(
            say(
                "The range of {name} begins at {low}, so it has to end above that, not at {high}.",
                name=axis.title,
                low=axes.label(name, low),
                high=axes.label(name, high),
            )
        )
    if axis.scale == "log" and low <= 0:
        raise PlanRefused(
            say("The range of {name} is drawn from in powers of ten, so it begins above 0.", name=axis.title)
        )
    return _Source((), low, high, axis.scale == "log", isinstance(low, int) and isinstance(high, int))


def check(plan: Plan) -> None:
    """Check that the trainings of a plan can be stopped early, if they are to be.

    Raises
    ------
    PlanRefused
        When they cannot.
    """
    if not plan.halving:
        return
    if len(plan.seeds) > 1 or plan.folds:
        raise PlanRefused(
            say("Hopeless trainings are stopped with one seed and no folds only. Repeat the best ones later.")
        )
    trials = plan.trials()
    epochs = {trial.settings.get("max_iter") for trial in trials}
    if len(epochs) > 1 or not all(isinstance(each, int) for each in epochs):
        raise PlanRefused(say("Where hopeless trainings are stopped, the epochs cannot vary."))
    if any(trial.library != kinds.kind_of(plan.kind).library for trial in trials):
        raise PlanRefused(say("Trainings of other libraries cannot be stopped early here."))
    if len(rungs(plan)) < 2:
        raise PlanRefused(
            say("Stopping hopeless trainings takes {n} trainings and {n} epochs or more.", n=FACTOR)
        )


def rungs(plan: Plan) -> list[tuple[int, int]]:
    """After which epoch it is decided who goes on, and how many are trained up to it; the last is the end."""
    n, factor = len(plan), plan.halving
    most = int(plan.trials()[0].settings["max_iter"])
    steps = 0
    while factor ** (steps + 1) <= min(n, most):
        steps += 1
    return [(most // factor ** (steps - step), n // factor**step) for step in range(steps + 1)]


def share(plan: Plan) -> float:
    """Which part of the epochs of all its trainings a plan takes; 1 where none is stopped."""
    if not plan.halving:
        return 1.0
    steps = rungs(plan)
    return sum(epochs * n for epochs, n in steps) / (steps[-1][0] * len(plan))


class Race:
    """Who goes on: rows of one experiment, decided step by step, by the digits that were held back.

    Nothing depends on the order in which trainings end. What diverged or failed is out at once and takes no
    part.

    Parameters
    ----------
    plan
        With `halving`.
    known
        Rows from before an interruption: they count as they did then.
    """

    def __init__(self, plan: Plan, known: Mapping[int, Run] | None = None) -> None:
        self.plan = plan
        self.steps = rungs(plan)
        self.known = {n: run for n, run in (known or {}).items() if not (run.failure or run.diverged)}
        self.at = 0
        self.waiting = {trial.number for trial in plan.trials()} - set(known or {})
        self.runs: dict[int, Run] = {}

    def begin(self, trials: Sequence[Trial]) -> list[Trial]:
        """The same trials, each stopped where it is first decided who goes on."""
        return [self._until_here(trial) for trial in trials]

    def ended(self, run: Run, trials: Sequence[Trial]) -> tuple[list[Run], list[Trial]]:
        """Hear of a training that has ended.

        Returns
        -------
        tuple[list[Run], list[Trial]]
            Rows that are decided, and trials that go on.
        """
        self.waiting.discard(run.number)
        decided = []
        if run.failure or run.diverged or self.at == len(self.steps) - 1:
            decided.append(run)
        else:
            self.runs[run.number] = run
        while not self.waiting and self.runs:
            out, on = self._decide()
            decided += out
            self.waiting = on
            if on:
                return decided, [self._until_here(each) for each in trials if each.number in on]
        return decided, []

    def _decide(self) -> tuple[list[Run], set[int]]:
        """The rows that are stopped here, and the numbers of those that go on; one step further."""
        epochs, _ = self.steps[self.at]
        _, places = self.steps[self.at + 1]
        scores = {number: self._score(run) for number, run in self.runs.items()}
        for number, run in self.known.items():
            ended = run.score(STOPPED) or math.inf
            if ended >= epochs:  # one that went on further then is ahead of all that are stopped here
                scores[number] = math.inf if ended > epochs else self._score(run)
        ranked = sorted(scores, key=lambda number: (-scores[number], number))
        on = set(ranked[:places])
        out = [
            self._stopped(run, epochs, ranked.index(number) + 1, len(ranked), len(on))
            for number, run in sorted(self.runs.items())
            if number not in on
        ]
        going = on & set(self.runs)
        self.runs = {}
        self.at += 1
        return out, going

    def _until_here(self, trial: Trial) -> Trial:
        last = self.at == len(self.steps) - 1
        return replace(trial, stop_at=0 if last else self.steps[self.at][0])

    def _score(self, run: Run) -> float:
        score = self.plan.score
        value = run.score(score.metric)
        if value is None or not math.isfinite(value):
            return -math.inf
        return value if score.higher_is_better else -value

    def _stopped(self, run: Run, epochs: int, place: int, of: int, on: int) -> Run:
        words = say(
            "Stopped after epoch {epochs} of {all}. It was number {place} of {of} then, and the best {on} "
            "went on.",
            epochs=epochs,
            all=self.steps[-1][0],
            place=place,
            of=of,
            on=on,
        )
        card = run.card
        history = replace(card.history, ending="stopped", note=words)
        metrics = {**card.metrics, STOPPED: float(epochs)}
        return replace(run, card=replace(card, history=history, note=words, metrics=metrics))
