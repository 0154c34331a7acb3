"""The technical terms of the pages, each explained once: `assets/glossary.toml`, and how prose marks them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from nnviz.core import words

_MARK = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


@dataclass(frozen=True)
class Term:
    """A technical term.

    Attributes
    ----------
    says
        What it means, in a sentence or two.
    forms
        Other words for it.
    picture
        What stands inside an SVG element of 120 x 60, or "".
    """

    name: str
    says: str
    forms: tuple[str, ...] = ()
    picture: str = ""

    @property
    def slug(self) -> str:
        """Its name in an address: "learning-rate"."""
        return re.sub(r"\W+", "-", self.name.lower())


@cache
def terms() -> tuple[Term, ...]:
    """All of them, by name."""
    told = tomllib.loads(words.read("glossary.toml"))["terms"]
    found = [Term(**{**each, "forms": tuple(each.get("forms", ()))}) for each in told]
    return tuple(sorted(found, key=lambda term: term.name.lower()))


@cache
def _by_word() -> dict[str, Term]:
    return {word.lower(): term for term in terms() for word in (term.name, *term.forms)}


def find(word: str) -> Term:
    """The term of that name, or of that other form.

    Raises
    ------
    KeyError
        When the glossary has none.
    """
    return _by_word()[" ".join(word.lower().split())]


def marked(text: str) -> tuple[Term, ...]:
    """The terms that a text marks, in its order. Raises KeyError."""
    return tuple(find(term or shown) for shown, term in _MARK.findall(text))


def unmarked(text: str) -> str:
    """The text without its marks: "[[epochs|epoch]]" is "epochs"."""
    return _MARK.sub(lambda mark: mark[1], text)


def linked(text: str) -> str:
    """The text with a Markdown link in place of each mark, which the glossary on the page answers to."""
    return _MARK.sub(lambda mark: f"[{mark[1]}](#term-{find(mark[2] or mark[1]).slug})", text)
