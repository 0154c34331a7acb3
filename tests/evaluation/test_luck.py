"""Luck among repeats, against all shuffles one by one, and against SciPy."""

import time
from itertools import product

import numpy as np
import pytest
from scipy import stats

from nnviz.evaluation import luck


@pytest.mark.parametrize(
    "differences", [(3, -1, 4, 1, 5), (0, 0, 2, -2, 7, 7, 1), (5,) * 8, (0,) * 5, (1, -1, 1, -1, 1, -1)]
)
def test_as_many_shuffles_do_as_much_as_are_counted_one_by_one(differences: tuple[int, ...]) -> None:
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    found = luck.paired(differences)
    assert (found.shuffles, found.as_much) == (len(sums), sum(s >= abs(sum(differences)) for s in sums))


def test_the_p_value_is_scipys() -> None:
    differences = np.random.default_rng(3).integers(-20, 30, 12)
    theirs = stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert luck.paired(differences.tolist()).p_value == pytest.approx(theirs.pvalue)


def test_thirty_pairs_of_one_size_are_a_toss_of_thirty_coins() -> None:
    found = luck.paired([4] * 21 + [-4] * 9)
    assert found.p_value == pytest.approx(stats.binomtest(21, 30).pvalue)
    assert (found.wrong, found.level) == (9, 0)


def test_fifty_pairs_far_apart_are_found_while_a_page_waits() -> None:
    began = time.process_time()
    found = luck.paired([8_800] * 48 + [-8_800] * 2)
    assert (found.shuffles, found.as_much) == (2**50, 2 * (1 + 50 + 1225))
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 19, 29, 30, 49])
def test_students_t_is_scipys(freedom: int) -> None:
    assert luck.t_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)


def test_an_interval_is_scipys() -> None:
    values = [0.91, 0.93, 0.9, 0.955, 0.92]
    theirs = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert luck.interval(values) == pytest.approx(theirs)


def test_a_mean_beside_a_known_number_is_scipys_t_test() -> None:
    values = [0.91, 0.93, 0.9, 0.955, 0.92]
    mean, deviation = float(np.mean(values)), float(np.std(values, ddof=1))
    for known in (0.9, 0.923, 0.95, 0.99):
        theirs = stats.ttest_1samp(values, known).pvalue
        assert luck.of_mean(mean, deviation, 5, known) == pytest.approx(theirs, rel=1e-9)


def test_luck_is_said_in_words_that_grow_surer() -> None:
    assert [luck.said(p) for p in (1.0, 0.1, 0.05, 1e-7)] == [
        "could well be luck",
        "could be luck",
        "is probably not luck",
        "is almost certainly not luck",
    ]
    assert [luck.told_apart(p) for p in (0.051, 0.05)] == [False, True]


def test_errors_are_counted_so_that_the_test_is_scipys() -> None:
    differences = np.random.default_rng(4).normal(0.001, 0.002, 11)
    theirs = stats.permutation_test(
        (differences,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    ours = luck.paired(luck.counted(differences.tolist())).p_value
    assert ours == pytest.approx(theirs.pvalue, abs=3 / 2**11)
    assert max(map(abs, luck.counted([3.0, -40.0]))) == 100_000
