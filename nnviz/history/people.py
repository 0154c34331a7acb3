"""Who somebody is besides a browser: a nickname, the teacher, or the one who had another browser before.

What is known of all fits into a few kilobytes and is asked for with every page, so each process keeps it and
reads it again after two seconds, or at once after a change of its own. While the database is away, everybody
is the browser that they come with.

A browser that takes somebody's things along by their code is that person from then on, and so are the things
it had before: nothing is written anew, the two names stand for one person.
"""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nnviz.core import secret_words
from nnviz.core.identity import Actor
from nnviz.core.json_records import clean
from nnviz.core.tries import Tries
from nnviz.core.words import say
from nnviz.history import database
from nnviz.history.database import DatabaseUnavailable

LONGEST_NAME = 24
MOST_PEOPLE = 5_000
_KEPT, _AWAY = 2.0, 15.0  # seconds until it is asked again; until a database that was away is
_RESERVED = ("teacher", "yours", "nobody", "somebody", "shipped")

_tries = Tries(5, 600.0)


class NameRefused(ValueError):
    """A nickname that cannot be had; one sentence for the user."""


class WrongCode(ValueError):
    """A code or a key that is not right; one sentence for the user."""


@dataclass(frozen=True)
class People:
    """What is known of everybody.

    Attributes
    ----------
    owners
        By browser the owner that it stands for, unless that is itself.
    names
        Nicknames by owner.
    """

    owners: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    teachers: frozenset[str] = frozenset()

    def person(self, owner: str) -> str:
        """The one name that stands for all of a person's."""
        return self.owners.get(owner, owner)

    def actor(self, browser: str, *, alone: bool = False) -> Actor:
        """Who a browser is."""
        me = self.person(browser)
        also = frozenset(each for each, owner in self.owners.items() if owner == me) | {browser}
        return Actor(me, also - {me}, is_teacher=me in self.teachers, alone=alone)

    def whose(self, owner: str, actor: Actor) -> str:
        """Whose something is, for this actor: "yours", "the teacher's", a nickname, "somebody else's"."""
        if actor.owns(owner):
            return "yours"
        if self.person(owner) in self.teachers:
            return say("the teacher's")
        return self.names.get(self.person(owner), "") or (
            say("somebody else's") if owner else say("nobody's")
        )


_lock = threading.Lock()
_known: tuple[sa.URL | None, float, People] | None = (
    None  # the database, until when it counts, and what it said
)


def known() -> People:
    """What is known of everybody, at most two seconds old; nothing while the database is away."""
    global _known
    with _lock:
        now, address = time.monotonic(), _address()
        if _known is not None and _known[0] == address and now < _known[1]:
            return _known[2]
        before = _known[2] if _known is not None and _known[0] == address else People()
        try:
            found, lasts = _read(), _KEPT
        except DatabaseUnavailable:
            found, lasts = before, _AWAY
        _known = address, time.monotonic() + lasts, found
        return found


def teachers() -> frozenset[str]:
    """Every name under which a teacher's things are kept.

    Raises
    ------
    DatabaseUnavailable
        When the database does not answer.
    """
    found = _read()
    return found.teachers | {name for name, owner in found.owners.items() if owner in found.teachers}


def choose_name(actor: Actor, name: str) -> None:
    """Give oneself a nickname, which others see; an empty one takes it away.

    Raises
    ------
    NameRefused
        As of `told_apart`, and for another's.
    DatabaseUnavailable
        When the database does not answer.
    """
    name, plain = told_apart(name)
    table = database.people
    try:
        with database.writing() as connection:
            taken = sa.select(table.c.owner).where(table.c.plain_name == plain, table.c.owner != actor.owner)
            if name and connection.execute(taken).scalar() is not None:
                raise NameRefused(say("Somebody has this nickname already: please choose another."))
            _write(connection, actor.owner, name=name, plain_name=plain or None)
    finally:
        _forget()


def told_apart(name: str) -> tuple[str, str]:
    """A nickname as it is kept, and what no other may have in common with it.

    Raises
    ------
    NameRefused
        For one that is too long, or a word of the app's.
    """
    name = clean(name, 4 * LONGEST_NAME)
    alike = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(each for each in alike if each.isalnum()) or alike
    if len(name) > LONGEST_NAME:
        raise NameRefused(say("A nickname has at most {longest_name} characters.", longest_name=LONGEST_NAME))
    if any(word in plain for word in _RESERVED):
        raise NameRefused(say("Please choose another nickname: this one could be misunderstood."))
    return name, plain


def become_teacher(actor: Actor, key: str, *, address: str = "") -> None:
    """Be the teacher from now on, by the teacher's key.

    Parameters
    ----------
    address
        Where it comes from, by which tries are counted too.

    Raises
    ------
    WrongCode
        When that is not the key.
    TooManyTries
        When it was guessed at too often.
    DatabaseUnavailable
        When the database does not answer.
    """
    names = _triers("key", actor, address)
    _tries.begin(names)
    try:
        right = secret_words.is_teacher_key(key)
    except OSError as error:
        raise WrongCode(
            say("The teacher's key cannot be read: {strerror}.", strerror=error.strerror)
        ) from error
    if not right:
        raise WrongCode(say("That is not the teacher's key."))
    _tries.forgive(names)
    _set(actor.owner, teacher=1)


def resign(actor: Actor) -> None:
    """Be the teacher no longer.

    Raises
    ------
    DatabaseUnavailable
        When the database does not answer.
    """
    _set(actor.owner, teacher=0)


def new_code(actor: Actor) -> str:
    """A code by which another browser takes this person's things along; the one before counts no more.

    Raises
    ------
    NameRefused
        When too many people are known.
    DatabaseUnavailable
        When the database does not answer.
    """
    code = secret_words.new_code()
    _set(actor.owner, code=secret_words.digest(code))
    return code


def take_along(actor: Actor, code: str, *, address: str = "") -> None:
    """Be, in this browser, whoever made that code, and bring along what this browser has.

    Parameters
    ----------
    address
        As of `become_teacher`.

    Raises
    ------
    WrongCode
        When there is no such code.
    TooManyTries
        When it was guessed at too often.
    DatabaseUnavailable
        When the database does not answer.
    """
    if actor.is_teacher:
        raise WrongCode(say("You are the teacher here: stop being the teacher first."))
    names = _triers("code", actor, address)
    _tries.begin(names)
    people, browsers = database.people, database.browsers
    try:
        with database.writing() as connection:
            asked = sa.select(people.c.owner).where(people.c.code == secret_words.digest(code))
            owner = connection.execute(asked).scalar()
            if owner is None:
                raise WrongCode(say("There is no such code. A newer one makes it useless."))
            owner, me = _person(connection, owner), _person(connection, actor.owner)
            if owner != me:
                connection.execute(sa.update(browsers).where(browsers.c.owner == me).values(owner=owner))
                connection.execute(sa.insert(browsers).values(browser=me, owner=owner))
                connection.execute(sa.delete(people).where(people.c.owner == me))
    finally:
        _forget()
    _tries.forgive(names)


def _person(connection: sa.Connection, owner: str) -> str:
    table = database.browsers
    stands_for: str | None = connection.execute(
        sa.select(table.c.owner).where(table.c.browser == owner)
    ).scalar()
    return stands_for or owner


def _triers(what: str, actor: Actor, address: str) -> Sequence[str]:
    return [f"{what} {actor.owner}", *([f"{what} at {address}"] if address else [])]


def _set(owner: str, **values: object) -> None:
    try:
        with database.writing() as connection:
            _write(connection, owner, **values)
    finally:
        _forget()


def _write(connection: sa.Connection, owner: str, **values: object) -> None:
    table = database.people
    if connection.execute(sa.update(table).where(table.c.owner == owner).values(**values)).rowcount:
        return
    count = sa.select(sa.func.count()).select_from(table)
    if "teacher" not in values and connection.execute(count).scalar_one() >= MOST_PEOPLE:
        raise NameRefused(say("Too many people are known here already."))
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    entry = insert(table).values(owner=owner, **values)  # another server may have entered them just now
    connection.execute(entry.on_conflict_do_update(index_elements=[table.c.owner], set_=values))


def _read() -> People:
    people, browsers = database.people, database.browsers
    with database.reading() as connection:
        told = connection.execute(sa.select(people.c.owner, people.c.name, people.c.teacher)).all()
        stand = connection.execute(sa.select(browsers.c.browser, browsers.c.owner)).all()
    return People(
        owners={row.browser: row.owner for row in stand},
        names={row.owner: row.name for row in told if row.name},
        teachers=frozenset(row.owner for row in told if row.teacher),
    )


def _address() -> sa.URL | None:
    try:
        return database.url()
    except DatabaseUnavailable:
        return None


def _forget() -> None:
    global _known
    with _lock:
        _known = None
