"""The digits of classes in the database: given once, undone by who gave them, taken out by the teacher."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from nnviz.core.identity import Actor, NotYours
from nnviz.core.words import say
from nnviz.history import classes, database
from nnviz.history.classes import Ask, ClassRefused, Member, NotInClass

MOST_DIGITS = 6_000  # of a class, those that are out as well
MOST_OF_MEMBER = 300
MOST_A_MINUTE = 40  # of one pupil

Out = Literal["", "pupil", "teacher", "member"]
"""Who took a digit out: its pupil, the teacher, or the teacher together with its pupil; "" for nobody."""

_DIGITS, _MEMBERS = database.class_digits, database.class_members


class CollectingClosed(ClassRefused):
    """The teacher has closed collecting."""


class TooMuch(ClassRefused):
    """A pupil gives more, or faster, than anybody draws."""


@dataclass(frozen=True)
class Standing:
    """How a pupil stands.

    Attributes
    ----------
    asked
        The digit that they are to draw.
    given
        How many of theirs are in.
    last
        The number of the latest of these, which can be undone; None without one.
    collecting
        Whether the class collects digits, of this pupil too.
    """

    member: str
    nickname: str
    asked: int
    given: int
    last: int | None
    collecting: bool
    version: int


@dataclass(frozen=True)
class GivenDigit:
    """A digit of a class.

    Attributes
    ----------
    number
        Which grows from one digit to the next.
    member
        The id of who gave it.
    given
        Unix time.
    pixels
        784 bytes, 255 for ink.
    """

    number: int
    label: int
    member: str
    given: float
    out: Out
    pixels: bytes


def give(
    class_id: str,
    *,
    by: Actor,
    once: str,
    label: int,
    pixels: bytes,
    strokes: str,
    ask: Ask,
    now: float | None = None,
) -> Standing:
    """Give a digit; what was given with the same `once` before is not given again.

    Parameters
    ----------
    label
        The digit that was asked for.
    ask
        Which to ask for next.

    Raises
    ------
    CollectingClosed
        When the teacher has closed collecting.
    TooMuch
        When that is more than this pupil may give, or the class takes.
    NotInClass
        When they have not joined, or were taken out.
    """
    moment = time.time() if now is None else now
    with database.writing() as connection:
        room = classes.change(connection, class_id, moment)
        member = _member(connection, class_id, by)
        mine = (_DIGITS.c.class_id == class_id) & (_DIGITS.c.member == member.id)
        known = connection.execute(sa.select(_DIGITS.c.number).where(mine, _DIGITS.c.once == once)).scalar()
        if known is None:
            if not room.collecting:
                raise CollectingClosed(say("Collecting is closed. Your drawing stays on the pad."))
            _check_room(connection, class_id, mine, moment)
            values = {"number": room.version, "changed": room.version, "member": member.id, "once": once}
            rest = {"label": label, "given": moment, "out": "", "pixels": pixels, "strokes": strokes}
            connection.execute(sa.insert(_DIGITS).values(class_id=class_id, **values, **rest))
            _ask_for(
                connection, class_id, member, ask(*classes.given_of_each(connection, class_id, member.id))
            )
        return _standing(connection, class_id, by)


def undo(class_id: str, number: int, *, by: Actor) -> Standing:
    """Take one's own digit out, and be asked for the same again. One that is out is no error.

    Raises
    ------
    NotYours
        When another has given it.
    """
    with database.writing() as connection:
        room = classes.change(connection, class_id)
        member = _member(connection, class_id, by)
        it = (_DIGITS.c.class_id == class_id) & (_DIGITS.c.number == number)
        row = connection.execute(sa.select(_DIGITS.c.member, _DIGITS.c.label).where(it)).one_or_none()
        if row is None:
            raise ClassRefused(say("There is no such digit in this class."))
        if row.member != member.id:
            raise NotYours(say("Only who has given a digit may undo it."))
        gone = sa.update(_DIGITS).where(it, _DIGITS.c.out == "")
        if connection.execute(gone.values(out="pupil", changed=room.version)).rowcount:
            _ask_for(connection, class_id, member, row.label)
        return _standing(connection, class_id, by)


def skip(class_id: str, *, by: Actor, ask: Ask) -> Standing:
    """Be asked for another digit than now."""
    with database.writing() as connection:
        classes.find_in(connection, class_id, time.time())
        member = _member(connection, class_id, by)
        own, everybody = classes.given_of_each(connection, class_id, member.id)
        own[member.asked] += 1_000_000
        _ask_for(connection, class_id, member, ask(own, everybody))
        return _standing(connection, class_id, by)


def standing(class_id: str, *, by: Actor) -> Standing:
    """How a pupil stands.

    Raises
    ------
    NotInClass
        When they have not joined.
    """
    with database.reading() as connection:
        return _standing(connection, class_id, by)


def take_out(class_id: str, numbers: Collection[int], *, by: Actor) -> None:
    """Take digits out, as the teacher: nobody sees or counts them until they are back.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    _change_out(class_id, by, _DIGITS.c.number.in_(numbers), "", "teacher")


def get_back(class_id: str, numbers: Collection[int], *, by: Actor) -> None:
    """Get back digits that the teacher has taken out; what its pupil has undone stays out.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    _change_out(class_id, by, _DIGITS.c.number.in_(numbers), "teacher", "")


def take_member_out(class_id: str, member_id: str, *, by: Actor) -> None:
    """Take a pupil out with all their digits; they can give no more.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    _change_out(class_id, by, _DIGITS.c.member == member_id, "", "member", member_id)


def get_member_back(class_id: str, member_id: str, *, by: Actor) -> None:
    """Have a pupil in the class again, with the digits that went with them.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    _change_out(class_id, by, _DIGITS.c.member == member_id, "member", "", member_id)


def digits_since(class_id: str, version: int) -> tuple[int, Sequence[GivenDigit]]:
    """The version of a class, and its digits that have changed since another one, by number; of 0, all.

    Raises
    ------
    ClassNotFound
        When there is no such class.
    """
    with database.reading() as connection:
        now = classes.find_in(connection, class_id, time.time()).version
        columns = (_DIGITS.c.number, _DIGITS.c.label, _DIGITS.c.member, _DIGITS.c.given, _DIGITS.c.out)
        query = sa.select(*columns, _DIGITS.c.pixels).where(_DIGITS.c.class_id == class_id)
        query = query.where(_DIGITS.c.changed > version, _DIGITS.c.changed <= now)
        rows = connection.execute(query.order_by(_DIGITS.c.number)).all()
    return now, [GivenDigit(*row[:5], bytes(row.pixels)) for row in rows]


def counts(class_id: str, until: int | None = None) -> list[int]:
    """How many of each of the ten digits are in, of those up to a number."""
    query = sa.select(_DIGITS.c.label, sa.func.count()).group_by(_DIGITS.c.label)
    query = query.where(_DIGITS.c.class_id == class_id, _DIGITS.c.out == "")
    if until is not None:
        query = query.where(_DIGITS.c.number <= until)
    found = [0] * 10
    with database.reading() as connection:
        for label, n in connection.execute(query):
            found[label] = n
    return found


def taken_out(class_id: str, *, by: Actor) -> Sequence[GivenDigit]:
    """The digits that the teacher has taken out and can get back, the latest first.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    columns = (_DIGITS.c.number, _DIGITS.c.label, _DIGITS.c.member, _DIGITS.c.given, _DIGITS.c.out)
    query = sa.select(*columns, _DIGITS.c.pixels).where(_DIGITS.c.class_id == class_id)
    query = query.where(_DIGITS.c.out == "teacher").order_by(_DIGITS.c.changed.desc(), _DIGITS.c.number)
    with database.reading() as connection:
        room = classes.find_in(connection, class_id, time.time())
        classes.strictly(by).check(room.owner, say("see what was taken out of this class"))
        rows = connection.execute(query).all()
    return [GivenDigit(*row[:5], bytes(row.pixels)) for row in rows]


def strokes(class_id: str, number: int) -> str:
    """The strokes of a digit, as they were given; "" where there is no such digit."""
    it = (_DIGITS.c.class_id == class_id) & (_DIGITS.c.number == number)
    with database.reading() as connection:
        return str(connection.execute(sa.select(_DIGITS.c.strokes).where(it)).scalar() or "")


def all_strokes(class_id: str) -> dict[int, str]:
    """The strokes of every digit that is in, by number."""
    query = sa.select(_DIGITS.c.number, _DIGITS.c.strokes).where(_DIGITS.c.class_id == class_id)
    with database.reading() as connection:
        return {row.number: row.strokes for row in connection.execute(query.where(_DIGITS.c.out == ""))}


def _member(connection: sa.Connection, class_id: str, by: Actor) -> Member:
    member = classes.member_in(connection, class_id, by)
    if member is None:
        raise NotInClass(say("Join the class first."))
    if member.out:
        raise NotInClass(say("Your teacher has taken you out of this class."))
    return member


def _check_room(connection: sa.Connection, class_id: str, mine: sa.ColumnElement[bool], now: float) -> None:
    """Raise TooMuch where there is no room for one more of this pupil's."""
    lately = sa.func.sum(sa.case((_DIGITS.c.given > now - 60.0, 1), else_=0))
    n, recent = connection.execute(sa.select(sa.func.count(), lately).where(mine)).one()
    if n >= MOST_OF_MEMBER:
        raise TooMuch(say("You have given {most} digits: that is enough. Thank you!", most=MOST_OF_MEMBER))
    if (recent or 0) >= MOST_A_MINUTE:
        raise TooMuch(say("You draw very fast. Please wait a minute."))
    count = sa.select(sa.func.count()).where(_DIGITS.c.class_id == class_id)
    if connection.execute(count).scalar_one() >= MOST_DIGITS:
        raise TooMuch(say("This class has {most:,} digits: it takes no more.", most=MOST_DIGITS))


def _ask_for(connection: sa.Connection, class_id: str, member: Member, digit: int) -> None:
    it = (_MEMBERS.c.class_id == class_id) & (_MEMBERS.c.id == member.id)
    connection.execute(sa.update(_MEMBERS).where(it).values(asked=digit))


def _standing(connection: sa.Connection, class_id: str, by: Actor) -> Standing:
    room = classes.find_in(connection, class_id, time.time())
    member = classes.member_in(connection, class_id, by)
    if member is None:
        raise NotInClass(say("Join the class first."))
    mine = (_DIGITS.c.class_id == class_id) & (_DIGITS.c.member == member.id) & (_DIGITS.c.out == "")
    given, last = connection.execute(
        sa.select(sa.func.count(), sa.func.max(_DIGITS.c.number)).where(mine)
    ).one()
    collecting = room.collecting and not member.out
    return Standing(member.id, member.nickname, member.asked, given, last, collecting, room.version)


def _change_out(
    class_id: str,
    by: Actor,
    which: sa.ColumnElement[bool],
    before: Out,
    after: Out,
    member_id: str | None = None,
) -> None:
    with database.writing() as connection:
        room = classes.change_taught(connection, class_id, by, say("take digits out of this class"))
        here = (_DIGITS.c.class_id == class_id) & which & (_DIGITS.c.out == before)
        connection.execute(sa.update(_DIGITS).where(here).values(out=after, changed=room.version))
        if member_id is not None:
            it = (_MEMBERS.c.class_id == class_id) & (_MEMBERS.c.id == member_id)
            connection.execute(sa.update(_MEMBERS).where(it).values(out=int(after == "member")))
