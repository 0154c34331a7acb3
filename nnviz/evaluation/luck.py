"""Whether a difference may be luck, and the words for it: one rule for every page, in plain NumPy.

What is compared has a p-value, whichever test fits: repeats seed by seed (`paired`), a mean beside a number
that is known (`of_mean`), two networks digit by digit (`history.comparison`). What it means is then said by
`told_apart` and `said` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import atan, cos, pi, sin, sqrt

import numpy as np

from nnviz.core.words import say

FEWEST = 6  # pairs: of 5 that all agree, chance alone still does as much in 2 of 32 shuffles, above DOUBT
DOUBT = 0.05  # what chance does more often than this is not told apart from it
_ROUNDS = 200  # halvings of a bracket, more than a float has bits
_FINE = 1e6  # into how many parts the error of a pixel is cut to be counted


def told_apart(p_value: float) -> bool:
    """Whether so small a p-value says that a difference is more than luck."""
    return p_value <= DOUBT


def said(p_value: float) -> str:
    """What a p-value says, as the end of a sentence that begins with "The difference"."""
    if p_value > 0.2:
        return say("could well be luck")
    if not told_apart(p_value):
        return say("could be luck")
    return say("is probably not luck") if p_value > 0.001 else say("is almost certainly not luck")


@dataclass(frozen=True)
class Paired:
    """Two settings, each trained once with every seed, and judged by the same digits seed by seed.

    Attributes
    ----------
    differences
        How much better the second is, a seed each, in whole numbers: so many digits more, or as `counted`.
    shuffles
        Among how many choices of signs the test looks: 2 to the number of seeds.
    as_much
        In how many of them the sum is at least as far from 0.
    """

    differences: tuple[int, ...]
    shuffles: int
    as_much: int

    @property
    def p_value(self) -> float:
        """How often chance alone does as much, 0 to 1."""
        return self.as_much / self.shuffles

    @property
    def wrong(self) -> int:
        """How many pairs alone name the other winner than all of them together."""
        total = sum(self.differences)
        return sum(each * total < 0 for each in self.differences)

    @property
    def level(self) -> int:
        """How many pairs name no winner."""
        return sum(each == 0 for each in self.differences)

    @property
    def words(self) -> str:
        """The p-value in plain words."""
        of_thousand = 1000 * self.p_value
        if of_thousand < 1:
            return say("In fewer than 1 of 1,000 shuffles does chance alone do as much.")
        return say("In {n:,} of 1,000 shuffles chance alone does as much.", n=round(of_thousand))


def paired(differences: Sequence[int]) -> Paired:
    """The exact paired permutation test (Fisher 1935), which turns the sign of each difference both ways.

    Notes
    -----
    Digits are counted in whole numbers, so that all 2ⁿ sums are found by n additions of two shifted rows
    instead of one by one. Rows hold whole numbers up to 2ⁿ: above 62 seeds as Python has them, which is slow.
    """
    sizes = [abs(each) for each in differences]
    reach = sum(sizes)
    ways = np.zeros(
        2 * reach + 1, np.int64 if len(sizes) < 63 else object
    )  # how many choices of signs give each sum from -reach to reach
    ways[reach] = 1
    for size in sizes:
        ways = np.roll(ways, size) + np.roll(ways, -size)
    far = abs(sum(differences))
    as_much = ways[: reach - far + 1].sum() + ways[reach + far :].sum() if far else 2 ** len(sizes)
    return Paired(tuple(differences), 2 ** len(sizes), int(as_much))


def counted(differences: Sequence[float]) -> list[int]:
    """Differences that are no whole numbers, such as errors, as whole numbers for `paired`: in millionths.

    Large ones are cut into fewer parts, so that a page need not wait.
    """
    largest = max((abs(each) for each in differences), default=0.0)
    parts = min(_FINE, 1e5 / largest) if largest else _FINE
    return [round(each * parts) for each in differences]


def of_mean(mean: float, deviation: float, n: int, known: float) -> float:
    """How often chance alone puts the mean of n measurements as far from a known number (Student's t).

    Parameters
    ----------
    deviation
        Their sample standard deviation.
    """
    if n < 2:
        raise ValueError("a mean that may be luck takes at least two measurements")
    if not deviation:
        return float(mean == known)
    far = abs(mean - known) / (deviation / sqrt(n))
    return min(1.0, max(0.0, 2 * (1 - _t_below(far, n - 1))))


def interval(values: Sequence[float], sure: float = 0.95) -> tuple[float, float]:
    """Where the mean of endless repeats lies, so surely, if they scatter like a bell (Student's t)."""
    n = len(values)
    if n < 2:
        raise ValueError("an interval takes at least two repeats")
    mean = float(np.mean(values))
    reach = t_quantile((1 + sure) / 2, n - 1) * float(np.std(values, ddof=1)) / sqrt(n)
    return mean - reach, mean + reach


def t_quantile(share: float, freedom: int) -> float:
    """Below which number so large a share of Student's t lies, a share from 0.5 up to 1."""
    low, high = 0.0, 1.0
    while _t_below(high, freedom) < share:
        high *= 2
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        low, high = (middle, high) if _t_below(middle, freedom) < share else (low, middle)
    return (low + high) / 2


def _t_below(t: float, freedom: int) -> float:
    """The share of Student's t below a number: its finite series (Abramowitz and Stegun 1964, 26.7.3-4)."""
    angle = atan(t / sqrt(freedom))
    term = cos(angle) if freedom % 2 else 1.0
    total = term if freedom > 1 or freedom % 2 == 0 else 0.0
    for k in range(3 if freedom % 2 else 2, freedom, 2):
        term *= (k - 1) / k * cos(angle) ** 2
        total += term
    inside = 2 / pi * (angle + sin(angle) * total) if freedom % 2 else sin(angle) * total
    return 0.5 + inside / 2
