"""Digits are moved whole, and networks are judged on where they end up."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz import figures
from nnviz.data import mnist
from nnviz.evaluation import translation
from nnviz.model_store import formats, store


def test_a_moved_digit_is_the_same_digit_elsewhere() -> None:
    digit = np.zeros((28, 28))
    digit[10:15, 8:12] = 1
    found = translation.moved(digit, 3.4, -2.6)
    assert np.array_equal(np.argwhere(found) - np.argwhere(digit), np.tile([3, -3], (20, 1)))


@pytest.mark.parametrize(("down", "right"), [(99, 0), (-99, 99), (0, -99), (0, 0)])
def test_no_ink_leaves_the_picture(down: int, right: int) -> None:
    image = mnist.embedded().images[77] / 255
    found = translation.moved(image, down, right)
    assert found.sum() == pytest.approx(image.sum())
    assert np.array_equal(np.sort(found.ravel()), np.sort(image.ravel()))
    assert translation.moved(np.zeros((28, 28)), down, right).sum() == 0


def test_scores_count_what_was_read_right_at_every_distance() -> None:
    images, labels = mnist.embedded().images[::250] / 255, mnist.embedded().labels[::250]
    middle = images.reshape(len(images), -1)

    def only_in_the_middle(rows: np.ndarray) -> np.ndarray:
        known = (np.abs(rows[:, None] - middle[None]).sum(axis=2) == 0).any(axis=1)
        return np.eye(10)[np.where(known, labels, (labels + 1) % 10)]

    assert translation.scores(only_in_the_middle, images, labels, (0, 3)) == [1.0, 0.0]


def test_the_cnn_for_drawn_digits_stands_more_than_the_mlp() -> None:
    positions = np.arange(0, 5000, 50)
    images, labels = mnist.embedded().images[positions] / 255, mnist.embedded().labels[positions]
    found = {}
    for name in ("mlp", "cnn_best"):
        path = store.find(name).path
        network = formats.read_network(path)
        found[name] = translation.scores(network.predict, images, labels, (0, 6))
    assert found["cnn_best"][1] > 0.9 > 0.8 > found["mlp"][1]
    words = figures.alt(figures.moved_accuracies((0, 6), found, len(positions)))
    assert (
        f"cnn_best: {found['cnn_best'][0]:.2%} in the middle, {found['cnn_best'][1]:.2%} moved by 6" in words
    )
