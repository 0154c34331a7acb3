"""A class's digits to take along: as arrays with their strokes, and as a table that can be uploaded."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np

from nnviz.classroom.arrays import ClassDigits, digits
from nnviz.core import csv_text
from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.history import class_digits, classes


def as_npz(class_id: str, *, by: Actor) -> bytes:
    """Images, labels, the number and nickname of each digit's pupil, times, and strokes as JSON.

    Raises
    ------
    NotYours
        When that is not the class's teacher.
    """
    given, pupils, names = _all(class_id, by)
    strokes = class_digits.all_strokes(class_id)
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        images=given.images,
        labels=given.labels,
        pupils=np.array(pupils, np.int64),
        nicknames=np.array(names, "U24"),
        given=given.given,
        # As bytes: each takes as many as the longest of them, and as text four times as many.
        strokes=np.array([strokes.get(int(number), "[]").encode() for number in given.numbers], np.bytes_),
    )
    return file.getvalue()


def as_csv(class_id: str, *, by: Actor) -> bytes:
    """A row a digit: its label, its 784 pixels, its pupil's number and nickname, and when it was given.

    Raises
    ------
    NotYours
        When that is not the class's teacher.
    """
    given, pupils, names = _all(class_id, by)
    header = ["label", *(f"pixel{i}" for i in range(784)), "pupil", "given"]
    lines = (
        [
            int(label),
            *image.ravel().tolist(),
            f"{pupil} {name}",
            datetime.fromtimestamp(when, UTC).isoformat(),
        ]
        for label, image, pupil, name, when in zip(
            given.labels, given.images, pupils, names, given.given.tolist(), strict=True
        )
    )
    return csv_text.written(header, lines).encode()


def _all(class_id: str, by: Actor) -> tuple[ClassDigits, list[int], list[str]]:
    """All digits, and of each its pupil's place in the class from 1 on, and their nickname."""
    room = classes.get_class(class_id)
    classes.strictly(by).check(room.owner, say("take the digits of this class along"))
    given = digits(class_id, by=by)
    known = {member.id: (i, member.nickname) for i, member in enumerate(classes.members(class_id), 1)}
    theirs = [known.get(member, (0, "")) for member in given.members.tolist()]
    return given, [number for number, _ in theirs], [name for _, name in theirs]
