"""Repeats seed by seed: which setting is better, by how much, and whether luck alone may have done it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest

from nnviz.core import kinds
from nnviz.core.results import Run
from nnviz.evaluation import luck
from nnviz.experiments import repeats, tables
from nnviz.experiments.plan import Plan
from nnviz.history import comparison, repository
from tests.recording import CARD

SEEDS = (1, 2, 3, 4, 5, 6)
CODES = Plan("c", grid=({"code_size": (2, 8, 16)},), seeds=SEEDS, kind="autoencoder")


def runs_of(plan: Plan, scores: Sequence[Sequence[float]], experiment: str = "") -> list[Run]:
    """A run for each trial, with that score of its setting and seed."""
    found = []
    for trial in plan.trials(experiment):
        place, seed = trial.number % len(scores), trial.number // len(scores)
        card = replace(
            CARD,
            kind=plan.kind,
            seed=trial.spec.seed,
            settings=trial.settings,
            n_test=300,
            spec={"source": "study", "seed": trial.spec.seed},
            metrics={plan.score.metric: scores[place][seed]},
        )
        found.append(Run(card, id=f"r{trial.number}", experiment=experiment, number=trial.number))
    return found


ERRORS = [
    [0.05 + 0.001 * seed for seed in SEEDS],
    [0.02 + 0.001 * seed for seed in SEEDS],
    [0.0201 + 0.001 * seed + 0.0005 * (-1) ** seed for seed in SEEDS],
]


def test_the_smaller_error_wins_and_a_lead_of_luck_is_called_so() -> None:
    far, best, near = tables.rows(CODES, runs_of(CODES, ERRORS))
    assert best.luck is None
    assert far.luck == 2 / 2**6, "all six pairs agree: 2 of 64 choices of signs do as much"
    # The gains of the best over the near one are 0.1 thousandths more or less 0.5: signs one by one.
    gains = [1e-4 + 5e-4 * (-1) ** seed for seed in SEEDS]
    as_much = sum(
        abs(sum(s * g for s, g in zip(signs, gains, strict=True))) >= abs(sum(gains)) - 1e-12
        for signs in product((1, -1), repeat=6)
    )
    assert near.luck == as_much / 64
    words = repeats.summary((far, best, near), kinds.ERROR)
    assert words == "Best on average: 8 (0.0235). Its lead over these could be luck: 16."
    header, lines = tables.columns(CODES, (far, best, near))
    assert [line[header.index(tables.BESIDE_BEST)] for line in lines] == [
        "is probably not luck",
        "",
        "could well be luck",
    ]


def test_pairs_are_told_by_the_score_of_their_kind() -> None:
    codes = runs_of(CODES, ERRORS)
    pairs = repeats.pairs(codes[0::3], codes[1::3])
    assert "the error of B is 0.0300 smaller than that of A" in repeats.told(pairs, "A", "B")
    cnns = Plan("k", grid=({"kernel_size": (3, 8)},), seeds=SEEDS, kind="cnn")
    read = runs_of(cnns, [[0.92] * 6, [0.90] * 6])
    pairs = repeats.pairs(read[0::2], read[1::2])
    assert [pair.gain for pair in pairs] == [-6] * 6, "2% of 300 digits"
    assert "A reads 6.0 digits more than B on average, of 300" in repeats.told(pairs, "A", "B")


def test_folds_of_one_seed_are_one_repeat() -> None:
    plan = Plan("f", grid=({"alpha": (0.0, 1.0)},), seeds=(1, 2), folds=2)
    runs = [
        Run(
            replace(CARD, seed=seed, n_test=100, metrics={"test_accuracy": score}),
            id=f"{seed}{fold}{score}",
            fold=fold,
            number=fold,
        )
        for seed in plan.seeds
        for fold, score in ((1, 0.8), (2, 0.9))
    ]
    better = [
        replace(
            run, card=replace(run.card, metrics={"test_accuracy": run.card.metrics["test_accuracy"] + 0.01})
        )
        for run in runs
    ]
    pairs = repeats.pairs(runs, better)
    assert [(pair.seed, pair.gain, pair.judges) for pair in pairs] == [(1, 2, 200), (2, 2, 200)]
    assert repeats.pairs(runs, better[:1]) == [], "a fold that is missing is no pair"


def test_one_training_each_is_said_to_be_no_proof() -> None:
    plan = replace(CODES, seeds=(1,))
    rows = tables.rows(plan, runs_of(plan, [line[:1] for line in ERRORS]))
    assert all(row.luck is None for row in rows)
    assert f"Repeat with {luck.FEWEST} seeds" in repeats.summary(rows, plan.score)


def test_two_runs_are_compared_by_all_their_repeats_in_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = runs_of(CODES, ERRORS, "e")
    monkeypatch.setattr(repository, "runs_of_experiment", lambda _: tuple(runs))
    words = comparison.told_by_repeats(runs[3], runs[1], ("A", "B"))
    assert "Over 6 seeds, the error of B is 0.0300 smaller than that of A" in words
    assert "is probably not luck" in words
    assert comparison.told_by_repeats(runs[0], runs[3], ("A", "B")) == "", "one setting, two seeds"
    alone = replace(runs[0], experiment="")
    assert comparison.told_by_repeats(alone, runs[1], ("A", "B")) == ""
