"""The page of a class without a browser: its entrance, the teacher's side, the pupil's."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnviz import classroom
from nnviz.core.identity import Actor
from nnviz.core.tries import Tries
from nnviz.data import mnist
from nnviz.history import predictions
from nnviz.history.predictions import Question
from nnviz.ui import Key
from nnviz.ui.shared.show import escaped
from tests.classroom.drawing import message

PAGE = Path(__file__).resolve().parents[2] / "pages" / "7_Class.py"
ME, OTHER = Actor("me"), Actor("other")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.setattr("nnviz.classroom.lifetime._opened", Tries(1_000, 1.0))


def opened(code: str = "", section: str = "") -> AppTest:
    page = AppTest.from_file(PAGE, default_timeout=60)
    page.session_state[Key.OWNER] = "me"
    if code:
        page.query_params[Key.URL_CLASS] = code
    if section:
        page.query_params["class_section"] = section
    page.run()
    assert not page.exception
    return page


def fill(room: classroom.Classroom, pupil: Actor, n: int) -> None:
    digits = mnist.embedded()
    classroom.join(room.id, by=pupil)
    for place in range(n):
        label, image = int(digits.labels[place * 501]), digits.images[place * 501]
        sent = message(label, digit=base64.b64encode(image.tobytes()).decode())
        classroom.give(room.id, sent, by=pupil)


def test_a_class_is_started_and_found_again_without_its_code() -> None:
    page = opened()
    page.button(key="class_start").click().run()
    assert not page.exception
    (room,) = classroom.classes_of(ME)
    assert page.query_params[Key.URL_CLASS] == room.code
    assert page.button(key="class_collecting").label == "Close collecting"
    assert opened().button(key="class_collecting")


def test_a_code_that_is_none_is_told_and_a_right_one_makes_a_pupil() -> None:
    room = classroom.open_class(by=OTHER)
    assert "no such class" in opened("BCDFGH").warning[0].value
    page = opened()
    page.text_input(key="class_code").input(room.code.lower())
    page.button(key="class_code_join").click().run()
    assert not page.exception
    (pupil,) = classroom.members(room.id)
    assert pupil.owner == "me"
    with pytest.raises(KeyError):
        page.button(key="class_collecting")


def test_every_tab_of_the_teacher_opens_without_and_with_digits() -> None:
    room = classroom.open_class(by=ME)
    for n in (0, 9):
        fill(room, OTHER, n)
        for section in ("Join", "Wall", "Networks", "A pad", "Guesses", "Learn", "Pupils"):
            opened(room.code, section)
    page = opened(room.code, "Networks")
    assert any("hardest" in each.value for each in page.header)
    charts = len(page.get("plotly_chart"))
    control = page.button_group(key="class_matrix_of")
    networks = len(control.options) - 1
    assert networks > 1
    control.set_value("").run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == charts + networks, "a matrix each"


def test_what_a_nickname_has_of_markdown_is_shown_as_text() -> None:
    room = classroom.open_class(by=ME)
    pupil, _ = classroom.join(room.id, by=OTHER)
    classroom.choose_nickname(room.id, pupil.id, "**[x](http://y.z)**", by=OTHER)
    shown = [each.value for each in opened(room.code, "Pupils").markdown]
    assert f"{escaped('**[x](http://y.z)**')}: 0 digits" in shown


def test_a_teacher_asks_pupils_guess_and_the_teacher_opens() -> None:
    room = classroom.open_class(by=ME)
    fill(room, OTHER, 1)
    page = opened(room.code, "Guesses")
    page.text_input(key="ask_text").set_value("How many of 100?").run()
    page.button(key="ask_now").click().run()
    assert not page.exception
    (asked,) = predictions.of_room(room.id)
    assert page.button(key=f"open_{asked.id}").disabled, "nobody has guessed"
    predictions.guess(asked.id, 70, by=OTHER)
    page = opened(room.code, "Guesses")
    assert any("1 has guessed" in each.value for each in page.markdown)
    page.button(key=f"open_{asked.id}").click().run()
    assert not page.exception
    assert predictions.guesses(asked.id) == [70]


def test_a_pupil_answers_and_may_change_it_until_it_is_open() -> None:
    room = classroom.open_class(by=OTHER)
    classroom.join(room.id, by=ME)
    asked = predictions.ask(Question("choice", "Which?", ("MLP", "CNN")), by=OTHER, room=room.id)
    page = opened(room.code)
    page.radio(key=f"pupil_{asked.id}").set_value(1).run()
    page.button(key=f"pupil_{asked.id}_give").click().run()
    assert not page.exception
    assert predictions.mine(asked.id, by=ME) == 1
    assert page.button(key=f"pupil_{asked.id}_give").label == "Change my guess"
    predictions.reveal(asked.id, by=OTHER)
    with pytest.raises(KeyError):
        opened(room.code).button(key=f"pupil_{asked.id}_give")
