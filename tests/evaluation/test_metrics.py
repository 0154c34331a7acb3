"""An Evaluation is checked against numbers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support

from nnviz.evaluation.metrics import evaluate


def sure(*digits: int, confidence: float = 0.91) -> np.ndarray:
    """Probabilities that favour these digits, one a row, and share the rest equally."""
    probabilities = np.full((len(digits), 10), (1 - confidence) / 9, np.float32)
    probabilities[np.arange(len(digits)), digits] = confidence
    return probabilities


# True 4, 4, 4, 9, 9, 6, taken for 4, 9, 9, 9, 4, 6.
LABELS = np.array([4, 4, 4, 9, 9, 6])
PROBABILITIES = sure(4, 9, 9, 9, 4, 6)


def test_the_confusion_matrix_has_the_true_digit_down_and_the_predicted_along() -> None:
    expected = np.zeros((10, 10), np.int64)
    expected[4, 4], expected[4, 9], expected[9, 9], expected[9, 4], expected[6, 6] = 1, 2, 1, 1, 1
    np.testing.assert_array_equal(evaluate(LABELS, PROBABILITIES).confusion, expected)


def test_precision_recall_and_f1_of_a_case_worked_by_hand() -> None:
    evaluation = evaluate(LABELS, PROBABILITIES)
    assert evaluation.accuracy == pytest.approx(3 / 6)
    # 4 was said twice and right once, and was there three times; 9 was said three times, and there twice.
    np.testing.assert_allclose(evaluation.precision[[4, 9, 6]], [1 / 2, 1 / 3, 1])
    np.testing.assert_allclose(evaluation.recall[[4, 9, 6]], [1 / 3, 1 / 2, 1])
    np.testing.assert_allclose(evaluation.f1[[4, 9, 6]], [2 / 5, 2 / 5, 1])


def test_a_digit_that_never_occurs_scores_zero_and_warns_nobody() -> None:
    evaluation = evaluate(LABELS, PROBABILITIES)
    for scores in (evaluation.precision, evaluation.recall, evaluation.f1):
        assert scores.shape == (10,)
        assert scores[[0, 1, 2, 3, 5, 7, 8]].tolist() == [0] * 7


def test_the_loss_is_the_mean_negative_logarithm_of_what_the_truth_was_given() -> None:
    expected = -(3 * np.log(0.91) + 3 * np.log(0.01)) / 6
    assert evaluate(LABELS, PROBABILITIES).loss == pytest.approx(expected, rel=1e-5)


def test_a_truth_given_no_chance_at_all_costs_much_but_not_infinitely_much() -> None:
    loss = evaluate(np.array([3]), sure(5, confidence=1.0)).loss
    assert 10 < loss < 100


def test_mistakes_are_the_wrong_ones_from_the_surest_to_the_least_sure() -> None:
    probabilities = np.concatenate(
        [
            sure(1),
            sure(2, confidence=0.5),
            sure(3, confidence=0.9),
            sure(4, confidence=0.7),
            sure(5, confidence=0.9),
        ]
    )
    evaluation = evaluate(np.array([1, 9, 9, 9, 9]), probabilities)
    assert evaluation.mistakes.tolist() == [2, 4, 3, 1]  # equally sure: in the order they came
    assert evaluation.predicted.tolist() == [1, 2, 3, 4, 5]


def test_nothing_wrong_leaves_no_mistakes() -> None:
    assert evaluate(np.array([7, 8]), sure(7, 8)).mistakes.shape == (0,)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60))
def test_counts_agree_with_counting_one_by_one(pairs: list[tuple[int, int]]) -> None:
    labels = np.array([true for true, _ in pairs])
    evaluation = evaluate(labels, sure(*(said for _, said in pairs)))
    for true in range(10):
        for said in range(10):
            assert evaluation.confusion[true, said] == pairs.count((true, said))
    assert evaluation.accuracy == pytest.approx(1 - len(evaluation.mistakes) / len(pairs))


def test_the_types_are_the_records() -> None:
    evaluation = evaluate(LABELS.astype(np.uint8), PROBABILITIES.astype(np.float64))
    assert evaluation.labels.dtype == evaluation.predicted.dtype == evaluation.confusion.dtype == np.int64
    assert evaluation.probabilities.dtype == np.float32
    assert isinstance(evaluation.accuracy, float)
    assert isinstance(evaluation.loss, float)


@pytest.mark.parametrize(
    ("labels", "probabilities", "expected"),
    [
        (np.array([], int), np.zeros((0, 10)), "one whole number a digit"),
        (np.array([[1]]), sure(1), "one whole number a digit"),
        (np.array([1.0]), sure(1), "one whole number a digit"),
        (np.array([10]), sure(1), "labels from 0 to 9"),
        (np.array([-1]), sure(1), "labels from 0 to 9"),
        (np.array([1, 2]), sure(1), "ten probabilities for each of 2"),
        (np.array([1]), sure(1)[:, :9], "ten probabilities"),
        (np.array([1]), sure(1) * 2, "sum to 1"),
        (np.array([1]), np.full((1, 10), np.nan), "sum to 1"),
        (np.array([1]), np.array([[1.5, -0.5] + [0.0] * 8]), "from 0 to 1"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_what_was_expected(
    labels: np.ndarray, probabilities: np.ndarray, expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        evaluate(labels, probabilities)


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_every_number_is_scikit_learn_s(n: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    labels = dice.integers(0, 10, n)
    probabilities = dice.dirichlet(np.full(10, 0.1), n)
    found = evaluate(labels, probabilities)
    digits = np.arange(10)
    said = probabilities.argmax(axis=1)
    scores = precision_recall_fscore_support(labels, said, labels=digits, zero_division=0)
    for ours, theirs in zip((found.precision, found.recall, found.f1), scores, strict=False):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    np.testing.assert_array_equal(found.confusion, confusion_matrix(labels, said, labels=digits))
    assert found.loss == pytest.approx(log_loss(labels, probabilities, labels=digits), rel=1e-9)
