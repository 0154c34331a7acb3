"""Whether everything is there that the app needs, each thing in a sentence that says what to do."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nnviz.core import paths, safe_files
from nnviz.core import storage as places
from nnviz.core.words import say

_LASTS = 2.0  # seconds for which the quick answers count: a proxy asks often


@dataclass(frozen=True)
class Finding:
    """What was found out about a part of the app: whether it is right, and a sentence."""

    part: str
    right: bool
    words: str


def database() -> Finding:
    """Whether the history answers."""
    from nnviz.history import repository

    try:
        repository.check()
    except repository.DatabaseUnavailable as error:
        return Finding("database", False, str(error))
    return Finding("database", True, say("The database answers, and its tables are those of this version."))


def scheduler() -> Finding:
    """Whether somebody takes trainings."""
    from nnviz.jobs import cluster

    if fault := cluster.silent_scheduler():
        return Finding("scheduler", False, fault)
    if address := cluster.external():
        return Finding("scheduler", True, say("The Dask scheduler at {address} answers.", address=address))
    return Finding(
        "scheduler", True, say("Trainings run on this computer, in processes that the app starts itself.")
    )


def storage() -> Finding:
    """Whether what is kept can be read and written."""
    try:
        place = places.shared()
    except ValueError as error:
        return Finding("storage", False, f"{error}.")
    where = place if isinstance(place, Path) else places.told()
    probe = place / f".probe-{secrets.token_hex(4)}"
    written = secrets.token_bytes(16)
    try:
        with safe_files.replacing(probe) as file:
            file.write(written)
        read = probe.read_bytes()
        probe.unlink(missing_ok=True)
    except OSError as error:
        words = say(
            "Nothing can be written to {where} ({why}): make room there, or give this account the right to "
            "write.",
            where=where,
            why=error.strerror or str(error),
        )
        return Finding("storage", False, words)
    if read != written:
        return Finding("storage", False, say("What is written to {where} comes back changed.", where=where))
    return Finding("storage", True, say("Networks, digits and jobs are kept in {where}.", where=where))


def models() -> Finding:
    """Whether the networks that come with the app are all there."""
    from nnviz.model_store import store

    cards = {path.stem for path in paths.shipped().glob("*.json")}
    there = {entry.name for entry in store.entries() if entry.origin == "shipped"}
    if cards and cards == there:
        return Finding("models", True, say("All {n} networks of the app are there.", n=len(there)))
    lost = ", ".join(sorted(cards - there)) or say("all of them")
    return Finding(
        "models",
        False,
        say("Networks that come with the app are missing or damaged ({lost}): install it again.", lost=lost),
    )


QUICK: tuple[Callable[[], Finding], ...] = (database, scheduler, storage, models)

_lock = threading.Lock()
_last: tuple[float, tuple[Finding, ...]] = (-_LASTS, ())


def quickly() -> tuple[Finding, ...]:
    """What a server needs to take visitors, at most two seconds old."""
    global _last
    with _lock:
        if time.monotonic() - _last[0] >= _LASTS or not _last[1]:
            _last = time.monotonic(), tuple(_guarded(check) for check in QUICK)
        return _last[1]


def forget() -> None:
    """Ask anew at the next time."""
    global _last
    _last = (-_LASTS, ())


def _guarded(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # a check that fails has found something as well
        return Finding(check.__name__, False, say("It fails ({name}).", name=type(error).__name__))
