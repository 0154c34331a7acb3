"""Pads that pupils offer to show to their class: who offers, which one the teacher shows, what is on it now.

A row is there as long as its pupil offers, and what is drawn is in it only while the teacher shows it. Nobody
but the pupil begins an offer; the pupil, the teacher or silence ends it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.history import classes, database
from nnviz.history.classes import ClassNotFound, Member, NotInClass

SILENCE = 20.0  # seconds without a word from the pupil's browser, after which an offer has ended
_BEAT = 4.0  # and so many until it is noted again that the browser is there

Offering = Literal["off", "offered", "shown"]
_PADS, _MEMBERS = database.class_pads, database.class_members


@dataclass(frozen=True)
class Offer:
    """A pupil who offers their pad; whether it is the one that is shown."""

    member: str
    nickname: str
    shown: bool


@dataclass(frozen=True)
class LivePad:
    """What is on the pad that is shown.

    Attributes
    ----------
    number
        Another one after every change, so that nothing is fetched twice.
    pixels
        784 bytes as the networks read them, none while the pad is empty.
    strokes
        JSON, as of a digit that is given.
    """

    member: str
    number: int
    pixels: bytes
    strokes: str


def offer(class_id: str, *, by: Actor, now: float | None = None) -> Offering:
    """Offer one's own pad; what is on it is told by `draw`.

    Raises
    ------
    NotInClass
        When they have not joined, or were taken out.
    ClassNotFound
        When the class has ended.
    """
    moment = time.time() if now is None else now
    with database.writing() as connection:
        classes.change(connection, class_id, moment)  # which the teacher's page hears of
        member = _member(connection, class_id, by)
        _remove_silent(connection, moment)
        if (before := _state(connection, class_id, member.id)) is not None:
            return before
        told = {"seen": moment, "shown": 0, "number": 0, "pixels": b"", "strokes": "[]"}
        connection.execute(sa.insert(_PADS).values(class_id=class_id, member=member.id, **told))
    return "offered"


def end(class_id: str, *, by: Actor) -> Offering:
    """End one's own offer, and forget what was on the pad; without an offer that is no error.

    Raises
    ------
    NotInClass
        When they have not joined.
    """
    with database.writing() as connection:
        classes.change(connection, class_id)
        member = classes.member_in(connection, class_id, by)
        if member is None:
            raise NotInClass(say("Join the class first."))
        connection.execute(sa.delete(_PADS).where(_PADS.c.class_id == class_id, _PADS.c.member == member.id))
    return "off"


def draw(class_id: str, pixels: bytes, strokes: str, *, by: Actor, now: float | None = None) -> Offering:
    """Tell what is on one's own pad. It is kept only while the teacher shows it.

    Raises
    ------
    NotInClass
        When they have not joined, or were taken out.
    """
    moment = time.time() if now is None else now
    with database.writing() as connection:
        member = _member(connection, class_id, by)
        row = _row(connection, class_id, member.id)
        if row is None or row.seen <= moment - SILENCE:
            return "off"
        it = (_PADS.c.class_id == class_id) & (_PADS.c.member == member.id)
        if row.shown and (row.strokes, bytes(row.pixels)) != (strokes, pixels):
            told = {"seen": moment, "pixels": pixels, "strokes": strokes, "number": row.number + 1}
            connection.execute(sa.update(_PADS).where(it).values(**told))
        elif row.seen < moment - _BEAT:
            connection.execute(sa.update(_PADS).where(it).values(seen=moment))
    return "shown" if row.shown else "offered"


def offers(class_id: str, *, by: Actor, now: float | None = None) -> tuple[Offer, ...]:
    """Who offers their pad, by nickname.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    moment = time.time() if now is None else now
    with database.reading() as connection:
        _check_taught(connection, class_id, by, moment)
        both = _MEMBERS.join(
            _PADS, (_PADS.c.class_id == _MEMBERS.c.class_id) & (_PADS.c.member == _MEMBERS.c.id)
        )
        query = sa.select(_MEMBERS.c.id, _MEMBERS.c.nickname, _PADS.c.shown).select_from(both)
        here = (_PADS.c.class_id == class_id) & (_PADS.c.seen > moment - SILENCE) & (_MEMBERS.c.out == 0)
        rows = connection.execute(query.where(here).order_by(_MEMBERS.c.plain_name)).all()
    return tuple(Offer(row.id, row.nickname, bool(row.shown)) for row in rows)


def choose(class_id: str, member_id: str, *, by: Actor, now: float | None = None) -> None:
    """Show the pad of a pupil who offers it, in place of the one before; "" shows none.

    What was on the one before is forgotten. Who does not offer any more is not shown.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    moment = time.time() if now is None else now
    with database.writing() as connection:
        classes.change_taught(connection, class_id, by, say("show a pad of this class"))
        _remove_silent(connection, moment)
        here = _PADS.c.class_id == class_id
        others = here & (_PADS.c.member != member_id) & (_PADS.c.shown == 1)
        gone = {"shown": 0, "pixels": b"", "strokes": "[]", "number": _PADS.c.number + 1}
        connection.execute(sa.update(_PADS).where(others).values(**gone))
        connection.execute(sa.update(_PADS).where(here, _PADS.c.member == member_id).values(shown=1))


def shown(class_id: str, *, by: Actor, now: float | None = None) -> LivePad | None:
    """What is on the pad that is shown; None while none is.

    Raises
    ------
    NotYours
        When it is another's class.
    ClassNotFound
        When the class has ended.
    """
    moment = time.time() if now is None else now
    with database.reading() as connection:
        _check_taught(connection, class_id, by, moment)
        here = (_PADS.c.class_id == class_id) & (_PADS.c.shown == 1) & (_PADS.c.seen > moment - SILENCE)
        within = sa.select(_MEMBERS.c.id).where(_MEMBERS.c.class_id == class_id, _MEMBERS.c.out == 0)
        row = connection.execute(sa.select(_PADS).where(here, _PADS.c.member.in_(within))).first()
    return LivePad(row.member, row.number, bytes(row.pixels), row.strokes) if row is not None else None


def forget_silent(now: float | None = None) -> None:
    """Remove the offers whose browsers have gone, with what was on their pads."""
    with database.writing() as connection:
        _remove_silent(connection, time.time() if now is None else now)


def _member(connection: sa.Connection, class_id: str, by: Actor) -> Member:
    member = classes.member_in(connection, class_id, by)
    if member is None:
        if connection.execute(sa.select(database.classes.c.id).filter_by(id=class_id)).first() is None:
            raise ClassNotFound(say("There is no such class: the code is wrong, or the class has ended."))
        raise NotInClass(say("Join the class first."))
    if member.out:
        raise NotInClass(say("Your teacher has taken you out of this class."))
    return member


def _row(connection: sa.Connection, class_id: str, member_id: str) -> sa.Row[tuple[object, ...]] | None:
    it = (_PADS.c.class_id == class_id) & (_PADS.c.member == member_id)
    return connection.execute(sa.select(_PADS).where(it)).one_or_none()


def _state(connection: sa.Connection, class_id: str, member_id: str) -> Offering | None:
    row = _row(connection, class_id, member_id)
    if row is None:
        return None
    return "shown" if row.shown else "offered"


def _check_taught(connection: sa.Connection, class_id: str, by: Actor, now: float) -> None:
    room = classes.find_in(connection, class_id, now)
    classes.strictly(by).check(room.owner, say("show a pad of this class"))


def _remove_silent(connection: sa.Connection, now: float) -> None:
    connection.execute(sa.delete(_PADS).where(_PADS.c.seen <= now - SILENCE))
