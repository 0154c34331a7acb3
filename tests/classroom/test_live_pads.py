"""A pad is shown to the class by its pupil's own press and the teacher's choice, and nothing of it stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from nnviz import classroom
from nnviz.classroom import BadGift, ClassNotFound, Classroom, NotInClass
from nnviz.core.identity import Actor, NotYours
from nnviz.history import class_pads, classes, database
from tests.classroom.databases import BOTH
from tests.classroom.drawing import ANN, BOB, EVE, TEACHER, message, picture

ALONE = Actor("eve", alone=True)  # at the computer that serves it, which allows nothing here


def drawn(seed: int = 0, **other: Any) -> dict[str, Any]:
    told = message(0, seed=seed)
    return {"do": "draw", "digit": told["digit"], "strokes": told["strokes"], **other}


@pytest.fixture
def room(history: None) -> Classroom:
    room = classroom.open_class(by=TEACHER)
    for pupil in (ANN, BOB):
        classroom.join(room.id, by=pupil)
    return room


def member(room: Classroom, pupil: Actor) -> str:
    found = classroom.find_member(room.id, pupil)
    assert found is not None
    return found.id


def kept(room: Classroom) -> list[tuple[str, bytes]]:
    table = database.class_pads
    with database.reading() as connection:
        return [(row.strokes, bytes(row.pixels)) for row in connection.execute(sa.select(table))]


@BOTH
def test_an_offered_pad_is_shown_when_the_teacher_chooses_it_and_forgotten_when_it_ends(
    room: Classroom,
) -> None:
    ann, bob = member(room, ANN), member(room, BOB)
    assert classroom.tell_pad(room.id, drawn(), by=ANN) == "off", "without a press of hers"
    for pupil in (ANN, BOB):
        assert classroom.tell_pad(room.id, {"do": "offer"}, by=pupil) == "offered"
    assert {each.member for each in classroom.offers(room.id, by=TEACHER)} == {ann, bob}
    assert classroom.tell_pad(room.id, drawn(), by=ANN) == "offered"
    assert kept(room) == [("[]", b""), ("[]", b"")], "nobody looks at it yet"

    before = classes.version(room.id)
    classroom.choose_pad(room.id, ann, by=TEACHER)
    assert classroom.tell_pad(room.id, drawn(1), by=ANN) == "shown"
    seen = classroom.shown_pad(room.id, by=TEACHER)
    assert seen is not None
    assert (seen.member, seen.pixels) == (ann, picture(1))
    assert json.loads(seen.strokes) == drawn()["strokes"]
    told = classroom.pad_as_json(seen, "")
    assert told["strokes"]
    assert classroom.pad_as_json(seen, told["number"]) == {"number": told["number"]}
    assert classroom.tell_pad(room.id, drawn(1), by=ANN) == "shown"
    again = classroom.shown_pad(room.id, by=TEACHER)
    assert again == seen, "the same picture is no news"
    assert classroom.tell_pad(room.id, {"do": "draw", "digit": "", "strokes": []}, by=ANN) == "shown"
    emptied = classroom.shown_pad(room.id, by=TEACHER)
    assert emptied is not None
    assert (emptied.pixels, emptied.strokes) == (b"", "[]")
    assert classes.version(room.id) == (before or 0) + 1, "a stroke wakes no other screen"

    classroom.tell_pad(room.id, drawn(2), by=ANN)
    classroom.choose_pad(room.id, bob, by=TEACHER)
    assert kept(room) == [("[]", b""), ("[]", b"")], "what was on the one before is gone"
    assert classroom.tell_pad(room.id, drawn(3), by=ANN) == "offered"
    classroom.tell_pad(room.id, drawn(4), by=BOB)
    assert classroom.tell_pad(room.id, {"do": "end"}, by=BOB) == "off"
    assert classroom.shown_pad(room.id, by=TEACHER) is None
    assert classroom.tell_pad(room.id, drawn(5), by=BOB) == "off"
    assert kept(room) == [("[]", b"")]


def test_only_the_pupil_gives_and_only_the_teacher_sees(room: Classroom) -> None:
    classroom.tell_pad(room.id, {"do": "offer"}, by=ANN)
    ann = member(room, ANN)
    for other in (ANN, BOB, EVE, ALONE):
        for act in (
            lambda by: classroom.offers(room.id, by=by),
            lambda by: classroom.choose_pad(room.id, ann, by=by),
            lambda by: classroom.shown_pad(room.id, by=by),
        ):
            with pytest.raises(NotYours):
                act(other)
    for stranger in (TEACHER, EVE, ALONE):
        for told in ({"do": "offer"}, drawn(), {"do": "end"}):
            with pytest.raises(NotInClass):
                classroom.tell_pad(room.id, told, by=stranger)
    classroom.tell_pad(room.id, {"do": "end"}, by=BOB)  # which ends nobody else's
    assert [each.member for each in classroom.offers(room.id, by=TEACHER)] == [ann]
    classroom.choose_pad(room.id, member(room, BOB), by=TEACHER)
    assert classroom.shown_pad(room.id, by=TEACHER) is None, "who does not offer is not shown"

    classroom.choose_pad(room.id, ann, by=TEACHER)
    classroom.take_member_out(room.id, ann, by=TEACHER)
    assert classroom.shown_pad(room.id, by=TEACHER) is None
    assert classroom.offers(room.id, by=TEACHER) == ()
    for told in ({"do": "offer"}, drawn()):
        with pytest.raises(NotInClass):
            classroom.tell_pad(room.id, told, by=ANN)


def test_a_browser_that_has_gone_ends_its_offer_and_nothing_of_it_stays(room: Classroom) -> None:
    begun = 1_000.0 + room.created
    class_pads.offer(room.id, by=ANN, now=begun)
    class_pads.choose(room.id, member(room, ANN), by=TEACHER, now=begun)
    class_pads.draw(room.id, picture(), "[]", by=ANN, now=begun + 15)
    assert class_pads.shown(room.id, by=TEACHER, now=begun + 34) is not None
    for read in (class_pads.shown, class_pads.offers):
        assert not read(room.id, by=TEACHER, now=begun + 35)
    assert class_pads.draw(room.id, picture(), "[]", by=ANN, now=begun + 36) == "off"
    classroom.expire(begun + 36)
    assert kept(room) == []


@pytest.mark.parametrize(
    "told",
    [
        None, [], "offer", {}, {"do": "show"}, {"do": ["offer"]}, {"do": "draw"}, drawn(digit=None),
        drawn(digit="AAAA"), drawn(digit="x" * 3_000), drawn(strokes=[]), drawn(strokes=[{}]),
        drawn(digit="", strokes=[1]),
        drawn(strokes=[{"width": 88, "erase": False, "points": [1, 1] * 2_001}]),
        drawn(strokes=[{"width": 88, "erase": False, "points": [1, 1]}] * 61),
        drawn(strokes=[{"width": 88, "erase": False, "points": [float("nan"), 1]}]),
    ],
)  # fmt: skip
def test_made_up_messages_are_refused_and_change_nothing(room: Classroom, told: Any) -> None:
    classroom.tell_pad(room.id, {"do": "offer"}, by=ANN)
    classroom.choose_pad(room.id, member(room, ANN), by=TEACHER)
    with pytest.raises(BadGift, match=r"\.$"):
        classroom.tell_pad(room.id, told, by=ANN)
    assert kept(room) == [("[]", b"")]


def test_what_is_offered_goes_with_the_class(room: Classroom) -> None:
    classroom.tell_pad(room.id, {"do": "offer"}, by=ANN)
    classroom.end_class(room.id, by=TEACHER)
    assert kept(room) == []
    for told in ({"do": "offer"}, {"do": "end"}, drawn()):
        with pytest.raises(ClassNotFound):
            classroom.tell_pad(room.id, told, by=ANN)
