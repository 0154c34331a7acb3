"""How often somebody may guess: wrong tries are counted by who made them, and forgotten after a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence

from nnviz.core.words import say

_MOST_KNOWN = 10_000  # whose tries are remembered


class TooManyTries(Exception):
    """Somebody has guessed too often; one sentence for the user."""


class Tries:
    """Wrong tries of this process.

    Parameters
    ----------
    most
        That anybody has before they must wait.
    seconds
        After which a wrong one is forgotten.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._wrong: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, names: Sequence[str], now: float | None = None) -> None:
        """Count a try before it is looked at, so that many at once are no way round; `forgive` takes it back.

        Parameters
        ----------
        names
            All that is known of who tries: each has its own count, the first `most`, the others five times
            as many, as several people may share them.
        now
            Seconds, of `time.monotonic` if it is not told.

        Raises
        ------
        TooManyTries
            When one of them has to wait.
        """
        moment = time.monotonic() if now is None else now
        with self._lock:
            for place, name in enumerate(names):
                recent = [each for each in self._wrong.get(name, ()) if moment - each < self._seconds]
                self._wrong[name] = recent
                self._wrong.move_to_end(name)
                if len(recent) >= self._most * (1 if place == 0 else 5):
                    minutes = max(1, round(self._seconds / 60))
                    raise TooManyTries(
                        say("That was tried too often. Please wait {minutes} minutes.", minutes=minutes)
                    )
            for name in names:
                self._wrong[name].append(moment)
            while len(self._wrong) > _MOST_KNOWN:
                self._wrong.popitem(last=False)

    def forgive(self, names: Sequence[str]) -> None:
        """The last try was right."""
        with self._lock:
            for name in names:
                if self._wrong.get(name):
                    self._wrong[name].pop()
