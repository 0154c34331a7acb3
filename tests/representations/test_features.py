"""What a network is given of a digit: pixels, principal components, codes; fitted on what it may see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import decomposition
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import check_estimator

from nnviz.core.records import Split
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.keras_models import autoencoder
from nnviz.keras_models.autoencoder import Settings
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.representations import features
from nnviz.representations.features import PCA, Codes, Raw

FLOAT32 = {
    "check_transformer_preserve_dtypes": "numbers are float32, whatever came",
    "check_methods_sample_order_invariance": "to 1e-9, which float32 does not know",
}


@pytest.fixture(scope="module")
def study() -> Split:
    return splits.load_split(DataSpec("study", seed=5, n=600, n_test=100))


@pytest.fixture(scope="module")
def model() -> Any:
    """An untrained autoencoder: its codes are as good as any for what is tested here."""
    return autoencoder.build(Settings(code_size=6))


@pytest.mark.parametrize("transformer", [Raw(), PCA(1), PCA(1, whiten=True)], ids=repr)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_each_is_a_transformer_as_scikit_learn_wants_them(transformer: Any) -> None:
    check_estimator(transformer, expected_failed_checks=FLOAT32, on_skip=None)


def test_raw_pixels_stay_as_they_are(study: Split) -> None:
    given = Raw().fit_transform(study.x_train)
    assert given.dtype == np.float32
    np.testing.assert_array_equal(given, study.x_train)


def test_pca_finds_the_directions_of_the_largest_variance(study: Split) -> None:
    # By hand: the eigenvectors of the covariance, up to their sign.
    x = study.x_train.astype(np.float64)
    centred = x - x.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred / (len(x) - 1))
    by_hand = (study.x_test - x.mean(axis=0)) @ directions[:, ::-1][:, :10]
    ours = PCA(10).fit(study.x_train).transform(study.x_test)
    np.testing.assert_allclose(np.abs(ours), np.abs(by_hand), atol=2e-3)
    white = PCA(10, whiten=True).fit(study.x_train).transform(study.x_test)
    np.testing.assert_allclose(np.abs(white), np.abs(by_hand) / np.sqrt(variances[::-1][:10]), atol=2e-3)


def test_pca_is_scikit_learns(study: Split) -> None:
    ours = PCA(25).fit(study.x_train)
    theirs = decomposition.PCA(25, svd_solver="full").fit(study.x_train)
    places = theirs.transform(study.x_test)
    np.testing.assert_allclose(ours.transform(study.x_test), places, atol=5e-3)
    again = theirs.inverse_transform(places)
    np.testing.assert_allclose(ours.inverse_transform(ours.transform(study.x_test)), again, atol=1e-3)


def test_all_components_together_give_the_digit_back() -> None:
    x = mnist.to_rows(mnist.embedded().images[::100])
    pca = PCA(50).fit(x)
    np.testing.assert_allclose(pca.inverse_transform(pca.transform(x)), x, atol=1e-4)


def test_codes_are_the_encoders_brought_to_one_size(study: Split, model: Any) -> None:
    codes = Codes(model).fit(study.x_train)
    given = codes.transform(study.x_train)
    assert np.abs(given.mean(axis=0)).max() < 1e-4
    assert np.mean(given**2) == pytest.approx(1, abs=1e-4)
    # One factor for all of them: how much they differ from one another is left as it was.
    plain = autoencoder.encode(model, study.x_train)
    np.testing.assert_allclose(given.std(axis=0) / given.std(), plain.std(axis=0) / codes.size_, rtol=1e-4)


@pytest.mark.parametrize("architecture", ["dense", "convolutional"])
def test_codes_are_decoded_again(study: Split, architecture: Any) -> None:
    network = autoencoder.build(Settings(architecture=architecture, code_size=6))
    codes = Codes(network).fit(study.x_train)
    again = codes.inverse_transform(codes.transform(study.x_test))
    expected = autoencoder.reconstruct(network, study.x_test).reshape(-1, 784)
    np.testing.assert_allclose(again, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["raw", "pca", "white", "codes"])
def test_a_straight_transformation_can_be_told_as_a_line(study: Split, model: Any, name: str) -> None:
    transformer = {"raw": Raw(), "pca": PCA(7), "white": PCA(7, whiten=True), "codes": Codes(model)}[name]
    line = transformer.fit(study.x_train).line()
    assert line is not None
    weights, offsets = line
    expected = transformer.transform(study.x_test)
    np.testing.assert_allclose(study.x_test @ weights + offsets, expected, atol=1e-4)


def test_codes_behind_a_convolution_are_no_line(study: Split) -> None:
    network = autoencoder.build(Settings(architecture="convolutional", code_size=2))
    assert Codes(network).fit(study.x_train).line() is None


@pytest.mark.parametrize("name", ["pca", "codes"])
def test_what_is_fitted_is_fitted_on_the_training_digits_only(study: Split, model: Any, name: str) -> None:
    # Other digits to be judged by change nothing in what a training digit becomes.
    def learned() -> Any:
        pipe = Pipeline(
            [("features", PCA(5) if name == "pca" else Codes(model)), ("mlp", LogisticRegression())]
        )
        return pipe.fit(study.x_train, study.y_train)

    fitted = learned()
    before = fitted["features"].transform(study.x_train)
    fitted.predict(1 - study.x_test)
    np.testing.assert_array_equal(fitted["features"].transform(study.x_train), before)
    apart = (PCA(5) if name == "pca" else Codes(model)).fit(study.x_train).transform(study.x_test)
    together = (PCA(5) if name == "pca" else Codes(model)).fit(np.vstack([study.x_train, 1 - study.x_test]))
    np.testing.assert_array_equal(fitted["features"].transform(study.x_test), apart)
    assert not np.allclose(together.transform(study.x_test), apart, atol=1e-2), "it would have been seen"


def test_a_pipeline_of_features_and_network_is_the_whole_of_it(study: Split, model: Any) -> None:
    for given in (Raw(), PCA(20), Codes(model)):
        pipe = Pipeline([("features", given), ("mlp", MLPClassifier((16,), max_iter=15, random_state=0))])
        scores = cross_val_score(pipe, study.x_train, study.y_train, cv=3, error_score="raise")
        assert scores.mean() > 0.3, f"{given} should do better than guessing"


def test_a_clone_has_a_copy_of_the_autoencoder_that_answers_alike(study: Split, model: Any) -> None:
    copy = clone(Codes(model))
    np.testing.assert_allclose(
        copy.fit(study.x_train).transform(study.x_test),
        Codes(model).fit(study.x_train).transform(study.x_test),
        atol=1e-6,
    )


@pytest.mark.parametrize("components", [0, 51, 785, 2.5, True, "many"])
def test_more_components_than_digits_are_refused_in_a_sentence(components: Any) -> None:
    x = mnist.to_rows(mnist.embedded().images[:50])
    with pytest.raises(ValueError, match="50 digits of 784 pixels have 1 to 50 principal components"):
        PCA(components).fit(x)
    with pytest.raises(ValueError, match="principal components"):
        features.check_components(components, 50)


def test_there_are_never_more_components_than_pixels() -> None:
    features.check_components(784, 3000)
    with pytest.raises(ValueError, match="1 to 784"):
        features.check_components(785, 3000)


def test_codes_need_an_autoencoder(study: Split) -> None:
    from nnviz.keras_models import cnn

    for something in (None, "autoencoder", cnn.build(cnn.Settings())):
        with pytest.raises(ValueError, match="trained autoencoder"):
            Codes(something).fit(study.x_train)
