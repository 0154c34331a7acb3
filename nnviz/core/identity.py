"""Who somebody is to the app: a browser by a secret that only it and the server's requests hold."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from nnviz.core.words import say

COOKIE = "nnviz_browser"
LOOPBACK = ("127.0.0.1", "localhost", "::1")  # where only this computer can reach a server
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


def is_secret(text: str) -> bool:
    """Whether that may be a secret of the server's making: 32 random bytes in base64."""
    return _SECRET.fullmatch(text) is not None


def owner_of_secret(secret: str) -> str:
    """What is kept with things of that browser's: 16 hex characters, from which nobody finds the secret."""
    return hashlib.sha256(b"nnviz owner " + secret.encode()).hexdigest()[:16]


UNDO = 600.0  # seconds for which what was deleted can be had again
Part = Literal["owner", "teacher", "alone"]
WORDS: Mapping[Part, str] = MappingProxyType(
    {
        "owner": say("its owner"),
        "teacher": say("the teacher"),
        "alone": say("somebody at the computer that runs this app"),
    }
)


class NotYours(Exception):
    """Somebody asked to change what is another's; one sentence for the user."""


@dataclass(frozen=True)
class Actor:
    """Who asks for something to be changed.

    Attributes
    ----------
    owner
        Under which new things are kept, "" for nobody.
    also
        Other names whose things are theirs as well: browsers they have had, or have beside this one.
    is_teacher
        Has given the teacher's key, and may change everything.
    alone
        Has the app for themselves, as it answers to this computer only, and may change everything too.
    """

    owner: str
    also: frozenset[str] = frozenset()
    is_teacher: bool = False
    alone: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that their things are kept under."""
        return tuple(sorted({self.owner, *self.also} - {""}))

    def owns(self, owner: str) -> bool:
        """Whether that is one of their names."""
        return owner in self.names

    def may_change(self, owner: str) -> bool:
        """Whether they may change what is that owner's; what is nobody's is no pupil's."""
        return self.owns(owner) or self.is_teacher or self.alone

    def check(self, owner: str, act: str) -> None:
        """Raise NotYours unless they may change what is that owner's.

        Parameters
        ----------
        act
            Completes "Only its owner or the teacher may ...".
        """
        if not self.may_change(owner):
            raise NotYours(say("Only its owner or the teacher may {act}.", act=act))

    def part(self, owner: str) -> Part:
        """As what they may change what is that owner's."""
        return "owner" if self.owns(owner) else "teacher" if self.is_teacher else "alone"


PROGRAM = Actor("", alone=True)  # that somebody runs on this computer, without a browser
