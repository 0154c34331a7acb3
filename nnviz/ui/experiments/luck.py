"""Luck: two settings and their repeats; a guess by one pair first, then what all pairs say."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from nnviz import figures
from nnviz.core import kinds, numbers
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.evaluation import luck
from nnviz.experiments import axes
from nnviz.experiments.plan import Plan
from nnviz.jobs import ExperimentStatus
from nnviz.ui.shared import experiment_progress
from nnviz.ui.shared.show import escaped, figure

_A, _B, _NEITHER = "A", "B", ""


class Pair(NamedTuple):
    """Both settings with one seed, judged by the same digits."""

    seed: int
    a: Run
    b: Run

    @property
    def scores(self) -> tuple[float, float]:
        """The parts of the test digits that they read right."""
        return self.a.card.metrics["test_accuracy"], self.b.card.metrics["test_accuracy"]

    @property
    def difference(self) -> int:
        """How many more test digits B reads right."""
        a, b = self.scores
        return round(b * self.b.card.n_test) - round(a * self.a.card.n_test)


def fits(plan: Plan) -> bool:
    """Whether the experiment asks about two settings of an MLP, with enough repeats."""
    seeds = len(plan.seeds)
    if plan.kind != kinds.MLP.name:  # others may be judged by another score
        return False
    return len(plan) == 2 * seeds and not plan.folds and seeds >= luck.FEWEST and bool(plan.varied)


def waits(standing: ExperimentStatus) -> bool:
    """Whether a guess by the first pair is asked for before anything else is seen."""
    if not fits(standing.experiment.plan) or guessed(standing) is not None:
        return False
    return standing.live or bool(_first(standing))


def ask(standing: ExperimentStatus) -> None:
    """Show the first pair alone, and ask who is better; looks again by itself until it is there."""
    beat = experiment_progress.BEAT if standing.live else None
    st.fragment(_ask, run_every=beat)(standing)


def truth(standing: ExperimentStatus) -> None:
    """What all pairs say so far."""
    found = experiment_progress.look(standing.experiment.id, standing.live)
    if found is None:
        return
    pairs = _pairs(found)
    if len(pairs) < luck.FEWEST:
        st.caption(say("With {n} pairs there is enough to tell luck from more.", n=luck.FEWEST))
        return
    plan = found.experiment.plan
    names = _names(plan)
    scores = tuple(zip(*(pair.scores for pair in pairs), strict=True))
    intervals = [luck.interval(values) for values in scores]
    seeds = [pair.seed for pair in pairs]
    with st.container(key=f"luck_{found.experiment.id}"):
        st.markdown(say("**Is it more than luck?** Every dot is a training. Lines join one seed."))
        st.markdown(_guess_words(guessed(found) or _NEITHER, pairs))  # what was pressed is answered first
        figure(figures.repeats(names, scores, intervals, seeds), key=f"luck_chart_{found.experiment.id}")
        st.markdown(_verdict(pairs))


def _ask(standing: ExperimentStatus) -> None:
    found = experiment_progress.look(standing.experiment.id, standing.live)
    if found is None:
        return
    experiment = found.experiment
    with st.container(key=f"luck_guess_{experiment.id}"):
        experiment_progress.head(found, experiment.title)
        pair = _first(found)
        if pair is None:
            st.caption(say("The first pair of trainings comes first. Then you guess."))
            return
        st.markdown(
            say(
                "Here is **one pair**, both with seed {seed}. They are tested with the same {n:,} digits. "
                "Which setting is better? Guess now. The other pairs come after that.",
                seed=pair.seed,
                n=pair.a.card.n_test,
            )
        )
        for column, name, score in zip(st.columns(2), _names(experiment.plan), pair.scores, strict=True):
            column.metric(escaped(name), numbers.accuracy(score))
        with st.container(horizontal=True):
            for choice, words in (
                (_A, say("A is better")),
                (_B, say("B is better")),
                (_NEITHER, say("Can't tell")),
            ):
                if st.button(words, key=f"luck_{choice or 'neither'}_{experiment.id}"):
                    st.session_state[_key(found)] = choice
                    st.rerun()


def _verdict(pairs: list[Pair]) -> str:
    differences = [pair.difference for pair in pairs]
    found = luck.paired(differences)
    better, other = (_B, _A) if sum(differences) >= 0 else (_A, _B)
    gains = differences if better == _B else [-each for each in differences]
    low, high = luck.interval(gains)
    return say(
        "Over {n} seeds, {better} reads {mean} digits more than {other} on average, of {digits:,} (95% "
        "interval: {low} to {high}). {shuffles} So the difference {luck}. Of these {n} pairs, {wrong} alone "
        "would name the other winner, and {level} no winner.",
        n=len(pairs),
        better=better,
        other=other,
        mean=numbers.fixed(sum(gains) / len(pairs), 1),
        digits=pairs[0].a.card.n_test,
        low=numbers.fixed(low, 1),
        high=numbers.fixed(high, 1),
        shuffles=found.words,
        luck=numbers.luck(found.p_value),
        wrong=found.wrong,
        level=found.level,
    )


def _guess_words(guess: str, pairs: list[Pair]) -> str:
    """What was guessed by one pair, beside what all of them say."""
    differences = [pair.difference for pair in pairs]
    total = sum(differences)
    if luck.paired(differences).p_value > luck.DOUBT or not total:
        said = say("All pairs together cannot tell for sure.")
    else:
        said = say("All pairs together say: {better} is better.", better=_B if total > 0 else _A)
    if not guess:
        return say("You could not tell by one pair. {said}", said=said)
    return say("By one pair you said: {guess} is better. {said}", guess=guess, said=said)


def _pairs(standing: ExperimentStatus) -> list[Pair]:
    """The seeds with both of whose networks the same digits were read."""
    runs = {run.number: run for run in standing.runs if run.score("test_accuracy") is not None}
    found = []
    for place, seed in enumerate(standing.experiment.plan.seeds):
        a, b = runs.get(2 * place), runs.get(2 * place + 1)
        if a is not None and b is not None and a.card.n_test == b.card.n_test:
            found.append(Pair(seed, a, b))
    return found


def _first(standing: ExperimentStatus) -> Pair | None:
    return next(iter(_pairs(standing)), None)


def _names(plan: Plan) -> list[str]:
    """The two settings, as "A: Weight decay 0"."""
    both = []
    for letter, trial in zip((_A, _B), plan.trials(), strict=False):
        told = (f"{axes.title(name)} {axes.label(name, value)}" for name, value in trial.varied.items())
        both.append(f"{letter}: {', '.join(told)}")
    return both


def _key(standing: ExperimentStatus) -> str:
    return f"luck_guess_of_{standing.experiment.id}"


def guessed(standing: ExperimentStatus) -> str | None:
    """What this visitor has guessed by one pair: "A", "B" or "" for neither; None before that."""
    guess: str | None = st.session_state.get(_key(standing))
    return guess
