"""A lesson: steps, each a view, words, perhaps a question, and what is to be done in it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from nnviz.core.words import say
from nnviz.lessons.views import View

Argument = Literal["", "page", "tab", "setting", "control"]

CONDITIONS: Mapping[str, tuple[Argument, str]] = MappingProxyType(
    {
        "draw a digit": ("", say("Draw on the pad.")),
        "make the networks disagree": ("", say("Draw a digit that the networks do not agree on.")),
        "open page": ("page", say("Open the page {what}.")),
        "open tab": ("tab", say("Open the tab {what}.")),
        "set": ("setting", say("Set {what}.")),
        "change": ("control", say("Change {what}.")),
        "choose a digit": ("", say("Choose another digit.")),
        "press a cell": ("", say("Press a cell of the matrix.")),
        "press a digit": ("", say("Press a digit.")),
        "press a dot": ("", say("Press a dot of the map.")),
        "train a network": ("", say("Train a network. It counts when the training has ended.")),
        "move the epochs": ("", say("Move the slider of epochs.")),
        "answer": ("", say("Answer the question.")),
    }
)
"""What can be waited for, by how a lesson says it: what follows it, and how a pupil is told."""


@dataclass(frozen=True)
class Condition:
    """Something that is to be done: one of CONDITIONS, and what follows it."""

    what: str
    argument: str = ""
    value: object = None

    @property
    def words(self) -> str:
        """For the pupil."""
        said = CONDITIONS[self.what][1]
        return said.format(what=self.argument) if self.argument else said


@dataclass(frozen=True)
class Question:
    """A question and its answer, which is judged here and shown nowhere before.

    Attributes
    ----------
    asks
        As Markdown.
    choices
        To choose from; none where something is typed.
    right
        Positions of the right choices.
    answer
        What is to be typed: a text, or a number.
    within
        How far off a number may be.
    because
        What is said once it is answered, as Markdown.
    """

    asks: str
    choices: tuple[str, ...] = ()
    right: frozenset[int] = frozenset()
    answer: str = ""
    within: float = 0.0
    because: str = ""

    def judge(self, told: str | Collection[int]) -> bool:
        """Whether that is the answer: positions of choices, or what was typed."""
        if self.choices:
            return not isinstance(told, str) and frozenset(told) == self.right
        if not isinstance(told, str):
            return False
        wanted, given = _number(self.answer), _number(told)
        if wanted is not None:
            return given is not None and abs(given - wanted) <= self.within + 1e-9 * max(1.0, abs(wanted))
        return _plain(told) == _plain(self.answer)

    @property
    def solution(self) -> str:
        """The answer in words."""
        if self.choices:
            return " · ".join(choice for i, choice in enumerate(self.choices) if i in self.right)
        return (
            say("{answer} (± {within:g})", answer=self.answer, within=self.within)
            if self.within
            else self.answer
        )


def _number(text: str) -> float | None:
    plain = text.strip().replace(",", "").replace("−", "-").replace(" ", "")
    share = plain.endswith("%")
    try:
        value = float(plain.removesuffix("%"))
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return value / 100 if share else value


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .!")


@dataclass(frozen=True)
class Step:
    """A step of a lesson.

    Attributes
    ----------
    view
        What is shown; None before any step has named a page.
    text
        As Markdown, with the marks of the glossary.
    highlight
        Spots that are pointed at.
    done
        What is to be done in it.
    line
        Of its heading in the file.
    """

    title: str
    text: str
    view: View | None = None
    highlight: tuple[str, ...] = ()
    done: tuple[Condition, ...] = ()
    question: Question | None = None
    line: int = 0


@dataclass(frozen=True)
class Lesson:
    """A lesson.

    Attributes
    ----------
    name
        Of its file, or the id under which it is kept.
    minutes
        About how long it takes.
    about
        One sentence.
    goals
        What a pupil can do afterwards.
    timing
        What takes how long, for the teacher.
    asks
        Questions for the class, each with what can be said to it.
    """

    name: str
    title: str
    minutes: int
    about: str
    goals: tuple[str, ...]
    timing: tuple[str, ...]
    asks: tuple[tuple[str, str], ...]
    steps: tuple[Step, ...] = field(default=())
