"""How much of the shelves is whose: limits by owner and for all together, and what is forgotten first.

Trainings come and go: of each owner the latest stay, and when the disk's share is used up, those go that are
oldest of the owner who has most. What somebody saved is never thrown away to make room; there is a limit to
that as well, which says what to do. But what nobody has opened for half a year goes, unless it is the
teacher's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from nnviz.core import quotas
from nnviz.core.safe_files import MEGABYTE, last_used
from nnviz.core.storage import Place
from nnviz.core.words import say, say_many
from nnviz.model_store.errors import ModelRefused

MOST_RECENT = 60  # trainings of one owner
MOST_SAVED = 120  # networks of one owner
MOST_OWN = 300 * MEGABYTE  # bytes of one owner's, on each of the two shelves
MOST_BYTES = 4_000 * MEGABYTE  # of everybody's, on both
_DAY = 86_400.0  # seconds
UNUSED = 60 * _DAY  # after which a training that nobody has opened is forgotten
KEPT_DAYS = "NNVIZ_KEPT_DAYS"  # after which a saved network that nobody has opened is removed; 0: never
_USUAL_DAYS = 180.0


class Kept(Protocol):
    """A network on a shelf."""

    @property
    def path(self) -> Place:
        """Of its file."""

    @property
    def owner(self) -> str:
        """Whose it is."""

    @property
    def stored(self) -> float:
        """When the server stored it, Unix time."""


T = TypeVar("T", bound=Kept)


def check(saved: Sequence[Kept], owner: str, size: int) -> None:
    """Check that there is room for one more of this owner's saved networks.

    Parameters
    ----------
    saved
        Everybody's.
    size
        Of the new one, bytes.

    Raises
    ------
    ModelRefused
        When there is none; it says what to do.
    """
    try:
        quotas.check(_held(saved), owner, size, _quota())
    except quotas.Full as full:
        raise ModelRefused(_WHY[full.limit](full.used)) from full


def used(saved: Sequence[Kept], owner: str) -> quotas.Used:
    """How much of the room for saved networks is that owner's.

    Parameters
    ----------
    saved
        Everybody's.
    """
    return quotas.used(_held(saved), owner, _quota())


def _quota() -> quotas.Quota:
    return quotas.Quota(MOST_SAVED, MOST_OWN, MOST_BYTES)


def _held(kept: Iterable[Kept]) -> list[quotas.Held]:
    return [quotas.Held(quotas.size_of(each.path), (each.owner,)) for each in kept]


_WHY: dict[quotas.Limit, Callable[[quotas.Used], str]] = {
    "things": lambda now: say_many(
        now.things,
        "You have saved {n} network, and there is room for {most:,}. "
        "Delete one that you no longer need, then try again.",
        "You have saved {n:,} networks, and there is room for {most:,}. "
        "Delete one that you no longer need, then try again.",
        most=now.quota.most,
    ),
    "own": lambda now: say(
        "Your saved networks would take more than {size:,} MB. "
        "Delete one that you no longer need, then try again.",
        size=int(now.quota.own // MEGABYTE),
    ),
    "everybody": lambda now: say(
        "The saved networks of everybody take {size:,} MB, which is all there is room for. "
        "Delete one that you no longer need, or ask your teacher to delete some.",
        size=int(now.quota.everybody // MEGABYTE),
    ),
    "home": lambda _: quotas.full_home(),
    "disk": lambda _: say(
        "The disk of the computer that runs this app is nearly full. "
        "Delete one that you no longer need, or ask your teacher to make room."
    ),
}


def outgrown(recent: Sequence[T], saved: Sequence[Kept], written: Place | None = None) -> list[T]:
    """The trainings to forget, so that the rest is within its limits.

    Parameters
    ----------
    written
        The file that has just been written, which stays whatever the clock says.
    """
    gone: list[T] = []
    by_owner: dict[str, list[T]] = defaultdict(list)
    for each in sorted(recent, key=lambda each: (each.path == written, each.stored, each.path.name)):
        by_owner[each.owner].append(each)  # the oldest first
    sizes = {each.path: quotas.size_of(each.path) for each in recent}

    def taken(own: Iterable[T]) -> int:
        return sum(sizes[each.path] for each in own)

    for own in by_owner.values():
        while len(own) > MOST_RECENT or (len(own) > 1 and taken(own) > MOST_OWN):
            gone.append(own.pop(0))
    total = sum(each.size for each in _held(saved)) + sum(map(taken, by_owner.values()))
    most_bytes = min(MOST_BYTES, total + quotas.left_at_home())
    while total > most_bytes:
        most = max(by_owner.values(), key=lambda own: (len(own) > 1, taken(own)), default=[])
        if not most or most[0].path == written:
            break
        total -= sizes[most[0].path]
        gone.append(most.pop(0))
    return gone


def unused(recent: Sequence[T], now: float, seconds: float = UNUSED) -> list[T]:
    """The networks that nobody has opened for that long."""
    return [each for each in recent if now - max(each.stored, last_used(each.path)) > seconds]


def kept_days() -> float:
    """Days after which a saved network that nobody has opened is removed; 0 where none is."""
    return quotas.number_in(KEPT_DAYS, _USUAL_DAYS)


def expired(saved: Sequence[T], spared: Iterable[str], now: float) -> list[T]:
    """The saved networks that nobody has opened for longer than they are kept.

    Parameters
    ----------
    spared
        Whose networks stay, as do those that are nobody's.
    """
    if not kept_days():
        return []
    stay = {"", *spared}
    return [each for each in unused(saved, now, kept_days() * _DAY) if each.owner not in stay]
