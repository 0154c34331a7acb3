"""How much of the app's home may be whose: one measure for whatever is kept there.

What is kept says whose it is and how many bytes it takes; a quota says how many things and bytes are one
owner's, and how many bytes everybody's. Besides, a part of the disk is left free, whoever asks.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from nnviz.core import storage
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.storage import Place

LEFT_FREE = 200 * MEGABYTE  # of the disk, or a twentieth of a small one

Limit = Literal["things", "own", "everybody", "disk"]


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
    if size > free():
        raise Full("disk", now)


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
