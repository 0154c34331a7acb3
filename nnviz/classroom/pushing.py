"""What a teacher sends to all screens of a class, and the question of each whether there is anything."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from nnviz.history import class_pushes
from nnviz.history.class_pushes import Push, push

_KEPT = 0.3  # seconds: all screens of a class ask, again and again
_MOST_KNOWN = 500
_known: OrderedDict[str, tuple[float, Push | None]] = OrderedDict()
_lock = threading.Lock()


def pushed(class_id: str) -> Push | None:
    """What was sent last, at most a third of a second old."""
    now = time.monotonic()
    with _lock:
        until, known = _known.get(class_id, (0.0, None))
    if now < until:
        return known
    found = class_pushes.pushed(class_id)
    with _lock:
        _known[class_id] = now + _KEPT, found
        _known.move_to_end(class_id)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return found


__all__ = ["Push", "push", "pushed"]
