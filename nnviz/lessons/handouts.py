"""A lesson on paper: one HTML file that needs nothing else, the answers on pages of their own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from nnviz.core import glossary, words
from nnviz.core.words import say
from nnviz.lessons.lesson import Lesson, Question, Step

_STYLE = """
@page { margin: 18mm; }
body { font: 12pt/1.45 system-ui, sans-serif; color: #111; background: #fff; }
body { max-width: 46rem; margin: 1rem auto; padding: 0 1rem; }
h1 { font-size: 1.6em; margin: 0 0 .2em; } h2 { font-size: 1.15em; margin: 1.4em 0 .3em; }
.meta, .where { color: #444; } .step { break-inside: avoid; }
ul.boxes { list-style: none; padding-left: 0; } ul.boxes li::before { content: "☐ "; }
.line { border-bottom: 1px solid #555; height: 1.8em; margin: .4em 0; }
.question { border-left: 3px solid #555; padding-left: .8em; }
.answers { break-before: page; }
@media screen { .answers { border-top: 3px double #555; margin-top: 3rem; padding-top: 1rem; } }
"""


def html_of(lesson: Lesson) -> str:
    """The whole hand-out: tasks for pupils, then what the teacher needs, with the answers."""
    title = html.escape(words.own(lesson.title))
    steps = "\n".join(_task(number, step) for number, step in enumerate(lesson.steps, 1))
    answers = "\n".join(_answers(lesson))
    minutes = say("{minutes} minutes", minutes=lesson.minutes)
    return (
        f'<!doctype html>\n<html lang="{html.escape(words.LANGUAGE)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n<main>\n<h1>{title}</h1>\n"
        f'<p class="meta">{markup(lesson.about)[3:-4]} {html.escape(minutes)}. {html.escape(say("Name:"))} '
        f"______________________</p>\n{steps}\n</main>\n"
        f'<section class="answers">\n<h1>{html.escape(say("For the teacher"))}: {title}</h1>\n{answers}\n'
        "</section>\n</body></html>\n"
    )


def _task(number: int, step: Step) -> str:
    parts = [f'<div class="step"><h2>{number}. {html.escape(words.own(step.title))}</h2>']
    if step.view is not None:
        where = say("Page {page}", page=step.view.page)
        where += f", {say('tab {tab}', tab=step.view.place.tabs[step.view.tab])}" if step.view.tab else ""
        parts.append(f'<p class="where">{html.escape(where)}</p>')
    parts.append(markup(step.text))
    boxes = [condition.words for condition in step.done if condition.what != "answer"]
    parts.append(_list(boxes, "boxes"))
    if step.question is not None:
        parts.append(_asked(step.question))
    return "\n".join([*filter(None, parts), "</div>"])


def _asked(question: Question) -> str:
    below = _list(question.choices, "boxes") if question.choices else '<div class="line"></div>'
    return f'<div class="question">{markup(question.asks)}{below}</div>'


def _answers(lesson: Lesson) -> Iterable[str]:
    for title, lines in ((say("Afterwards pupils can"), lesson.goals), (say("Timing"), lesson.timing)):
        if lines:
            yield f"<h2>{html.escape(title)}</h2>{_list(lines)}"
    if lesson.asks:
        asked = "".join(f"<dt>{_inline(ask)}</dt><dd>{_inline(told)}</dd>" for ask, told in lesson.asks)
        yield f"<h2>{html.escape(say('Questions for the class'))}</h2><dl>{asked}</dl>"
    answered = [(number, step) for number, step in enumerate(lesson.steps, 1) if step.question is not None]
    if answered:
        yield f"<h2>{html.escape(say('Answers'))}</h2>"
    for number, step in answered:
        if step.question is not None:
            solution = _inline(step.question.solution)
            yield f"<p><b>{number}. {solution}</b> {_inline(step.question.because)}</p>"


def _list(lines: Iterable[str], kind: str = "") -> str:
    items = "".join(f"<li>{_inline(line)}</li>" for line in lines)
    return f'<ul class="{kind}">{items}</ul>' if items and kind else f"<ul>{items}</ul>" if items else ""


_ITEM = re.compile(r"(?:[-*]|(\d+)\.) +(.*)")


def markup(text: str) -> str:
    """Markdown as lessons use it, paragraphs, lists, bold, italics and code, as HTML."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines: list[str] = []
        items: list[str] = []
        numbered = False
        for line in block.splitlines():
            if match := _ITEM.fullmatch(line.strip()):
                numbered = bool(match[1])
                items.append(match[2])
            elif items:
                items[-1] += f" {line.strip()}"
            else:
                lines.append(line.strip())
        if lines and any(lines):
            found.append(f"<p>{_inline(' '.join(lines))}</p>")
        if items:
            tag = "ol" if numbered else "ul"
            found.append(f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>")
    return "".join(found)


_MARKS = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*(.+?)\*\*"), r"<b>\1</b>"),
    (re.compile(r"\*(?!\s)(.+?)(?<!\s)\*"), r"<i>\1</i>"),
)


def _inline(text: str) -> str:
    safe = html.escape(glossary.unmarked(words.own(text)))
    for pattern, tag in _MARKS:
        safe = pattern.sub(tag, safe)
    return safe
