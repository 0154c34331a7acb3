"""One address cannot fill a class, and a whole school behind one address always gets in."""

from __future__ import annotations

from contextlib import suppress

import pytest

from nnviz import classroom
from nnviz.classroom import ClassRefused, Classroom
from nnviz.classroom.arrivals import Arrivals
from nnviz.core.identity import Actor, NotYours
from nnviz.history import classes
from tests.classroom.databases import BOTH
from tests.classroom.drawing import ANN, BOB, EVE, TEACHER, message

REAL_MOST_OF_ADDRESS, REAL_MOST_MEMBERS = classes.MOST_OF_ADDRESS, classes.MOST_MEMBERS
SCHOOL, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of a few, so that it is full soon."""
    monkeypatch.setattr("nnviz.classroom.giving._arrivals", Arrivals())
    monkeypatch.setattr(classes, "MOST_MEMBERS", 12)
    monkeypatch.setattr(classes, "MOST_OF_ADDRESS", 8)


@pytest.fixture
def room(history: None) -> Classroom:
    return classroom.open_class(by=TEACHER)


def come(room: Classroom, *names: str, address: str = SCHOOL) -> int:
    """How many of these get in."""
    got = 0
    for name in names:
        with suppress(ClassRefused):
            classroom.join(room.id, by=Actor(name), address=address)
            got += 1
    return got


def crowd(n: int) -> list[str]:
    return [f"made up {i}" for i in range(n)]


@BOTH
def test_cookies_without_number_of_one_address_leave_places_for_others(room: Classroom) -> None:
    assert come(room, *crowd(20)) == 8
    with pytest.raises(ClassRefused, match="Wait a minute"):
        classroom.join(room.id, by=EVE, address=SCHOOL)
    assert come(room, *crowd(8)) == 8, "who is in stays in, however often the page is opened"
    assert come(room, "ann", "bob", address=ELSEWHERE) == 2
    assert len(classroom.members(room.id)) == 10


def test_who_comes_late_takes_the_place_of_who_has_waited_a_minute_and_given_nothing(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert come(room, *crowd(8)) == 8
    given, out = Actor("made up 0"), Actor("made up 1")
    classroom.give(room.id, message(1), by=given)
    classroom.tell_pad(room.id, {"do": "offer"}, by=Actor("made up 2"))
    found = classroom.find_member(room.id, out)
    assert found is not None
    classroom.take_member_out(room.id, found.id, by=TEACHER)
    assert come(room, "ann") == 0, "within the first minute everybody may be about to draw"
    monkeypatch.setattr(classes, "SETTLING", 0.0)
    assert come(room, "ann", "bob") == 2
    names = {member.owner for member in classroom.members(room.id)}
    assert names >= {"made up 0", "made up 1", "made up 2", "ann", "bob"}
    assert len(names) == 8
    assert not names & {"made up 3", "made up 4"}, "the first who had given nothing"


def test_the_teacher_alone_opens_the_door_or_removes_who_has_given_nothing(room: Classroom) -> None:
    come(room, *crowd(8))
    classroom.give(room.id, message(1), by=Actor("made up 0"))
    for other in (ANN, BOB, EVE, Actor("made up 0"), Actor("eve", alone=True)):
        with pytest.raises(NotYours):
            classroom.set_door_open(room.id, True, by=other)
        with pytest.raises(NotYours):
            classroom.remove_idle(room.id, by=other)
    assert classroom.set_door_open(room.id, True, by=TEACHER).door_open
    assert come(room, "ann", "bob") == 2
    assert come(room, *crowd(20)) == 10, "8 were there, and 12 is all that a class takes"
    with pytest.raises(ClassRefused, match="is full"):
        classroom.join(room.id, by=EVE, address=SCHOOL)
    assert classroom.remove_idle(room.id, by=TEACHER) == 11
    assert [member.owner for member in classroom.members(room.id)] == ["made up 0"]
    assert not classroom.set_door_open(room.id, False, by=TEACHER).door_open
    assert come(room, "ann", "bob") == 2, "places that are free again count no more"


def test_a_household_s_many_ipv6_addresses_are_one_and_an_unknown_one_none() -> None:
    arrivals = Arrivals()
    arrivals.note("class", "2001:db8::1", "ann")
    arrivals.note("class", "", "bob")
    assert arrivals.of("class", "2001:db8::ffff") == {"ann"}
    assert arrivals.of("class", "2001:db8:0:1::1") == arrivals.of("other", "2001:db8::1") == frozenset()
    assert arrivals.of("class", "") == frozenset()
    for n in range(5_000):
        arrivals.note("class", SCHOOL, str(n))
    assert len(arrivals.of("class", SCHOOL)) == 1_000, "the latest"


def test_two_browsers_for_each_of_35_fit_behind_one_address_with_places_left_elsewhere() -> None:
    assert 2 * 35 < REAL_MOST_OF_ADDRESS <= REAL_MOST_MEMBERS - 35
