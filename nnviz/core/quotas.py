"""How much of the app's home may be whose: one measure for whatever is kept there.

What is kept says whose it is and how many bytes it takes; a quota says how many things and bytes are one
owner's, and how many bytes everybody's. Besides, the whole of the home has a limit, with the database and all
else in it, and a part of the disk is left free, whoever asks.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from nnviz.core import paths, storage
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.storage import Place
from nnviz.core.words import say

LEFT_FREE = 200 * MEGABYTE  # of the disk, or a twentieth of a small one

HOME_MB = "NNVIZ_HOME_MB"  # megabytes that the whole home may take
_MOST_HOME_MB = 10_000.0
_LOOK = 2.0  # seconds between two looks at all of its files

Limit = Literal["things", "own", "everybody", "home", "disk"]


@dataclass(frozen=True)
class Held:
    """Something that is kept: bytes, and whose."""

    size: int
    owners: tuple[str, ...]


@dataclass(frozen=True)
class Quota:
    """What there is room for: things of one owner, bytes of one owner's, and bytes of everybody's."""

    most: int
    own: float
    everybody: float


@dataclass(frozen=True)
class Used:
    """How much of a quota an owner has used: things and bytes, and everybody's bytes."""

    things: int
    own: int
    everybody: int
    quota: Quota


class Full(Exception):
    """There is no room for one more thing.

    Attributes
    ----------
    limit
        Which of the limits it is.
    used
        What is used of them.
    """

    def __init__(self, limit: Limit, used: Used) -> None:
        super().__init__(limit)
        self.limit, self.used = limit, used


def used(held: Iterable[Held], owner: str, quota: Quota) -> Used:
    """What of this is that owner's, and everybody's."""
    every = list(held)
    own = [each.size for each in every if owner in each.owners]
    return Used(len(own), sum(own), sum(each.size for each in every), quota)


def check(held: Iterable[Held], owner: str, size: int, quota: Quota) -> None:
    """Check that there is room for one more thing of this owner's.

    Parameters
    ----------
    size
        Its bytes, about.

    Raises
    ------
    Full
        When there is none.
    """
    now = used(held, owner, quota)
    if now.things >= quota.most:
        raise Full("things", now)
    if now.own + size > quota.own:
        raise Full("own", now)
    if now.everybody + size > quota.everybody:
        raise Full("everybody", now)
    if size > left_at_home():
        raise Full("home", now)
    if size > free():
        raise Full("disk", now)


def most_at_home() -> float:
    """Bytes that the whole home may take."""
    return number_in(HOME_MB, _MOST_HOME_MB) * MEGABYTE


def left_at_home() -> float:
    """Bytes that the home may still grow by; below 0 when it is too large already."""
    return most_at_home() - _taken(paths.home(), int(time.monotonic() / _LOOK))


def full_home() -> str:
    """A sentence for who wants something kept in a home that is full."""
    return say(
        "The app's folder has reached the {size:,.0f} MB that it may take. Delete what you no longer need, "
        "or ask your teacher to make room.",
        size=most_at_home() / MEGABYTE,
    )


def number_in(setting: str, usual: float) -> float:
    """A number from 0 up that somebody has set; the usual one where that makes no sense."""
    try:
        told = float(os.environ.get(setting, "") or usual)
    except ValueError:
        return usual
    return told if 0 <= told < float("inf") else usual


@lru_cache(maxsize=2)
def _taken(home: Path, _moment: int) -> int:
    """Bytes of all files below. The moment is there to have them looked at again."""
    return sum(size_of(Path(folder, name)) for folder, _, names in os.walk(home) for name in names)


def free() -> float:
    """Bytes that may still be written where things are kept; what cannot be told counts as enough."""
    place = storage.shared()
    if isinstance(place, storage.RemotePath):
        return float("inf")
    with suppress(OSError):
        while not place.exists() and place != place.parent:
            place = place.parent
        disk = shutil.disk_usage(place)
        return disk.free - min(LEFT_FREE, disk.total // 20)
    return float("inf")


def size_of(path: Place) -> int:
    """Bytes of a file; 0 of one that is gone."""
    with suppress(OSError):
        return path.stat().st_size
    return 0
