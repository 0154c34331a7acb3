"""What the teacher of a class may do, and nobody else: take out, close, freeze, take along, end."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from nnviz import classroom
from nnviz.classroom import ClassNotFound, Classroom, CollectingClosed, NotInClass
from nnviz.core.identity import Actor, NotYours
from nnviz.core.tries import TooManyTries, Tries
from nnviz.data import mnist, uploads
from nnviz.history import classes, database, people
from tests.classroom.databases import BOTH
from tests.classroom.drawing import ANN, BOB, EVE, TEACHER, message


@pytest.fixture
def room(history: None) -> Classroom:
    """A class of two pupils who have given 1, 2 and 3, 4."""
    made = classroom.open_class(by=TEACHER)
    for pupil, given in ((ANN, (1, 2)), (BOB, (3, 4))):
        classroom.join(made.id, by=pupil)
        for label in given:
            classroom.give(made.id, message(label), by=pupil)
    return made


def labels(room: Classroom, by: Actor = TEACHER) -> list[int]:
    return classroom.digits(room.id, by=by).labels.tolist()


def numbers(room: Classroom) -> list[int]:
    return classroom.digits(room.id, by=TEACHER).numbers.tolist()


ACTS: dict[str, Callable[[Classroom, Actor], Any]] = {
    "take out": lambda room, by: classroom.take_out(room.id, numbers(room)[:1], by=by),
    "get back": lambda room, by: classroom.get_back(room.id, numbers(room)[:1], by=by),
    "close": lambda room, by: classroom.set_collecting(room.id, False, by=by),
    "freeze": lambda room, by: classroom.set_frozen(room.id, True, by=by),
    "names": lambda room, by: classroom.set_names_shown(room.id, True, by=by),
    "pupil out": lambda room, by: classroom.take_member_out(room.id, classroom.members(room.id)[0].id, by=by),
    "pupil back": lambda room, by: classroom.get_member_back(
        room.id, classroom.members(room.id)[0].id, by=by
    ),
    "csv": lambda room, by: classroom.as_csv(room.id, by=by),
    "npz": lambda room, by: classroom.as_npz(room.id, by=by),
    "end": lambda room, by: classroom.end_class(room.id, by=by),
}


def test_who_is_not_the_teacher_can_do_nothing_that_a_teacher_can(room: Classroom) -> None:
    # A pupil, a stranger, nobody, and somebody who has the app's computer for themselves but not the class.
    for by in (ANN, EVE, Actor(""), Actor("eve", alone=True), Actor("", alone=True)):
        for name, act in ACTS.items():
            with pytest.raises(NotYours):
                act(room, by)
            assert classroom.get_class(room.id) == classes.get_class(room.id), name
    assert classroom.get_class(room.id).version == room.version + 6, "two joined, four were given"
    assert labels(room) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "by", [TEACHER, Actor("new device", also=frozenset({"teacher"})), Actor("x", is_teacher=True)]
)
def test_the_teacher_can_also_from_another_device_or_with_the_app_s_key(room: Classroom, by: Actor) -> None:
    for act in ACTS.values():
        act(room, by)
    with pytest.raises(ClassNotFound):
        classroom.get_class(room.id)


def test_a_class_moves_to_another_device_by_the_code_that_takes_things_along(room: Classroom) -> None:
    code = people.new_code(TEACHER)
    people.take_along(Actor("tablet"), code)
    tablet = people.known().actor("tablet")
    assert [each.id for each in classroom.classes_of(tablet)] == [room.id]
    classroom.set_collecting(room.id, False, by=tablet)


def test_what_the_teacher_takes_out_is_gone_until_it_is_back_and_what_a_pupil_undid_stays_out(
    room: Classroom,
) -> None:
    one, two, *_ = numbers(room)
    classroom.undo(room.id, two, by=ANN)
    classroom.take_out(room.id, [one, two], by=TEACHER)
    assert labels(room) == labels(room, ANN) == [3, 4]
    assert classroom.standing(room.id, by=ANN).given == 0
    classroom.get_back(room.id, [one, two], by=TEACHER)
    assert labels(room) == [1, 3, 4]


@BOTH
def test_a_pupil_who_is_taken_out_goes_with_their_digits_and_gives_no_more_until_they_are_back(
    room: Classroom,
) -> None:
    ann = classroom.members(room.id)[0]
    classroom.take_member_out(room.id, ann.id, by=TEACHER)
    assert labels(room) == [3, 4]
    for act in (
        lambda: classroom.give(room.id, message(5), by=ANN),
        lambda: classroom.join(room.id, by=ANN) and classroom.skip(room.id, by=ANN),
        lambda: classroom.digits(room.id, by=ANN),
    ):
        with pytest.raises(NotInClass):
            act()
    assert classroom.standing(room.id, by=ANN).collecting is False
    classroom.get_member_back(room.id, ann.id, by=TEACHER)
    assert labels(room) == [1, 2, 3, 4]
    classroom.give(room.id, message(5), by=ANN)


def test_collecting_is_closed_and_reopened(room: Classroom) -> None:
    classroom.set_collecting(room.id, False, by=TEACHER)
    with pytest.raises(CollectingClosed):
        classroom.give(room.id, message(5), by=ANN)
    assert classroom.standing(room.id, by=ANN).collecting is False
    classroom.set_collecting(room.id, True, by=TEACHER)
    classroom.give(room.id, message(5), by=ANN)
    assert labels(room) == [1, 2, 3, 4, 5]


def test_a_frozen_wall_stays_while_digits_go_on_coming(room: Classroom) -> None:
    frozen = classroom.set_frozen(room.id, True, by=TEACHER).frozen
    classroom.give(room.id, message(5), by=ANN)
    given = classroom.digits(room.id, by=TEACHER)
    assert given.until(frozen).labels.tolist() == [1, 2, 3, 4]
    assert given.until(classroom.set_frozen(room.id, False, by=TEACHER).frozen).labels.tolist() == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_digits_taken_along_can_be_brought_again(room: Classroom) -> None:
    real = mnist.embedded()
    for position in range(0, 5000, 250):
        digit = mnist.embedded().images[position].tobytes()
        sent = message(int(real.labels[position]), digit=base64.b64encode(digit).decode())
        classroom.give(room.id, sent, by=ANN)
    given = classroom.digits(room.id, by=TEACHER)
    for name, content in (
        ("class.csv", classroom.as_csv(room.id, by=TEACHER)),
        ("class.npz", classroom.as_npz(room.id, by=TEACHER)),
    ):
        again = uploads.read([(name, content)])
        np.testing.assert_array_equal(again.images, given.images)
        np.testing.assert_array_equal(again.labels, given.labels)
    with np.load(io.BytesIO(classroom.as_npz(room.id, by=TEACHER)), allow_pickle=False) as file:
        assert sorted(set(file["pupils"].tolist())) == [1, 2]
        assert json.loads(file["strokes"][0])[0]["width"] == 88
        assert file["strokes"].dtype.kind == "S", "as text they take four times as much"


@BOTH
def test_the_end_of_a_class_leaves_nothing_of_it(room: Classroom) -> None:
    other = classroom.open_class(by=EVE)
    classroom.join(other.id, by=ANN)
    classroom.give(other.id, message(9), by=ANN)
    for each, teacher in ((room, TEACHER), (other, EVE)):
        classroom.push(each.id, "attention", by=teacher)
    classroom.end_class(room.id, by=TEACHER)
    classroom.end_class(room.id, by=EVE)  # which has ended
    assert classroom.classes_of(ANN) == (classroom.get_class(other.id),)
    assert classroom.version(room.id) is None
    with pytest.raises(ClassNotFound):
        classroom.digits(room.id, by=TEACHER)
    with pytest.raises(ClassNotFound):
        classroom.give(room.id, message(1), by=ANN)
    classroom.expire(other.ends - 1)
    with database.reading() as connection:
        assert [row_count(connection, table) for table in database.OF_CLASSES] == [1, 1, 1, 1, 0], (
            "no pad that was offered once"
        )
    classroom.expire(other.ends)
    with database.reading() as connection:
        assert [row_count(connection, table) for table in database.OF_CLASSES] == [0, 0, 0, 0, 0]


def row_count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_a_class_lasts_thirty_days(history: None) -> None:
    room = classes.open_class(classroom.new_code, by=TEACHER, now=0.0)
    assert classes.find_class(room.code, now=30 * 86_400 - 1) == room
    with pytest.raises(ClassNotFound):
        classes.find_class(room.code, now=30 * 86_400)


def test_nobody_begins_classes_without_end(history: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(classes.MOST_OWN):
        classroom.open_class(by=TEACHER)
    with pytest.raises(classroom.ClassRefused):
        classroom.open_class(by=TEACHER)
    monkeypatch.setattr("nnviz.classroom.lifetime._opened", Tries(1, 600.0))
    for browser in range(5):  # without cookies every one is a new one
        classroom.open_class(by=Actor(f"browser {browser}"), address="10.0.0.1")
    with pytest.raises(TooManyTries):
        classroom.open_class(by=Actor("browser 6"), address="10.0.0.1")
    monkeypatch.setattr(classes, "MOST_CLASSES", 1)
    with pytest.raises(classroom.ClassRefused):
        classroom.open_class(by=EVE)


def test_two_classes_never_have_one_code(history: None) -> None:
    codes = iter(["BCDFGH", "BCDFGH", "BCDFGJ"])
    both = [classes.open_class(lambda: next(codes), by=by) for by in (TEACHER, EVE)]
    assert [room.code for room in both] == ["BCDFGH", "BCDFGJ"]
