"""What is taken at the door breaks no page later: it is tried as the pages will try it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from nnviz import figures
from nnviz.core import kinds
from nnviz.core.records import Epoch, History, ModelCard
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.inference import keras_config
from nnviz.keras_models import autoencoder, backend, cnn
from nnviz.model_store import keras_file, mlp_file, store
from tests.attacks.networks import conv, keras_bytes
from tests.model_store.test_store import card, network


def test_a_network_that_reads_blank_paper_and_no_real_digit_is_refused() -> None:
    keras = backend.keras()
    model = keras.Sequential([keras.Input((784,)), keras.layers.Dense(10, activation="softmax")])
    digits = mnist.to_rows(mnist.embedded().images)
    papers = np.random.default_rng(0).random((8, 784), np.float32)
    # So large that a digit's ink overflows where it stands together, and even grey does not.
    ink, grey = digits[0] > 0.5, np.float32(3e38)
    kernel = np.zeros((784, 10), np.float32)
    kernel[ink, 0] = grey / 4
    kernel[~ink, 0] = -grey
    model.set_weights([kernel, np.zeros(10, np.float32)])
    answers = keras_config.from_keras(model)
    with np.errstate(all="ignore"):
        finite = np.isfinite(answers.predict(papers)).all(), np.isfinite(answers.predict(digits)).all()
    if finite[1]:
        pytest.skip("this processor's sums do not overflow")
    with pytest.raises(store.ModelRefused, match="probabilities"):
        store.receive("sly.keras", keras_file.pack(model))


CARD = dataclasses.replace(card(), kind="cnn")


@pytest.fixture(scope="module")
def model() -> Any:
    return cnn.build(cnn.Settings(filters=2, dense=3))


@pytest.mark.parametrize("said", ["mlp", "autoencoder", "cnn"])
def test_the_kind_is_the_models_own_whatever_its_card_says(said: str, model: Any) -> None:
    sent = keras_file.pack(model, dataclasses.replace(CARD, kind=said))
    assert store.receive("cnn.keras", sent).card.kind == "cnn"
    net = store.receive("mlp.npz", mlp_file.pack(network(), dataclasses.replace(CARD, kind=said)))
    assert net.card.kind == "mlp"


def test_curves_of_which_half_is_missing_are_drawn_as_far_as_they_go() -> None:
    halves = History(
        (Epoch(1, 1.0, 0.5, None, 0.4), Epoch(2, 0.9, 0.6, 0.95, None), Epoch(3, 0.8, 0.7, 0.9, 0.6))
    )
    entry = store.receive("mlp.npz", mlp_file.pack(network(), dataclasses.replace(card(), history=halves)))
    for history in (halves, entry.card.history):
        for n in range(len(history.epochs) + 1):
            figures.curves_of("mlp", dataclasses.replace(history, epochs=history.epochs[:n]))


NONSENSE: list[dict[str, Any]] = [
    {"source": "study", "n": 10**9, "n_test": 5},
    {"source": "study", "n": 20, "n_test": 20},
    {"source": "study", "seed": -1},
    {"source": "embedded", "seed": 2**40},
    {"source": "upload", "digest": "../../etc/passwd"},
    {"source": "moon"},
    {"source": ["study"]},
]


@pytest.mark.parametrize("spec", NONSENSE)
def test_a_card_whose_digits_cannot_be_is_judged_by_those_of_the_app(spec: dict[str, Any]) -> None:
    judge, words = splits.judge_by(spec)
    assert judge == DataSpec("unseen")
    assert "nobody knows" in words
    assert splits.learned_positions(spec) is None
    assert len(splits.unseen_by_all([spec, {"source": "honest"}])) == 5000
    sent: ModelCard = dataclasses.replace(card(), spec=spec)
    assert store.receive("mlp.npz", mlp_file.pack(network(), sent)).card.spec == {}


REFUSED_BY_KERAS: dict[str, tuple[Any, str]] = {
    "a slash in a name": (("Conv2D", {"filters": 1, "kernel_size": 1, "name": "a_b"}), "“/”"),
    "noise above 1": (("GaussianNoise", {"stddev": 1.0, "name": "a_b"}), "from 0 to 1"),
}


@pytest.mark.parametrize("what", REFUSED_BY_KERAS)
def test_what_keras_would_not_build_is_refused_in_words(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import zipfile

    layer, words = REFUSED_BY_KERAS[what]
    good = keras_bytes(conv(1), layer)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                content = content.replace(b"a_b", b"a/b" if "name" in what else b"a_b")
                content = content.replace(b'"stddev": 1.0', b'"stddev": 1.5')
            new.writestr(name, content)
    with pytest.raises(store.ModelRefused, match=words):
        store.receive("sly.keras", changed.getvalue())


def test_noise_that_keras_would_not_build_cannot_be_asked_for() -> None:
    assert max(autoencoder.Settings.numbers["noise"]) == 1
    assert kinds.AUTOENCODER.encodes
