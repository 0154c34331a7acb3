"""A trial is scikit-learn's cross-validation of our network: same digits, same fit, same scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import trial
from nnviz.experiments.other_libraries import LIBRARIES, OurMLP
from nnviz.numpy_nn.classifier import MLPClassifier
from tests.experimenting import FEW, SMALL, here, plan


def test_the_digits_outside_the_study_are_all_the_others() -> None:
    spec = DataSpec("study", seed=7)
    whole = mnist.embedded()
    parts = splits.cut(spec, whole)
    everyone = np.concatenate([parts.train, parts.test, parts.outside])
    assert (len(parts.train), len(parts.test), len(parts.outside)) == (2700, 300, 2000)
    np.testing.assert_array_equal(np.sort(everyone), np.arange(5000))
    np.testing.assert_array_equal(np.bincount(whole.labels[parts.outside]), np.full(10, 200))
    split = splits.load_split(spec)
    np.testing.assert_array_equal(split.test_index, parts.test)
    np.testing.assert_array_equal(split.x_train, mnist.to_rows(whole.images[parts.train]))


def test_the_folds_share_out_the_study_digits_and_nobody_else() -> None:
    whole = mnist.embedded()
    study = splits.cut(FEW, whole)
    folds = [trial.parts_of(each, whole) for each in plan(folds=5).trials()]
    judged = np.concatenate([fold.test for fold in folds])
    np.testing.assert_array_equal(np.sort(judged), np.sort(np.concatenate([study.train, study.test])))
    for fold in folds:
        assert not set(fold.train) & set(fold.test)
        assert len(fold.train) + len(fold.test) == 300
        np.testing.assert_array_equal(np.bincount(whole.labels[fold.test]), np.full(10, 6))


def test_a_trial_is_the_training_that_fit_would_have_made() -> None:
    (run,) = here(plan())
    split = splits.load_split(FEW)
    alone = MLPClassifier(**SMALL, random_state=FEW.seed).fit(split.x_train, split.y_train)
    assert run.card.metrics["train_accuracy"] == alone.score(split.x_train, split.y_train)
    assert run.card.metrics["test_accuracy"] == alone.score(split.x_test, split.y_test)
    assert run.answers is not None
    np.testing.assert_array_equal(run.answers.probabilities, alone.predict_proba(split.x_test))
    np.testing.assert_array_equal(run.answers.index, split.test_index)
    assert run.card.history.epochs[-1].validation_accuracy == run.card.metrics["test_accuracy"]
    outside = splits.cut(FEW, mnist.embedded()).outside
    x, y = mnist.to_rows(mnist.embedded().images[outside]), mnist.embedded().labels[outside]
    assert run.card.metrics["outside_accuracy"] == alone.score(x, y)
    assert len(outside) == 4700
    assert run.card.parameters == 784 * 12 + 12 + 120 + 10


def test_the_folds_score_what_scikit_learn_scores_by_itself() -> None:
    runs = here(plan(folds=3))
    study = splits.cut(FEW, mnist.embedded())
    everyone = np.sort(np.concatenate([study.train, study.test]))
    x, y = mnist.to_rows(mnist.embedded().images[everyone]), mnist.embedded().labels[everyone]
    theirs = cross_val_score(
        MLPClassifier(**SMALL, random_state=42),
        x,
        y,
        cv=StratifiedKFold(3, shuffle=True, random_state=42),
    )
    assert [run.card.metrics["test_accuracy"] for run in runs] == pytest.approx(list(theirs), abs=1e-12)


def test_the_best_epoch_is_the_best_of_the_curve() -> None:
    (run,) = here(plan(settings=SMALL | {"max_iter": 12, "learning_rate_init": 0.2}))
    curve = [epoch.validation_accuracy for epoch in run.card.history.epochs]
    assert run.card.metrics["best_test_accuracy"] == max(curve) >= run.card.metrics["test_accuracy"]


def test_a_training_that_diverges_is_a_row_with_its_last_finite_accuracy() -> None:
    (run,) = here(plan(settings=SMALL | {"learning_rate_init": 3e4, "activation": "identity"}))
    assert run.diverged
    assert not run.failure
    assert "diverged in epoch" in run.card.note
    assert 0 <= run.card.metrics["test_accuracy"] <= 1
    assert run.answers is not None
    assert np.isfinite(run.answers.probabilities).all()


def test_what_cannot_be_trained_is_a_row_that_says_so() -> None:
    (run,) = here(plan(settings=SMALL | {"activation": "cubic"}))
    assert "activation must be one of" in run.failure
    assert run.card.metrics == {}


def test_a_trial_is_stopped_within_its_epoch() -> None:
    (each,) = plan(spec=DataSpec("study"), settings=SMALL | {"max_iter": 10_000}).trials()
    asked = iter([False, False])
    run = trial.execute(mnist.embedded(), each, lambda: next(asked, True))
    assert run.card.history.ending == "stopped"
    assert len(run.card.history.epochs) < 10


def test_a_pipeline_is_trained_and_judged_like_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(**settings: Any) -> Any:
        return make_pipeline(PCA(20, random_state=0), OurMLP(**settings))

    monkeypatch.setitem(LIBRARIES, "pca", build)
    (run,) = here(plan(grid=({"library": ("pca",)},)))
    split = splits.load_split(FEW)
    alone = build(**SMALL, random_state=42).fit(split.x_train, split.y_train)
    assert run.card.metrics["test_accuracy"] == alone.score(split.x_test, split.y_test)
    assert run.card.parameters == 20 * 12 + 12 + 120 + 10
    assert len(run.card.history.epochs) == SMALL["max_iter"]
