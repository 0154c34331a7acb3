"""Guesses before the result: a question, everybody's one answer, and when they are opened.

A question is asked by somebody of themselves, or by a teacher of their class. Whoever is asked has one guess,
which they may change until the question is opened. Until then nobody sees but their own guess and how many
there are, not even who asked: what others think is no help. Only who asked can open it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from msgspec import Meta

from nnviz.core import json_records
from nnviz.core.identity import Actor, NotYours
from nnviz.core.json_records import Number, Title, clean
from nnviz.core.words import say
from nnviz.history import classes, database
from nnviz.history.classes import ClassNotFound

MOST_PLACES = 60  # along a curve
MOST_CHOICES = 10
MOST_OWN = 200  # questions of one owner; of more, the oldest are forgotten
Kind = Literal["curve", "number", "choice", "confusion"]

_ASKED, _GUESSES = database.predictions, database.guesses


class GuessRefused(ValueError):
    """A question or a guess that cannot be; one sentence for the user."""


@dataclass(frozen=True)
class Question:
    """What is to be guessed.

    Attributes
    ----------
    kind
        A curve over the places `along`, a number from `low` to `high`, one of the choices `along`, or two
        digits of which the first is read as the second.
    along
        The places of a curve or the choices, in words.
    parts
        Whether numbers are parts of a whole, shown as per cent.
    x, y
        The titles of a curve's axes; `y` also says what a number is of.
    """

    kind: Kind
    text: Annotated[str, Meta(max_length=200)] = ""
    along: Annotated[tuple[Title, ...], Meta(max_length=MOST_PLACES)] = ()
    low: Number = 0.0
    high: Number = 1.0
    parts: bool = True
    x: Title = ""
    y: Title = ""


@dataclass(frozen=True)
class Prediction:
    """A question that was asked.

    Attributes
    ----------
    id
        16 hex characters.
    owner
        Who asked.
    room
        The class that is asked, "" where somebody asks themselves.
    about
        What will answer it, "job <id>" or "plan <key>"; "" of a question with no result of its own.
    opened
        Whether the guesses may be seen.
    """

    id: str
    owner: str
    room: str
    about: str
    opened: bool
    question: Question


def check(question: Question) -> None:
    """Raise GuessRefused for a question that has no answer."""
    try:
        json_records.read(Question, json.loads(json.dumps(asdict(question))))
    except ValueError as error:
        raise GuessRefused(say("This question is too long, or makes no sense.")) from error
    if question.kind in ("curve", "choice") and not 2 <= len(question.along) <= (
        MOST_PLACES if question.kind == "curve" else MOST_CHOICES
    ):
        raise GuessRefused(say("There have to be at least two things to choose from, and not too many."))
    if question.kind in ("curve", "number") and not question.low < question.high:
        raise GuessRefused(say("The largest number has to be larger than the smallest."))


def fitting(question: Question, value: object) -> Any:
    """The guess, as it is kept: a list of numbers, a number, a choice's place, or two digits.

    Raises
    ------
    GuessRefused
        When it answers another question.
    """
    refused = GuessRefused(say("That is no answer to this question."))
    if question.kind == "curve":
        if not isinstance(value, list | tuple) or len(value) != len(question.along):
            raise refused
        return [_number(each, question, refused) for each in value]
    if question.kind == "number":
        return _number(value, question, refused)
    if question.kind == "choice":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(question.along):
            raise refused
        return value
    if (
        not isinstance(value, list | tuple)
        or len(value) != 2
        or any(isinstance(each, bool) or not isinstance(each, int) or not 0 <= each <= 9 for each in value)
        or value[0] == value[1]
    ):
        raise refused
    return list(value)


def _number(value: object, question: Question, refused: GuessRefused) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused
    if not question.low <= value <= question.high:  # nor is NaN
        raise refused
    return round(float(value), 6)


def ask(question: Question, *, by: Actor, room: str = "", about: str = "") -> Prediction:
    """Ask oneself, or one's class.

    Parameters
    ----------
    room
        The class, whose teacher has to be asking.
    about
        As of `Prediction`.

    Raises
    ------
    NotYours
        When somebody asks a class that is not theirs.
    GuessRefused
        When it has no answer.
    DatabaseUnavailable
        When the database does not answer.
    """
    check(question)
    if room and not _teaches(room, by):
        raise NotYours(say("Only the teacher of a class can ask it."))
    found = Prediction(secrets.token_hex(8), by.owner, room, clean(about), False, question)
    with database.writing() as connection:
        connection.execute(
            sa.insert(_ASKED).values(
                id=found.id,
                owner=found.owner,
                room=room or None,
                about=found.about,
                question=json.dumps(asdict(question)),
                created=database.now(),
            )
        )
        _forget_oldest(connection, by.owner)
    return found


def _forget_oldest(connection: sa.Connection, owner: str) -> None:
    asked = sa.select(_ASKED.c.id).where(_ASKED.c.owner == owner)
    old = connection.execute(asked.order_by(_ASKED.c.created.desc()).offset(MOST_OWN)).scalars().all()
    _remove(connection, old)


def _remove(connection: sa.Connection, ids: Sequence[str]) -> None:
    if ids:
        connection.execute(sa.delete(_GUESSES).where(_GUESSES.c.prediction.in_(ids)))
        connection.execute(sa.delete(_ASKED).where(_ASKED.c.id.in_(ids)))


def guess(prediction: str, value: object, *, by: Actor) -> None:
    """Give one's guess, or change it.

    Raises
    ------
    NotYours
        When somebody else is asked.
    GuessRefused
        When it has been opened, or that is no answer.
    DatabaseUnavailable
        When the database does not answer.
    """
    asked = find(prediction)
    if not may_guess(asked, by):
        raise NotYours(say("This question is asked of others."))
    told = json.dumps(fitting(asked.question, value))
    here = (_GUESSES.c.prediction == prediction) & (_GUESSES.c.person == by.owner)
    with database.writing() as connection:
        opened = connection.execute(sa.select(_ASKED.c.opened).where(_ASKED.c.id == prediction)).scalar()
        if opened is not None:
            raise GuessRefused(say("The guesses are open already: it is too late for another one."))
        if not connection.execute(sa.update(_GUESSES).where(here).values(value=told)).rowcount:
            connection.execute(sa.insert(_GUESSES).values(prediction=prediction, person=by.owner, value=told))


def reveal(prediction: str, *, by: Actor) -> None:
    """Open the guesses: from now on they are seen, and none can be given any more.

    Raises
    ------
    NotYours
        When somebody else asked.
    DatabaseUnavailable
        When the database does not answer.
    """
    asked = find(prediction)
    if not may_open(asked, by):
        raise NotYours(say("Only who asked can open the guesses."))
    with database.writing() as connection:
        connection.execute(
            sa.update(_ASKED)
            .where(_ASKED.c.id == prediction, _ASKED.c.opened.is_(None))
            .values(opened=database.now())
        )


def answer_by(prediction: str, about: str, *, by: Actor) -> None:
    """Say what will answer a question, now that it is known.

    Raises
    ------
    NotYours
        When somebody else asked.
    DatabaseUnavailable
        When the database does not answer.
    """
    if not may_open(find(prediction), by):
        raise NotYours(say("Only who asked can say what answers a question."))
    with database.writing() as connection:
        connection.execute(sa.update(_ASKED).where(_ASKED.c.id == prediction).values(about=clean(about)))


def find(prediction: str) -> Prediction:
    """The question of that id.

    Raises
    ------
    GuessRefused
        When there is none.
    DatabaseUnavailable
        When the database does not answer.
    """
    with database.reading() as connection:
        row = connection.execute(sa.select(_ASKED).where(_ASKED.c.id == prediction)).first()
    if row is None:
        raise GuessRefused(say("This question is no longer there."))
    return _read(row)


def about(what: str, *, by: Actor, rooms: Sequence[str] = ()) -> list[Prediction]:
    """The questions that something will answer, the newest first: one's own, and those of one's classes."""
    mine = _ASKED.c.owner.in_(by.names) & _ASKED.c.room.is_(None)
    return _select((_ASKED.c.about == what) & (mine | _ASKED.c.room.in_(rooms)))


def of_room(room: str) -> list[Prediction]:
    """What a class was asked, the newest first."""
    return _select(_ASKED.c.room == room)


def _select(where: sa.ColumnElement[bool]) -> list[Prediction]:
    asked = sa.select(_ASKED).where(where).order_by(_ASKED.c.created.desc(), _ASKED.c.id).limit(50)
    with database.reading() as connection:
        return [_read(row) for row in connection.execute(asked)]


def mine(prediction: str, *, by: Actor) -> Any:
    """One's own guess, None while there is none."""
    asked = sa.select(_GUESSES.c.value).where(
        _GUESSES.c.prediction == prediction, _GUESSES.c.person.in_(by.names)
    )
    with database.reading() as connection:
        told = connection.execute(asked).scalars().first()
    return None if told is None else json.loads(told)


def count(prediction: str) -> int:
    """How many have guessed."""
    asked = sa.select(sa.func.count()).select_from(_GUESSES).where(_GUESSES.c.prediction == prediction)
    with database.reading() as connection:
        return int(connection.execute(asked).scalar_one())


def guesses(prediction: str) -> list[Any]:
    """Everybody's guesses, in no order that tells whose they are.

    Raises
    ------
    NotYours
        While they are not open.
    DatabaseUnavailable
        When the database does not answer.
    """
    if not find(prediction).opened:
        raise NotYours(say("The guesses are not open yet."))
    asked = sa.select(_GUESSES.c.value).where(_GUESSES.c.prediction == prediction)
    with database.reading() as connection:
        return [json.loads(told) for told in sorted(connection.execute(asked).scalars())]


def rooms_of(by: Actor) -> tuple[str, ...]:
    """The classes that somebody teaches or has joined."""
    return tuple(room.id for room in classes.classes_of(by))


def may_open(asked: Prediction, by: Actor) -> bool:
    """Whether this person may open the guesses."""
    return _teaches(asked.room, by) if asked.room else by.may_change(asked.owner)


def may_guess(asked: Prediction, by: Actor) -> bool:
    """Whether this person is asked."""
    if not asked.room:
        return by.owns(asked.owner)
    member = classes.find_member(asked.room, by)
    return member is not None and not member.out


def _teaches(room: str, by: Actor) -> bool:
    try:
        return classes.get_class(room).is_taught_by(by)
    except ClassNotFound:
        return False


def _read(row: sa.Row[Any]) -> Prediction:
    return Prediction(
        row.id,
        row.owner,
        row.room or "",
        row.about,
        row.opened is not None,
        json_records.read(Question, json.loads(row.question)),
    )
