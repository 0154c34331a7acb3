"""The digits of a class as arrays, for whoever is in it; what has changed alone is asked for again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np

from nnviz.core.identity import Actor
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.history import class_digits, classes, database
from nnviz.history.class_digits import GivenDigit
from nnviz.history.classes import ClassNotFound, Classroom, NotInClass

_MOST_KNOWN = 12  # classes: one of 3,000 digits takes 6 MB


@dataclass(frozen=True, eq=False)
class ClassDigits:
    """The digits of a class that are in, in the order in which they were given.

    Attributes
    ----------
    version
        Of the class, at which these are its digits.
    numbers
        (n,) by which the class knows them.
    images
        (n, 28, 28) uint8 with 255 for ink.
    labels
        (n,) uint8: what was asked for.
    members
        (n,) the ids of the pupils who gave them.
    given
        (n,) Unix times.
    """

    version: int
    numbers: Array
    images: Array
    labels: Array
    members: Array
    given: Array

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, which: Array) -> ClassDigits:
        """Some of them, as an index or a mask picks them."""
        names = ("numbers", "images", "labels", "members", "given")
        return replace(self, **{name: getattr(self, name)[which] for name in names})

    def until(self, frozen: int | None) -> ClassDigits:
        """Those that a wall shows that was frozen at that version; all of them for None."""
        return self if frozen is None else self.part(self.numbers <= frozen)


_known: OrderedDict[tuple[str, str], tuple[int, dict[int, GivenDigit], ClassDigits]] = OrderedDict()
_lock = threading.Lock()


def check_visible(class_id: str, by: Actor) -> Classroom:
    """The class, if that is its teacher or one of its pupils.

    Raises
    ------
    NotInClass
        For anybody else.
    """
    room = classes.get_class(class_id)
    if not room.is_taught_by(by):
        member = classes.find_member(class_id, by)
        if member is None or member.out:
            raise NotInClass(say("Join the class first."))
    return room


def digits(class_id: str, *, by: Actor) -> ClassDigits:
    """The digits of a class that are in.

    Raises
    ------
    NotInClass
        For who is not in the class.
    ClassNotFound
        When there is no such class.
    """
    check_visible(class_id, by)
    key = database.url().render_as_string(hide_password=False), class_id
    with _lock:
        version, rows, made = _known.get(key, (0, {}, _EMPTY))
    try:
        now, changed = class_digits.digits_since(class_id, version)
    except ClassNotFound:
        with _lock:
            _known.pop(key, None)
        raise
    if now == version:
        return made
    if changed or not version:
        rows = dict(rows)
        for row in changed:
            if row.out:
                rows.pop(row.number, None)
            else:
                rows[row.number] = row
        made = _made(now, [rows[number] for number in sorted(rows)])
    else:
        made = replace(made, version=now)
    with _lock:
        if _known.get(key, (0,))[0] <= now:
            _known[key] = now, rows, made
        _known.move_to_end(key)
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return made


def remembered() -> frozenset[str]:
    """The classes of which this process has digits."""
    with _lock:
        return frozenset(class_id for _, class_id in _known)


def forget(class_id: str) -> None:
    """Let go of a class's digits in this process."""
    with _lock:
        for key in [key for key in _known if key[1] == class_id]:
            del _known[key]


def _made(version: int, rows: list[GivenDigit]) -> ClassDigits:
    images = np.frombuffer(b"".join(row.pixels for row in rows), np.uint8).reshape(len(rows), 28, 28)
    return ClassDigits(
        version,
        np.array([row.number for row in rows], np.int64),
        images,
        np.array([row.label for row in rows], np.uint8),
        np.array([row.member for row in rows], "U16"),
        np.array([row.given for row in rows], np.float64),
    )


_EMPTY = _made(0, [])
