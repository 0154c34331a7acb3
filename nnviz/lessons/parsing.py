"""A lesson out of its file, in a form of our own that a teacher can write: docs/lessons.md.

Nothing in it is run, and nothing is guessed: what does not fit is told in a sentence with its line.
"""

from __future__ import annotations

import difflib
import html
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nnviz.core import glossary
from nnviz.core.words import say
from nnviz.lessons import filling, views
from nnviz.lessons.lesson import CONDITIONS, Condition, Lesson, Question, Step
from nnviz.lessons.views import Place, Refused, View

MOST_BYTES = 60_000
MOST_STEPS = 40
LONGEST_LINE = 1_000
LONGEST_TITLE = 80
MOST_MINUTES = 240
_HEAD = ("title", "minutes", "about", "goal", "time", "ask")
_SEVERAL = {"goal": 8, "time": 12, "ask": 12, "set": 12, "hide": 12, "highlight": 6, "done": 6}
_STEP = ("page", "tab", "set", "digit", "hide", "highlight", "done")
_QUESTION = ("question", "answer", "within", "because")
_FIELD = re.compile(r"([A-Za-zλ][\w λ]{0,30}?)\s*:(?:\s+(.*)|\s*)$")
_CHOICE = re.compile(r"-\s*\[([ xX])\]\s*(.*)$")
_MOST_CHOICES = 8
_ADDRESS = re.compile(r"//|\bwww\.|\bmailto:|\w@\w", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# What would show a picture of somewhere else, lead away, or be taken for markup of the page.
_FOREIGN = (
    (re.compile(r"\][(\[]|(?<!\])\]:|\\\]"), say("links and pictures")),
    (re.compile(r"<[A-Za-z!/?]"), say("HTML")),
    (_ADDRESS, say("addresses")),
    (re.compile(r":[a-z-]+\[|:material/|:[a-z_]+:"), say("words between colons")),
    (re.compile(r"\$"), say("dollar signs")),
)


class LessonMistake(ValueError):
    """A lesson's file that cannot be used.

    Attributes
    ----------
    line
        Where the mistake is, from 1.
    says
        What it is, in a sentence.
    """

    def __init__(self, line: int, says: str) -> None:
        super().__init__(say("Line {line}: {says}", line=line, says=says))
        self.line, self.says = line, says


@dataclass
class _Part:
    """Lines of a step or of the head: fields by name, each with its line, and the text after them."""

    title: str
    line: int
    fields: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    text: list[tuple[int, str]] = field(default_factory=list)
    choices: list[tuple[int, bool, str]] = field(default_factory=list)

    def one(self, name: str, default: str = "") -> str:
        found = self.fields.get(name)
        return found[0][1] if found else default

    def at(self, name: str) -> int:
        found = self.fields.get(name)
        return found[0][0] if found else self.line


def parse(content: bytes | str, name: str = "") -> Lesson:
    """The lesson that a file holds.

    Parameters
    ----------
    content
        The file, UTF-8.
    name
        What the lesson is called in addresses.

    Raises
    ------
    LessonMistake
        For the first mistake in it.
    """
    lines = _lines(content)
    head, rest = _head(lines)
    parts = _parts(rest, head.line)
    if not parts:
        raise LessonMistake(len(lines) or 1, say("There is no step. A step begins with “## ” and its title."))
    steps: list[Step] = []
    page = ""
    for part in parts:
        step = _step(part, page)
        page = step.view.page if step.view else page
        steps.append(step)
    return Lesson(
        name=name,
        title=_text(head.one("title"), head.at("title")),
        minutes=_whole(head, "minutes", 1, MOST_MINUTES),
        about=_text(head.one("about"), head.at("about")),
        goals=tuple(_text(text, line) for line, text in head.fields["goal"]),
        timing=tuple(_text(text, line) for line, text in head.fields["time"]),
        asks=tuple(_asked(text, line) for line, text in head.fields["ask"]),
        steps=tuple(steps),
    )


def _lines(content: bytes | str) -> list[str]:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(raw) > MOST_BYTES:
        raise LessonMistake(1, say("The file is too large: a lesson has at most {n:,} bytes.", n=MOST_BYTES))
    lines = re.split(rb"\r\n|\r|\n", raw.removeprefix(b"\xef\xbb\xbf"))
    found = []
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8").replace("\t", " ")
        except UnicodeDecodeError as error:
            raise LessonMistake(number, say("This line is not text in UTF-8.")) from error
        if len(text) > LONGEST_LINE:
            raise LessonMistake(number, say("This line is longer than {n:,} characters.", n=LONGEST_LINE))
        if not all(each.isprintable() or each in "\u2060\u00ad\u200b" for each in text):
            raise LessonMistake(number, say("This line holds a character that cannot be shown."))
        found.append(text.rstrip())
    return found


def _head(lines: list[str]) -> tuple[_Part, list[tuple[int, str]]]:
    numbered = [(i, line) for i, line in enumerate(lines, 1)]
    while numbered and not numbered[0][1].strip():
        numbered.pop(0)
    if not numbered or numbered[0][1] != "---":
        line = numbered[0][0] if numbered else 1
        raise LessonMistake(line, say("A lesson begins with a line of three hyphens: “---”."))
    part = _Part("", numbered[0][0])
    for place, (number, text) in enumerate(numbered[1:], 1):
        if text == "---":
            for name in ("title", "minutes", "about"):
                if name not in part.fields:
                    raise LessonMistake(number, say("The head says no “{name}”.", name=name))
            return part, numbered[place + 1 :]
        if text.strip():
            _take(part, number, text, _HEAD)
    last = max(number for number, line in numbered if line.strip())
    raise LessonMistake(last, say("The head does not end: a line “---” is missing."))


def _take(part: _Part, number: int, line: str, known: tuple[str, ...]) -> None:
    """A line that has to be a field."""
    match = _FIELD.match(line)
    if not match:
        raise LessonMistake(
            number, say("This line is no “name: value”. Here the names are: {known}.", known=", ".join(known))
        )
    name, value = match[1].lower(), (match[2] or "").strip()
    if name not in known:
        alike = difflib.get_close_matches(name, known, n=1)
        meant = say(" Do you mean “{name}”?", name=alike[0]) if alike else ""
        raise LessonMistake(
            number,
            say("There is no “{name}” here: {known}.", name=match[1], known=", ".join(known)) + meant,
        )
    if not value:
        raise LessonMistake(number, say("Nothing stands behind “{name}:”.", name=name))
    if len(part.fields[name]) >= _SEVERAL.get(name, 1):
        many = _SEVERAL.get(name, 1)
        raise LessonMistake(
            number,
            say("“{name}” stands here a second time.", name=name)
            if many == 1
            else say("There are more than {many} lines “{name}”.", many=many, name=name),
        )
    part.fields[name].append((number, value))


def _parts(lines: list[tuple[int, str]], before: int) -> list[_Part]:
    """The steps: a heading, fields until the first empty line, text, and perhaps a question."""
    found: list[_Part] = []
    where = "text"
    for number, line in lines:
        if line.startswith("## "):
            title = line[3:].strip()
            _check_title(title, number)
            found.append(_Part(title, number))
            where = "fields"
            if len(found) > MOST_STEPS:
                raise LessonMistake(number, say("A lesson has at most {n} steps.", n=MOST_STEPS))
        elif not found:
            if line.strip():
                raise LessonMistake(
                    number, say("Before the first step there is only the head. A step begins with “## ”.")
                )
        elif re.match(r"#+(\s|$)", line):
            raise LessonMistake(number, say("There are no headings but those of steps: “## ” and a title."))
        else:
            where = _line(found[-1], number, line, where)
    return found


def _line(part: _Part, number: int, line: str, where: str) -> str:
    """Take one line of a step; returns where the next one stands."""
    match = _FIELD.match(line)
    if where == "fields" and line.strip():
        if not (match and match[1].lower() in (*_STEP, *_QUESTION)):
            _take(part, number, line, _STEP)  # says what is wrong
        if match and match[1].lower() in _QUESTION:
            return _line(part, number, line, "text")
        _take(part, number, line, _STEP)
        return "fields"
    if where == "question" and line.strip():
        if choice := _CHOICE.match(line):
            part.choices.append((number, choice[1] != " ", choice[2].strip()))
        else:
            _take(part, number, line, _QUESTION)
        return "question"
    if where == "text" and match and match[1].lower() in _QUESTION:
        if match[1].lower() != "question":
            raise LessonMistake(number, say("“{name}” stands behind no question.", name=match[1]))
        _take(part, number, line, _QUESTION)
        return "question"
    if where == "text" and match and match[1] in _STEP:
        raise LessonMistake(
            number, say("“{name}:” stands right below the heading, before an empty line.", name=match[1])
        )
    if where != "question":
        part.text.append((number, line))
        return "text"
    return where


def _check_title(title: str, number: int) -> None:
    if not title:
        raise LessonMistake(number, say("This step has no title."))
    _text(title, number)
    if len(title) > LONGEST_TITLE:
        raise LessonMistake(number, say("This title is longer than {n} characters.", n=LONGEST_TITLE))


def _step(part: _Part, before: str) -> Step:
    text = "\n".join(_text(line, number) for number, line in part.text).strip()
    if not text and "question" not in part.fields:
        raise LessonMistake(part.line, say("This step has neither text nor a question."))
    view = _view(part, before)
    place = view.place if view else None
    question = _question(part)
    return Step(
        title=_text(part.title, part.line),
        text=text,
        view=view,
        highlight=tuple(_resolved(line, _spot, place, text) for line, text in part.fields["highlight"]),
        done=tuple(
            _resolved(line, _condition, text, place, question is not None)
            for line, text in part.fields["done"]
        ),
        question=question,
        line=part.line,
    )


def _resolved(line: int, look: Callable[..., Any], *told: Any) -> Any:
    """What look(*told) finds; a refusal with the line it came from."""
    try:
        return look(*told)
    except Refused as error:
        raise LessonMistake(line, str(error)) from error


def _spot(place: Place | None, text: str) -> str:
    return views.spot_of(_on(place), text)


def _on(place: Place | None) -> Place:
    if place is None:
        raise Refused(say("No step has said “page: …” yet, so there is nothing to look for it on."))
    return place


def _view(part: _Part, before: str) -> View | None:
    asked = [name for name in ("tab", "set", "digit", "hide") if name in part.fields]
    if "page" in part.fields:
        place = _resolved(part.at("page"), views.place_of, part.one("page"))
    elif not asked:
        return View(before) if before else None
    else:
        place = _resolved(part.at(asked[0]), _on, views.PLACES.get(before))
    tab = _resolved(part.at("tab"), views.tab_of, place, part.one("tab")) if "tab" in part.fields else ""
    settings = dict(_resolved(line, _setting, place, text) for line, text in part.fields["set"])
    digit = ("", 0)
    if "digit" in part.fields:
        shown = tab or next(iter(place.tabs), "")
        digit = _resolved(part.at("digit"), views.digit_of, place, shown, part.one("digit")), 0
    hidden = tuple(_resolved(line, _spot, place, text) for line, text in part.fields["hide"])
    return View(place.name, tab, settings, digit=digit, hidden=hidden)


def _setting(place: Place, text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise Refused(say("“{text}” is no “control = value”.", text=text[:60]))
    name, control = views.control_of(place, name)
    return name, control.read(value)


def _condition(text: str, place: Place | None, asked: bool) -> Condition:
    plain = " ".join(text.split())
    for what, (argument, _) in CONDITIONS.items():
        rest = plain[len(what) :].strip()
        if not plain.lower().startswith(what) or bool(rest) != bool(argument):
            continue
        if what == "answer" and not asked:
            raise Refused(say("This step has no question that could be answered."))
        match argument:
            case "page":
                return Condition(what, views.place_of(rest).name)
            case "tab":
                return Condition(what, views.tab_of(_on(place), rest))
            case "control":
                return Condition(what, views.control_of(_on(place), rest)[0])
            case "setting":
                name, value = _setting(_on(place), rest)
                return Condition(what, " = ".join(each.strip() for each in rest.split("=", 1)), (name, value))
        return Condition(what)
    known = [f"{what} …" if argument else what for what, (argument, _) in CONDITIONS.items()]
    raise Refused(
        say("“{text}” is nothing that can be waited for: {known}.", text=plain[:60], known=", ".join(known))
    )


def _question(part: _Part) -> Question | None:
    if "question" not in part.fields:
        return None
    at = part.at("question")
    answer = part.one("answer")
    if bool(answer) == bool(part.choices):
        raise LessonMistake(
            at, say("A question has either choices, “- [ ] …” and “- [x] …”, or a line “answer: …”.")
        )
    if part.choices and not 2 <= len(part.choices) <= _MOST_CHOICES:
        raise LessonMistake(at, say("A question has 2 to {most} choices.", most=_MOST_CHOICES))
    for line, _, text in part.choices:
        if not text:
            raise LessonMistake(line, say("Nothing stands behind this box."))
    if part.choices and not any(right for _, right, _ in part.choices):
        raise LessonMistake(at, say("No choice is marked as right: “- [x] …”."))
    within = 0.0
    if "within" in part.fields:
        line = part.at("within")
        try:
            within = float(part.one("within"))
            float(filling.filled(answer).rstrip("%").replace(",", ""))
        except (ValueError, Refused) as error:
            raise LessonMistake(
                line, say("“within” is a number, behind an answer that is a number.")
            ) from error
        if not 0 <= within < 1e6:
            raise LessonMistake(line, say("“within” is not below 0."))
        within = within / 100 if answer.endswith("%") else within
    return Question(
        asks=_text(part.one("question"), at),
        choices=tuple(_text(text, line) for line, _, text in part.choices),
        right=frozenset(i for i, (_, right, _) in enumerate(part.choices) if right),
        answer=_text(answer, part.at("answer")) if answer else "",
        within=within,
        because=_text(part.one("because"), part.at("because")) if part.one("because") else "",
    )


def _whole(part: _Part, name: str, low: int, high: int) -> int:
    text = part.one(name)
    if not text.isdecimal() or not text.isascii() or len(text) > 6 or not low <= int(text) <= high:
        raise LessonMistake(
            part.at(name),
            say("“{name}” is a whole number from {low} to {high}.", name=name, low=low, high=high),
        )
    return int(text)


def _asked(text: str, line: int) -> tuple[str, str]:
    question, _, answer = _text(text, line).partition("=>")
    return question.strip(), answer.strip()


def _text(text: str, line: int) -> str:
    """Text for the page: its numbers filled in, and nothing in it that leads away."""
    read = html.unescape(_ESCAPED.sub(r"\1", text))  # as it is when addresses in it are made links
    for pattern, what in _FOREIGN:
        if pattern.search(text) or (pattern is _ADDRESS and pattern.search(read)):
            raise LessonMistake(line, say("There must be no {what} in a lesson.", what=what))
    try:
        glossary.marked(text)
    except KeyError as error:
        raise LessonMistake(line, say("The glossary has no term {term}.", term=error)) from error
    return str(_resolved(line, filling.filled, text))
