"""The trash: networks that were deleted, whole, for as long as that can be undone.

Of each there are two files as on a shelf, the model's and its card's, and beside the card whose it was, who
deleted it, and when. The card is written last here and taken off the shelf first there, so that a network is
in one of the two whenever a process dies; while it is in both, the shelf counts. Every deletion has files of
its own, `<name>.<token>.npz`: two processes that delete and bring back one network do not hinder each other.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field

from nnviz.core import json_records, safe_files, storage
from nnviz.core.identity import UNDO, Part
from nnviz.core.json_records import MOST_CHARACTERS, Title
from nnviz.core.records import ModelCard, Origin
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.model_store import cards, formats
from nnviz.model_store.errors import ModelMissing

_SETTLED = 60.0  # seconds after which a file without its partner is a remainder
_BESIDE = ("owner", "origin", "when", "part", "suffix", "stored", "brought")
_NAME = re.compile(r"([a-z0-9][a-z0-9_-]{0,63})\.([0-9a-f]{8})")


@dataclass(frozen=True)
class _Beside:
    owner: Title
    origin: Origin
    when: float
    part: Part
    suffix: str
    stored: float = 0.0
    brought: bool = False


@dataclass(frozen=True)
class Deleted:
    """A network in the trash.

    Attributes
    ----------
    origin
        Where it was.
    when
        It was deleted, Unix time.
    part
        As what somebody deleted it.
    suffix
        Of the model's file.
    stored
        When the server had stored it.
    brought
        Whether somebody had brought it as a file.
    token
        Tells this deletion from others of the same network.
    """

    name: str
    card: ModelCard
    owner: str
    origin: Origin
    when: float
    part: Part
    suffix: str
    stored: float = 0.0
    brought: bool = False
    token: str = field(default_factory=lambda: secrets.token_hex(4))


def put(gone: Deleted, model: bytes) -> None:
    """Keep a network here.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    told = {name: getattr(gone, name) for name in _BESIDE}
    with safe_files.replacing(_path(gone)) as file:
        file.write(model)
    with safe_files.replacing(_path(gone, ".json")) as file:
        file.write(cards.to_json(gone.card, told).encode())


def entries(now: float | None = None) -> tuple[Deleted, ...]:
    """What can be had again, the latest first; of each network the last deletion."""
    found = (_read(path) for path in storage.files_in(_folder(), "*.json"))
    there = sorted((gone for gone in found if gone is not None and _fresh(gone, now)), key=_age)
    last = {gone.name: gone for gone in reversed(there)}
    return tuple(sorted(last.values(), key=_age))


def find(name: str, now: float | None = None) -> Deleted:
    """The network of that name.

    Raises
    ------
    ModelMissing
        When it is not here, or has been for too long.
    """
    for gone in entries(now):
        if gone.name == name:
            return gone
    minutes = round(UNDO / 60)
    raise ModelMissing(
        say("That network cannot be had again: it was deleted over {minutes} minutes ago.", minutes=minutes)
    )


def content(gone: Deleted) -> bytes:
    """Its model's file.

    Raises
    ------
    ModelMissing
        When it has been removed meanwhile.
    """
    try:
        return _path(gone).read_bytes()
    except FileNotFoundError:
        raise ModelMissing(
            say("The network “{title}” is no longer in the trash.", title=gone.card.title)
        ) from None


def holds(gone: Deleted) -> bool:
    """Whether that very deletion can be undone from here."""
    return _read(_path(gone, ".json")) is not None


def remove(gone: Deleted) -> None:
    """Keep it no longer."""
    _path(gone, ".json").unlink(missing_ok=True)
    _path(gone).unlink(missing_ok=True)


def tidy(now: float | None = None) -> None:
    """Remove for good what has been here for longer than a deletion can be undone, and remainders."""
    for path in storage.files_in(_folder(), "*.json"):
        gone = _read(path)
        if gone is not None and not _fresh(gone, now):
            remove(gone)
    for path in storage.files_in(_folder(), "*"):
        if _read(path.with_suffix(".json")) is None:
            with suppress(OSError):  # another process is tidying too
                if time.time() - path.stat().st_mtime > _SETTLED:
                    path.unlink()


def _fresh(gone: Deleted, now: float | None) -> bool:
    return (time.time() if now is None else now) - gone.when < UNDO


def _age(gone: Deleted) -> tuple[float, str, str]:
    return -gone.when, gone.name, gone.token


def _read(card: Place) -> Deleted | None:
    """The network of that card; None when it makes no sense, or has no model."""
    try:
        name = _NAME.fullmatch(card.stem)
        if name is None or card.stat().st_size > 4 * MOST_CHARACTERS:
            return None
        text = card.read_text("utf-8")
        told = json_records.read(_Beside, dict(cards.beside(text)))
        gone = Deleted(name[1], cards.from_json(text), **asdict(told), token=name[2])
    except (OSError, ValueError):
        return None
    known = gone.suffix in formats.suffixes() and gone.origin != "shipped"
    return gone if known and _path(gone).is_file() else None


def _folder() -> Place:
    return storage.shared() / "models" / "trash"


def _path(gone: Deleted, suffix: str = "") -> Place:
    return _folder() / f"{gone.name}.{gone.token}{suffix or gone.suffix}"
