"""A trial is scikit-learn's cross-validation of our network: same digits, same fit, same scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import trial, trial_runs
from nnviz.model_store import mlp_file
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.trainers.base import Outcome
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
    folds = [trial_runs.parts_of(each, whole) for each in plan(folds=5).trials()]
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
    assert (run.card.data, run.card.data_digest) == (split.dataset, split.digest), "one name for one data set"


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
    assert "Activation: expected one of" in run.failure
    assert run.card.metrics == {}


def test_a_trial_is_stopped_within_its_epoch() -> None:
    (each,) = plan(spec=DataSpec("study"), settings=SMALL | {"max_iter": 10_000}).trials()
    asked = iter([False, False])
    run = trial.execute(mnist.embedded(), each, lambda: next(asked, True))
    assert run.card.history.ending == "stopped"
    assert len(run.card.history.epochs) < 10


def test_a_network_behind_features_is_trained_and_judged_like_any_other() -> None:
    (run,) = here(plan(grid=({"features": ("pca-20",)},)))
    split = splits.load_split(FEW)
    alone = make_pipeline(
        PCA(20, svd_solver="covariance_eigh"), MLPClassifier(**SMALL, random_state=FEW.seed)
    ).fit(split.x_train, split.y_train)
    assert run.card.metrics["train_accuracy"] == alone.score(split.x_train, split.y_train)
    assert run.card.metrics["test_accuracy"] == alone.score(split.x_test, split.y_test)
    assert run.answers is not None
    np.testing.assert_array_equal(run.answers.probabilities, alone.predict_proba(split.x_test))
    outside = splits.cut(FEW, mnist.embedded()).outside
    x, y = mnist.to_rows(mnist.embedded().images[outside]), mnist.embedded().labels[outside]
    assert run.card.metrics["outside_accuracy"] == alone.score(x, y)
    assert run.card.parameters == 20 * 12 + 12 + 120 + 10
    assert run.card.history.epochs[-1].validation_accuracy == run.card.metrics["test_accuracy"]
    assert (run.card.title, run.card.settings["features"]) == ("MLP, PCA, 20 components", "pca-20")


def test_networks_of_the_first_seed_are_kept_as_ones_that_read_pixels() -> None:
    asked = plan(grid=({"features": ("raw", "pca-20")},), seeds=(4, 9), keep=True)
    kept: list[Outcome] = []
    runs = [trial.execute(mnist.embedded(), each, on_network=kept.append) for each in asked.trials()]
    assert [outcome.card.seed for outcome in kept] == [4, 4]
    split = splits.load_split(replace(FEW, seed=4))
    for outcome, run in zip(kept, runs[:2], strict=True):
        network = mlp_file.read_model(outcome.model)
        assert outcome.card.parameters == 784 * 12 + 12 + 120 + 10
        assert outcome.card.metrics == run.card.metrics
        right = float(np.mean(network.predict(split.x_test) == split.y_test))
        assert run.card.metrics["test_accuracy"] == pytest.approx(right)
    assert ["PCA, 20 components" in outcome.card.note for outcome in kept] == [False, True]


def test_what_cannot_be_given_any_more_is_a_row_that_says_so() -> None:
    (run,) = here(plan(settings=SMALL | {"features": "codes-nowhere"}))
    assert "No model 'nowhere'" in run.failure
    assert run.card.settings["features"] == "codes-nowhere"
