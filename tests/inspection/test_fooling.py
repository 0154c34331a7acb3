"""The smallest change that flips an answer: truly another, within the range, as far as it says it is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.data import splits
from nnviz.inference import graph
from nnviz.inference.graph import Network
from nnviz.inspection import fooling
from nnviz.keras_models.backend import keras
from nnviz.model_store import formats, store


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    split = splits.load_split(splits.DataSpec())
    return split.x_test, split.y_test


def shipped(name: str) -> Network:
    return formats.read_network(store.find(name).path)


def logistic(slopes: Array, biases: Array) -> Network:
    """Ten sums right on the pixels, whose borders are planes."""
    return graph.dense([slopes.astype(np.float32)], [biases.astype(np.float32)], "relu")


@pytest.mark.parametrize("name", ["mlp", "mlp_study", "cnn_k3", "cnn_best"])
def test_the_answer_is_another_and_no_pixel_leaves_the_range(name: str, digits: tuple[Array, Array]) -> None:
    network = shipped(name)
    for image in digits[0][:4]:
        found = fooling.smallest_change(network, image)
        assert found is not None
        said = network.predict(found.after)[0]
        assert said.argmax() != network.predict(image)[0].argmax()
        np.testing.assert_array_equal(said, found.said_after)
        np.testing.assert_array_equal(found.before.ravel(), image)
        assert found.after.min() >= 0
        assert found.after.max() <= 1
        halfway = (found.before + 0.9 * found.change).astype(np.float32)
        assert network.predict(halfway)[0].argmax() == found.said_before.argmax(), "it could be smaller"


@pytest.mark.parametrize("name", ["cnn_k3", "cnn_best"])
def test_keras_is_fooled_by_the_same_picture(name: str, digits: tuple[Array, Array]) -> None:
    model = keras().models.load_model(store.find(name).path)
    for image in digits[0][:3]:
        found = fooling.smallest_change(shipped(name), image)
        assert found is not None
        said = np.asarray(model(found.after.reshape(model.input_shape[1:])[None]))[0]
        assert said.argmax() == found.said_after.argmax() != found.said_before.argmax()


def test_a_wanted_answer_is_given_and_the_same_twice(digits: tuple[Array, Array]) -> None:
    network, image = shipped("mlp"), digits[0][0]
    given = int(network.predict(image)[0].argmax())
    target = (given + 1) % 10
    found, again = (fooling.smallest_change(network, image, target) for _ in range(2))
    assert found is not None
    assert again is not None
    assert found.said_after.argmax() == target
    np.testing.assert_array_equal(found.after, again.after)


def test_the_distance_is_the_one_by_hand() -> None:
    before, after = np.zeros((28, 28), np.float32), np.zeros((28, 28), np.float32)
    before[3, 4], after[3, 4] = 0.5, 0.1  # 0.4 away
    after[5, 5], after[6, 6] = 0.3, 0.05
    far = fooling.distance(before, after)
    assert far.pixels == 2
    assert far.length == pytest.approx((0.4**2 + 0.3**2 + 0.05**2) ** 0.5, abs=1e-6)
    assert far.largest == pytest.approx(0.4, abs=1e-6)


def test_a_border_that_is_a_plane_is_reached_on_the_shortest_way() -> None:
    slopes, biases = np.zeros((784, 10)), np.full(10, -50.0)
    slopes[:4, 1] = 1.0, 2.0, 3.0, -1.0
    biases[0], biases[1] = 1.0, 0.0
    image = np.full(784, 0.2, np.float32)
    found = fooling.smallest_change(logistic(slopes, biases), image)
    assert found is not None
    ahead = slopes[:, 1] @ image  # 1.0 each: the border is right here
    lacking = 1.0 - ahead + 0.01  # with the lead that is asked for
    assert found.distance.length == pytest.approx(lacking / np.linalg.norm(slopes[:, 1]), abs=2e-3)


def test_a_pixel_at_its_end_stays_there_and_the_others_go_on() -> None:
    slopes, biases = np.zeros((784, 10)), np.full(10, -50.0)
    slopes[:2, 1] = 3.0, 4.0
    biases[0] = 4.0
    biases[1] = 0.0
    image = np.zeros(784, np.float32)
    image[1] = 0.9
    found = fooling.smallest_change(logistic(slopes, biases), image)
    assert found is not None
    after = found.after.ravel()
    assert after[1] <= 1
    best = min(  # of all pairs on the border within the range
        np.hypot(x, y - 0.9) for y in np.linspace(0, 1, 2001) if 0 <= (x := (4.01 - 4 * y) / 3) <= 1
    )
    assert found.distance.length == pytest.approx(best, abs=5e-3)


def test_a_misread_digit_is_led_away_from_its_answer(digits: tuple[Array, Array]) -> None:
    network = shipped("mlp_study")
    said = network.predict(digits[0]).argmax(axis=1)
    place = int(np.flatnonzero(said != digits[1])[0])
    label = int(digits[1][place])
    found = fooling.smallest_change(network, digits[0][place], label)
    assert found is not None
    assert found.said_before.argmax() == said[place] != label
    assert found.said_after.argmax() == label


def test_an_answer_that_is_given_or_that_there_is_not_is_refused(digits: tuple[Array, Array]) -> None:
    network, image = shipped("mlp"), digits[0][0]
    given = int(network.predict(image)[0].argmax())
    with pytest.raises(fooling.SameAnswer, match=f"answers {given} already"):
        fooling.smallest_change(network, image, given)
    with pytest.raises(ValueError, match="there is no 10"):
        fooling.smallest_change(network, image, 10)


def test_a_network_that_looks_at_nothing_is_not_fooled() -> None:
    sizes = (784, 5, 10)
    kernels = [np.zeros(pair, np.float32) for pair in pairwise(sizes)]
    biases = [np.zeros(5, np.float32), np.arange(10, dtype=np.float32)]
    assert fooling.smallest_change(graph.dense(kernels, biases, "relu"), np.zeros(784)) is None


def test_too_few_steps_fool_nobody(digits: tuple[Array, Array]) -> None:
    assert fooling.smallest_change(shipped("cnn_best"), digits[0][0], steps=1) is None
