"""Every screen of a class asks the same, again and again: an answer is kept a moment."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST_KNOWN = 500


class Recently(Generic[T]):
    """What was found out for a class a moment ago.

    Parameters
    ----------
    find
        Finds it out anew, given the id of the class.
    seconds
        How old an answer may be; 0 asks every time.
    """

    def __init__(self, find: Callable[[str], T], seconds: float) -> None:
        self.seconds = seconds
        self._find = find
        self._known: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, class_id: str) -> T:
        """The answer for that class, at most `seconds` old."""
        now = time.monotonic()
        with self._lock:
            if class_id in self._known:
                asked, known = self._known[class_id]
                if now - asked < self.seconds:
                    return known
        found = self._find(class_id)
        with self._lock:
            self._known[class_id] = now, found
            self._known.move_to_end(class_id)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._lock:
            self._known.clear()
