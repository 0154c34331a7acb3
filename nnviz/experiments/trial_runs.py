"""What is known of a trial before it is trained, and if it never is: its digits, its title, a failed row."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np

from nnviz.core import kinds
from nnviz.core.json_records import clean
from nnviz.core.records import Dataset, History, ModelCard
from nnviz.core.results import Answers, Run
from nnviz.data import splits
from nnviz.data.splits import Cut
from nnviz.experiments import axes
from nnviz.experiments.plan import FEATURES, LIBRARY, Trial
from nnviz.model_store import cards
from nnviz.representations import features

_TITLES = {"nnviz": "MLP", "scikit-learn": "scikit-learn", "keras": "Keras"}


def parts_of(trial: Trial, whole: Dataset) -> Cut:
    """Who learns and who judges in that trial, as positions in its data set.

    The folds of a cross-validation are cut from those that learn and judge otherwise, taken together.

    Raises
    ------
    DataError
        When the digits cannot be cut like that.
    """
    parts = splits.cut(trial.spec, whole)
    if not trial.folds:
        return parts
    everyone = np.sort(np.concatenate([parts.train, parts.test]))
    judges = splits.folds(trial.spec, whole, everyone, trial.folds) == trial.fold - 1
    return replace(parts, train=everyone[~judges], test=everyone[judges])


def failed(trial: Trial, message: str) -> Run:
    """The run of a trial that left no network to speak of."""
    history = History((), "stopped", message)
    card = cards.new_card(
        title_of(trial),
        kind=trial.kind,
        history=history,
        seed=trial.spec.seed,
        settings={**given(trial), **trial.settings},
        spec=asdict(trial.spec),
    )
    return run_of(trial, card, failure=message)


def given(trial: Trial) -> dict[str, str]:
    """What a network was given instead of pixels, of which its own settings do not tell."""
    return {} if trial.features == features.RAW else {FEATURES: trial.features}


def title_of(trial: Trial) -> str:
    """Whose network it is, and what is particular to it."""
    varied = [
        axes.label(name, value) if name == FEATURES else f"{axes.title(name)} {axes.label(name, value)}"
        for name, value in trial.varied.items()
        if name != LIBRARY
    ]
    whose = _TITLES.get(trial.library, trial.library)
    if trial.kind != kinds.MLP.name:
        whose = kinds.kind_of(trial.kind).title
    return clean(", ".join([whose, *varied]))


def run_of(trial: Trial, card: ModelCard, *, failure: str = "", answers: Answers | None = None) -> Run:
    """The row of a trial with that card."""
    return Run(
        card=card,
        page="experiments",
        library=trial.library,
        experiment=trial.experiment,
        number=trial.number,
        fold=trial.fold,
        failure=failure,
        answers=answers,
    )
