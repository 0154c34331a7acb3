"""Luck: two settings and their repeats; a guess by one pair first, then what all pairs say."""

from __future__ import annotations

import streamlit as st

from nnviz import figures
from nnviz.core.words import say
from nnviz.evaluation import luck
from nnviz.experiments import axes, repeats
from nnviz.experiments.plan import Plan
from nnviz.experiments.repeats import Pair
from nnviz.jobs import ExperimentStatus
from nnviz.ui.shared import experiment_progress
from nnviz.ui.shared.show import escaped, figure

_A, _B, _NEITHER = "A", "B", ""


def fits(plan: Plan) -> bool:
    """Whether the experiment asks about two settings, with enough repeats."""
    seeds = len(plan.seeds)
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
        drawn = figures.repeats(names, scores, intervals, seeds, plan.score)
        figure(drawn, key=f"luck_chart_{found.experiment.id}")
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
                n=pair.judges,
            )
        )
        for column, name, score in zip(st.columns(2), _names(experiment.plan), pair.scores, strict=True):
            column.metric(escaped(name), experiment.plan.score.brief(score).capitalize())
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
    found = repeats.tested(pairs)
    return say(
        "{told} Of these {n} pairs, {wrong} alone would name the other winner, and {level} no winner.",
        told=repeats.told(pairs, _A, _B),
        n=len(pairs),
        wrong=found.wrong,
        level=found.level,
    )


def _guess_words(guess: str, pairs: list[Pair]) -> str:
    """What was guessed by one pair, beside what all of them say."""
    found = repeats.tested(pairs)
    total = sum(found.differences)
    if not luck.told_apart(found.p_value) or not total:
        said = say("All pairs together cannot tell for sure.")
    else:
        said = say("All pairs together say: {better} is better.", better=_B if total > 0 else _A)
    if not guess:
        return say("You could not tell by one pair. {said}", said=said)
    return say("By one pair you said: {guess} is better. {said}", guess=guess, said=said)


def _pairs(standing: ExperimentStatus) -> list[Pair]:
    """The seeds with both of whose networks the same digits were read."""
    a, b = ([run for run in standing.runs if run.number % 2 == place] for place in (0, 1))
    return repeats.pairs(a, b)


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
