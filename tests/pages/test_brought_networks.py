"""Networks that people bring: every tab says what it has of them, and digits are given as they want them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz.core.identity import PROGRAM
from nnviz.data import mnist
from nnviz.inference.own_input import AS_IT_IS, OwnInput, input_of
from nnviz.keras_models import backend
from nnviz.model_store import formats, store
from nnviz.model_store.store import Entry
from nnviz.ui.shared.state import Key
from tests.inspection.test_input_fit import learned_from
from tests.pages.reading import words

PAGES = Path(__file__).resolve().parents[2] / "pages"
TABS = {
    "cnn": (
        "2_CNN.py",
        ["Network", "Maps", "Why this answer", "Kernel sizes", "Mistakes", "Train", "Layers"],
    ),
    "autoencoder": (
        "3_Autoencoder.py",
        ["Network", "Reconstructions", "Code", "Morph", "Noise", "Weights", "Train", "Layers"],
    ),
}


def page(entry: Entry, section: str) -> AppTest:
    run = AppTest.from_file(PAGES / TABS[entry.card.kind][0], default_timeout=120)
    run.session_state[Key.OWNER] = "ada"
    run.session_state[f"{entry.card.kind}_model"] = entry.name
    run.session_state[f"{entry.card.kind}_section"] = section
    return run.run()


def without_maps(made: Any) -> list[Any]:
    return [made.Rescaling(2.0, -1.0), made.Flatten(), made.Dense(10)]


def convolutions_alone(made: Any) -> list[Any]:
    return [
        made.Reshape((28, 28, 1)),
        made.Conv2D(3, 3, strides=3, activation="relu"),
        made.Conv2D(10, 9, activation="softmax"),
    ]


def answers_at_every_place(made: Any) -> list[Any]:
    return [
        made.Reshape((28, 28, 1)),
        made.Conv2D(10, 7, strides=7, activation="softmax"),
        made.GlobalAveragePooling2D(),
    ]


def along_a_line(made: Any) -> list[Any]:
    return [
        *(made.Conv1D(6, 3, activation="relu"), made.GroupNormalization(3), made.MaxPooling1D()),
        *(made.Flatten(), made.RMSNormalization(), made.Dense(10, activation="softmax")),
    ]


def step_by_step(made: Any) -> list[Any]:
    return [
        *(made.LSTM(6, return_sequences=True), made.GRU(5, return_sequences=True), made.SimpleRNN(4)),
        made.Dense(10, activation="softmax"),
    ]


def squeezing(made: Any) -> list[Any]:
    return [
        *(made.Flatten(), made.Dense(5), made.LeakyReLU()),
        *(made.Dense(784, activation="sigmoid"), made.Reshape((28, 28))),
    ]


NETWORKS = [without_maps, convolutions_alone, answers_at_every_place, along_a_line, step_by_step, squeezing]


@pytest.fixture(scope="module", params=NETWORKS, ids=lambda made: made.__name__)
def brought(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entry]:
    keras = backend.keras()
    make: Callable[[Any], list[Any]] = request.param
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((28, 28)), *make(keras.layers)])
    path = tmp_path_factory.mktemp("brought") / f"{make.__name__}.keras"
    model.save(path)
    entry = store.receive(path.name, path.read_bytes())
    yield entry
    store.delete(entry, by=PROGRAM)


def test_every_tab_opens(brought: Entry) -> None:
    _, tabs = TABS[brought.card.kind]
    for section in tabs:
        run = page(brought, section)
        assert not run.exception, section
        assert not run.error, section
        if brought.card.title == "without_maps" and section in ("Maps", "Why this answer"):
            assert "This network has no maps" in words(run)
    assert ("A softmax was put behind them" in words(run)) == (brought.card.title == "without_maps")


def test_a_network_that_learned_from_other_digits_is_given_them() -> None:
    digits, own = mnist.embedded(), OwnInput(turned_over=True)
    line = learned_from(own, mnist.to_rows(digits.images), digits.labels, (28, 28))
    handler = formats.format_of("x.keras")
    entry = store.receive("inverted.keras", handler.pack(line.to_keras()), owner="ada")
    run = page(entry, "Layers")
    assert "it must have learned from such digits" in words(run)
    run.button(key="input_hint_give").click().run()
    assert not run.exception
    assert "This network is given its digits turned over (dark ink on light paper)" in words(run)
    assert input_of(formats.read_network(entry.path)) == own
    accuracy = next(metric.value for metric in run.metric if metric.label == "Right on held-back digits")
    assert float(accuracy.rstrip("%")) > 70
    again = store.receive("again.keras", store.content(entry))
    network = formats.read_network(again.path)
    assert input_of(network) == own, "a download keeps it"
    given = mnist.to_rows(digits.images[:5])
    theirs = np.asarray(network.to_keras()(given.reshape(-1, 28, 28)))
    np.testing.assert_allclose(network.predict(given), theirs, atol=1e-4)
    run.button(key="input_hint_give").click().run()
    assert input_of(formats.read_network(entry.path)) == AS_IT_IS
    for each in (entry, again):
        store.delete(each, by=PROGRAM)
