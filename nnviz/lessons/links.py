"""A link that opens a view: signed, so that nobody changes it, and its question's answer nowhere in it.

What is seen stands in the link itself. The answer to its question does not: signed text can be read. It is
kept on the server (`shelf.ANSWERS`), and what a pupil says is judged there.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnviz.core import json_records, secret_words
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.lessons import shelf, views
from nnviz.lessons.lesson import Question
from nnviz.lessons.views import QUERY, Refused, View

SECRET = "NNVIZ_SECRET"
LONGEST = 4_000  # characters of a link's own part
DAYS = 400
_PIXELS = 784
_MOST_TEXT = 300  # characters of a question, of a choice, of an answer
_SALT = "nnviz view"


class BadLink(ValueError):
    """A link that cannot be opened; one sentence for the user."""


@dataclass(frozen=True)
class Shared:
    """What a link holds.

    Attributes
    ----------
    asks, choices
        Of its question; "" without one.
    answer
        The id under which the answer is kept.
    """

    view: View
    asks: str = ""
    choices: tuple[str, ...] = ()
    answer: str = ""


def seal(view: View, question: Question | None, *, owner: str) -> str:
    """The part of an address that opens a view.

    Raises
    ------
    BadLink
        When there is too much in it.
    shelf.NoRoom
        When no more answers can be kept.
    OSError
        When the key or the answer cannot be kept.
    """
    plain = _plain(view)
    if question is not None:
        kept = {
            "right": sorted(question.right),
            "answer": question.answer,
            "within": question.within,
            "because": question.because,
        }
        name = shelf.ANSWERS.keep(json.dumps(kept), owner=owner)
        plain["q"] = {"asks": question.asks, "choices": list(question.choices), "id": name}
    token = _signer().dumps(plain)
    sealed = token.decode("ascii") if isinstance(token, bytes) else str(token)
    if len(sealed) > LONGEST:
        raise BadLink(say("There is too much in this view for a link."))
    return sealed


def unseal(token: str) -> Shared:
    """What a link holds.

    Raises
    ------
    BadLink
        When it was changed, is too long or too old, or names something that is no more.
    OSError
        When the key cannot be read.
    """
    from itsdangerous import BadData, SignatureExpired

    if len(token) > LONGEST:
        raise BadLink(say("This link is too long to be one of this app. Ask for it again."))
    try:
        plain = _signer().loads(token, max_age=DAYS * 86_400)
    except SignatureExpired as error:
        raise BadLink(say("This link is older than {days} days. Ask for a new one.", days=DAYS)) from error
    except (BadData, UnicodeError) as error:
        raise BadLink(
            say("This link is not complete, or it was changed, or another server has made it.")
        ) from error
    try:
        return _shared(plain)
    except (Refused, TypeError, ValueError, KeyError, AttributeError, OverflowError, zlib.error) as error:
        raise BadLink(say("This link is out of date: what it shows is no longer there.")) from error


def judge(shared: Shared, told: str | list[int]) -> tuple[bool, Question]:
    """Whether that is the answer to a link's question, and the question with its answer.

    Raises
    ------
    BadLink
        When the answer is no longer kept.
    """
    try:
        kept = json_records.parse(shelf.ANSWERS.read(shared.answer), 20_000)
        question = Question(
            shared.asks,
            shared.choices,
            frozenset(int(each) for each in kept["right"]),
            str(kept["answer"]),
            float(kept["within"]),
            str(kept["because"]),
        )
    except (shelf.Gone, KeyError, TypeError, ValueError) as error:
        raise BadLink(say("The answer to this question is no longer kept here.")) from error
    return question.judge(told[:_MOST_TEXT]), question


def checked(question: Question) -> Question:
    """A question that somebody typed, if it is one.

    Raises
    ------
    BadLink
        When something is missing or too long.
    """
    texts = (question.asks, *question.choices, question.answer, question.because)
    if any(len(text) > _MOST_TEXT for text in texts):
        raise BadLink(say("A question, a choice or an answer has at most {n} characters.", n=_MOST_TEXT))
    if not question.asks.strip():
        raise BadLink(say("Type a question first."))
    if question.choices and (len(question.choices) > 8 or len(question.choices) < 2):
        raise BadLink(say("A question has 2 to 8 choices."))
    if not (question.right if question.choices else question.answer.strip()):
        raise BadLink(say("Say which answer is right."))
    return replace(question, asks=question.asks.strip(), answer=question.answer.strip())


def packed(image: Array) -> bytes:
    """A drawing, (28, 28) float32 in [0, 1], as a view holds it."""
    return bytes(np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8))


def unpacked(drawing: bytes) -> Array:
    """The drawing of a view, (28, 28) float32 in [0, 1]."""
    image: Array = np.frombuffer(drawing, np.uint8).reshape(28, 28) / np.float32(255)
    return image


def _signer() -> Any:
    from itsdangerous import URLSafeTimedSerializer  # late: only links need it

    key = os.environ.get(SECRET, "").strip() or secret_words.kept_secret("link-key")
    return URLSafeTimedSerializer(key, salt=_SALT)


def _plain(view: View) -> dict[str, Any]:
    """A view as JSON, without what it leaves as it is."""
    every = {
        "p": view.page,
        "t": view.tab,
        "s": dict(view.settings),
        "u": dict(view.query),
        "d": list(view.digit) if view.digit[0] else [],
        "h": list(view.hidden),
        "i": base64.b85encode(zlib.compress(view.drawing, 9)).decode("ascii") if view.drawing else "",
    }
    return {name: value for name, value in every.items() if value}


def _shared(plain: Mapping[str, Any]) -> Shared:
    """A view out of JSON: whatever the signature says, nothing but what the tables know."""
    place = views.place_of(_text(plain["p"]))
    tab = views.tab_of(place, _text(plain["t"])) if "t" in plain else ""
    settings = {}
    for name, value in dict(plain.get("s", {})).items():
        known, control = views.control_of(place, _text(name))
        settings[known] = control.taken(value)
    query = {
        name: _text(value) for name, value in dict(plain.get("u", {})).items() if name in QUERY[place.name]
    }
    digit = ("", 0)
    if "d" in plain:
        name, turn = plain["d"]
        digit = views.digit_of(place, tab, _text(name)), min(max(int(turn), 0), views.ANOTHER)
    drawing = b""
    if "i" in plain:
        drawing = zlib.decompressobj().decompress(base64.b85decode(_text(plain["i"], LONGEST)), _PIXELS + 1)
        if len(drawing) != _PIXELS:
            raise Refused(say("That is no drawing."))
    hidden = tuple(views.spot_of(place, _text(each)) for each in plain.get("h", []))
    view = View(place.name, tab, settings, query, digit, drawing, hidden)
    asked = plain.get("q")
    if not asked:
        return Shared(view)
    choices = tuple(_text(each) for each in asked["choices"])
    return Shared(view, _text(asked["asks"]), choices, _text(asked["id"]))


def _text(value: object, most: int = views.LONGEST_QUERY) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise Refused(say("That is no text of a link."))
    return value
