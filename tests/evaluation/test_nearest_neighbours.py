"""Neighbours: nobody is his own, the nearest come first, and their vote is scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from nnviz.core.records import Array
from nnviz.evaluation import nearest_neighbours


def codes(n: int = 120, size: int = 6) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, n)
    centres = rng.normal(0, 2, (10, size))
    return (centres[labels] + rng.normal(0, 1, (n, size))).astype(np.float32), labels.astype(np.int64)


def test_the_vote_is_that_of_scikit_learns_classifier_with_one_digit_left_out_at_a_time() -> None:
    x, labels = codes()
    positions, _ = nearest_neighbours.of_each(x)
    by_them = cross_val_predict(KNeighborsClassifier(5), x, labels, cv=LeaveOneOut())
    np.testing.assert_array_equal(nearest_neighbours.read_by_neighbours(labels, positions), by_them)
    assert nearest_neighbours.agreement(labels, x) == pytest.approx(np.mean(by_them == labels))
    assert 0.5 < nearest_neighbours.agreement(labels, x) < 1, (
        "neither hopeless nor beyond doubt, or it tests little"
    )


def test_the_nearest_others_come_first_with_their_distances() -> None:
    x, _ = codes(40)
    positions, distances = nearest_neighbours.of_each(x, 4)
    assert positions.shape == distances.shape == (40, 4)
    for i in range(40):
        far = np.linalg.norm(x - x[i], axis=1)
        far[i] = np.inf
        np.testing.assert_array_equal(positions[i], np.argsort(far)[:4])
        np.testing.assert_allclose(distances[i], np.sort(far)[:4], rtol=1e-3)


def test_twins_are_each_others_neighbours_and_not_their_own() -> None:
    x = np.repeat(np.eye(4, dtype=np.float32), 2, axis=0)
    positions, distances = nearest_neighbours.of_each(x, 1)
    assert positions.ravel().tolist() == [1, 0, 3, 2, 5, 4, 7, 6]
    assert not distances.any()


def test_there_are_no_more_neighbours_than_others() -> None:
    x, _ = codes(4)
    assert nearest_neighbours.of_each(x, 8)[0].shape == (4, 3)
    assert nearest_neighbours.of_each(x[:1], 8)[0].shape == (1, 0)
