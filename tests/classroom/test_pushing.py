"""What a teacher sends is what every screen of the class is told, and nobody else can send anything."""

from __future__ import annotations

import pytest

from nnviz import classroom
from nnviz.classroom import Push
from nnviz.core.identity import Actor, NotYours
from nnviz.history import class_pushes

pytestmark = pytest.mark.usefixtures("history")
TEACHER, PUPIL = Actor("teacher"), Actor("pupil", alone=True)


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnviz.classroom import pushing

    monkeypatch.setattr(pushing.pushed, "seconds", 0.0)


def test_what_was_sent_last_is_told_with_a_number_that_grows() -> None:
    room = classroom.open_class(by=TEACHER)
    assert classroom.pushed(room.id) is None
    classroom.push(room.id, "attention", by=TEACHER)
    sent = classroom.push(room.id, "lesson", "mistakes", 3, by=TEACHER)
    assert sent == Push(2, "lesson", "mistakes", 3) == classroom.pushed(room.id)


def test_only_the_teacher_sends_anything() -> None:
    room = classroom.open_class(by=TEACHER)
    classroom.join(room.id, by=PUPIL)
    with pytest.raises(NotYours):
        classroom.push(room.id, "attention", by=PUPIL)
    assert classroom.pushed(room.id) is None


def test_what_was_sent_goes_with_the_class() -> None:
    room = classroom.open_class(by=TEACHER)
    classroom.push(room.id, "view", "x" * 10_000, by=TEACHER)
    sent = classroom.pushed(room.id)
    assert sent is not None
    assert len(sent.told) == class_pushes.LONGEST
    classroom.end_class(room.id, by=TEACHER)
    assert classroom.pushed(room.id) is None
    with pytest.raises(classroom.ClassNotFound):
        classroom.push(room.id, "attention", by=TEACHER)
