"""How a class begins, not too many of them from one place, and how it ends, with all that is in it."""

from __future__ import annotations

from contextlib import suppress

from nnviz.classroom import arrays
from nnviz.classroom.codes import new_code
from nnviz.core.identity import Actor
from nnviz.core.tries import Tries
from nnviz.data import kept_digits
from nnviz.history import class_pads, classes
from nnviz.history.classes import Classroom

_opened = Tries(6, 3600.0)  # by a browser; five times as many from one address


def open_class(*, by: Actor, address: str = "") -> Classroom:
    """Begin a class, whose teacher is whoever asks.

    Parameters
    ----------
    address
        Where it comes from.

    Raises
    ------
    ClassRefused
        When there are too many.
    TooManyTries
        When they were begun too often.
    DatabaseUnavailable
        When the database does not answer; as of everything here.
    """
    _opened.begin([f"class {by.owner}", *([f"class at {address}"] if address else [])])
    return classes.open_class(new_code, by=by)


def end_class(class_id: str, *, by: Actor) -> None:
    """Remove a class and all that is in it, for good. One that has ended already is no error.

    Raises
    ------
    NotYours
        When it is another's.
    """
    classes.end_class(class_id, by=by)
    arrays.forget(class_id)
    with suppress(OSError):  # a disk that fails is tried again by `expire`
        kept_digits.delete_group(class_id)


def expire(now: float | None = None) -> None:
    """Remove the classes whose time is over, with all that is in them.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.
    """
    classes.expire(now)
    class_pads.forget_silent(now)
    for class_id in arrays.remembered():
        if classes.version(class_id) is None:
            arrays.forget(class_id)
    for class_id in kept_digits.groups():
        if classes.version(class_id) is None:
            with suppress(OSError):
                kept_digits.delete_group(class_id)
