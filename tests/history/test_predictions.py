"""Guesses before the result: who may ask, guess and open; one a person; nobody sees them before."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nnviz.core.identity import Actor, NotYours
from nnviz.history import predictions, repository
from nnviz.history.predictions import GuessRefused, Question

ADA, BEN, TEACHER = Actor("ada"), Actor("ben"), Actor("teacher")
CURVE = Question("curve", "How well?", ("1", "2", "3"))


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NNVIZ_DATABASE_URL", f"sqlite:///{tmp_path}/runs.sqlite")
    yield
    repository.close()


def test_one_s_own_guess_is_kept_found_by_what_it_is_about_and_seen_by_nobody_else() -> None:
    asked = predictions.ask(CURVE, by=ADA, about="job 1")
    predictions.guess(asked.id, [0.1, 0.5, 0.9], by=ADA)
    assert predictions.about("job 1", by=ADA) == [asked]
    assert predictions.about("job 1", by=BEN) == []
    assert predictions.mine(asked.id, by=ADA) == [0.1, 0.5, 0.9]
    assert predictions.mine(asked.id, by=BEN) is None
    for act in (predictions.reveal, lambda i, by: predictions.guess(i, [0, 0, 0], by=by)):
        with pytest.raises(NotYours):
            act(asked.id, by=BEN)


def test_a_guess_may_be_changed_until_it_is_opened_and_counts_once() -> None:
    asked = predictions.ask(Question("number", "?", high=100), by=ADA)
    predictions.guess(asked.id, 10, by=ADA)
    predictions.guess(asked.id, 20, by=ADA)
    assert predictions.count(asked.id) == 1
    with pytest.raises(NotYours, match="not open yet"):
        predictions.guesses(asked.id)
    predictions.reveal(asked.id, by=ADA)
    assert predictions.guesses(asked.id) == [20]
    with pytest.raises(GuessRefused, match="too late"):
        predictions.guess(asked.id, 30, by=ADA)
    assert predictions.guesses(asked.id) == [20]


@pytest.mark.parametrize(
    ("question", "fits", "others"),
    [
        (
            CURVE,
            [0, 0.5, 1],
            [[0, 0.5], [0, 0.5, 1.1], [0, 0.5, math.nan], [0, 0, "1"], [0, 0, True], 0.5, None],
        ),
        (Question("number", high=10), 3, [-1, 11, "3", True, math.inf, None, [3]]),
        (Question("choice", along=("a", "b")), 1, [2, -1, "a", True, 0.0, None]),
        (Question("confusion"), [4, 9], [[4, 4], [4, 10], [4], [4, 9, 1], "49", [True, 0], None]),
    ],
    ids=lambda each: getattr(each, "kind", ""),
)
def test_what_is_no_answer_is_no_guess(question: Question, fits: Any, others: list[Any]) -> None:
    asked = predictions.ask(question, by=ADA)
    for each in others:
        with pytest.raises(GuessRefused):
            predictions.guess(asked.id, each, by=ADA)
    predictions.guess(asked.id, fits, by=ADA)
    assert predictions.mine(asked.id, by=ADA) == fits


@pytest.mark.parametrize(
    "question",
    [
        Question("curve", along=("1",)),
        Question("choice", along=("only",)),
        Question("choice", along=tuple("abcdefghijk")),
        Question("number", low=1, high=1),
        Question("number", "x" * 300),
        Question("number", high=math.nan),
    ],
)
def test_a_question_without_an_answer_is_not_asked(question: Question) -> None:
    with pytest.raises(GuessRefused):
        predictions.ask(question, by=ADA)


def test_of_very_many_questions_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "MOST_OWN", 2)
    asked = [predictions.ask(CURVE, by=ADA) for _ in range(3)]
    other = predictions.ask(CURVE, by=BEN)
    with pytest.raises(GuessRefused, match="no longer there"):
        predictions.find(asked[0].id)
    for each in (*asked[1:], other):
        assert predictions.find(each.id) == each
