"""What people read, in the language in use: `say` looks a text up in a catalogue and fills in its values.

There is one language a process, `NNVIZ_LANGUAGE`, English without it. English stands in the code and needs no
catalogue; any other is `assets/words/<language>.po`, and `assets/<language>/` for prose. What is not
translated stays English.
"""

from __future__ import annotations

import ast
import os
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from nnviz.core import paths

ENGLISH = "en"
PSEUDO = "en-XA"
"""No language: each text of ours stands in marks, ⟦so⟧, and what has none was forgotten. Made by no file."""

LANGUAGE = os.environ.get("NNVIZ_LANGUAGE") or ENGLISH


def say(text: str, /, **values: object) -> str:
    """A text of ours in the language in use, with its values.

    Parameters
    ----------
    text
        In English, written out where `say` is called, so that `make words` finds it. A value has a name, and
        may have a format as in `str.format`: "Trained for {seconds:.1f} s". Without values braces are braces.
    values
        By name. They are never taken for texts or formats themselves.
    """
    if LANGUAGE != ENGLISH:
        return _filled(_translated(text), text, values)
    return text.format(**values) if values else text


def say_many(n: int, one: str, many: str, /, **values: object) -> str:
    """A text of ours that has so many of something in it, by the rules for plurals of the language in use.

    Parameters
    ----------
    n
        How many; a value of that name in both texts.
    one, many
        In English, as for `say`: "{n} run", "{n:,} runs".
    """
    english = one if n == 1 else many
    values = {"n": n, **values}
    if LANGUAGE != ENGLISH:
        return _filled(_translated_many(n, one) or _translated(english), english, values)
    return english.format(**values)


def own(text: str) -> str:
    """A text of ours that is in the language in use already, since it comes from a file of that language."""
    return _LINES.sub(r"\1⟦\2⟧", text) if LANGUAGE == PSEUDO else text


def read(name: str) -> str:
    """A file of `assets/` in the language in use; in English where it is not translated."""
    translated = paths.assets() / LANGUAGE / name
    there = LANGUAGE != ENGLISH and translated.is_file()
    return (translated if there else paths.assets() / name).read_text(encoding="utf-8")


_IN_MARKUP = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)


def markup(html: str) -> str:
    """Markup whose texts stand in it as {{Present}}, in the language in use."""

    def said(found: re.Match[str]) -> str:
        text = " ".join(found[1].split())
        return text if LANGUAGE == ENGLISH else _translated(text)

    return _IN_MARKUP.sub(said, html)


def texts_of(html: str) -> list[str]:
    """The texts that stand in markup."""
    return [" ".join(text.split()) for text in _IN_MARKUP.findall(html)]


def _filled(text: str, english: str, values: Mapping[str, object]) -> str:
    if not values:
        return text
    try:
        return text.format(**values)
    except (LookupError, ValueError, TypeError, AttributeError):  # a value that a translation got wrong
        return english.format(**values)


def _translated(text: str) -> str:
    return _marked(text) if LANGUAGE == PSEUDO else (catalogue().one.get(text) or text)


def _translated_many(n: int, one: str) -> str:
    forms = () if LANGUAGE == PSEUDO else catalogue().many.get(one, ())
    form = catalogue().form(n) if forms else 0
    return forms[form] if form < len(forms) else ""


# A value in braces, with its format, in which another value may stand; and a brace that means itself.
_VALUE = re.compile(r"(\{\{|\}\}|\{(?:[^{}]|\{[^{}]*\})*\})")
# What stands on a line of Markdown behind the sign of a heading, a list or a quotation.
_LINES = re.compile(r"^([\s#>*+-]*(?:\d+\. )?)(?=.*[^\W\d])(.*\S)", re.MULTILINE)


def _marked(text: str) -> str:
    between = _VALUE.split(text)
    between[::2] = [f"⟦{part}⟧" if any(map(str.isalpha, part)) else part for part in between[::2]]
    return "".join(between)


@dataclass(frozen=True)
class Catalogue:
    """A translation.

    Attributes
    ----------
    one
        The text by the English one.
    many
        All forms of a text by the English one for one thing.
    rule
        Which form so many things have, as in C: "n != 1". Only digits, n and operators stand in it.
    """

    one: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rule: str = "n != 1"

    @property
    def form(self) -> Callable[[int], int]:
        """The number of the form that so many things have."""
        from gettext import c2py  # late: English does without

        form: Callable[[int], int] = c2py(self.rule)
        return form


@cache
def catalogue() -> Catalogue:
    """The translation into the language in use; an empty one where there is none."""
    path = paths.assets() / "words" / f"{LANGUAGE}.po"
    known = re.fullmatch(r"[A-Za-z0-9_-]{2,20}", LANGUAGE) and path.is_file()
    return parsed(path.read_text(encoding="utf-8")) if known else Catalogue()


_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr)(?:\[(\d+)\])? )?(".*")')
_RULE = re.compile(r"plural=([n\d\s?:%=!<>&|()+*/-]+);")


def parsed(text: str) -> Catalogue:
    """A catalogue as gettext's .po files have it; fuzzy and unfinished entries are left out.

    Raises
    ------
    ValueError
        For a line that is none of such a file.
    """
    one: dict[str, str] = {}
    many: dict[str, tuple[str, ...]] = {}
    rule = Catalogue.rule
    for entry in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        found: dict[str, str] = {}
        part = ""
        lines = [line.strip() for line in entry.splitlines()]
        for line in lines:
            if not line or line.startswith("#"):
                continue
            match = _LINE.fullmatch(line)
            if not match:
                raise ValueError(f"No line of a catalogue: {line}")
            part = match[1] + (match[2] or "") if match[1] else part
            found[part] = found.get(part, "") + str(ast.literal_eval(match[3]))
        english = found.get("msgid", "")
        if not english:
            header = _RULE.search(found.get("msgstr", ""))
            rule = header[1].strip() if header else rule
        elif any(line.startswith("#,") and "fuzzy" in line for line in lines):
            continue
        elif "msgid_plural" in found:
            forms = tuple(found[name] for name in sorted(found) if name.startswith("msgstr"))
            if all(forms):
                many[english] = forms
                one[english] = forms[0]  # for who says it without a number
        elif found.get("msgstr"):
            one[english] = found["msgstr"]
    return Catalogue(one, many, rule)


def values_of(text: str) -> frozenset[str]:
    """The names of the values in a text."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)
