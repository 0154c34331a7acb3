"""One training of an experiment, from a few words to a row: what a worker does with a trial.

A trial is scikit-learn's `cross_validate` with the one fold that it is about, so that every row is there as
soon as it is known; a cross-validation or a grid search is all of its trials together. Who learns and who
judges is told by the seed, so that the digits need to come to a worker only once.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.model_selection import cross_validate
from sklearn.pipeline import Pipeline

from nnviz.core import kinds
from nnviz.core.json_records import clean
from nnviz.core.records import Array, Dataset, Epoch, ModelCard, Split
from nnviz.core.results import Answers, Run
from nnviz.core.words import say
from nnviz.data import mnist, splits
from nnviz.data.splits import Cut
from nnviz.evaluation import metrics, nearest_neighbours
from nnviz.experiments import tables, trial_runs
from nnviz.experiments.other_libraries import NETWORKS
from nnviz.experiments.plan import FEATURES, Trial
from nnviz.keras_models import autoencoder, compiled
from nnviz.model_store import cards, formats, keras_file, mlp_file
from nnviz.representations import features, pipelines
from nnviz.trainers import base
from nnviz.trainers.base import Outcome

SCORING = "accuracy"  # of scikit-learn's scorers
_MOST_CODES = 10_000  # of training digits, among which neighbours are looked for

Stop = Callable[[], bool]
OnNetwork = Callable[[Outcome], object]

log = logging.getLogger(__name__)


def execute(
    whole: Dataset, trial: Trial, stop: Stop = lambda: False, on_network: OnNetwork = lambda _: None
) -> Run:
    """Train a trial here and now, and judge it. What cannot be trained comes back as a failure.

    Parameters
    ----------
    whole
        The data set of `trial.spec`.
    stop
        Asked a few times a second; the run then says so itself.
    on_network
        Given the network of a trial that is to be kept, as one that reads pixels.
    """
    try:
        if trial.kind != kinds.MLP.name:
            outcome, run = _trained(whole, trial, stop)
            if trial.keep and not trial.stop_at:
                on_network(outcome)
            return run
        fitted, run = _judged(whole, trial, stop)
        if trial.keep and not trial.stop_at:
            on_network(_packed(fitted, run.card))
        return run
    except ValueError as error:  # DataError among them
        return trial_runs.failed(trial, clean(str(error), 300))
    except Exception as error:
        log.exception("Trial %d", trial.number)
        return trial_runs.failed(
            trial, say("The training failed unexpectedly ({name}).", name=type(error).__name__)
        )


@dataclass(frozen=True)
class _Stopping:
    """A Watch that tells nobody, and asks whether to stop; after the epoch `stop_at` if any."""

    stop: Stop
    stop_at: int = 0

    def epoch(self, epoch: Epoch) -> bool:
        return self.stop() or epoch.number == self.stop_at

    def batch(self, done: int, total: int) -> bool:
        return self.stop()


def _trained(whole: Dataset, trial: Trial, stop: Stop) -> tuple[Outcome, Run]:
    """The network of a kind that has a trainer of its own, as that trainer gives it, and its run."""
    parts = trial_runs.parts_of(trial, whole)
    split = splits.split_of(trial.spec, whole, parts)
    began = time.perf_counter()
    outcome = base.trainer_of(trial.kind).train(
        split, trial.settings, _Stopping(stop, trial.stop_at), trial_runs.title_of(trial)
    )
    seconds = time.perf_counter() - began
    measured_on = outcome.card.measured_on
    if trial.folds:
        measured_on += f"; fold {trial.fold} of {trial.folds}"
    scores, told = _keras_scores(outcome, split, whole, parts)
    card = replace(
        outcome.card,
        spec=asdict(trial.spec),
        measured_on="; ".join([measured_on, *told]),
        seconds=seconds,
        metrics={**outcome.card.metrics, **scores},
    )
    answers = outcome.answers and replace(outcome.answers, spec=asdict(trial.spec))
    return replace(outcome, card=card), trial_runs.run_of(trial, card, answers=answers)


def _keras_scores(
    outcome: Outcome, split: Split, whole: Dataset, parts: Cut
) -> tuple[dict[str, float], list[str]]:
    """What the network makes of the digits that are in neither part, and what its codes are worth.

    Returns
    -------
    tuple[dict[str, float], list[str]]
        Metrics, and what they were measured on.
    """
    kind = kinds.kind_of(outcome.card.kind)
    if not (kind.encodes or len(parts.outside)) or outcome.suffix != kinds.CNN.suffix:
        return {}, []
    model = keras_file.read_model(outcome.model)
    found: dict[str, float] = {}
    told = []
    if len(parts.outside):
        x, labels = mnist.to_rows(whole.images[parts.outside]), whole.labels[parts.outside]
        if kind.classifies:
            right = compiled.predict(model, x).argmax(axis=1) == labels
            found[f"outside_{kind.score.name}"] = float(right.mean())
        else:
            again = autoencoder.reconstruct(model, x)
            found[f"outside_{kind.score.name}"] = float(autoencoder.errors(x, again).mean())
        told.append(f"outside: the {len(labels):,} digits that are in neither")
    if kind.encodes and len(split.x_test):
        n = min(len(split.x_train), _MOST_CODES)
        codes = autoencoder.encode(model, split.x_train[:n])
        near, _ = nearest_neighbours.of_new(codes, autoencoder.encode(model, split.x_test))
        read = nearest_neighbours.vote(split.y_train[near])
        found[tables.CODE_METRIC] = float(np.mean(read == split.y_test))
        told.append(f"codes: the test digits by the {nearest_neighbours.VOTERS} nearest of {n:,} codes")
    return {name: value for name, value in found.items() if math.isfinite(value)}, told


def _judged(whole: Dataset, trial: Trial, stop: Stop) -> tuple[Any, Run]:
    """The fitted estimator, and its run."""
    parts = trial_runs.parts_of(trial, whole)
    train, labels = splits.learned(trial.spec, whole, parts.train)
    learn, judge = len(train), len(parts.test)
    x = mnist.to_rows(whole.images[np.concatenate([train, parts.test])])
    y = np.concatenate([labels, whole.labels[parts.test]])
    features.check(trial.features, learn)
    network = NETWORKS[trial.library](**{**trial.settings, "random_state": trial.spec.seed})
    scores = cross_validate(
        pipelines.given_features(trial.features, network),
        x,
        y,
        cv=[(np.arange(learn), np.arange(learn, learn + judge))],
        scoring=SCORING,
        return_train_score=True,
        return_estimator=True,
        error_score="raise",
        params={
            "on_epoch": _Stopping(stop, trial.stop_at).epoch,
            "on_batch": lambda *_: stop(),
            "validation": (x[learn:], y[learn:]),
            "classes": np.unique(y),
        },
    )
    (fitted,) = scores["estimator"]
    network = fitted[-1] if isinstance(fitted, Pipeline) else fitted
    answers = Answers(parts.test, y[learn:], _probabilities(fitted, x[learn:]), asdict(trial.spec))
    judged = metrics.evaluate(answers.labels, answers.probabilities)
    learned = metrics.evaluate(y[:learn], _probabilities(fitted, x[:learn]))
    found = {
        "train_accuracy": float(scores["train_score"][0]),
        "test_accuracy": float(scores["test_score"][0]),
        "train_loss": learned.loss,
        "test_loss": judged.loss,
    }
    held = [e.validation_accuracy for e in network.history_.epochs if e.validation_accuracy is not None]
    if held:
        found["best_test_accuracy"] = max(held)
    if len(parts.outside):
        strangers = mnist.to_rows(whole.images[parts.outside])
        found["outside_accuracy"] = float(get_scorer(SCORING)(fitted, strangers, whole.labels[parts.outside]))
    card = cards.new_card(
        trial_runs.title_of(trial),
        history=network.history_,
        libraries=["numpy", "scikit-learn", *(["keras"] if trial.library == "keras" else [])],
        data=splits.name_of_data(trial.spec, whole),
        data_digest=whole.digest,
        n_train=learn,
        n_test=judge,
        seed=trial.spec.seed,
        metrics=found,
        measured_on=_measured_on(trial, parts, learn),
        seconds=float(scores["fit_time"][0]),
        spec=asdict(trial.spec),
        **mlp_file.describe(network),
    )
    card = replace(card, settings={**trial_runs.given(trial), **card.settings})
    return fitted, trial_runs.run_of(trial, card, answers=answers)


def _packed(fitted: Any, card: ModelCard) -> Outcome:
    """The trained network as one that reads pixels, an MLPClassifier or a keras.Model, for the store."""
    network = fitted
    if isinstance(fitted, Pipeline):
        network = pipelines.as_network(fitted)
        words = say(
            "It sees digits through features, {features}, which are part of its first layers here.",
            features=features.title(card.settings[FEATURES]),
        )
        card = replace(card, note=f"{card.note} {words}".strip())
    handler = formats.format_for(network)
    card = replace(card, **handler.describe(network))
    return Outcome(handler.pack(network), handler.SUFFIX, card)


def _probabilities(fitted: Any, x: Array) -> Array:
    """(n, 10) float32, a column for each digit, whichever of them it has learned."""
    wide = np.zeros((len(x), 10), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        wide[:, fitted.classes_] = fitted.predict_proba(x)
    return wide


def _measured_on(trial: Trial, parts: Cut, learn: int) -> str:
    words = f"train: the {learn:,} digits it learned from; test: the {len(parts.test):,} held back"
    if trial.folds:
        words += f", fold {trial.fold} of {trial.folds}"
    if len(parts.outside):
        of = "embedded digits" if trial.spec.source == "study" and not trial.spec.added else "digits"
        words += f"; outside: the {len(parts.outside):,} {of} that are in neither"
    return f"{words}; seed {trial.spec.seed}"
