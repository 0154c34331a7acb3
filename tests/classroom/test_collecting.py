"""Pupils join a class and give digits: asked for evenly, kept once, undone by themselves alone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz import classroom
from nnviz.classroom import BadGift, Classroom, CollectingClosed, NotInClass, TooMuch
from nnviz.classroom.asking import next_digit
from nnviz.classroom.codes import LENGTH, LETTERS
from nnviz.classroom.nicknames import nicknames
from nnviz.core.identity import Actor, NotYours
from nnviz.history import class_digits, classes
from nnviz.history.people import NameRefused
from tests.classroom.databases import BOTH
from tests.classroom.drawing import ANN, BOB, EVE, TEACHER, message, picture


@pytest.fixture
def room(history: None) -> Classroom:
    return classroom.open_class(by=TEACHER)


def join(room: Classroom, *pupils: Actor) -> None:
    for pupil in pupils:
        classroom.join(room.id, by=pupil)


def labels(room: Classroom) -> list[int]:
    return classroom.digits(room.id, by=TEACHER).labels.tolist()


def test_a_code_is_found_however_it_is_typed_and_nothing_else_is_one() -> None:
    code = classroom.new_code()
    assert len(code) == LENGTH
    assert not set("AEIOULY01") & set(LETTERS), "no words, and nothing that is taken for another"
    assert classroom.typed_code(f" {code[:3].lower()}-{code[3:]} ") == code
    for wrong in ("", code[:5], code + "B", "ABCDEF", "' OR 1=1", code[:5] + "0", "\0" * 6, "B" * 10_000):
        assert classroom.typed_code(wrong) == ""


def test_nicknames_never_run_out_and_none_comes_twice() -> None:
    names = list(islice(nicknames(), 300))
    assert len(set(names)) == 300


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=80))
def test_what_is_asked_for_is_balanced_over_every_pupil_whoever_else_gives(
    others: list[tuple[int, int]],
) -> None:
    own, everybody = [0] * 10, [0] * 10
    for digit, n in others:
        everybody[digit] += n
    for turn in range(30):
        asked = next_digit(own, everybody)
        least = [digit for digit in range(10) if own[digit] == turn // 10]
        assert asked in least
        assert everybody[asked] == min(everybody[digit] for digit in least)
        own[asked] += 1
        everybody[asked] += 1
    assert own == [3] * 10


@BOTH
def test_a_class_that_begins_together_is_asked_for_all_ten_digits_evenly(room: Classroom) -> None:
    pupils = [Actor(f"pupil {i}") for i in range(20)]
    asked = [classroom.join(room.id, by=pupil)[0].asked for pupil in pupils]
    assert np.bincount(asked, minlength=10).tolist() == [2] * 10
    for pupil in pupils:
        now = classroom.standing(room.id, by=pupil)
        classroom.give(room.id, message(now.asked), by=pupil)
    assert np.bincount(labels(room), minlength=10).tolist() == [2] * 10


def test_a_digit_is_kept_as_it_was_given_and_the_next_is_another(room: Classroom) -> None:
    join(room, ANN)
    asked = classroom.standing(room.id, by=ANN).asked
    after = classroom.give(room.id, message(asked, seed=3), by=ANN)
    assert (after.given, after.asked != asked) == (1, True)
    found = classroom.digits(room.id, by=TEACHER)
    assert found.images.tobytes() == picture(3)
    assert found.labels.tolist() == [asked]
    assert found.members.tolist() == [after.member]
    assert class_digits.strokes(room.id, after.last or 0) == (
        '[{"width":88,"erase":false,"points":[100,100,400,700]}]'
    )


@BOTH
def test_what_a_broken_connection_sends_again_is_given_once_also_when_collecting_was_closed(
    room: Classroom,
) -> None:
    join(room, ANN)
    sent = message(4)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: classroom.give(room.id, sent, by=ANN), range(8)))
    assert {answer.given for answer in answers} == {1}
    classroom.set_collecting(room.id, False, by=TEACHER)
    assert classroom.give(room.id, sent, by=ANN).given == 1
    assert labels(room) == [4]


def test_two_pupils_may_call_their_gifts_the_same(room: Classroom) -> None:
    join(room, ANN, BOB)
    for pupil in (ANN, BOB):
        classroom.give(room.id, message(1, once="0" * 16), by=pupil)
    assert labels(room) == [1, 1]


def test_undo_takes_back_the_own_digit_and_asks_for_it_again_however_often_it_is_pressed(
    room: Classroom,
) -> None:
    join(room, ANN, BOB)
    classroom.give(room.id, message(7), by=BOB)
    first = classroom.give(room.id, message(3), by=ANN)
    second = classroom.give(room.id, message(5), by=ANN)
    assert second.last is not None
    for _ in range(2):
        after = classroom.undo(room.id, second.last, by=ANN)
        assert (after.asked, after.given, after.last) == (5, 1, first.last)
    assert labels(room) == [7, 3]
    with pytest.raises(NotYours):
        classroom.undo(room.id, second.last, by=BOB)
    assert labels(room) == [7, 3]


def test_skip_asks_for_another_digit(room: Classroom) -> None:
    join(room, ANN)
    before = classroom.standing(room.id, by=ANN)
    after = classroom.skip(room.id, by=ANN)
    assert after.asked != before.asked
    assert after.given == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"once": "short"},
        {"once": 7},
        {"once": "g" * 20},
        {"label": 10},
        {"label": True},
        {"label": "4"},
        {"digit": ""},
        {"digit": "A" * 1_000_000},
        {"digit": "AAAA"},
        {"digit": "A" * 1048},  # no ink
        {"digit": "?" * 1048},
        {"digit": "é" * 1048},
        {"strokes": []},
        {"strokes": [7]},
        {"strokes": [{"width": 88, "erase": False, "points": []}]},
        {"strokes": [{"width": 88, "erase": False, "points": [1, 2, 3]}]},
        {"strokes": [{"width": 88, "erase": False, "points": [1, 2.5]}]},
        {"strokes": [{"width": 88, "erase": False, "points": [1, True]}]},
        {"strokes": [{"width": 88, "erase": False, "points": [1, 10**9]}]},
        {"strokes": [{"width": 10**9, "erase": False, "points": [1, 2]}]},
        {"strokes": [{"width": 88, "erase": 0, "points": [1, 2]}]},
        {"strokes": [{"width": 88, "erase": False, "points": [1, 2], "pressures": [1, 2]}]},
        {"strokes": [{"width": 88, "erase": False, "points": [1, 2] * 30_000}]},
        {"strokes": [{"width": 88, "erase": False, "points": [1, 2] * 100}] * 30},
        {"strokes": [{"width": 88, "erase": False, "points": [1, 2]}] * 1000},
    ],
)
def test_what_no_pad_sends_is_refused_before_the_database_hears_of_it(wrong: dict[str, object]) -> None:
    with pytest.raises(BadGift):
        classroom.give("no class", {**message(1), **wrong}, by=ANN)
    for nothing in (None, [], "4", {}):
        with pytest.raises(BadGift):
            classroom.give("no class", nothing, by=ANN)


def test_a_flood_of_a_thousand_digits_ends_at_forty_and_keeps_nobody_else_from_giving(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(room, ANN, EVE)
    refused = 0
    for i in range(60):  # ten connections are no more than one: whose it is counts
        try:
            classroom.give(room.id, message(i % 10), by=Actor("eve", also=frozenset({f"tab {i % 10}"})))
        except TooMuch:
            refused += 1
    assert refused == 20
    assert classroom.give(room.id, message(1), by=ANN).given == 1
    monkeypatch.setattr(class_digits, "MOST_OF_MEMBER", 1)
    with pytest.raises(TooMuch):
        classroom.give(room.id, message(1), by=ANN)
    monkeypatch.setattr(class_digits, "MOST_OF_MEMBER", 300)
    monkeypatch.setattr(class_digits, "MOST_DIGITS", 41)
    with pytest.raises(TooMuch):
        classroom.give(room.id, message(1), by=ANN)


def test_who_has_not_joined_gives_nothing_and_sees_nothing(room: Classroom) -> None:
    join(room, ANN)
    classroom.give(room.id, message(1), by=ANN)
    for act in (
        lambda: classroom.give(room.id, message(1), by=EVE),
        lambda: classroom.skip(room.id, by=EVE),
        lambda: classroom.undo(room.id, 3, by=EVE),
        lambda: classroom.standing(room.id, by=EVE),
        lambda: classroom.digits(room.id, by=EVE),
    ):
        with pytest.raises(NotInClass):
            act()
    assert labels(room) == [1]


def test_a_class_has_room_for_so_many_and_joining_twice_is_once(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "MOST_MEMBERS", 2)
    member, new = classroom.join(room.id, by=ANN)
    assert (classroom.join(room.id, by=ANN), new) == ((member, False), True)
    join(room, BOB)
    with pytest.raises(classroom.ClassRefused):
        join(room, EVE)
    assert len({each.nickname for each in classroom.members(room.id)}) == 2


def test_a_nickname_is_changed_by_who_has_it_and_by_the_teacher_alone(room: Classroom) -> None:
    join(room, ANN, BOB)
    ann, bob = classroom.members(room.id)
    classroom.choose_nickname(room.id, ann.id, "<b>Ann</b>", by=ANN)
    with pytest.raises(NameRefused):
        classroom.choose_nickname(room.id, bob.id, "<B>ANN</B>", by=BOB)
    with pytest.raises(NotYours):
        classroom.choose_nickname(room.id, ann.id, "Silly", by=BOB)
    for refused in ("", "x" * 25, "the teacher"):
        with pytest.raises(NameRefused):
            classroom.choose_nickname(room.id, bob.id, refused, by=BOB)
    assert [each.nickname for each in classroom.members(room.id)] == ["<b>Ann</b>", bob.nickname]
    classroom.choose_nickname(room.id, ann.id, "Otter", by=TEACHER)
    assert classroom.find_member(room.id, ANN).nickname == "Otter"  # type: ignore[union-attr]


def test_somebody_s_second_browser_is_the_same_pupil(room: Classroom) -> None:
    join(room, ANN)
    classroom.give(room.id, message(1), by=ANN)
    phone = Actor("phone", also=frozenset({"ann"}))
    assert classroom.join(room.id, by=phone)[1] is False
    assert classroom.give(room.id, message(2), by=phone).given == 2


def test_the_version_is_another_after_every_change_and_the_same_without_one(
    room: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnviz.classroom.versions.version.seconds", 0.0)
    seen = [classroom.version(room.id)]
    join(room, ANN)
    seen.append(classroom.version(room.id))
    last = classroom.give(room.id, message(1), by=ANN).last or 0
    seen.append(classroom.version(room.id))
    classroom.take_out(room.id, [last], by=TEACHER)
    seen.append(classroom.version(room.id))
    classroom.set_collecting(room.id, False, by=TEACHER)
    seen.append(classroom.version(room.id))
    with pytest.raises(CollectingClosed):
        classroom.give(room.id, message(1), by=ANN)
    assert seen == sorted(set(seen), key=lambda version: version or 0)
    assert classroom.version(room.id) == seen[-1]


GIVER = """
import sys
from nnviz import classroom
from nnviz.core.identity import Actor
from tests.classroom.databases import BOTH
from tests.classroom.drawing import message

me = Actor(sys.argv[2])
classroom.join(sys.argv[1], by=me)
for i in range(30):
    print(classroom.give(sys.argv[1], message(i % 10), by=me).last, flush=True)
"""


@BOTH
def test_what_was_told_as_given_survives_two_processes_killed_at_any_moment(room: Classroom) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", GIVER, room.id, name], stdout=subprocess.PIPE, text=True)
        for name in ("ann", "bob")
    ]
    told = []
    for process in both:
        assert process.stdout is not None
        told += [process.stdout.readline() for _ in range(3)]
    for process in both:
        process.kill()
        assert process.stdout is not None
        told += process.stdout.readlines()
        process.wait()
        process.stdout.close()
    said = [int(line) for line in told if line.endswith("\n")]
    found = classroom.digits(room.id, by=TEACHER)
    assert set(said) <= set(found.numbers.tolist())
    assert len(found) <= len(said) + 2, "and at most those that were being told"
    assert all(image.tobytes() == picture() for image in found.images), "whole"
    join(room, EVE)
    classroom.give(room.id, message(1), by=EVE)
