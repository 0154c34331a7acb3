"""Which digit a pupil is asked for: of those they have given least often, one that the class needs most."""

from __future__ import annotations

import random
from collections.abc import Sequence

_chance = random.SystemRandom()


def next_digit(own: Sequence[int], everybody: Sequence[int]) -> int:
    """The digit to ask for; among equals, any.

    Parameters
    ----------
    own, everybody
        How many of each the pupil and the class have given, or are drawing.
    """
    return min(range(10), key=lambda digit: (own[digit], everybody[digit], _chance.random()))
