"""Digits cut in parts are scikit-learn's cuts, to the last position, and made without it."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold, train_test_split

from nnviz.core.records import Array
from nnviz.data import mnist, stratified

SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def drawn_labels(draw: st.DrawFn) -> Array:
    """Labels of which there are very different numbers, as digits that somebody brings."""
    chance = np.random.default_rng(draw(st.integers(0, 1000)))
    counts = chance.integers(2, draw(st.sampled_from([3, 20, 90])), draw(st.integers(1, 10)))
    return chance.permutation(np.repeat(chance.permutation(10)[: len(counts)], counts))


@settings(max_examples=200, deadline=None)
@given(labels=drawn_labels(), share=st.floats(0, 1), seed=SEEDS)
def test_two_parts_are_those_of_train_test_split(labels: Array, share: float, seed: int) -> None:
    index = np.random.default_rng(1).permutation(2 * len(labels))[: len(labels)]
    everyone = np.full(2 * len(labels), -1)
    everyone[index] = labels
    n_second = round(share * len(labels))
    try:
        theirs = train_test_split(index, test_size=n_second, stratify=labels, random_state=seed)
    except ValueError:
        with pytest.raises(ValueError, match="cannot both have some of all"):
            stratified.cut(index, everyone, n_second, seed)
        return
    for ours, expected in zip(stratified.cut(index, everyone, n_second, seed), theirs, strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_the_study_s_digits_are_those_of_train_test_split() -> None:
    labels = mnist.embedded().labels
    index = np.arange(len(labels))
    for n_second in (2000, 300, 500):
        theirs = train_test_split(index, test_size=n_second, stratify=labels, random_state=42)
        for ours, expected in zip(stratified.cut(index, labels, n_second, 42), theirs, strict=True):
            np.testing.assert_array_equal(ours, expected)


@settings(max_examples=200, deadline=None)
@given(labels=drawn_labels(), count=st.integers(2, 20), seed=SEEDS)
def test_folds_are_those_of_stratified_k_fold(labels: Array, count: int, seed: int) -> None:
    theirs = StratifiedKFold(count, shuffle=True, random_state=seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a label has too few digits for all folds
            expected = [judged for _, judged in theirs.split(labels, labels)]
    except ValueError:
        with pytest.raises(ValueError, match="enough digits"):
            stratified.folds(labels, count, seed)
        return
    ours = stratified.folds(labels, count, seed)
    for fold, judged in enumerate(expected):
        np.testing.assert_array_equal(np.flatnonzero(ours == fold), judged)
