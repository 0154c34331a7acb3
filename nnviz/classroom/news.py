"""What a wall is told: the digits that came since it asked last, and those that went."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.history import class_digits, classes
from nnviz.history.class_digits import GivenDigit


@dataclass(frozen=True)
class News:
    """What is new on a wall.

    Attributes
    ----------
    version
        Of the class, to ask with next.
    come, gone
        Digits that are in, the latest of them, and the numbers of those that are out.
    counts
        How many of each of the ten digits are on the wall.
    pupils
        How many pupils are in the class.
    names
        Nicknames by the ids of pupils, where they may be shown.
    """

    version: int
    frozen: bool
    collecting: bool
    come: Sequence[GivenDigit]
    gone: Sequence[int]
    counts: Sequence[int]
    pupils: int
    names: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """As the browser gets it."""
        return {
            "version": self.version,
            "frozen": self.frozen,
            "collecting": self.collecting,
            "come": [
                {
                    "number": digit.number,
                    "label": digit.label,
                    "pixels": base64.b64encode(digit.pixels).decode(),
                    "name": self.names.get(digit.member, ""),
                }
                for digit in self.come
            ],
            "gone": list(self.gone),
            "counts": list(self.counts),
            "pupils": self.pupils,
        }


def news(class_id: str, since: int, *, by: Actor, most: int) -> News:
    """What a wall that shows one version has to show now.

    Parameters
    ----------
    since
        That version; 0 for an empty wall.
    most
        Of the digits that came only so many of the latest.

    Raises
    ------
    NotYours
        When that is not the class's teacher.
    ClassNotFound
        When there is no such class.
    """
    room = classes.get_class(class_id)
    classes.strictly(by).check(room.owner, say("see the wall of this class"))
    version, changed = class_digits.digits_since(class_id, since)
    if room.frozen is not None:  # what is taken out goes from a frozen wall as well
        changed = [digit for digit in changed if digit.number <= room.frozen]
    pupils = classes.members(class_id)
    return News(
        version,
        room.frozen is not None,
        room.collecting,
        [digit for digit in changed if not digit.out][-most:],
        [digit.number for digit in changed if digit.out],
        class_digits.counts(class_id, room.frozen),
        sum(not pupil.out for pupil in pupils),
        {pupil.id: pupil.nickname for pupil in pupils} if room.names_shown else {},
    )
