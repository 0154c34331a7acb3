"""A lesson's file is taken as a whole, or its first mistake is told with its line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnviz.lessons.lesson import Condition
from nnviz.lessons.parsing import LessonMistake, parse

HEAD = "---\ntitle: A lesson\nminutes: 10\nabout: It teaches.\n---\n"
STEP = "\n## A step\npage: MLP\n\nSome words.\n"


def test_a_lesson_holds_what_its_file_says() -> None:
    lesson = parse(
        "---\ntitle: A lesson\nminutes: 10\nabout: It teaches.\ngoal: one\ngoal: two\nask: Why? => So.\n---\n"
        "\n## First\npage: MLP\ntab: train\nset: λ = 0.5\nset: Epochs = 20\nhighlight: Train button\n"
        "done: train a network\ndone: set Epochs = 30\n\nText of **two**\nlines.\n\n"
        "question: Which?\n- [ ] this\n- [x] that\nbecause: It is.\n\n## Second\n\nMore.\n",
        "name",
    )
    assert (lesson.name, lesson.title, lesson.minutes) == ("name", "A lesson", 10)
    assert lesson.goals == ("one", "two")
    assert lesson.asks == (("Why?", "So."),)
    first, second = lesson.steps
    assert first.view is not None
    assert (first.view.page, first.view.tab) == ("MLP", "Train")
    assert first.view.settings == {"λ": 0.5, "Epochs": 20}
    assert first.done[1] == Condition("set", "Epochs = 30", ("Epochs", 30))
    assert first.text == "Text of **two**\nlines."
    assert first.question is not None
    assert first.question.judge([1])
    assert not first.question.judge([0, 1])
    assert second.view is not None
    assert second.view.page == "MLP", "a step without a page stays on the one before"


def test_numbers_are_looked_up() -> None:
    text = "{{report lambda test layers=2 alpha=0.5}} and {{network mlp_study parameters}}"
    assert parse(HEAD + f"\n## A\n\n{text}\n").steps[0].text == "88.67% and 85,614"


MISTAKES = [
    ("", 1, "begins with a line of three hyphens"),
    ("title: A\n", 1, "begins with a line of three hyphens"),
    ("---\ntitle: A\nminutes: 5\nabout: x\n", 4, "does not end"),
    ("---\ntitle: A\nminutes: 5\n---\n", 4, "no “about”"),
    ("---\ntitle: A\ntitle: B\n---\n", 3, "a second time"),
    ("---\ntitel: A\n---\n", 2, "Do you mean “title”?"),
    ("---\ntitle:\n---\n", 2, "Nothing stands behind"),
    ("---\ntitle: A\nminutes: soon\nabout: x\n---\n" + STEP, 3, "whole number from 1 to 240"),
    ("---\ntitle: A\nminutes: 1000\nabout: x\n---\n" + STEP, 3, "whole number from 1 to 240"),
    (HEAD, 6, "no step"),
    (HEAD + "\nWords.\n", 7, "Before the first step"),
    (HEAD + "\n# A\n", 7, "Before the first step"),
    (HEAD + STEP + "### B\n", 11, "no headings but"),
    (HEAD + "\n## \n\nx\n", 7, "no headings but|no title|Before the first"),
    (HEAD + "\n## A\n", 7, "neither text nor a question"),
    (HEAD + "\n## A\npage: MLPs\n\nx\n", 8, "Do you mean “MLP”?"),
    (HEAD + "\n## A\npgae: MLP\n\nx\n", 8, "Do you mean “page”?"),
    (HEAD + "\n## A\npage: MLP\ntab: Weigths\n\nx\n", 9, "Do you mean “Weights”?"),
    (HEAD + "\n## A\npage: Draw\ntab: Train\n\nx\n", 9, "has no tabs"),
    (HEAD + "\n## A\ntab: Train\n\nx\n", 8, "No step has said"),
    (HEAD + "\n## A\npage: MLP\nset: Epochs\n\nx\n", 9, "no “control = value”"),
    (HEAD + "\n## A\npage: MLP\nset: Epoch = 5\n\nx\n", 9, "Do you mean “Epochs”?"),
    (HEAD + "\n## A\npage: MLP\nset: Epochs = 5.5\n\nx\n", 9, "whole numbers from 1 to 1000"),
    (HEAD + "\n## A\npage: MLP\nset: λ = nan\n\nx\n", 9, "numbers from 0"),
    (HEAD + "\n## A\npage: MLP\nset: Digits = all\n\nx\n", 9, "no choice: report, app"),
    (HEAD + "\n## A\npage: MLP\nhighlight: pad\n\nx\n", 9, "no spot of the page MLP"),
    (HEAD + "\n## A\npage: MLP\ndone: dance\n\nx\n", 9, "nothing that can be waited for"),
    (HEAD + "\n## A\npage: MLP\ndone: open tab\n\nx\n", 9, "nothing that can be waited for"),
    (HEAD + "\n## A\npage: MLP\ndone: answer\n\nx\n", 9, "no question"),
    (HEAD + "\n## A\npage: MLP\ntab: Train\ndigit: 7\n\nx\n", 10, "No digit is chosen"),
    (HEAD + STEP + "done: draw a digit\n", 11, "right below the heading"),
    (HEAD + STEP + "answer: 5\n", 11, "behind no question"),
    (HEAD + STEP + "question: Why?\n", 11, "either choices"),
    (HEAD + STEP + "question: Why?\n- [ ] a\n- [ ] b\n", 11, "marked as right"),
    (HEAD + STEP + "question: Why?\n- [x] a\n", 11, "2 to 8 choices"),
    (HEAD + STEP + "question: Why?\n- [x] a\n- [ ]\n", 13, "Nothing stands behind this box"),
    (HEAD + STEP + "question: Why?\nanswer: two\nwithin: 1\n", 13, "behind an answer that is a number"),
    (HEAD + STEP + "question: Why?\nanswer: 2\nwords again\n", 13, "no “name: value”"),
    (HEAD + "\n## A\n\n{{report lambda test alpha=0.5}}\n", 9, "not one number"),
    (HEAD + "\n## A\n\n{{network mlp_study fame}}\n", 9, "has no “fame”"),
    (HEAD + "\n## A\n\n{{secrets}}\n", 9, "no number"),
    (HEAD + "\n## A\n\n{{network\n", 9, "not closed"),
    (HEAD + "\n## A\n\n[[epochs|epohc]]\n", 9, "no term"),
    (HEAD + "\n## A\n\n<script>alert(1)</script>\n", 9, "no HTML"),
    (HEAD + "\n## A\n\n![a](x)\n", 9, "no links and pictures"),
    (HEAD + "\n## A\n\n[here](x)\n", 9, "no links and pictures"),
    (HEAD + "\n## A\n\n[here]\n\n> [here]: x\n", 11, "no links and pictures"),
    (HEAD + "\n## A\n\nSee https://example.org\n", 9, "no addresses"),
    (HEAD + "\n## A\n\nSee www.example.org\n", 9, "no addresses"),
    (HEAD + "\n## A\n\nSee https:&#47;&#47;example.org\n", 9, "no addresses"),
    (HEAD + "\n## A\n\nSee https:/\\/example.org\n", 9, "no addresses"),
    (HEAD + "\n## A\n\nSee www\\.example.org\n", 9, "no addresses"),
    (HEAD + "\n## A\n\nSee a\\@example.org\n", 9, "no addresses"),
    (HEAD + "\n## A\n\n:red[alarm]\n", 9, "colons"),
    (HEAD + "\n## A\n\n:material/home:\n", 9, "colons"),
    (HEAD + "\n## A\n\n$x$\n", 9, "dollar"),
    (HEAD + "\n## A\n\na\x00b\n", 9, "cannot be shown"),
    (HEAD + "\n## A\n\n" + "x" * 2_000 + "\n", 9, "longer than 1,000"),
    (HEAD + "\n## A\n\nx\n" * 41, 6 + 4 * 40 + 1, "at most 40 steps"),
    ("---\ntitle: " + "x" * 70_000, 1, "too large"),
]


@pytest.mark.parametrize(
    ("text", "line", "says"), MISTAKES, ids=[f"{n} {m[2]}" for n, m in enumerate(MISTAKES)]
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(LessonMistake, match=says) as told:
        parse(text)
    assert told.value.line == line
    assert str(told.value).startswith(f"Line {line}: ")


def test_a_line_that_is_not_utf_8_is_named() -> None:
    with pytest.raises(LessonMistake, match="Line 8: This line is not text"):
        parse((HEAD + "\n## A\n").encode() + b"\xff\xfe\n")


def mistake_in(content: bytes) -> LessonMistake | None:
    try:
        assert parse(content).steps
    except LessonMistake as mistake:
        return mistake
    return None


PIECES = st.sampled_from(
    """---
## A
page: MLP
tab: Train
set: λ = 1
set: λ
done: answer
question: Why?
answer: 2
- [x] a
- [ ] b
because: so
within: 1
title: A
minutes: 5
about: x
words

[[
{{network mlp parameters}}
{{
# x
highlight: tab Train
hide: head
digit: 8
page: Draw""".splitlines()
)


@given(st.lists(PIECES | st.text(max_size=12), max_size=20), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_file_is_a_lesson_or_has_a_mistake_in_one_of_its_lines(lines: list[str], with_head: bool) -> None:
    text = (HEAD if with_head else "") + "\n".join(lines)
    content = text.encode("utf-8", "surrogatepass")
    mistake = mistake_in(content)
    if mistake is not None:
        assert 1 <= mistake.line <= content.count(b"\n") + content.count(b"\r") + 1
        assert mistake.says.endswith((".", "?"))
