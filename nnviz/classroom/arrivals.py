"""From which address a class's pupils came, in this process alone: an address is kept nowhere."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict, deque

_MOST_KNOWN = 3_000  # classes and addresses
_MOST_THERE = 1_000  # pupils of each, those included who have gone


class Arrivals:
    """Who has joined which class from where, the latest ones."""

    def __init__(self) -> None:
        self._came: OrderedDict[tuple[str, str], deque[str]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, class_id: str, address: str) -> frozenset[str]:
        """Members of a class who came from there."""
        with self._lock:
            return frozenset(self._came.get((class_id, _network(address)), ()) if address else ())

    def note(self, class_id: str, address: str, member_id: str) -> None:
        """Somebody has joined from there."""
        if not address:
            return
        with self._lock:
            key = class_id, _network(address)
            self._came.setdefault(key, deque(maxlen=_MOST_THERE)).append(member_id)
            self._came.move_to_end(key)
            while len(self._came) > _MOST_KNOWN:
                self._came.popitem(last=False)

    def forget(self) -> None:
        """Know nothing any more."""
        with self._lock:
            self._came.clear()


def _network(address: str) -> str:
    """Of an IPv6 address, what one household or school has as a whole."""
    try:
        told = ipaddress.ip_address(address)
    except ValueError:
        return address
    if told.version == 4:
        return str(told)
    return str(ipaddress.ip_network((told, 64), strict=False))
