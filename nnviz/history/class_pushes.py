"""What a teacher has sent to all screens of a class: one thing at a time, in place of the one before."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.history import classes, database

LONGEST = 4_000  # characters of what is told


@dataclass(frozen=True)
class Push:
    """What was sent last.

    Attributes
    ----------
    number
        One more than of the one before.
    kind
        "view", "lesson", "attention", or "nothing", which takes back what was sent.
    told
        The sealed view, or the name of the lesson.
    step
        Of the lesson, from 0.
    """

    number: int
    kind: str
    told: str = ""
    step: int = 0


def push(class_id: str, kind: str, told: str = "", step: int = 0, *, by: Actor) -> Push:
    """Send something to all screens of a class.

    Raises
    ------
    NotYours
        When it is another's class.
    ClassNotFound
        When it has ended.
    """
    table = database.class_pushes
    with database.writing() as connection:
        classes.change_taught(connection, class_id, by, say("send something to this class"))
        before = connection.execute(sa.select(table.c.number).where(table.c.class_id == class_id)).scalar()
        connection.execute(sa.delete(table).where(table.c.class_id == class_id))
        sent = Push((before or 0) + 1, kind, told[:LONGEST], step)
        values = {"class_id": class_id, "number": sent.number, "kind": kind, "told": sent.told, "step": step}
        connection.execute(sa.insert(table).values(**values))
    return sent


def pushed(class_id: str) -> Push | None:
    """What was sent last; None where nothing was, or the class has ended."""
    table = database.class_pushes
    with database.reading() as connection:
        row = connection.execute(sa.select(table).where(table.c.class_id == class_id)).one_or_none()
    return Push(row.number, row.kind, row.told, row.step) if row is not None else None
