"""Autoencoders: what they are made of, what they learn, and what may be done with a code."""

from __future__ import annotations

import dataclasses
import functools
import io
import math
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

from nnviz.core.identity import PROGRAM
from nnviz.core.records import Array, Epoch, Split
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.keras_models import autoencoder
from nnviz.keras_models.autoencoder import Settings
from nnviz.model_store import keras_file, store
from nnviz.trainers import base

ONCE: dict[str, Any] = {"max_iter": 1, "sparsity": 0.001, "noise": 0.1}
BOTH = pytest.mark.parametrize("architecture", ["dense", "convolutional"])


class Watch:
    """Remembers what it is told, and says stop when it is told to."""

    def __init__(self, stop_at: int = 0, stop_in_batch: bool = False) -> None:
        self.epochs: list[Epoch] = []
        self.batches: list[tuple[int, int]] = []
        self.stop_at, self.stop_in_batch = stop_at, stop_in_batch

    def epoch(self, epoch: Epoch) -> bool:
        self.epochs.append(epoch)
        return len(self.epochs) == self.stop_at

    def batch(self, done: int, total: int) -> bool:
        self.batches.append((done, total))
        return self.stop_in_batch


@pytest.fixture(scope="module")
def study() -> Split:
    return splits.load_split(DataSpec("study", seed=3, n=400, n_test=100))


@pytest.fixture(scope="module")
def train(study: Split) -> Callable[..., base.Outcome]:
    """Trains on a few digits; settings that are not told are quick ones."""
    from nnviz.trainers import autoencoder as train_autoencoder

    def train(watch: Watch | None = None, split: Split = study, **settings: Any) -> base.Outcome:
        quick = {"max_iter": 2, "batch_size": 32, "code_size": 8, **settings}
        return train_autoencoder.train_autoencoder(split, quick, watch or Watch(), "A title")

    return train


@pytest.fixture(scope="module")
def plain(train: Callable[..., base.Outcome]) -> base.Outcome:
    """One trained with the quick settings."""
    return train()


@pytest.fixture(scope="module")
def once(train: Callable[..., base.Outcome]) -> Callable[[str], base.Outcome]:
    """One of an architecture, noisy and sparse, trained for an epoch: the same to all who ask."""
    return functools.cache(lambda architecture: train(architecture=architecture, **ONCE))


def built(architecture: str = "dense", **settings: Any) -> Any:
    return autoencoder.build(Settings(architecture=architecture, **settings))


def some_digits(n: int = 20) -> Array:
    return mnist.to_rows(mnist.embedded().images[::250][:n])


def test_the_reports_autoencoder_has_as_many_parameters_as_in_the_report() -> None:
    model = built(code_size=32)
    assert model.get_layer("encoder").count_params() == 25_120
    assert model.get_layer("decoder").count_params() == 25_872


@BOTH
@pytest.mark.parametrize("code_size", [1, 32, 100])
def test_parameters_are_counted_without_building(architecture: str, code_size: int) -> None:
    settings = Settings(architecture=architecture, code_size=code_size)
    model = autoencoder.build(settings)
    assert autoencoder.parameters(settings) == model.count_params()
    assert sum(layer.parameters for layer in autoencoder.layers(model)) == model.count_params()
    assert autoencoder.code_size(model) == code_size


@BOTH
def test_decoder_of_encoder_is_the_whole_model(architecture: str) -> None:
    model, x = built(architecture), some_digits()
    whole = model.predict(x.reshape(-1, *model.input_shape[1:]), verbose=0).reshape(-1, 28, 28)
    codes = autoencoder.encode(model, x)
    assert codes.shape == (20, 32)
    np.testing.assert_allclose(autoencoder.decode(model, codes), whole, atol=1e-6)
    np.testing.assert_allclose(autoencoder.reconstruct(model, x), whole, atol=1e-6)


def test_a_dense_autoencoder_is_two_matrix_products() -> None:
    model, x = built(code_size=5), some_digits()
    (w, b), (v, c) = (model.get_layer(part).get_weights() for part in ("encoder", "decoder"))
    codes = x @ w + b
    np.testing.assert_allclose(autoencoder.encode(model, x), codes, atol=1e-5)
    by_hand = 1 / (1 + np.exp(-(codes @ v + c)))
    np.testing.assert_allclose(autoencoder.decode(model, codes).reshape(20, -1), by_hand, atol=1e-5)
    line = autoencoder.line(model)
    assert line is not None
    np.testing.assert_array_equal(line[0], w)
    assert autoencoder.line(built("convolutional")) is None


@BOTH
def test_digits_may_come_in_any_of_their_shapes(architecture: str) -> None:
    model, x = built(architecture), some_digits(3)
    codes = autoencoder.encode(model, x)
    for shape in ((3, 28, 28), (3, 28, 28, 1)):
        np.testing.assert_array_equal(autoencoder.encode(model, x.reshape(shape)), codes)
    np.testing.assert_allclose(autoencoder.encode(model, x[0].reshape(28, 28)), codes[:1], atol=1e-6)
    assert autoencoder.encode(model, x[:0]).shape == (0, 32)
    assert autoencoder.decode(model, codes[0]).shape == (1, 28, 28)


@BOTH
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(architecture: str) -> None:
    one, same, other = (built(architecture, random_state=seed).get_weights() for seed in (7, 7, 8))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


@BOTH
def test_untrained_pixels_are_about_as_dark_as_paper_with_a_digit_is(architecture: str) -> None:
    # From grey, learning by the squared error leads to black for good: it did, before they started dark.
    drawn = autoencoder.reconstruct(built(architecture), some_digits())
    assert 0.05 < drawn.mean() < 0.3


def test_errors_are_mean_squares_a_pixel() -> None:
    x = np.zeros((2, 28, 28), np.float32)
    again = x.copy()
    again[1, 0, :2] = 0.5
    np.testing.assert_allclose(autoencoder.errors(x, again.reshape(2, 784)), [0, 2 * 0.25 / 784])


def test_noise_has_the_asked_for_size_and_stays_within_ink_and_paper() -> None:
    grey = np.full((200, 784), 0.5, np.float32)
    noisy = autoencoder.noisy(grey, 0.1, np.random.default_rng(0))
    assert noisy.dtype == np.float32
    assert np.std(noisy - grey) == pytest.approx(0.1, rel=0.02)
    loud = autoencoder.noisy(grey, 3.0, np.random.default_rng(0))
    assert loud.min() == 0
    assert loud.max() == 1
    assert (grey == 0.5).all()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"code_size": 0}, "Code size: expected a whole number from 1 to 784"),
        ({"code_size": 785}, "Code size: "),
        ({"code_size": True}, "Code size: "),
        ({"code_size": 2.0}, "Code size: "),
        ({"architecture": "deep"}, "Layers: expected one of dense, convolutional"),
        ({"loss": "hinge"}, "Loss: expected one of cross-entropy, squared error"),
        ({"sparsity": -1}, "Sparsity: "),
        ({"noise": math.nan}, "Noise: "),
        ({"learning_rate_init": 0}, "Learning rate: "),
        ({"learning_rate": True}, "Learning rate from epoch to epoch: expected one of constant, cosine"),
        ({"max_iter": 0}, "Epochs: "),
        ({"dropout": 0.5}, "no setting called dropout"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(
    settings: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        Settings.from_mapping(settings)


def test_what_is_no_autoencoder_is_told_from_one() -> None:
    from nnviz.keras_models import cnn

    assert autoencoder.is_autoencoder(built())
    assert autoencoder.is_autoencoder(built("convolutional"))
    assert not autoencoder.is_autoencoder(cnn.build(cnn.Settings()))
    assert not autoencoder.is_autoencoder("autoencoder")


@BOTH
def test_training_makes_the_error_smaller_and_tells_of_it(
    train: Callable[..., base.Outcome], study: Split, architecture: str
) -> None:
    watch = Watch()
    outcome = train(watch, architecture=architecture, max_iter=6, loss="squared error", batch_size=16)
    card = outcome.card
    model = keras_file.read_model(outcome.model)
    again = autoencoder.reconstruct(model, study.x_test)
    by_hand = float(np.mean((again.reshape(-1, 784) - study.x_test) ** 2))
    assert card.metrics["test_error"] == pytest.approx(by_hand, rel=1e-5)
    assert [epoch.number for epoch in watch.epochs] == [1, 2, 3, 4, 5, 6]
    assert watch.epochs[-1].loss < watch.epochs[0].loss
    assert watch.epochs[-1].validation_loss == pytest.approx(by_hand, rel=1e-5)
    assert by_hand < np.mean((study.x_train.mean(axis=0) - study.x_test) ** 2), "better than the mean digit"
    assert card.history.epochs == tuple(watch.epochs)
    assert card.history.ending == "finished"
    assert (card.kind, card.title, card.n_train, card.n_test) == ("autoencoder", "A title", 300, 100)
    assert card.settings["code_size"] == 8


def test_pcas_error_on_the_same_digits_stands_beside(plain: base.Outcome, study: Split) -> None:
    pca = PCA(8, svd_solver="full").fit(study.x_train)
    again = pca.inverse_transform(pca.transform(study.x_test))
    expected = float(np.mean((again - study.x_test) ** 2))
    assert plain.card.metrics["test_error_pca"] == pytest.approx(expected, rel=1e-4)


def test_pca_has_no_more_components_than_there_are_digits(train: Callable[..., base.Outcome]) -> None:
    few = splits.load_split(DataSpec("study", n=40, n_test=10))
    assert 0 < train(split=few, code_size=50).card.metrics["test_error_pca"] < 1


def test_a_price_on_the_code_makes_it_small(train: Callable[..., base.Outcome], study: Split) -> None:
    sizes = []
    for sparsity in (0.0, 0.1):
        outcome = train(sparsity=sparsity, max_iter=10, learning_rate_init=0.01)
        model = keras_file.read_model(outcome.model)
        sizes.append(np.abs(autoencoder.encode(model, study.x_test)).mean())
        # The curves stay what they are called: squared errors, without the price.
        assert outcome.card.history.epochs[-1].loss < 0.2
    assert sizes[1] < sizes[0] / 3


def test_noise_is_for_training_only(train: Callable[..., base.Outcome], study: Split) -> None:
    outcome = train(noise=0.5)
    model = keras_file.read_model(outcome.model)
    x = study.x_test
    np.testing.assert_allclose(
        model(x, training=False).numpy().reshape(-1, 28, 28), autoencoder.reconstruct(model, x), atol=1e-6
    )
    assert not np.allclose(model(x, training=True).numpy(), model(x, training=False).numpy(), atol=1e-3)
    assert autoencoder.describe(model)["settings"]["noise"] == 0.5


@BOTH
def test_the_same_seed_trains_the_same_autoencoder(
    train: Callable[..., base.Outcome], once: Callable[[str], base.Outcome], architecture: str
) -> None:
    one, same = once(architecture), train(architecture=architecture, **ONCE)
    assert one is not same
    assert one.card.metrics == same.card.metrics
    assert train(architecture=architecture, random_state=9, **ONCE).card.metrics != one.card.metrics


def test_labels_are_never_looked_at(
    train: Callable[..., base.Outcome], plain: base.Outcome, study: Split
) -> None:
    blind = dataclasses.replace(study, y_train=np.zeros_like(study.y_train))
    assert train(split=blind).card.metrics == plain.card.metrics


def test_a_stop_after_an_epoch_keeps_that_epoch(train: Callable[..., base.Outcome]) -> None:
    card = train(Watch(stop_at=2), max_iter=50).card
    assert card.history.ending == "stopped"
    assert len(card.history.epochs) == 2
    assert "test_error" in card.metrics


def test_a_stop_within_an_epoch_ends_it_there(
    train: Callable[..., base.Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnviz.trainers import autoencoder as train_autoencoder

    monkeypatch.setattr(train_autoencoder, "_ASK_EVERY", 0.0)
    monkeypatch.setattr(train_autoencoder, "_AT_ONCE", {"dense": 1, "convolutional": 1})
    watch = Watch(stop_in_batch=True)
    card = train(watch, max_iter=50).card
    assert card.history.ending == "stopped"
    assert watch.epochs == []
    assert watch.batches == [(32, 300)]


def test_batches_are_told_up_to_the_last_digit(
    train: Callable[..., base.Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnviz.trainers import autoencoder as train_autoencoder

    monkeypatch.setattr(train_autoencoder, "_ASK_EVERY", 0.0)
    monkeypatch.setattr(train_autoencoder, "_AT_ONCE", {"dense": 64, "convolutional": 64})
    watch = Watch()
    train(watch, max_iter=1)
    done = [batch for batch, total in watch.batches]
    assert done == sorted(done)
    assert watch.batches[0] == (64, 300)
    assert watch.batches[-1] == (300, 300)


def test_divergence_is_told_and_the_last_finite_weights_stay(
    train: Callable[..., base.Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nnviz.trainers import autoencoder as train_autoencoder

    broken = splits.load_split(DataSpec("study", n=100, n_test=20))
    broken.x_train[50] = np.inf  # what no digit is: sigmoids are too tame to overflow by any learning rate
    monkeypatch.setattr(train_autoencoder, "pca_error", lambda *_: 0.5)
    outcome = train(split=broken)
    assert outcome.card.history.ending == "diverged"
    assert "epoch 1" in outcome.card.note
    assert "learning rate" in outcome.card.note
    model = keras_file.read_model(outcome.model)
    assert all(np.isfinite(weights).all() for weights in model.get_weights())


def test_what_cannot_be_trained_is_refused_before_it_is(train: Callable[..., base.Outcome]) -> None:
    from nnviz.trainers.autoencoder import AUTOENCODER

    with pytest.raises(base.TrainingRefused, match="Code size"):
        AUTOENCODER.epochs({"code_size": 1000})
    assert AUTOENCODER.epochs({"max_iter": 7}) == 7
    with pytest.raises(base.TrainingRefused, match="at least 20 digits"):
        train(split=splits.load_split(DataSpec("study", n=25, n_test=10)))


@BOTH
def test_what_is_kept_is_opened_again_and_holds_nothing_of_the_training(
    once: Callable[[str], base.Outcome], study: Split, architecture: str
) -> None:
    outcome = once(architecture)
    entry = store.put(outcome.model, outcome.suffix, outcome.card, "recent")
    model = store.load(entry.name)
    again = float(autoencoder.errors(study.x_test, autoencoder.reconstruct(model, study.x_test)).mean())
    assert again == pytest.approx(outcome.card.metrics["test_error"], rel=1e-6)
    # Keras keeps the momenta of a compiled model beside its weights, twice as large as these.
    with zipfile.ZipFile(io.BytesIO(outcome.model)) as archive:
        weights = archive.getinfo("model.weights.h5").file_size
    assert weights < 4 * model.count_params() + 100_000
    store.delete(entry, by=PROGRAM)
