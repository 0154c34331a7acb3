"""A class's addresses, asked as a browser asks them and as nobody of ours would."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from nnviz import classroom
from nnviz.core import pace
from nnviz.core.identity import COOKIE, Actor, owner_of_secret
from nnviz.core.tries import Tries
from nnviz.server.class_routes import class_routes
from tests.classroom.drawing import message
from tests.server.asking import ask

APP = Starlette(routes=class_routes(""))
TEACHER = Actor("teacher")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setattr("nnviz.classroom.lifetime._opened", Tries(1_000, 1.0))
    monkeypatch.setattr(pace, "PACE", pace.Pace())
    monkeypatch.setattr("nnviz.classroom.versions.version.seconds", 0.0)


class Asks:
    """A browser with a cookie of its own, in a class."""

    def __init__(self, room: classroom.Classroom, *, joins: bool = True) -> None:
        self.secret = secrets.token_urlsafe(32)
        self.actor = Actor(owner_of_secret(self.secret))
        self.below = f"/class/{room.id}"
        if joins:
            classroom.join(room.id, by=self.actor)

    def ask(self, what: str, **options: Any) -> tuple[int, Any]:
        answer = ask(APP, f"{self.below}/{what}", cookie=f"{COOKIE}={self.secret}", **options)
        return answer.status, json.loads(answer.body)

    def post(self, what: str, told: Any, **options: Any) -> tuple[int, Any]:
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        return self.ask(
            what, method="POST", content=content, **{"content_type": "application/json", **options}
        )


@pytest.fixture
def room() -> classroom.Classroom:
    return classroom.open_class(by=TEACHER)


def test_a_pupil_gives_undoes_and_skips_and_is_told_what_comes_next(room: classroom.Classroom) -> None:
    pupil = Asks(room)
    _, before = pupil.ask("standing")
    sent = message(before["asked"])
    for _ in range(2):  # the answer to the first was lost
        status, after = pupil.post("give", sent)
        assert (status, after["given"]) == (200, 1)
    _, undone = pupil.post("undo", {"number": after["last"]})
    assert (undone["given"], undone["asked"]) == (0, before["asked"])
    _, skipped = pupil.post("skip", {})
    assert skipped["asked"] != before["asked"]
    assert "owner" not in skipped


def test_only_the_teacher_sees_the_wall_and_only_what_is_new(room: classroom.Classroom) -> None:
    pupil, teacher = Asks(room), Asks(room, joins=False)
    pupil.post("give", message(4))
    assert pupil.ask("news?since=0")[0] == 403
    assert teacher.ask("news?since=0")[0] == 403
    mine = classroom.open_class(by=teacher.actor)
    teacher.below = pupil.below = f"/class/{mine.id}"
    classroom.join(mine.id, by=pupil.actor)
    pupil.post("give", message(4))
    _, news = teacher.ask("news?since=0")
    assert [digit["label"] for digit in news["come"]] == [4]
    assert news["counts"][4] == news["pupils"] == 1
    assert [digit["name"] for digit in news["come"]] == [""], "until the teacher wants names"
    assert pupil.actor.owner not in str(news)
    last = news["come"][0]["number"]
    classroom.take_out(mine.id, [last], by=teacher.actor)
    _, later = teacher.ask(f"news?since={news['version']}")
    assert (later["come"], later["gone"]) == ([], [last])


def test_a_pad_is_told_by_its_pupil_and_seen_by_the_teacher_alone() -> None:
    teacher = Asks(classroom.open_class(by=TEACHER), joins=False)
    room = classroom.open_class(by=teacher.actor)
    teacher.below = f"/class/{room.id}"
    pupil, other = Asks(room), Asks(room)
    sent = message(0)
    told = {"do": "draw", "digit": sent["digit"], "strokes": sent["strokes"]}
    assert pupil.post("pad", told) == (200, {"offer": "off"})
    assert pupil.post("pad", {"do": "offer"}) == (200, {"offer": "offered"})
    assert teacher.ask("shown") == (200, {"number": ""})
    (offer,) = classroom.offers(room.id, by=teacher.actor)
    classroom.choose_pad(room.id, offer.member, by=teacher.actor)
    assert pupil.post("pad", told) == (200, {"offer": "shown"})
    _, seen = teacher.ask("shown?since=")
    assert seen["strokes"] == sent["strokes"]
    assert pupil.actor.owner not in str(seen)
    assert teacher.ask(f"shown?since={seen['number'].replace(' ', '%20')}") == (
        200,
        {"number": seen["number"]},
    )
    assert {other.ask("shown")[0], pupil.ask("shown")[0]} == {403}
    assert teacher.post("pad", told)[0] == 403
    assert pupil.post("pad", {**told, "more": "x" * 100_000})[0] == 413
    assert pupil.post("pad", told, sec_fetch_site="cross-site")[0] == 403
    for bad in (None, [], {"do": "draw"}, {"do": "draw", "digit": "!", "strokes": [{}]}):
        status, answer = pupil.post("pad", bad)
        assert status == 400
        assert answer["error"].endswith(".")
    statuses = [pupil.post("pad", told)[0] for _ in range(1_000)]
    assert 429 in statuses, "a flood is held up"


@pytest.mark.parametrize("told", [None, [], "x", {"number": "1"}, {"number": -1}, {"once": [], "label": 1}])
def test_made_up_messages_get_a_sentence_and_change_nothing(room: classroom.Classroom, told: Any) -> None:
    pupil = Asks(room)
    for what in ("give", "undo"):
        status, answer = pupil.post(what, told)
        assert status == 400
        assert answer["error"].endswith(".")
    assert len(classroom.digits(room.id, by=TEACHER)) == 0


def test_an_address_of_no_class_whatever_is_in_it_is_answered(room: classroom.Classroom) -> None:
    pupil = Asks(room)
    for name in ("%00", "..", "x" * 3_000, "%F0%9F%98%80", room.id.upper() + "0"):
        pupil.below = f"/class/{name}"
        assert pupil.ask("version") == (200, {"version": None})
        assert pupil.ask("pushed") == (200, {"version": 0})
        assert "ended" in pupil.ask("standing")[1]
        for what, told in (("give", message(1)), ("undo", {"number": 1}), ("skip", {})):
            assert pupil.post(what, told)[0] == 404


def test_what_comes_from_another_site_or_is_too_large_is_not_read(room: classroom.Classroom) -> None:
    pupil = Asks(room)
    sent = message(1)
    assert pupil.post("give", sent, sec_fetch_site="cross-site")[0] == 403
    assert pupil.post("give", b"{}", content_type="text/plain")[0] == 403
    assert pupil.post("give", {**sent, "more": "x" * 100_000})[0] == 413
    assert pupil.post("give", b"[" * 50_000)[0] == 400
    assert len(classroom.digits(room.id, by=TEACHER)) == 0


def test_a_stranger_s_questions_are_refused_and_a_class_that_is_none_is_told(
    room: classroom.Classroom,
) -> None:
    stranger = Asks(room, joins=False)
    assert stranger.ask("standing")[0] == 403
    assert stranger.post("give", message(1))[0] == 403
    stranger.below = "/class/0000000000000000"
    assert stranger.post("give", message(1))[0] == 404
    assert stranger.ask("version") == (200, {"version": None})
    for what in ("standing", "news?since=0"):
        status, told = stranger.ask(what)
        assert (status, list(told)) == (200, ["ended"]), "which no browser tells as a fault"


def test_a_flood_is_held_up_before_it_reaches_the_database_and_nobody_else_is(
    room: classroom.Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "FIRST", 2.0)
    flood, other = Asks(room), Asks(room)
    other.ask("version")  # who is alone is not held up
    statuses = [flood.post("give", {})[0] for _ in range(150)]
    assert set(statuses) == {400, 429}
    assert statuses[-1] == 429
    assert other.post("give", message(2))[0] == 200
