"""Small texts that somebody keeps for others to open: own lessons, and the answers behind sealed links.

Each has an id of ten letters, which is known to whom its keeper gives it. What a keeper has is told by the
beginning of the id, which is made of the keeper's name and does not tell it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass

from nnviz.core import safe_files, storage
from nnviz.core.identity import Actor, NotYours
from nnviz.core.storage import Place
from nnviz.core.words import say

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_ID = re.compile(rf"[{_LETTERS}]{{16}}")


class NoRoom(ValueError):
    """There are too many of them already; one sentence."""


class Gone(ValueError):
    """Nothing is kept under that id; one sentence."""


@dataclass(frozen=True)
class Shelf:
    """A folder of texts.

    Attributes
    ----------
    folder
        Its name.
    most_own, most
        How many one keeper may have, and all together.
    days
        After which a text that nobody opened is removed.
    """

    folder: str
    most_own: int
    most: int
    days: float

    def keep(self, text: str, *, owner: str) -> str:
        """Keep a text and return its id.

        Raises
        ------
        NoRoom
            When there are too many.
        OSError
            When it cannot be written.
        """
        self.tidy()
        there = storage.names_in(self._place())
        own = _begins(owner)
        if sum(name.startswith(own) for name in there) >= self.most_own:
            raise NoRoom(say("You have kept {n} of these already. Delete one first.", n=self.most_own))
        if len(there) >= self.most:
            raise NoRoom(say("There is no room for more of these on this server."))
        name = own + "".join(secrets.choice(_LETTERS) for _ in range(10))
        with safe_files.replacing(self._file(name)) as file:
            file.write(text.encode("utf-8"))
        return name

    def read(self, name: str) -> str:
        """The text of that id. Raises Gone."""
        if not _ID.fullmatch(name):
            raise Gone(say("There is no such thing here."))
        path = self._file(name)
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Gone(say("This is no longer kept here.")) from error
        safe_files.mark_used(path)
        return text

    def own(self, by: Actor) -> list[str]:
        """The ids of what is theirs."""
        begins = tuple(_begins(name) for name in by.names)
        return sorted(
            stem
            for name in storage.names_in(self._place())
            if _ID.fullmatch(stem := name.removesuffix(".txt")) and stem.startswith(begins)
        )

    def delete(self, name: str, *, by: Actor) -> None:
        """Delete what is theirs; the teacher may delete anybody's. Raises NotYours and OSError."""
        if not _ID.fullmatch(name):
            return
        if name not in self.own(by):
            by.check("", say("delete it"))
        self._file(name).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what nobody has opened for long."""
        now = time.time()
        for path in storage.files_in(self._place(), "*.txt"):
            with suppress(OSError):
                if now - safe_files.last_used(path) > self.days * 86_400:
                    path.unlink(missing_ok=True)

    def _place(self) -> Place:
        return storage.shared() / self.folder

    def _file(self, name: str) -> Place:
        return self._place() / f"{name}.txt"


def _begins(owner: str) -> str:
    number = int.from_bytes(hashlib.sha256(f"keeper {owner}".encode()).digest()[:8], "big")
    letters = []
    for _ in range(6):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)


LESSONS = Shelf("lessons", 20, 500, 400)
"""Lessons that somebody brought."""
ANSWERS = Shelf("sealed", 200, 5_000, 400)
"""Answers to the questions of shared links."""

__all__ = ["ANSWERS", "LESSONS", "Gone", "NoRoom", "NotYours", "Shelf"]
