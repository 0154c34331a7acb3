"""How a classifier did: what it said beside what was true, counted and put in order.

The numbers are scikit-learn's, which the tests hold them to; counting ten digits here keeps it, and the 160
MB that come with it, out of the server.
"""

from __future__ import annotations

import numpy as np

from nnviz.core.records import Array, Evaluation, Reliability

_LEAST = np.finfo(np.float64).eps  # what a truth that was given no chance counts as
_ROUNDING = 1e-3  # how far float32 probabilities of ten digits may sum from 1


def evaluate(labels: Array, probabilities: Array) -> Evaluation:
    """What a classifier's probabilities say about digits with known labels.

    The loss is the mean cross-entropy in nats. Precision, recall and F1 are 0 for a digit that was never
    predicted or never there.

    Parameters
    ----------
    labels
        (n,) whole numbers 0 to 9.
    probabilities
        (n, 10), rows summing to 1, column k for digit k.

    Raises
    ------
    ValueError
        On anything else than the above, or no digits at all.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    _check(labels, probabilities)
    labels = labels.astype(np.int64)
    predicted = probabilities.argmax(axis=1)
    confusion = confusion_matrix(labels, predicted)
    right, there, said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    of_truth = np.maximum(exact[np.arange(len(labels)), labels], _LEAST)
    wrong = np.flatnonzero(predicted != labels)
    confidence = probabilities[wrong, predicted[wrong]]
    return Evaluation(
        labels=labels,
        predicted=predicted,
        probabilities=probabilities.astype(np.float32),
        confusion=confusion,
        accuracy=float(np.mean(predicted == labels)),
        loss=float(-np.log(of_truth).mean()),
        precision=_share(right, said),
        recall=_share(right, there),
        f1=_share(2 * right, there + said),
        mistakes=wrong[np.argsort(-confidence, kind="stable")],
    )


def confusion_matrix(labels: Array, predicted: Array) -> Array:
    """How often each digit was taken for each.

    Parameters
    ----------
    labels, predicted
        (n,) whole numbers 0 to 9.

    Returns
    -------
    Array
        (10, 10) int64: what was true down, what was said along.
    """
    return np.bincount(10 * labels.astype(np.int64) + predicted, minlength=100).reshape(10, 10)


def reliability(evaluation: Evaluation, groups: int = 10) -> Reliability:
    """How often a classifier was right beside how sure it was of its answers.

    Parameters
    ----------
    groups
        Of equal width from 0 to 1; those without a digit are left out.
    """
    sure = evaluation.probabilities.max(axis=1).astype(np.float64)
    right = evaluation.predicted == evaluation.labels
    group = np.minimum((sure * groups).astype(int), groups - 1)
    n = np.bincount(group, minlength=groups)
    there = n > 0
    return Reliability(
        np.bincount(group, sure, groups)[there] / n[there],
        np.bincount(group, right, groups)[there] / n[there],
        n[there],
    )


def _share(part: Array, whole: Array) -> Array:
    """Part / whole, and 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _check(labels: Array, probabilities: Array) -> None:
    if labels.ndim != 1 or len(labels) == 0 or labels.dtype.kind not in "iu":
        raise ValueError(
            f"Expected one whole number a digit as labels, got {labels.shape} of {labels.dtype}."
        )
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"Expected labels from 0 to 9, got {labels.min()} to {labels.max()}.")
    if probabilities.shape != (len(labels), 10) or probabilities.dtype.kind != "f":
        raise ValueError(
            f"Expected ten probabilities for each of {len(labels)} digits, "
            f"got {probabilities.shape} of {probabilities.dtype}."
        )
    # NaN is neither: written so that it does not pass.
    if not (probabilities.min() >= 0 and np.allclose(probabilities.sum(axis=1), 1, rtol=0, atol=_ROUNDING)):
        raise ValueError("Expected probabilities from 0 to 1 that sum to 1 for every digit.")
