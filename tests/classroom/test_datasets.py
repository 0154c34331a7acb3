"""The digits of a class as digits to learn from, and what it guesses: its own, and gone with it."""

from __future__ import annotations

import pytest

from nnviz import classroom
from nnviz.classroom import Classroom, NotInClass
from nnviz.core.identity import PROGRAM, Actor, NotYours
from nnviz.data import kept_digits, splits
from nnviz.data.kept_digits import Private
from nnviz.data.mnist import DataError
from nnviz.history import predictions
from nnviz.history.predictions import GuessRefused, Question
from tests.classroom.databases import BOTH
from tests.classroom.drawing import ANN, BOB, EVE, TEACHER, message

CHOICE = Question("choice", "Which is read best?", ("CNN", "MLP"))


@pytest.fixture
def room(history: None) -> Classroom:
    """Two pupils, who gave 1, 2, 1 and 1, 2."""
    made = classroom.open_class(by=TEACHER)
    for pupil, given in ((ANN, (1, 2, 1)), (BOB, (1, 2))):
        classroom.join(made.id, by=pupil)
        for seed, label in enumerate(given):
            classroom.give(made.id, message(label, seed=seed), by=pupil)
    return made


def test_a_class_s_digits_are_a_data_set_that_follows_it_and_knows_its_hands(room: Classroom) -> None:
    spec = classroom.dataset(room.id, by=ANN)
    whole = splits.load_dataset(spec)
    assert whole.hands is not None
    assert sorted(zip(whole.hands.tolist(), whole.labels.tolist(), strict=True)) == [
        (0, 1), (0, 1), (0, 2), (1, 1), (1, 2)
    ]  # fmt: skip
    assert (classroom.hand_of(room.id, by=ANN), classroom.hand_of(room.id, by=BOB)) == (0, 1)
    assert classroom.hand_of(room.id, by=TEACHER) is None
    assert classroom.dataset(room.id, by=TEACHER) == spec, "nothing has changed"
    split = splits.load_split(spec)
    assert split.hands is not None
    assert len(set(split.hands)) == 1
    first = classroom.digits(room.id, by=TEACHER).numbers[:1].tolist()
    classroom.take_out(room.id, first, by=TEACHER)
    after = classroom.dataset(room.id, by=BOB)
    assert len(splits.load_dataset(after)) == 4
    assert len(splits.load_dataset(spec)) == 5, "what was learned from stays as it was"


def test_it_is_read_by_its_members_and_teacher_alone_and_gone_with_it(room: Classroom) -> None:
    spec = classroom.dataset(room.id, by=TEACHER)
    with pytest.raises(NotInClass):
        classroom.dataset(room.id, by=EVE)
    with pytest.raises(Private):
        kept_digits.check_visible(spec, by=EVE)
    for member in (TEACHER, ANN, BOB):
        kept_digits.check_visible(spec, by=member)
        with pytest.raises(NotYours):
            kept_digits.delete(spec.digest, by=member)
        with pytest.raises(NotYours):
            kept_digits.share(spec.digest, True, by=member)
    classroom.join(room.id, by=EVE)
    kept_digits.check_visible(classroom.dataset(room.id, by=EVE), by=EVE)
    classroom.end_class(room.id, by=TEACHER)
    for member in (TEACHER, ANN, PROGRAM):
        with pytest.raises(DataError, match="were deleted"):
            kept_digits.check_visible(spec, by=member)


def test_it_is_gone_when_the_class_has_come_to_its_end(room: Classroom) -> None:
    spec = classroom.dataset(room.id, by=TEACHER)
    classroom.expire(room.ends - 1)
    splits.load_dataset(spec)
    classroom.expire(room.ends + 1)
    with pytest.raises(DataError, match="were deleted"):
        splits.load_dataset(spec)


def test_a_class_without_digits_has_no_data_set(history: None) -> None:
    made = classroom.open_class(by=TEACHER)
    with pytest.raises(DataError, match="no digits yet"):
        classroom.dataset(made.id, by=TEACHER)


@BOTH
def test_a_class_guesses_once_each_and_its_teacher_alone_asks_and_opens(room: Classroom) -> None:
    for by in (ANN, EVE, Actor("eve", alone=True)):
        with pytest.raises(NotYours):
            predictions.ask(CHOICE, by=by, room=room.id)
    asked = predictions.ask(CHOICE, by=TEACHER, room=room.id, about="plan 1")
    for pupil, value in ((ANN, 0), (ANN, 1), (BOB, 1)):
        predictions.guess(asked.id, value, by=pupil)
    assert predictions.count(asked.id) == 2
    for by in (EVE, TEACHER, PROGRAM):
        with pytest.raises(NotYours):
            predictions.guess(asked.id, 0, by=by)
    for by in (ANN, EVE, Actor("eve", alone=True)):
        with pytest.raises(NotYours):
            predictions.reveal(asked.id, by=by)
        with pytest.raises(NotYours):
            predictions.answer_by(asked.id, "plan 2", by=by)
    with pytest.raises(NotYours):
        predictions.guesses(asked.id)
    predictions.reveal(asked.id, by=TEACHER)
    assert predictions.guesses(asked.id) == [1, 1]
    assert [each.id for each in predictions.about("plan 1", by=ANN, rooms=predictions.rooms_of(ANN))] == [
        asked.id
    ]
    assert predictions.about("plan 1", by=EVE, rooms=predictions.rooms_of(EVE)) == []
    with pytest.raises(GuessRefused, match="too late"):
        predictions.guess(asked.id, 0, by=BOB)
    classroom.end_class(room.id, by=TEACHER)
    with pytest.raises(GuessRefused, match="no longer there"):
        predictions.find(asked.id)


def test_a_pupil_who_was_taken_out_is_asked_no_more(room: Classroom) -> None:
    asked = predictions.ask(CHOICE, by=TEACHER, room=room.id)
    classroom.take_member_out(room.id, classroom.members(room.id)[0].id, by=TEACHER)
    with pytest.raises(NotYours):
        predictions.guess(asked.id, 0, by=ANN)
    assert predictions.count(asked.id) == 0
