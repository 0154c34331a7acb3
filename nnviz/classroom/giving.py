"""What a pupil's pad sends, checked, before it comes into the class's digits."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from nnviz.classroom.arrivals import Arrivals
from nnviz.classroom.asking import next_digit
from nnviz.classroom.nicknames import nicknames
from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.history import class_digits, classes
from nnviz.history.class_digits import Standing
from nnviz.history.classes import Member

MOST_STROKES, MOST_POINTS = 60, 2_000  # of one digit
_PAPER = 4 * 280  # the side of the pad's paper, in its quarters of a unit
_ONCE = re.compile(r"[0-9a-f-]{16,32}")
_SIDE = 28

_arrivals = Arrivals()


class BadGift(ValueError):
    """What no pad of ours would send; one sentence for the user."""


@dataclass(frozen=True)
class _Gift:
    once: str
    label: int
    pixels: bytes
    strokes: str


def give(class_id: str, message: Any, *, by: Actor) -> Standing:
    """Give a digit to a class, once, however often the message comes.

    Parameters
    ----------
    message
        {once, label, digit, strokes}: what the browser calls this gift, the digit that was asked for, base64
        of 784 bytes, and strokes as the pad has them.

    Returns
    -------
    Standing
        With what is asked for next.

    Raises
    ------
    BadGift
        For anything a pad would not send.
    ClassRefused
        When the class does not take it.
    """
    gift = _checked(message)
    return class_digits.give(
        class_id,
        by=by,
        once=gift.once,
        label=gift.label,
        pixels=gift.pixels,
        strokes=gift.strokes,
        ask=next_digit,
    )


def join(class_id: str, *, by: Actor, address: str = "") -> tuple[Member, bool]:
    """Become a pupil of a class under an animal's name, once; whether somebody has joined by this.

    Parameters
    ----------
    address
        Where they come from, if it is known: a class takes only so many from one, unless its teacher opens
        the door.

    Raises
    ------
    ClassRefused
        When there is no such class, or no place in it.
    """
    beside = _arrivals.of(class_id, address)
    member, new = classes.join(class_id, by=by, nicknames=nicknames(), ask=next_digit, beside=beside)
    if new:
        _arrivals.note(class_id, address, member.id)
    return member, new


def skip(class_id: str, *, by: Actor) -> Standing:
    """Be asked for another digit.

    Raises
    ------
    ClassRefused
        When they are not in the class.
    """
    return class_digits.skip(class_id, by=by, ask=next_digit)


def undo(class_id: str, number: Any, *, by: Actor) -> Standing:
    """Take one's own digit out again, and be asked for the same once more.

    Raises
    ------
    BadGift
        For what is no number of a digit.
    NotYours
        When another has given it.
    """
    if type(number) is not int or not 0 < number < 2**31:
        raise BadGift(say("That is no digit of this class."))
    return class_digits.undo(class_id, number, by=by)


def standing(class_id: str, *, by: Actor) -> Standing:
    """How a pupil stands: what they are asked for, and how many they have given.

    Raises
    ------
    ClassRefused
        When they are not in the class.
    """
    return class_digits.standing(class_id, by=by)


def _checked(message: Any) -> _Gift:
    match message:
        case {"once": str(once), "label": int(label), "digit": str(digit), "strokes": list(strokes)}:
            if _ONCE.fullmatch(once) and type(label) is int and 0 <= label <= 9:
                return _Gift(once, label, checked_pixels(digit), written_strokes(strokes))
    raise BadGift(say("That is no drawing of the pad."))


def checked_pixels(digit: str) -> bytes:
    """The 784 bytes of a picture with ink in it, from base64; raises BadGift for anything else."""
    if len(digit) < 2 * _SIDE**2:
        try:
            content = base64.b64decode(digit, validate=True)
        except ValueError as error:  # of text that is not ASCII, too
            raise BadGift(say("That is no picture of a digit.")) from error
        if len(content) == _SIDE**2 and any(content):
            return content
    raise BadGift(say("That is no picture of a digit."))


def written_strokes(strokes: list[Any]) -> str:
    """Strokes as they are kept, made anew of numbers only; raises BadGift for what is none, or too much."""
    if not 0 < len(strokes) <= MOST_STROKES:
        raise BadGift(say("A digit has at most {most} strokes.", most=MOST_STROKES))
    kept, left = [], MOST_POINTS
    for stroke in strokes:
        match stroke:
            case {"width": width, "erase": bool(erase), "points": list(points), **rest}:
                left -= len(points) // 2
                if left < 0:
                    raise BadGift(say("A digit has at most {most:,} points.", most=MOST_POINTS))
                pressures = rest.get("pressures", [])
                if (
                    points
                    and len(points) % 2 == 0
                    and isinstance(pressures, list)
                    and len(pressures) in (0, len(points) // 2)
                    and _are_whole([width], 4, _PAPER)
                    and _are_whole(points, -_PAPER, 2 * _PAPER)
                    and _are_whole(pressures, 0, 255)
                ):
                    more = {"pressures": pressures} if pressures else {}
                    kept.append({"width": width, "erase": erase, "points": points, **more})
                    continue
        raise BadGift(say("That is no drawing of the pad."))
    return json.dumps(kept, separators=(",", ":"))


def _are_whole(values: list[Any], low: int, high: int) -> bool:
    return all(type(value) is int and low <= value <= high for value in values)
