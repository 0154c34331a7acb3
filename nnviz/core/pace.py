"""How fast one browser may ask, so that nobody's reruns take the server from the others.

Every browser saves up runs of pages as time goes by, up to some, and spends one for each page that it has
run. Who has none left waits for the next; where nobody else is asking, nobody waits. Browsers are told apart
by their cookies alone: thirty pupils of one school share an address and are thirty. An address has two
measures of its own. Who comes without a cookie shares one browser's measure with all such from there; and so
does who comes with a cookie that is new, once many new ones have come from that address in a short time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

RATE = 1.0  # runs of pages a second that a browser saves up: more than anybody looks at
MOST = 60.0  # runs that it may have saved up
FIRST = 30.0  # runs that a new one begins with
NEW_RATE, NEW_MOST = 0.5, 300.0  # new browsers of an address: a second, and at once
OWED = 20.0  # runs ahead of its measure, from which on nothing more is heard of a browser
PAGE, PART = 1.0, 0.05  # what the run of a page costs, and what everything less than that
CONNECTED = 0.2  # a new connection, for which the server keeps a session
BYTES = 500_000.0  # of messages, which cost as much as the run of a page

_NEAR = 5.0  # seconds for which somebody counts as asking
_TOLD = 10.0  # seconds for which a page says that its browser is slowed down
_MOST_KNOWN = 20_000  # browsers, and addresses


@dataclass
class _Saved:
    """What somebody has saved up, and when that was counted; until when they were held up, and are told."""

    runs: float
    at: float
    held: float = float("-inf")


class Pace:
    """What every browser has saved up, in this process. Times are of `time.monotonic`."""

    def __init__(self) -> None:
        self._saved: OrderedDict[str, _Saved] = OrderedDict()
        self._new: OrderedDict[str, _Saved] = OrderedDict()
        self._lock = threading.Lock()

    def arrive(self, owner: str, address: str, now: float | None = None) -> str:
        """The name under which a browser is counted that has just connected.

        Parameters
        ----------
        owner
            Its owner's id, "" for one without a cookie.
        """
        moment = time.monotonic() if now is None else now
        shared = f"address {address}"
        with self._lock:
            if not owner:
                return shared
            if owner in self._saved:
                return owner
            new = _counted(self._new, address, moment, NEW_RATE, NEW_MOST, NEW_MOST)
            if new.runs < 1:
                return shared
            new.runs -= 1
            _counted(self._saved, owner, moment, RATE, MOST, FIRST)
            return owner

    def ask(self, name: str, cost: float, now: float | None = None) -> float | None:
        """Spend what a message costs; the seconds that it has to wait. None when it is not to be heard.

        Parameters
        ----------
        name
            From `arrive`.
        cost
            In runs of pages.
        """
        moment = time.monotonic() if now is None else now
        with self._lock:
            one = _counted(self._saved, name, moment, RATE, MOST, FIRST)
            if self._alone(name, moment):
                one.runs = max(0.0, one.runs - cost)
                return 0.0
            if one.runs - cost < -OWED:
                return None
            one.runs -= cost
            wait = max(0.0, -one.runs / RATE)
            if wait:
                one.held = moment + wait
            return wait

    def is_slowed(self, owner: str, now: float | None = None) -> bool:
        """Whether that browser has had to wait lately."""
        moment = time.monotonic() if now is None else now
        with self._lock:
            one = self._saved.get(owner)
            return one is not None and moment - one.held < _TOLD

    def _alone(self, name: str, now: float) -> bool:
        """Whether nobody else has asked lately. The latest to ask are last."""
        for other, saved in reversed(self._saved.items()):
            if now - saved.at > _NEAR:
                return True
            if other != name:
                return False
        return True


def _counted(
    saved: OrderedDict[str, _Saved], name: str, now: float, rate: float, most: float, first: float
) -> _Saved:
    """What that one has saved up until now."""
    one = saved.setdefault(name, _Saved(first, now))
    one.runs = min(most, one.runs + rate * max(0.0, now - one.at))
    one.at = now
    saved.move_to_end(name)
    while len(saved) > _MOST_KNOWN:
        saved.popitem(last=False)
    return one


PACE = Pace()  # of this process
