"""Classes in the database: opened by a teacher, joined by pupils, and gone with all that is in them.

Whoever changes anything of a class counts its version up first, in the same transaction. So changes of one
class come one after the other, whatever the database, and one number tells whether there is anything new.

Whose class it is counts alone: who runs the app without the class's secret is no teacher of it, but for who
has the teacher's key.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.history import database, people
from nnviz.history.repository import new_id

DAYS = 30
MOST_CLASSES, MOST_OWN = 300, 3  # at once, of everybody and of one teacher
MOST_MEMBERS = 150
MOST_OF_ADDRESS = 110  # of them from one address: three classes with a browser each, and some reloads
SETTLING = 60.0  # seconds that a pupil from a crowded address has to give something

_SWITCHES = ("collecting", "names_shown", "door_open")

Ask = Callable[[Sequence[int], Sequence[int]], int]
"""ask(own, all): the digit to ask a pupil for, by how many of each they and the class have given."""


class ClassRefused(Exception):
    """Something of a class cannot be had or done; one sentence for the user."""


class ClassNotFound(ClassRefused):
    """There is no such class, or it has ended."""


class NotInClass(ClassRefused):
    """Somebody has not joined the class, or was taken out of it."""


@dataclass(frozen=True)
class Classroom:
    """A class.

    Attributes
    ----------
    owner
        Its teacher.
    created, ends
        Unix time.
    version
        Another one after every change.
    collecting
        Whether pupils may give digits.
    frozen
        The version that the wall stays at; None while it goes on.
    names_shown
        Whether the projector may name pupils by their nicknames.
    door_open
        Whether as many as the class takes may come from one address.
    """

    id: str
    code: str
    owner: str
    created: float
    ends: float
    version: int
    collecting: bool
    frozen: int | None
    names_shown: bool
    door_open: bool = False

    def is_taught_by(self, actor: Actor) -> bool:
        """Whether that is its teacher."""
        return strictly(actor).may_change(self.owner)


@dataclass(frozen=True)
class Member:
    """A pupil in a class.

    Attributes
    ----------
    id
        Which says nothing of their browser.
    asked
        The digit that they are to draw.
    out
        Whether the teacher has taken them out.
    """

    id: str
    owner: str
    nickname: str
    joined: float
    asked: int
    out: bool


def strictly(actor: Actor) -> Actor:
    """The same actor without what being alone at the computer allows."""
    return replace(actor, alone=False)


def open_class(new_code: Callable[[], str], *, by: Actor, now: float | None = None) -> Classroom:
    """Begin a class, whose teacher is whoever asks.

    Parameters
    ----------
    new_code
        new_code(): six letters at random.
    now
        Unix time, if it is not to be the clock's.

    Raises
    ------
    ClassRefused
        When there are too many.
    """
    moment, table = time.time() if now is None else now, database.classes
    with database.writing() as connection:
        _remove_old(connection, moment)
        count = sa.select(sa.func.count()).select_from(table)
        if connection.execute(count.where(table.c.owner.in_(by.names))).scalar_one() >= MOST_OWN:
            raise ClassRefused(say("You have {most} classes already: end one first.", most=MOST_OWN))
        if connection.execute(count).scalar_one() >= MOST_CLASSES:
            raise ClassRefused(say("There are too many classes on this server already."))
        code = new_code()
        while connection.execute(sa.select(table.c.id).where(table.c.code == code)).scalar() is not None:
            code = new_code()
        class_id = new_id()
        values = {
            "id": class_id,
            "code": code,
            "owner": by.owner,
            "created": moment,
            "ends": moment + DAYS * 86_400.0,
            "version": 1,
            "collecting": 1,
            "frozen": None,
            "names_shown": 0,
            "door_open": 0,
        }
        connection.execute(sa.insert(table).values(**values))
        return find_in(connection, class_id, moment)


def find_class(code: str, *, now: float | None = None) -> Classroom:
    """The class of that code, as `new_code` made it.

    Raises
    ------
    ClassNotFound
        When there is none.
    """
    with database.reading() as connection:
        return _one(connection, database.classes.c.code == code, time.time() if now is None else now)


def get_class(class_id: str, *, now: float | None = None) -> Classroom:
    """The class of that id.

    Raises
    ------
    ClassNotFound
        When there is none.
    """
    with database.reading() as connection:
        return find_in(connection, class_id, time.time() if now is None else now)


def classes_of(actor: Actor, *, now: float | None = None) -> tuple[Classroom, ...]:
    """The classes that somebody teaches or has joined, the newest first."""
    table, members = database.classes, database.class_members
    joined = sa.select(members.c.class_id).where(members.c.owner.in_(actor.names))
    theirs = sa.or_(table.c.owner.in_(actor.names), table.c.id.in_(joined))
    later = table.c.ends > (time.time() if now is None else now)
    query = sa.select(table).where(theirs, later).order_by(table.c.created.desc(), table.c.id)
    with database.reading() as connection:
        return tuple(_class_of(row) for row in connection.execute(query.limit(20)))


def version(class_id: str) -> int | None:
    """The version of a class, which is another one when there is anything new; None when it has ended."""
    table = database.classes
    query = sa.select(table.c.version).where(table.c.id == class_id, table.c.ends > time.time())
    with database.reading() as connection:
        found: int | None = connection.execute(query).scalar()
    return found


def set_collecting(class_id: str, collecting: bool, *, by: Actor) -> Classroom:
    """Close or reopen collecting.

    Raises
    ------
    NotYours
        When it is another's class; as of every function here that takes `by` and changes the class.
    """
    return _set(class_id, by, say("open and close collecting"), collecting=int(collecting))


def set_frozen(class_id: str, frozen: bool, *, by: Actor) -> Classroom:
    """Have the wall stay as it is, or go on."""
    stays = database.classes.c.version if frozen else None
    return _set(class_id, by, say("freeze the wall"), frozen=stays)


def set_names_shown(class_id: str, shown: bool, *, by: Actor) -> Classroom:
    """Have the projector name pupils by their nicknames, or not."""
    return _set(class_id, by, say("show nicknames"), names_shown=int(shown))


def set_door_open(class_id: str, opened: bool, *, by: Actor) -> Classroom:
    """Have a class take as many as it can from one address, or not."""
    return _set(class_id, by, say("open the door of this class"), door_open=int(opened))


def end_class(class_id: str, *, by: Actor) -> None:
    """Remove a class and all that is in it, for good. One that has ended already is no error."""
    table = database.classes
    with database.writing() as connection:
        owner = connection.execute(sa.select(table.c.owner).where(table.c.id == class_id)).scalar()
        if owner is not None:
            strictly(by).check(owner, say("end this class"))
            connection.execute(sa.delete(table).where(table.c.id == class_id))  # and what goes with it


def expire(now: float | None = None) -> None:
    """Remove the classes whose time is over, with all that is in them."""
    with database.writing() as connection:
        _remove_old(connection, time.time() if now is None else now)


# Members


def join(
    class_id: str,
    *,
    by: Actor,
    nicknames: Iterable[str],
    ask: Ask,
    beside: Collection[str] = (),
    now: float | None = None,
) -> tuple[Member, bool]:
    """Become a pupil of a class, once; whether somebody has joined by this.

    Parameters
    ----------
    nicknames
        Of which the first that nobody has there is theirs.
    ask
        Which digit to ask them for first.
    beside
        Members who came from the same address. Of too many, the one that has waited longest without giving
        anything makes room, so that nobody is kept out by browsers that only hold places.

    Raises
    ------
    ClassRefused
        When there is no such class, or no place in it.
    """
    moment, table = time.time() if now is None else now, database.class_members
    if (known := find_member(class_id, by)) is not None:
        return known, False
    with database.writing() as connection:
        room = change(connection, class_id, moment)
        rows = connection.execute(sa.select(table).where(table.c.class_id == class_id)).all()
        for row in rows:
            if by.owns(row.owner):
                return _member_of(row), False
        if len(rows) >= MOST_MEMBERS:
            raise ClassRefused(say("This class is full: it has {most} pupils.", most=MOST_MEMBERS))
        near = [row.id for row in rows if row.id in beside]
        if not room.door_open and len(near) >= MOST_OF_ADDRESS:
            _make_room(connection, class_id, near, moment)
        taken = {row.plain_name for row in rows}
        name, plain = next(each for each in map(people.told_apart, nicknames) if each[1] not in taken)
        member = Member(new_id(), by.owner, name, moment, 0, False)
        member = replace(member, asked=ask(*given_of_each(connection, class_id, member.id)))
        values = {"id": member.id, "owner": member.owner, "nickname": name, "plain_name": plain}
        rest = {"joined": moment, "asked": member.asked, "out": 0}
        connection.execute(sa.insert(table).values(class_id=class_id, **values, **rest))
        return member, True


def find_member(class_id: str, actor: Actor) -> Member | None:
    """Who that is in a class, if they have joined it."""
    with database.reading() as connection:
        return member_in(connection, class_id, actor)


def members(class_id: str) -> tuple[Member, ...]:
    """The pupils of a class, in the order in which they joined."""
    table = database.class_members
    query = sa.select(table).where(table.c.class_id == class_id).order_by(table.c.joined, table.c.id)
    with database.reading() as connection:
        return tuple(_member_of(row) for row in connection.execute(query))


def choose_nickname(class_id: str, member_id: str, name: str, *, by: Actor) -> None:
    """Call a pupil something else; they may themselves, and the teacher.

    Raises
    ------
    NameRefused
        For a nickname that cannot be had.
    NotYours
        When it is another's.
    """
    name, plain = people.told_apart(name)
    if not plain:
        raise people.NameRefused(say("A nickname needs a letter or a figure."))
    table = database.class_members
    here = table.c.class_id == class_id
    with database.writing() as connection:
        room = change(connection, class_id)
        row = connection.execute(sa.select(table).where(here, table.c.id == member_id)).one_or_none()
        if row is None:
            raise NotInClass(say("This pupil is not in the class."))
        if not by.owns(row.owner):
            strictly(by).check(room.owner, say("change this nickname"))
        taken = sa.select(table.c.id).where(here, table.c.plain_name == plain, table.c.id != member_id)
        if connection.execute(taken).first() is not None:
            raise people.NameRefused(say("Somebody has this nickname already: please choose another."))
        renamed = sa.update(table).where(here, table.c.id == member_id)
        connection.execute(renamed.values(nickname=name, plain_name=plain))


def remove_idle(class_id: str, *, by: Actor) -> int:
    """Give the places free of all who have given nothing; how many. Whoever of them comes back joins anew.

    Raises
    ------
    NotYours
        When it is another's class.
    """
    with database.writing() as connection:
        change_taught(connection, class_id, by, say("remove pupils of this class"))
        here = database.class_members.c.class_id == class_id
        return connection.execute(sa.delete(database.class_members).where(here, _idle(class_id))).rowcount


def _make_room(connection: sa.Connection, class_id: str, beside: Collection[str], now: float) -> None:
    table = database.class_members
    waiting = (table.c.class_id == class_id) & (table.c.joined <= now - SETTLING) & table.c.id.in_(beside)
    query = sa.select(table.c.id).where(waiting, _idle(class_id)).order_by(table.c.joined).limit(1)
    found = connection.execute(query).scalar()
    if found is None:
        raise ClassRefused(
            say("Very many have come from your network just now. Wait a minute, or ask your teacher.")
        )
    connection.execute(sa.delete(table).where(table.c.class_id == class_id, table.c.id == found))


def _idle(class_id: str) -> sa.ColumnElement[bool]:
    """Members who have given nothing, offer no pad and were not taken out, which has to last."""
    table, digits, pads = database.class_members, database.class_digits, database.class_pads
    busy = [sa.select(each.c.member).where(each.c.class_id == class_id) for each in (digits, pads)]
    return (table.c.out == 0) & sa.and_(*(table.c.id.not_in(each) for each in busy))


# For who is within a transaction


def change(connection: sa.Connection, class_id: str, now: float | None = None) -> Classroom:
    """Count the version up, which keeps other changes of this class waiting; the class as it is then.

    Raises
    ------
    ClassNotFound
        When there is none.
    """
    table = database.classes
    counted = sa.update(table).where(table.c.id == class_id).values(version=table.c.version + 1)
    connection.execute(counted)
    return find_in(connection, class_id, time.time() if now is None else now)


def change_taught(connection: sa.Connection, class_id: str, by: Actor, act: str) -> Classroom:
    """As `change`, by its teacher alone.

    Raises
    ------
    NotYours
        When it is another's.
    """
    room = change(connection, class_id)
    strictly(by).check(room.owner, act)
    return room


def find_in(connection: sa.Connection, class_id: str, now: float) -> Classroom:
    """As `get_class`."""
    return _one(connection, database.classes.c.id == class_id, now)


def member_in(connection: sa.Connection, class_id: str, actor: Actor) -> Member | None:
    """As `find_member`. Who has joined with two browsers is the one of this browser."""
    table = database.class_members
    query = sa.select(table).where(table.c.class_id == class_id, table.c.owner.in_(actor.names))
    rows = connection.execute(query.order_by(table.c.owner != actor.owner, table.c.joined)).all()
    return _member_of(rows[0]) if rows else None


def given_of_each(connection: sa.Connection, class_id: str, member_id: str) -> tuple[list[int], list[int]]:
    """How many of each digit that pupil and the class have given; what others are at counts as given."""
    digits, pupils = database.class_digits, database.class_members
    theirs = sa.func.sum(sa.case((digits.c.member == member_id, 1), else_=0))
    query = sa.select(digits.c.label, sa.func.count(), theirs).group_by(digits.c.label)
    own, everybody = [0] * 10, [0] * 10
    for label, n, mine in connection.execute(query.where(digits.c.class_id == class_id, digits.c.out == "")):
        everybody[label] += n
        own[label] += mine
    others = (pupils.c.class_id == class_id) & (pupils.c.id != member_id) & (pupils.c.out == 0)
    for label, n in connection.execute(
        sa.select(pupils.c.asked, sa.func.count()).where(others).group_by(pupils.c.asked)
    ):
        everybody[label] += n
    return own, everybody


def _set(class_id: str, by: Actor, act: str, **values: object) -> Classroom:
    table = database.classes
    with database.writing() as connection:
        change_taught(connection, class_id, by, act)
        connection.execute(sa.update(table).where(table.c.id == class_id).values(**values))
        return find_in(connection, class_id, time.time())


def _one(connection: sa.Connection, which: sa.ColumnElement[bool], now: float) -> Classroom:
    table = database.classes
    row = connection.execute(sa.select(table).where(which, table.c.ends > now)).one_or_none()
    if row is None:
        raise ClassNotFound(say("There is no such class: the code is wrong, or the class has ended."))
    return _class_of(row)


def _class_of(row: sa.Row[tuple[object, ...]]) -> Classroom:
    told = dict(row._mapping)
    return Classroom(**{**told, **{name: bool(told[name]) for name in _SWITCHES}})


def _member_of(row: sa.Row[tuple[object, ...]]) -> Member:
    return Member(row.id, row.owner, row.nickname, row.joined, row.asked, bool(row.out))


def _remove_old(connection: sa.Connection, now: float) -> None:
    table = database.classes
    connection.execute(sa.delete(table).where(table.c.ends <= now))
