"""A class's digits as a data set like any other: to learn from, to be judged by, gone with the class.

What is learned from has to stay as it was, so a data set is the class's digits at one version, kept beside
those that people bring (`data.kept_digits`). Asked again after something has come in, it is another one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

from nnviz.classroom import arrays
from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.data import kept_digits, splits
from nnviz.data.mnist import DataError, make_dataset
from nnviz.data.splits import DataSpec
from nnviz.history import classes, database

_MOST_KNOWN = 50

_known: OrderedDict[tuple[str, str], tuple[int, tuple[str, ...], DataSpec]] = OrderedDict()
_lock = threading.Lock()


def dataset(class_id: str, *, by: Actor) -> DataSpec:
    """The class's digits as they are now, which its teacher and pupils alone can read.

    A hand is a pupil, by the order in which they joined.

    Raises
    ------
    NotInClass
        For who is not in the class.
    ClassNotFound
        When there is no such class.
    DataError
        When there are none yet, or the disk cannot take them.
    """
    room = arrays.check_visible(class_id, by)
    given = arrays.digits(class_id, by=by)
    if not len(given):
        raise DataError(say("The class has given no digits yet."))
    members = classes.members(class_id)
    readers = (room.owner, *(member.owner for member in members if not member.out))
    key = database.url().render_as_string(hide_password=False), class_id
    with _lock:
        version, known, spec = _known.get(key, (0, (), DataSpec()))
    if version == given.version and known == readers and splits.upload_path(spec.digest).exists():
        return spec
    places = {member.id: i for i, member in enumerate(members)}
    hands = np.array([places.get(member, len(members)) for member in given.members.tolist()], np.int64)
    made = make_dataset(
        say("class {code}", code=room.code),
        given.images,
        given.labels,
        say("Drawn by the pupils of a class"),
        hands,
    )
    spec = kept_digits.keep_of_group(made, class_id, readers)
    with _lock:
        _known[key] = given.version, readers, spec
        while len(_known) > _MOST_KNOWN:
            _known.popitem(last=False)
    return spec


def hand_of(class_id: str, *, by: Actor) -> int | None:
    """Which hand of the data set is that pupil's own; None of who has joined no class, as its teacher."""
    me = classes.find_member(class_id, by)
    if me is None:
        return None
    return next((i for i, each in enumerate(classes.members(class_id)) if each.id == me.id), None)
