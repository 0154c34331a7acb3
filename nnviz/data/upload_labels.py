"""Where the labels of brought digits are: every place that could be it is scored over all of the file.

A label tells pictures apart, and MNIST's digits know most of what they show; a running number and the noise
of a corner do neither. Where two places do about equally well, nothing is chosen: the user is asked.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.data import upload_pixels

_LANGUAGES = (
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    ("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"),
    ("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"),
    ("nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"),
)
_WORD = re.compile(
    r"(?:digit|number|label|class|ziffer|zahl|chiffre|cifra)?[-_ ]*(?:([0-9])(?:\.0*)?|([^\W\d_]+))"
)
_TOLD = 0.5  # of the digits: labels that agree so often with what MNIST's nearest digits are
_AHEAD = 0.2  # by how much more than any other place's
_APART = 1.5  # how much better than chance labels tell pictures apart (Fisher's F)


@dataclass(frozen=True, eq=False)
class Place:
    """A place in a file that may hold the labels.

    Attributes
    ----------
    words
        Which, as in "the first column".
    labels
        (n,) int64.
    start
        The first column of the pixels, if these are the labels.
    named
        Whether the file itself calls it labels.
    said
        What had to be done to the labels, "" if nothing.
    """

    words: str
    labels: Array
    start: int = 0
    named: bool = False
    said: str = ""


def digits_of(values: Array) -> list[tuple[Array, str]]:
    """Labels in any form -> (n,) int64 and what a user has to know of them; none for anything else.

    Numbers 0 to 9, whole or as fractions (7.0); words ("seven", "digit 7"); a row of ten a digit in which one
    is marked. Of numbers 1 to 10 there are two ways to read them.
    """
    values = np.asarray(values)
    if values.ndim == 2 and 1 in values.shape:
        values = values.reshape(-1)
    if values.ndim == 2 and values.shape[1] == 10 and values.dtype.kind in "biuf":
        high = values == values.max()
        if values.max() > values.min() and (high.sum(axis=1) == 1).all() and _two_valued(values):
            return [(high.argmax(axis=1).astype(np.int64), say("ten columns, one marked, became a label"))]
        return []
    if values.ndim != 1 or not len(values):
        return []
    if values.dtype.kind in "US":
        found = _digits_in(values.tolist())
        return [] if found is None else _zero_to_nine(found)
    if values.dtype.kind not in "iuf":
        return []
    return _zero_to_nine(values)


def by_names(content: bytes, names: Sequence[str]) -> tuple[str, Array, list[int]] | None:
    """The labels in a table that names pictures, a row each.

    Parameters
    ----------
    names
        Of the pictures, with their folders.

    Returns
    -------
    tuple[str, Array, list[int]] | None
        The column in words, the labels, and which pictures they are of; None where it is no such table.
    """
    text = content.decode("utf-8-sig", "replace")
    rows = [row for row in csv.reader(text.splitlines(), _dialect(text)) if row]
    if not rows or len({len(row) for row in rows}) != 1 or len(rows[0]) < 2:
        return None
    known: dict[str, int] = {}
    for i, name in enumerate(names):
        last = re.split(r"[/\\]", name)[-1].lower()
        known.setdefault(last, i)
        known.setdefault(last.rsplit(".", 1)[0], i)
    for at in range(len(rows[0])):
        called = [re.split(r"[/\\]", row[at].strip())[-1].lower() for row in rows]
        there = [i for i, name in enumerate(called) if name in known]
        if len(there) < len(rows) - 1 or len(there) < 2:
            continue
        for other in range(len(rows[0])):
            if other == at:
                continue
            ways = digits_of(np.array([rows[i][other] for i in there]))
            if len(ways) == 1:
                header = rows[0][other] if 0 not in there else str(other + 1)
                words = say("the column “{name}”", name=header[:40])
                return words, ways[0][0], [known[called[i]] for i in there]
    return None


def in_column(content: bytes, name: str, n: int) -> list[Place]:
    """The labels of n digits in a table of its own, a row each: in the one column that may be they."""
    text = content.decode("utf-8-sig", "replace")
    rows = [row for row in csv.reader(text.splitlines(), _dialect(text)) if row]
    if len(rows) not in (n, n + 1) or len({len(row) for row in rows}) != 1:
        return []
    columns = [np.array([row[at] for row in rows[-n:]]) for at in range(len(rows[0]))]
    found = [way for column in columns for way in digits_of(column) if not is_running(way[0])]
    return [Place(name, labels, named=True, said=said) for labels, said in found] if len(found) == 1 else []


def _dialect(text: str) -> type[csv.Dialect] | csv.Dialect:
    class Plain(csv.excel):
        delimiter = max(",;\t", key=text[:1000].count)

    return Plain


def is_running(values: Array) -> bool:
    """Whether numbers only count: 0, 1, 2 … or 1, 2, 3 …, in order."""
    if len(values) < 3 or values.dtype.kind not in "iuf":
        return False
    return bool((np.diff(values.astype(float)) == 1).all())


def chosen(places: Sequence[Place], images: Sequence[Array], rows: Array, *, strict: bool) -> int | None:
    """The place that holds the labels, or None where the user has to say.

    Parameters
    ----------
    places
        That could be it.
    images
        For each of them, (k, 28, 28) uint8 of some digits, light on black.
    rows
        (k,) which ones.
    strict
        Whether even a single place has to prove itself, as a picture's name has.
    """
    named = [i for i, place in enumerate(places) if place.named]
    if len(named) == 1:
        return named[0]
    scores = [_Score.of(each, place.labels[rows]) for each, place in zip(images, places, strict=True)]
    if len(places) == 1:
        return 0 if _holds(scores[0], strict=strict) else None
    best, second = sorted(range(len(places)), key=lambda i: scores[i], reverse=True)[:2]
    if np.array_equal(places[best].labels, places[second].labels):
        return None
    told = scores[best].told >= _TOLD and scores[best].told >= scores[second].told + _AHEAD
    apart = scores[best].apart >= 2 * max(scores[second].apart, 1)
    return best if told or (apart and len(rows) >= 20) else None


@dataclass(frozen=True, order=True)
class _Score:
    told: float
    apart: float
    n: int

    @classmethod
    def of(cls, images: Array, labels: Array) -> _Score:
        agree = float((upload_pixels.readings(images) == labels).mean())
        return cls(
            agree if len(np.unique(labels)) > 1 or agree == 1 else 0.0, _apart(images, labels), len(labels)
        )


def _holds(score: _Score, *, strict: bool) -> bool:
    if score.told >= _TOLD or (score.n >= 20 and score.apart >= _APART):
        return True
    return not strict and score.n < 30


def _apart(images: Array, labels: Array) -> float:
    """How much more the means of the labels' digits differ than those of any groups would: Fisher's F."""
    kinds = np.unique(labels)
    n, k = len(labels), len(kinds)
    if k < 2 or n <= k:
        return 0.0
    rows = images.reshape(n, -1).astype(np.float32)
    rows -= rows.mean(axis=0)
    whole = float((rows**2).sum())
    between = sum(
        float((rows[labels == each].sum(axis=0) ** 2).sum()) / int((labels == each).sum()) for each in kinds
    )
    within = max(whole - between, 1e-9 * whole, 1e-9)
    return (between / (k - 1)) / (within / (n - k))


def _two_valued(values: Array) -> bool:
    return bool(((values == values.min()) | (values == values.max())).all())


def _digits_in(texts: Sequence[str | bytes]) -> Array | None:
    """What texts say: numbers and English words, or the words of another language alone."""
    plain = [_plain(text) for text in texts]
    for words in _LANGUAGES:
        found = [_digit_in(text, words) for text in plain]
        if all(each is not None for each in found) and (
            words is _LANGUAGES[0] or not any(letter.isdigit() for text in plain for letter in text)
        ):
            return np.array(found, float)
    return None


def _plain(text: str | bytes) -> str:
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    text = text.strip(" \t\"'").lower()
    return re.sub(r"^b(['\"])(.*)\1?$", r"\2", text).strip("'\"")


def _digit_in(text: str, words: Sequence[str]) -> float | None:
    if text in ("10", "10.0"):
        return 10.0
    match = _WORD.fullmatch(text)
    if match is None:
        return None
    if match[1]:
        return float(match[1])
    return float(words.index(match[2])) if match[2] in words else None


def digit_words(text: str) -> list[int]:
    """The digits that stand in a text as English words, in order."""
    english = _LANGUAGES[0]
    return [english.index(word) for word in re.findall("|".join(english), text.lower())]


def _zero_to_nine(values: Array) -> list[tuple[Array, str]]:
    if np.isin(values, np.arange(10)).all():
        return [(values.astype(np.int64), "")]
    if np.isin(values, np.arange(1, 11)).all() and len(np.unique(values)) > 1:
        whole = values.astype(np.int64)
        return [(whole % 10, say("label 10 stands for 0")), (whole - 1, say("labels count from 1"))]
    return []
