"""When digits were learned: a training of four epochs and six digits, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.evaluation.learning_times import LearningTimes, stayed_right_from

RIGHT = np.array(
    [  # one digit a column
        [1, 0, 0, 1, 0, 1],
        [1, 1, 0, 1, 0, 0],
        [1, 0, 0, 1, 0, 1],
        [1, 1, 1, 0, 0, 0],
    ],
    bool,
)
EPOCHS = (0, 1, 2, 9)


@pytest.fixture
def times() -> LearningTimes:
    labels = np.arange(6)
    said = np.where(RIGHT, labels, 9)
    return LearningTimes(EPOCHS, labels, np.eye(10, dtype=np.float32)[said])


def test_a_digit_is_learned_at_the_epoch_from_which_it_stays_right(times: LearningTimes) -> None:
    np.testing.assert_array_equal(times.right, RIGHT)
    assert times.stayed_from.tolist() == [0, 3, 3, 4, 4, 4]
    told = [stayed_right_from(EPOCHS, times.probabilities[:, i], i) for i in range(6)]
    assert told == [0, 9, 9, None, None, None]


def test_every_digit_is_in_one_group_the_clearest_case_first(times: LearningTimes) -> None:
    assert times.group("first").tolist() == [0]
    assert times.group("late").tolist() == [2, 1]
    assert times.group("forgotten").tolist() == [3, 5]  # right three times, and twice
    assert times.group("never").tolist() == [4]
