"""Lessons on their pages: all they name is there, the bar sees what is done, answers stay where they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnviz import classroom
from nnviz.classroom import pushing
from nnviz.core import paths
from nnviz.core.identity import Actor
from nnviz.history import repository
from nnviz.lessons import catalogue, links, shelf, views
from nnviz.lessons.lesson import CONDITIONS, Lesson, Question
from nnviz.lessons.views import PLACES, Place, View
from nnviz.ui import Key
from nnviz.ui.shared import doing, following, kept, sharing
from nnviz.ui.shared.following import Followed

ROOT = Path(__file__).resolve().parents[2]
LESSONS = catalogue.shipped()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    yield
    repository.close()


def page(place: Place) -> AppTest:
    return AppTest.from_file(ROOT / place.path, default_timeout=60)


@cache
def shown(place: str, tab: str) -> AppTest:
    """A page of the app as it stands when that tab is open."""
    app = page(PLACES[place])
    if tab:
        app.session_state[PLACES[place].section] = tab
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*app.markdown, *app.caption, *app.warning, *app.error])


@pytest.mark.parametrize("name", PLACES)
def test_every_tab_that_can_be_named_is_on_its_page(name: str) -> None:
    tabs = [tab.label for tab in shown(name, "").tabs]
    assert set(PLACES[name].tabs) <= set(tabs)


@pytest.mark.parametrize("name", [name for name, place in PLACES.items() if place.controls])
def test_every_control_that_can_be_named_is_on_its_page(name: str) -> None:
    place = PLACES[name]
    tabs = [tab for tab in ("Train", "Map") if tab in place.tabs] or [""]
    states = [shown(name, tab).session_state for tab in tabs]
    left_out = {
        control for control, each in place.controls.items() if not any(each.key in state for state in states)
    }
    assert left_out <= {"Units, layer 3", "Units, layer 4"}, "layers that the form has only when asked for"


def test_what_can_be_waited_for_is_what_can_be_seen() -> None:
    direct = {"open page", "open tab", "set", "change", "make the networks disagree", "answer"}
    assert set(CONDITIONS) == {*doing._TRACES, *direct}


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])
def test_every_step_of_a_lesson_opens(lesson: Lesson) -> None:
    for number, step in enumerate(lesson.steps):
        place = step.view.place if step.view else PLACES["Draw"]
        app = page(place)
        app.session_state[Key.LESSON] = Followed(lesson.name, number)
        app.run()
        assert not app.exception
        assert not app.error
        text = said(app)
        assert f"**{step.title}** · {number + 1} of {len(lesson.steps)}" in text
        if step.view is None:
            continue
        if step.view.tab:
            assert app.session_state[place.section] == step.view.tab
        for name, value in step.view.settings.items():
            control = place.controls[name]
            told = app.session_state[control.key]
            assert (control.read(told) if control.written else told) == value, name
        for spot in step.highlight:
            assert spot in views.PLACES[place.name].every_spot() or spot.startswith("tab ")


def test_the_answer_of_a_step_is_in_no_message_before_it_is_given() -> None:
    lesson = next(each for each in LESSONS if each.name == "first-digit")
    number, step = next(
        (i, each) for i, each in enumerate(lesson.steps) if each.question and each.question.answer
    )
    assert step.question is not None
    app = page(PLACES["Draw"])
    app.session_state[Key.LESSON] = Followed(lesson.name, number)
    app.run()
    assert step.question.because not in everything(app)
    field(app, step.question.asks).input("11")
    answer(app).click().run()
    assert "Not right" in said(app)
    assert step.question.because not in everything(app)
    field(app, step.question.asks).input(step.question.answer)
    answer(app).click().run()
    assert step.question.because in said(app)


def field(app: AppTest, label: str) -> Any:
    return next(each for each in app.text_input if each.label == label)


def pills(app: AppTest, label: str) -> Any:
    return next(each for each in app.button_group if each.label == label)


def answer(app: AppTest) -> Any:
    return next(button for button in app.button if button.label == "Answer")


def everything(app: AppTest) -> str:
    """All that the browser is sent, as it is written in the messages."""
    return "\n".join(str(node.proto) for node in app.main) + said(app)


def test_the_bar_sees_a_control_that_was_set_and_remembers_the_step() -> None:
    lesson = (
        "---\ntitle: Own\nminutes: 5\nabout: x\n---\n\n## One\npage: MLP\ntab: Train\nset: λ = 0\n"
        "done: set λ = 2\ndone: change Epochs\n\nDo.\n"
    )
    name = shelf.LESSONS.keep(lesson, owner="teacher")
    app = page(PLACES["MLP"])
    app.session_state[Key.LESSON] = Followed(name)
    app.run()
    assert not app.exception
    assert app.session_state["mlp_set_alpha"] == 0
    assert said(app).count(":material/circle:") == 2
    app.number_input(key="mlp_set_alpha").set_value(2.0).run()
    assert "check_circle: Set λ = 2." in said(app)
    app.number_input(key="mlp_set_max_iter").set_value(7).run()
    assert ":material/circle:" not in said(app)
    assert app.session_state[Key.LESSON].done == {0}
    (leave,) = [button for button in app.button if button.label == "Leave"]
    leave.click().run()
    assert Key.LESSON not in app.session_state
    assert following.parse(lesson).steps[0].title not in said(app)


def test_a_lesson_that_is_gone_is_left_with_a_sentence() -> None:
    app = page(PLACES["MLP"])
    app.session_state[Key.LESSON] = Followed("23456789abcdefgh")
    app.run()
    assert not app.exception
    assert "This lesson is not here, or no longer." in said(app)
    assert Key.LESSON not in app.session_state


def test_a_lesson_is_begun_by_its_address() -> None:
    app = page(PLACES["Draw"])
    app.query_params[Key.URL_LESSON] = "first-digit"
    app.query_params[Key.URL_STEP] = "2"
    app.run()
    assert not app.exception
    assert "2 of 6" in said(app)
    assert Key.URL_LESSON not in app.query_params, "else a reload would begin it again"


@pytest.mark.parametrize("step", ["0", "-1", "9999999", "x", "٣", "9" * 5000])
def test_any_step_in_the_address_opens_one_that_there_is(step: str) -> None:
    app = page(PLACES["Draw"])
    app.query_params[Key.URL_LESSON] = "first-digit"
    app.query_params[Key.URL_STEP] = step
    app.run()
    assert not app.exception
    assert "of 6" in said(app)


def opened(view: View, question: Question | None = None) -> AppTest:
    app = page(view.place)
    app.query_params[Key.URL_VIEW] = links.seal(view, question, owner="teacher")
    app.run()
    assert not app.exception
    return app


def test_a_shared_view_is_set_up_and_hides_what_it_says() -> None:
    app = opened(View("MLP", "Train", {"λ": 0.25, "Epochs": 12, "Network": "mlp"}, hidden=("tabs", "λ")))
    assert app.session_state["mlp_section"] == "Train"
    assert app.number_input(key="mlp_set_alpha").value == 0.25
    assert app.number_input(key="mlp_set_max_iter").value == 12
    assert app.session_state["mlp_model"] == "mlp"
    styles = "".join(each.proto.body for each in app.get("html"))
    assert '[role="tablist"], .st-key-mlp_set_alpha { display: none !important; }' in styles


def test_nothing_of_a_sealed_answer_reaches_the_browser_before_it_is_found() -> None:
    question = Question("Whose?", ("mine", "yours"), frozenset({1}), because="It is **yours**: bramble.")
    app = opened(View("MLP", "Layers"), question)
    assert "Whose?" in everything(app)
    assert "bramble" not in everything(app)
    pills(app, "Whose?").set_value([0])
    answer(app).click().run()
    assert "bramble" not in everything(app)
    pills(app, "Whose?").set_value([1])
    answer(app).click().run()
    assert "bramble" in said(app)


def test_a_link_that_was_changed_gets_a_sentence() -> None:
    app = page(PLACES["MLP"])
    app.query_params[Key.URL_VIEW] = "x.y.z"
    app.run()
    assert not app.exception
    assert "This link is not complete" in said(app)


def test_a_question_is_typed_in_lines() -> None:
    assert sharing.question_of("Why?", "a\n* b\n*c", "so") == Question(
        "Why?", ("a", "b", "c"), frozenset({1, 2}), because="so"
    )
    assert sharing.question_of("Why?", "7\n") == Question("Why?", answer="7")


def test_the_page_lists_every_lesson_and_begins_one() -> None:
    app = AppTest.from_file(ROOT / "pages" / "8_Lessons.py", default_timeout=60).run()
    assert not app.exception
    for lesson in LESSONS:
        assert lesson.title in said(app)
        assert lesson.about in said(app)
    assert len([each for each in app.button if each.label == "Start"]) == len(LESSONS)


def test_a_brought_file_is_kept_or_its_mistake_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnviz.ui.teaching import brought

    monkeypatch.setattr(brought, "owner", lambda: "anna")
    ok, words = brought._take((paths.assets() / "lessons" / brought.EXAMPLE).read_bytes())
    assert ok
    assert "Your first digit" in words
    ok, words = brought._take(b"---\ntitle: A\nminuts: 5\n---\n")
    assert not ok
    assert "Line 3: There is no “minuts” here" in words


def test_a_pupils_page_follows_what_the_class_is_sent_once() -> None:
    teacher, pupil = Actor("teacher"), Actor("pupil")
    room = classroom.open_class(by=teacher)
    classroom.join(room.id, by=pupil)
    kept.keep_room("pupil", room.id, False)
    classroom.push(room.id, "lesson", "first-digit", 2, by=teacher)

    def draw_page() -> AppTest:
        app = page(PLACES["Draw"])
        app.session_state[Key.OWNER] = "pupil"
        return app.run()

    app = draw_page()
    assert not app.exception
    assert "3 of 6" in said(app)
    assert not [button for button in app.button if button.label == "Everyone here"]
    next(button for button in app.button if button.label == "Leave").click().run()
    assert "of 6" not in said(draw_page()), "who has gone on is not taken back by a reload"
    pushing.pushed.forget()
    classroom.push(room.id, "attention", by=teacher)
    assert "Please look to the front." in said(draw_page())


def test_a_shared_drawing_is_on_the_pad_to_the_last_grey() -> None:
    image = np.zeros((28, 28), np.float32)
    image[5:20, 14] = np.linspace(0.1, 1, 15)
    app = opened(View("Draw", drawing=links.packed(image)))
    assert np.abs(app.session_state[Key.GIVEN].image - image).max() <= 0.5 / 255 + 1e-7
