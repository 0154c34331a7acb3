"""What decided between two answers: against sums by hand, and neighbours against scikit-learn's."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from nnviz.core.records import Array
from nnviz.data import splits
from nnviz.evaluation import nearest_neighbours
from nnviz.inference import graph
from nnviz.inference.graph import Network, Part
from nnviz.inspection import causes

SIZES = (784, 7, 5, 10)


@pytest.fixture
def weights() -> tuple[list[Array], list[Array]]:
    chance = np.random.default_rng(4)
    kernels = [chance.normal(0, 0.3, (a, b)).astype(np.float32) for a, b in pairwise(SIZES)]
    return kernels, [chance.normal(0, 1, n).astype(np.float32) for n in SIZES[1:]]


def test_contributions_are_those_by_hand_and_sum_to_the_difference(
    weights: tuple[list[Array], list[Array]],
) -> None:
    kernels, biases = weights
    image = np.random.default_rng(5).random(784, np.float32)
    values = image.astype(np.float64)
    for kernel, bias in list(zip(kernels, biases, strict=True))[:-1]:
        values = np.maximum(values @ kernel.astype(np.float64) + bias, 0)
    logits = values @ kernels[-1].astype(np.float64) + biases[-1]
    network = graph.dense(kernels, biases, "relu")
    found = causes.contributions(network, image, 3, 8)
    by_hand = [values[j] * (float(kernels[-1][j, 3]) - float(kernels[-1][j, 8])) for j in range(5)]
    np.testing.assert_allclose(found.units, by_hand, rtol=1e-5, atol=1e-6)
    assert found.bias == pytest.approx(float(biases[-1][3]) - float(biases[-1][8]), abs=1e-12)
    assert found.difference == pytest.approx(logits[3] - logits[8], abs=1e-4)
    said = network.predict(image)[0]
    assert found.difference == pytest.approx(np.log(said[3] / said[8]), abs=1e-3)
    np.testing.assert_allclose(causes.last_hidden(network, image)[0], values, rtol=1e-5, atol=1e-6)


def test_a_softmax_of_its_own_makes_no_difference(weights: tuple[list[Array], list[Array]]) -> None:
    whole = graph.dense(*weights, "relu")
    last = whole.parts[-1]
    sums = replace(last, options={**last.options, "activation": "linear"})
    softmax = Part("softmax", "Softmax", (last.name,), {"axis": -1}, (10,), {})
    apart = Network("apart", (*whole.parts[:-1], sums, softmax))
    image = np.random.default_rng(6).random(784, np.float32)
    np.testing.assert_array_equal(
        causes.contributions(apart, image, 1, 7).units, causes.contributions(whole, image, 1, 7).units
    )


def test_a_network_that_ends_otherwise_is_refused(weights: tuple[list[Array], list[Array]]) -> None:
    whole = graph.dense(*weights, "relu")
    last = whole.parts[-1]
    other = replace(last, options={**last.options, "activation": "sigmoid"})
    with pytest.raises(causes.NoSum):
        causes.contributions(replace(whole, parts=(*whole.parts[:-1], other)), np.zeros(784), 1, 7)


def test_neighbours_in_the_last_hidden_layer_are_scikit_learns(
    weights: tuple[list[Array], list[Array]],
) -> None:
    split = splits.load_split(splits.DataSpec())
    network = graph.dense(*weights, "relu")
    known = causes.last_hidden(network, split.x_train[:800])
    own = causes.last_hidden(network, split.x_test[:20])
    positions, distances = nearest_neighbours.of_new(known, own, 6)
    far, near = (
        NearestNeighbors(n_neighbors=6, algorithm="brute").fit(known.astype(np.float64)).kneighbors(own)
    )
    np.testing.assert_allclose(distances, far, rtol=1e-4, atol=1e-5)
    assert (positions == near).mean() > 0.99, "equals may stand in another order"
