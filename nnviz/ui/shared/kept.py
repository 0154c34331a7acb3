"""What a browser had on its pad last, for its other tabs and for after a reload: in memory, by owner.

Nobody but the owner is given it. The server forgets it when it ends, and the oldest when there are many.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from nnviz.core.records import Array

_MOST = 500  # browsers; a drawing is at most about 60 kB
_MOST_PLACES = 50


@dataclass(eq=False)
class Kept:
    """What is kept of a browser.

    Attributes
    ----------
    message
        The drawing as the pad sent it, checked; None for an empty pad.
    digit
        (28, 28) float32 in [0, 1], the same drawing as a network gets it.
    networks
        Names of networks that were chosen for the pad, by their place.
    digits
        Which digit is looked at, by the place where it is chosen: its name, and how often another one was
        asked for.
    lessons
        By lesson, the step it is at, and the steps that are done.
    followed
        The lesson that leads through the app; "" for none.
    room, teaches
        The id of the class that it is in, "" for none, and whether as its teacher.
    pushed
        The number of what that class was sent last, which it has followed.
    """

    message: dict[str, Any] | None = None
    digit: Array | None = None
    networks: dict[str, str] = field(default_factory=dict)
    digits: dict[str, tuple[str, int]] = field(default_factory=dict)
    lessons: dict[str, tuple[int, frozenset[int]]] = field(default_factory=dict)
    followed: str = ""
    room: str = ""
    teaches: bool = False
    pushed: int = 0


_browsers: OrderedDict[str, Kept] = OrderedDict()
_lock = threading.Lock()


def there_is() -> bool:
    """Whether anything is kept, of anybody."""
    return bool(_browsers)


def kept(owner: str) -> Kept:
    """What is kept of that browser; an empty one of which nothing is."""
    with _lock:
        return _browsers.get(owner) or Kept()


def keep_drawing(owner: str, message: dict[str, Any] | None, digit: Array | None) -> None:
    """Keep a browser's drawing in place of the one before."""
    with _lock:
        of = _of(owner)
        of.message, of.digit = message, digit


def keep_network(owner: str, place: str, name: str) -> None:
    """Keep which network a browser has in a place on its pad."""
    with _lock:
        _of(owner).networks[place] = name


def keep_digit(owner: str, place: str, name: str, turn: int) -> None:
    """Keep which digit a browser looks at in a place."""
    with _lock:
        digits = _of(owner).digits
        digits[place] = name, turn
        while len(digits) > _MOST_PLACES:
            del digits[next(iter(digits))]


def keep_lesson(owner: str, name: str, step: int, done: frozenset[int]) -> None:
    """Keep how far a browser is in the lesson that it follows; with name "" that it follows none."""
    with _lock:
        of = _of(owner)
        of.followed = name
        if name:
            of.lessons[name] = step, done
        while len(of.lessons) > _MOST_PLACES:
            del of.lessons[next(iter(of.lessons))]


def keep_room(owner: str, room: str, teaches: bool) -> None:
    """Keep which class a browser is in, and whether as its teacher; "" for none."""
    with _lock:
        of = _of(owner)
        if of.room != room:
            of.pushed = 0
        of.room, of.teaches = room, teaches


def keep_pushed(owner: str, number: int) -> None:
    """Keep that a browser has followed what its class was sent under that number."""
    with _lock:
        _of(owner).pushed = number


def _of(owner: str) -> Kept:
    found = _browsers.setdefault(owner, Kept())
    _browsers.move_to_end(owner)
    while len(_browsers) > _MOST:
        _browsers.popitem(last=False)
    return found
