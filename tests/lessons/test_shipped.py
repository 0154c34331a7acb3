"""The app's own lessons: all that they name is there, and every number in them is what the data says."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from nnviz.core import paths
from nnviz.data.mnist import embedded
from nnviz.lessons import catalogue, filling, handouts, parsing
from nnviz.lessons.lesson import Lesson, Question
from nnviz.numpy_nn.presets import PRESETS
from tests import readability

LESSONS = catalogue.shipped()
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.name for lesson in LESSONS])

# Numbers that stand in lessons as they are, and how each is found.
CONSTANTS = {
    "784": 28 * 28,
    "100": PRESETS["report"].settings["hidden_layer_sizes"][0],
    "64": PRESETS["report"].settings["hidden_layer_sizes"][1],
    "2,700": 3000 * 9 // 10,
    "300": 3000 // 10,
    "5,000": len(embedded().labels),
    "10,000": 10_000,
}
# Sums that pupils do themselves, as the answer has them.
WORKED = {
    ("first-digit", "10%"): "100% of the ten answers less 90%",
    ("what-a-network-sees", "784"): 28 * 28,
    ("what-a-network-sees", "3"): 2 * 3 + 1 * -4 + 1,
    ("overfitting", "10%"): f"{1 / 10:.0%}",
    ("mistakes", "80%"): f"{8 / 10:.0%}",
    ("mistakes", "50%"): f"{8 / 16:.0%}",
    ("convolution", "2"): 1 * 1 + 0 * -1 + 1 * 1 + 0 * -1,
    ("convolution", "-2"): 0 * 1 + 1 * -1 + 0 * 1 + 1 * -1,
    ("convolution", "26"): 28 - 3 + 1,
    ("convolution", "3"): max(0, 3, 1, 2),
    ("kernel-sizes", "5"): 28 - 24 + 1,
    ("autoencoder", "25"): 25,
    ("bias", "85"): (95 + 75) // 2,
}


def raw(lesson: Lesson) -> str:
    (path,) = (paths.assets() / "lessons").glob(f"?-{lesson.name}.md")
    return path.read_text(encoding="utf-8")


def questions(lesson: Lesson) -> list[Question]:
    return [step.question for step in lesson.steps if step.question is not None]


def test_there_are_eight_of_ten_to_forty_minutes() -> None:
    assert len(LESSONS) == 8
    assert all(10 <= lesson.minutes <= 40 for lesson in LESSONS)
    assert all(lesson.goals and lesson.timing and len(lesson.asks) >= 2 for lesson in LESSONS)


@every_lesson
def test_the_timing_ends_when_the_lesson_does(lesson: Lesson) -> None:
    ends = [tuple(map(int, re.findall(r"\d+", line)[:2])) for line in lesson.timing]
    assert ends[0][0] == 0
    assert all(before[1] == after[0] for before, after in pairwise(ends))
    assert ends[-1][1] == lesson.minutes


@every_lesson
def test_large_numbers_and_scores_are_looked_up_or_known(lesson: Lesson) -> None:
    text = filling._PLACE.sub("", raw(lesson).partition("\n---\n")[2])
    text = re.sub(r"^(?:set|answer|within): .*$", "", text, flags=re.MULTILINE)
    for number in re.findall(r"\d{1,3}(?:,\d{3})+|\d+\.\d+%|\d{3,}(?!%)|0\.00\d+", text):
        assert number in CONSTANTS, f"{number} is typed: look it up instead"
        assert float(number.replace(",", "")) == CONSTANTS[number]


@every_lesson
def test_an_answer_that_is_a_number_is_worked_out(lesson: Lesson) -> None:
    typed = re.findall(r"^answer: (.*)$", raw(lesson), re.MULTILINE)
    for answer in typed:
        if "{{" not in answer:
            assert (lesson.name, answer) in WORKED
            found = WORKED[lesson.name, answer]
            assert str(found) == answer or isinstance(found, str) or lesson.name == "autoencoder"


def test_the_nearest_number_of_pixels_for_a_number_of_the_code_is_taken() -> None:
    question = next(q for q in questions(lesson_of("autoencoder")) if q.answer == "25")
    assert question.judge(str(784 / 32))
    assert question.judge("24")
    assert not question.judge("32")


def lesson_of(name: str) -> Lesson:
    return next(lesson for lesson in LESSONS if lesson.name == name)


def test_the_best_kernel_of_the_report_is_the_one_that_is_right() -> None:
    scores = {k: filling._card(f"cnn_k{k}")["metrics"]["report_test_accuracy"] for k in (2, 3, 4, 8, 24)}
    best = max(scores, key=scores.__getitem__)
    question = next(q for q in questions(lesson_of("kernel-sizes")) if "best in the report" in q.asks)
    assert question.solution == f"{best} × {best}"


def test_the_autoencoder_draws_better_than_pca_as_the_lesson_says() -> None:
    metrics = filling._card("autoencoder")["metrics"]
    assert metrics["test_error"] < metrics["test_error_pca"]


def test_the_report_overfits_without_and_underfits_with_much_lambda() -> None:
    def cell(column: str, alpha: str) -> float:
        return float(filling.filled(f"{{{{report lambda {column} layers=2 alpha={alpha}}}}}").rstrip("%"))

    assert cell("train", "1e-14") - cell("test", "1e-14") > 15
    assert cell("test", "0.5") > cell("test", "1e-14")
    assert cell("test", "5") < 15


@every_lesson
def test_it_is_read_by_fifteen_year_olds(lesson: Lesson) -> None:
    text = "\n\n".join(step.text for step in lesson.steps)
    assert readability.grade(text) <= readability.PAGE
    assert all(len(step.text.split()) <= 95 for step in lesson.steps), "the bar has room for so much"
    for word in ("click", "hover", "left of", "right of", "wheel", "alpha"):
        assert word not in text.lower()


@every_lesson
def test_answers_stand_on_a_page_of_their_own_in_the_hand_out(lesson: Lesson) -> None:
    page = handouts.html_of(lesson)
    tasks, _, answers = page.partition('<section class="answers">')
    for question in questions(lesson):
        assert handouts.markup(question.asks) in tasks
        because = handouts._inline(question.because)
        assert because in answers
        assert because not in tasks
    assert "checked" not in page
    assert "<script" not in page
    assert "[[" not in page
    assert "{{" not in page


def test_the_example_in_the_guide_is_a_lesson() -> None:
    guide = (paths.root() / "docs" / "lessons.md").read_text(encoding="utf-8")
    lesson = parsing.parse(guide.split("```")[1].lstrip("\n"))
    assert len(lesson.steps) == 2
