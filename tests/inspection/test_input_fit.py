"""A network that learned from other digits than ours is found out, and reads once it is given its own."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.data import mnist
from nnviz.inference import browser, graph, own_input
from nnviz.inference.graph import Network, Part
from nnviz.inference.own_input import AS_IT_IS, EVERY, OwnInput
from nnviz.inspection import input_fit

OTHERS = [
    OwnInput(turned_over=True),
    OwnInput(transposed=True),
    OwnInput(turned_over=True, values="0 to 255"),
    OwnInput(turned_over=True, transposed=True, values="-1 to 1"),
]


def learned_from(own: OwnInput, rows: Array, labels: Array, shape: tuple[int, ...]) -> Network:
    """A line through such digits by least squares, as a network of one layer."""
    passing = Network("same", (Part("digit", "InputLayer", (), {}, shape, {}),))
    x = own_input.with_input(passing, own).predict(rows).reshape(len(rows), -1).astype(np.float64)
    centre, scale = x.mean(axis=0), x.std() or 1.0
    x = (x - centre) / scale
    weights = np.linalg.solve(x.T @ x + 10 * np.eye(784), x.T @ np.eye(10)[labels]) / scale
    kernel = (20 * weights).astype(np.float32)  # so that a softmax of them is sure
    parts = [Part("digit", "InputLayer", (), {}, shape, {})]
    if len(shape) > 1:
        parts.append(Part("flat", "Flatten", ("digit",), {"data_format": "channels_last"}, (784,), {}))
    options = {"units": 10, "activation": "softmax", "use_bias": True}
    given = {"kernel": kernel, "bias": (-centre @ kernel).astype(np.float32)}
    return Network("line", (*parts, Part("answer", "Dense", (parts[-1].name,), options, (10,), given)))


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    dataset = mnist.embedded()
    return mnist.to_rows(dataset.images), dataset.labels


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1)])
@pytest.mark.parametrize("own", OTHERS, ids=lambda own: own.words)
def test_what_a_network_learned_from_is_found_out(
    own: OwnInput, shape: tuple[int, ...], digits: tuple[Array, Array]
) -> None:
    network = learned_from(own, *digits, shape)
    found = input_fit.fit(network)
    assert found.now == AS_IT_IS
    assert found.worth_telling
    assert found.best == own
    assert found.best_right > 0.7
    given = own_input.with_input(network, found.best)
    assert own_input.input_of(given) == own
    assert (given.predict(digits[0]).argmax(axis=1) == digits[1]).mean() > 0.7
    assert not input_fit.fit(given).worth_telling


def test_a_network_that_reads_our_digits_is_left_alone(digits: tuple[Array, Array]) -> None:
    assert not input_fit.fit(learned_from(AS_IT_IS, *digits, (784,))).worth_telling


def test_every_input_can_be_taken_back_and_is_known_again() -> None:
    network = graph.dense([np.eye(784, 10, dtype=np.float32)], [np.zeros(10, np.float32)], "relu")
    for own in EVERY:
        given = own_input.with_input(own_input.with_input(network, OTHERS[2]), own)
        assert own_input.input_of(given) == own
        assert [part.name for part in own_input.without_input(given).parts] == ["pixels", "output"]
        assert browser.program_of(given).steps[-1]["name"] == "output"


@pytest.mark.parametrize("shape", [(784,), (28, 28), (28, 28, 1)])
def test_digits_are_given_as_the_words_say(shape: tuple[int, ...]) -> None:
    digit = np.linspace(0, 1, 784, dtype=np.float32).reshape(28, 28)
    same = Network("same", (Part("digit", "InputLayer", (), {}, shape, {}),))

    def given(own: OwnInput) -> Array:
        return own_input.with_input(same, own).predict(digit).reshape(28, 28)

    np.testing.assert_allclose(given(OwnInput(turned_over=True)), 1 - digit, atol=1e-6)
    np.testing.assert_allclose(given(OwnInput(transposed=True)), digit.T, atol=1e-6)
    np.testing.assert_allclose(given(OwnInput(values="0 to 255")), 255 * digit, atol=1e-4)
    np.testing.assert_allclose(given(OwnInput(True, True, "-1 to 1")), 1 - 2 * digit.T, atol=1e-6)
