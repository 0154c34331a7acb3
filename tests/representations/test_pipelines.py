"""Networks behind features: what a transformer learns, how a pipeline is fitted, and what it is as one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import decomposition
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from nnviz.core.records import Array, Split
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.keras_models import autoencoder, cnn
from nnviz.keras_models.autoencoder import Settings
from nnviz.model_store.store import ModelMissing
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.representations import pca, pipelines
from nnviz.representations.pipelines import Codes, FeaturesPipeline


@pytest.fixture(scope="module")
def study() -> Split:
    return splits.load_split(DataSpec("study", seed=4, n=500, n_test=100))


@pytest.fixture(scope="module")
def model() -> Any:
    """An untrained autoencoder: its codes are as good as any for what is tested here."""
    return autoencoder.build(Settings(code_size=6))


def network(hidden: tuple[int, ...] = (12,), seed: int = 3) -> MLPClassifier:
    return MLPClassifier(hidden, max_iter=8, learning_rate_init=0.02, batch_size=20, random_state=seed)


def behind(features: str, hidden: tuple[int, ...] = (12,)) -> Any:
    return pipelines.given_features(features, network(hidden))


def codes_of(architecture: Any, study: Split) -> Any:
    """A fitted pipeline on the codes of an untrained autoencoder, which is quicker than a trained one."""
    codes = Codes(autoencoder.build(Settings(architecture=architecture, code_size=10)))
    pipe = FeaturesPipeline([("features", codes), ("mlp", network((12, 9)))])
    return pipe.fit(study.x_train, study.y_train)


# Features


def test_pca_finds_the_directions_of_the_largest_variance(study: Split) -> None:
    # By hand: the eigenvectors of the covariance, up to their sign.
    x = study.x_train.astype(np.float64)
    centred = x - x.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred / (len(x) - 1))
    by_hand = (study.x_test - x.mean(axis=0)) @ directions[:, ::-1][:, :10]
    ours = pca.exact_pca(10).fit(study.x_train).transform(study.x_test)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(np.abs(ours), np.abs(by_hand), atol=2e-3)


def test_codes_are_the_encoders_brought_to_one_size(study: Split, model: Any) -> None:
    codes = Codes(model).fit(study.x_train)
    given = codes.transform(study.x_train)
    assert np.abs(given.mean(axis=0)).max() < 1e-4
    assert np.mean(given**2) == pytest.approx(1, abs=1e-4)
    # One factor for all of them: how much they differ from one another is left as it was.
    plain = autoencoder.encode(model, study.x_train)
    np.testing.assert_allclose(given.std(axis=0) / given.std(), plain.std(axis=0) / codes.size_, rtol=1e-4)


def test_a_clone_shares_the_autoencoder_and_nothing_that_was_learned(study: Split, model: Any) -> None:
    fitted = Codes(model).fit(study.x_train)
    copy = clone(fitted)
    assert copy.model is model
    assert not hasattr(copy, "size_")


def test_codes_need_an_autoencoder(study: Split) -> None:
    for something in (None, "autoencoder", cnn.build(cnn.Settings())):
        with pytest.raises(ValueError, match="trained autoencoder"):
            Codes(something).fit(study.x_train)
    with pytest.raises(ModelMissing, match="No model 'nowhere'"):
        behind("codes-nowhere")


# Pipelines


def test_a_network_that_is_given_the_pixels_stands_alone() -> None:
    alone = network()
    assert pipelines.given_features("raw", alone) is alone


def test_fitting_with_curves_is_fitting_a_pipeline_to_the_bit(study: Split) -> None:
    told: list[int] = []
    ours = behind("pca-9").fit(
        study.x_train,
        study.y_train,
        validation=(study.x_test, study.y_test),
        on_epoch=lambda epoch: told.append(epoch.number),
    )
    theirs = Pipeline(behind("pca-9").steps).fit(study.x_train, study.y_train)
    np.testing.assert_array_equal(ours.predict_proba(study.x_test), theirs.predict_proba(study.x_test))
    assert told == list(range(1, 9))
    last = ours["mlp"].history_.epochs[-1]
    assert last.validation_accuracy == pytest.approx(ours.score(study.x_test, study.y_test))


def test_features_are_fitted_on_the_training_digits_only(study: Split) -> None:
    judged = (study.x_test, study.y_test)
    ours = behind("pca-9").fit(study.x_train, study.y_train, validation=judged)["features"]
    theirs = decomposition.PCA(9, svd_solver="full").fit(study.x_train)
    np.testing.assert_allclose(ours.mean_, study.x_train.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(np.abs(ours.components_), np.abs(theirs.components_), atol=1e-3)
    everything = np.vstack([study.x_train, study.x_test])
    assert np.abs(everything.mean(axis=0) - ours.mean_).max() > 1e-2, "with the test digits it differs"
    codes = behind("codes-autoencoder").fit(study.x_train, study.y_train, validation=judged)["features"]
    alone = Codes(codes.model).fit(study.x_train)
    assert (codes.size_, codes.centre_.tolist()) == (alone.size_, alone.centre_.tolist())


@pytest.mark.parametrize("features", ["pca-20", "codes-autoencoder"])
def test_a_pipeline_can_be_cross_validated(study: Split, features: str) -> None:
    scores = cross_val_score(behind(features), study.x_train, study.y_train, cv=2, error_score="raise")
    assert scores.mean() > 0.3, "better than guessing"


# One network


@pytest.mark.parametrize("hidden", [(), (12,), (12, 9)])
def test_pca_and_network_are_one_network_of_pixels(study: Split, hidden: tuple[int, ...]) -> None:
    fitted = behind("pca-7", hidden).fit(study.x_train, study.y_train)
    whole = pipelines.as_network(fitted)
    assert isinstance(whole, MLPClassifier)
    assert [w.shape for w in whole.coefs_] == list(zip((784, *hidden), (*hidden, 10), strict=True))
    assert_same_answers(whole.predict_proba(study.x_test), fitted.predict_proba(study.x_test))
    assert whole.history_ == fitted["mlp"].history_


def test_a_dense_code_and_network_are_one_network_of_pixels(study: Split) -> None:
    fitted = codes_of("dense", study)
    whole = pipelines.as_network(fitted)
    assert isinstance(whole, MLPClassifier)
    assert_same_answers(whole.predict_proba(study.x_test), fitted.predict_proba(study.x_test))


def test_a_convolutional_code_and_network_are_one_network_of_pictures(study: Split) -> None:
    fitted = codes_of("convolutional", study)
    whole = pipelines.as_network(fitted)
    answers = whole.predict(study.x_test.reshape(-1, 28, 28, 1), verbose=0)
    assert_same_answers(answers, fitted.predict_proba(study.x_test))
    encoder = fitted["features"].model.get_layer("encoder")
    assert whole.get_layer("strokes") is not encoder.get_layer("strokes")


def assert_same_answers(ours: Array, theirs: Array) -> None:
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()
