"""Is there anything new in a class? Every screen of it asks again and again: the answer is kept a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from nnviz.history import classes

KEPT = 0.2  # seconds
_MOST_KNOWN = 500

_known: OrderedDict[str, tuple[float, int | None]] = OrderedDict()
_lock = threading.Lock()


def version(class_id: str) -> int | None:
    """The version of a class, at most a fifth of a second old; None when it has ended."""
    now = time.monotonic()
    with _lock:
        until, known = _known.get(class_id, (0.0, None))
    if now < until:
        return known
    found = classes.version(class_id)
    with _lock:
        _known[class_id] = now + KEPT, found
        _known.move_to_end(class_id)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return found
