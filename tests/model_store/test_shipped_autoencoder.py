"""The autoencoders that come with the project: as good as their cards say, and their maps are theirs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.keras_models import autoencoder
from nnviz.model_store import store
from nnviz.representations import embedding_files
from nnviz.representations.embedding import METHODS

NAMES = ("autoencoder", "autoencoder_conv")
MARKS = {"autoencoder": 0.0097, "autoencoder_conv": 0.0045}
Digits = tuple[Array, Array]

each = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def embedded() -> Array:
    return mnist.to_rows(mnist.embedded().images)


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {name: store.load(name) for name in NAMES}


def error(model: Any, x: Array) -> float:
    """By Keras itself, not by our helpers."""
    shaped = x.reshape(-1, *model.input_shape[1:])
    return float(np.mean((model.predict(shaped, batch_size=500, verbose=0) - shaped) ** 2))


@each
def test_its_error_on_digits_it_never_saw_is_what_its_card_says(
    models: dict[str, Any], embedded: Array, name: str
) -> None:
    told = store.find(name).card.metrics["embedded_error"]
    found = error(models[name], embedded)
    assert found == pytest.approx(told, rel=1e-3)
    # The embedded digits are a little harder than MNIST's test digits, for PCA as well.
    assert found < 1.05 * MARKS[name]


@each
@pytest.mark.slow
def test_its_error_on_the_test_digits_keeps_the_mark(
    models: dict[str, Any], full_mnist: tuple[Digits, Digits], name: str
) -> None:
    (_, _), (images, _) = full_mnist
    found = error(models[name], mnist.to_rows(images))
    assert found <= MARKS[name]
    assert found == pytest.approx(store.find(name).card.metrics["test_error"], rel=1e-3)


@pytest.mark.slow
def test_pcas_error_with_as_many_numbers_stands_beside_it(full_mnist: tuple[Digits, Digits]) -> None:
    (_, _), (images, _) = full_mnist
    x = mnist.to_rows(images)
    card = store.find("autoencoder").card
    learned = splits.load_split(DataSpec(**card.spec)).x_train
    pca = PCA(32, svd_solver="covariance_eigh").fit(learned)
    found = float(np.mean((pca.inverse_transform(pca.transform(x)) - x) ** 2))
    assert found == pytest.approx(0.0168, abs=1e-4), "the number everybody finds"
    for name in NAMES:
        assert store.find(name).card.metrics["test_error_pca"] == pytest.approx(found, rel=1e-3)
        assert store.find(name).card.metrics["test_error"] < found / 1.5


@each
def test_both_squeeze_a_digit_into_32_numbers(models: dict[str, Any], name: str) -> None:
    model = models[name]
    assert autoencoder.is_autoencoder(model)
    assert autoencoder.code_size(model) == 32
    if name == "autoencoder":
        assert model.get_layer("encoder").count_params() == 25_120
        assert model.get_layer("decoder").count_params() == 25_872


@each
def test_decoder_of_encoder_is_the_whole_model(models: dict[str, Any], embedded: Array, name: str) -> None:
    model, x = models[name], embedded[:50]
    pictures, at_once = x.reshape(-1, *model.input_shape[1:]), len(x)
    whole = model.predict(pictures, batch_size=at_once, verbose=0).reshape(-1, 28, 28)
    codes = model.get_layer("encoder").predict(pictures, batch_size=at_once, verbose=0)
    np.testing.assert_allclose(autoencoder.decode(model, codes), whole, atol=1e-6)
    np.testing.assert_allclose(autoencoder.reconstruct(model, x), whole, atol=1e-6)


@each
def test_plain_keras_opens_it_in_safe_mode(name: str) -> None:
    model = keras.saving.load_model(paths.shipped() / f"{name}.keras", safe_mode=True)
    assert model.get_layer("encoder").output_shape == (None, 32)
    assert not getattr(model, "compiled", False)


@each
def test_its_file_is_small_and_its_card_tells_how_it_was_made(name: str) -> None:
    entry = store.find(name)
    assert entry.path.stat().st_size < 4_000_000
    card = entry.card
    assert card.kind == "autoencoder"
    assert (card.n_train, card.n_test) == (54_000, 10_000)
    assert card.spec["source"] == "honest"
    assert card.settings["code_size"] == 32
    assert card.settings["random_state"] == card.seed
    assert card.history.ending == "finished"
    assert len(card.history.epochs) == card.settings["max_iter"]
    assert {"keras", "tensorflow", "numpy"} <= set(card.versions)
    assert card.parameters == sum(layer.parameters for layer in card.layers)


@each
@pytest.mark.parametrize("method", METHODS)
def test_the_map_of_its_codes_came_along(
    models: dict[str, Any], embedded: Array, name: str, method: str
) -> None:
    digits = mnist.embedded()
    drawn = embedding_files.find_map(
        method, embedding_files.subject(paths.shipped() / f"{name}.keras", digits)
    )
    assert drawn is not None, (
        "drawn for another model or other digits: `python -m training.autoencoder --maps`"
    )
    codes = autoencoder.encode(models[name], embedded)
    points = drawn.points
    assert points.shape == (5000, 2)
    # What a map is for: who is near in it, is near in 32 numbers, and mostly the same digit.
    half = np.arange(5000) % 2 == 0
    near = KNeighborsClassifier(5).fit(points[half], digits.labels[half])
    right = near.score(points[~half], digits.labels[~half])
    assert right > {"pca": 0.3, "tsne": 0.88, "umap": 0.88}[method]
    some = np.arange(0, 5000, 5)
    assert (
        trustworthiness(codes[some], points[some], n_neighbors=10)
        > {"pca": 0.65, "tsne": 0.9, "umap": 0.88}[method]
    )
