"""Digits that somebody uploaded, as they are kept: whose they are, who may see them, and when they go.

Handwriting is private: only who uploaded it sees it, and the teacher, unless its owner shares it. Of each
upload there are its digits, `<digest>.npz`, and beside them `<digest>.json`, which says whose they are. Who
deletes what is theirs leaves an empty file, `<digest>.deleted`: runs and maps can then say what became of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Annotated

import numpy as np
from msgspec import Meta

from nnviz.core import json_records, quotas, safe_files, storage
from nnviz.core.identity import Actor
from nnviz.core.json_records import Title
from nnviz.core.records import Dataset
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec, upload_path, uploads_folder

MOST_OWN = 30  # uploads of one owner
MOST_OWN_BYTES = 150 * MEGABYTE
MOST_BYTES = 1_000 * MEGABYTE  # of everybody's
MOST_OF_GROUP = 50  # versions of a class's digits
UNUSED = 60 * 86_400.0  # seconds after which digits that nobody has used are removed


class Private(DataError):
    """Digits that only their owner sees."""


@dataclass(frozen=True)
class About:
    """What is known of an upload.

    Attributes
    ----------
    owners
        Who brought these very digits.
    shared
        Whether everybody may see them.
    group
        The class whose digits they are, "" of nobody's.
    readers
        Who may see them besides: the class's teacher and pupils.
    """

    owners: tuple[Title, ...] = ()
    shared: bool = False
    group: Title = ""
    readers: Annotated[tuple[Title, ...], Meta(max_length=1000)] = ()


def keep(dataset: Dataset, *, owner: str = "") -> DataSpec:
    """Store digits under `home()`, so that a job can load them by the name returned.

    Parameters
    ----------
    owner
        Who brought them.

    Raises
    ------
    DataError
        When the disk is full or read-only, or there is no room for more of this owner's.
    """
    path = upload_path(dataset.digest)
    before = about(dataset.digest)
    if owner not in before.owners or not path.exists():
        _check_room(owner, dataset.images.nbytes // 4)  # packed, digits take about a quarter
    try:
        safe_files.write_npz(
            path,
            images=dataset.images,
            labels=dataset.labels,
            name=np.array(dataset.name),
            source=np.array(dataset.source),
            **({} if dataset.hands is None else {"hands": dataset.hands}),
        )
        owners = tuple(dict.fromkeys((*before.owners, owner)))
        _write(dataset.digest, replace(before, owners=owners))
        _tombstone(path).unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            say("The digits could not be stored: the server's disk is full or read-only.")
        ) from error
    return DataSpec("upload", digest=dataset.digest)


def keep_of_group(dataset: Dataset, group: str, readers: Iterable[str]) -> DataSpec:
    """Store a class's digits as they are now, with its teacher and pupils as those who may see them.

    Nobody but the class itself removes them (`delete_group`); of those that were kept earlier only the latest
    stay.

    Raises
    ------
    DataError
        As `keep`.
    """
    there = sorted((path for path, known in _all() if known.group == group), key=safe_files.last_used)
    if dataset.digest not in [path.stem for path in there]:
        for path in there[: max(0, len(there) - MOST_OF_GROUP + 1)]:
            _remove(path)
    spec = keep(dataset, owner=_owner_of(group))
    known = about(dataset.digest)
    told = tuple(dict.fromkeys((*known.readers, *readers)))
    if (known.group, known.readers) != (group, told):
        try:
            _write(dataset.digest, replace(known, group=group, readers=told))
        except OSError as error:
            raise DataError(
                say("The digits could not be stored: the server's disk is full or read-only.")
            ) from error
    return spec


def groups() -> set[str]:
    """The classes of which digits are kept."""
    return {known.group for _, known in _all() if known.group}


def delete_group(group: str) -> None:
    """Remove all that was kept of a class's digits: runs and experiments that used them then say so.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    for path, known in list(_all()):
        others = tuple(owner for owner in known.owners if owner != _owner_of(group))
        if known.group == group and others:
            _write(path.stem, About(others, known.shared))
        elif known.group == group:
            _remove(path)


def _owner_of(group: str) -> str:
    return f"class {group}"


def about(digest: str) -> About:
    """What is known of the upload of that digest; of none nobody is the owner.

    Raises
    ------
    DataError
        Unless it is a digest.
    """
    try:
        text = upload_path(digest).with_suffix(".json").read_text("utf-8")
        return json_records.read(About, json_records.parse(text, 100_000))
    except (OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        return About()


def check_visible(spec: DataSpec, *, by: Actor) -> None:
    """Check that this actor may see the digits of a split.

    Raises
    ------
    Private
        When they are somebody else's and not shared.
    DataError
        When they were deleted.
    """
    for digest in spec.brought:
        known = about(digest)
        if _tombstone(upload_path(digest)).exists():
            raise DataError(say("These digits were deleted by who uploaded them."))
        if not (known.shared or _may_change(known, by) or any(map(by.owns, known.readers))):
            raise Private(
                say("These digits are private: only the class they are of may see them.")
                if known.group
                else say("These digits are private: only who uploaded them may see them.")
            )


def is_own(digest: str, *, by: Actor) -> bool:
    """Whether this actor may share and delete that upload."""
    return _may_change(about(digest), by)


def share(digest: str, shared: bool, *, by: Actor) -> None:
    """Let everybody see an upload, or nobody else.

    Raises
    ------
    NotYours
        When it is another's.
    OSError
        When the disk cannot take it.
    """
    known = about(digest)
    _check_own(known, by, say("share these digits"))
    _write(digest, replace(known, shared=shared))


def delete(digest: str, *, by: Actor) -> None:
    """Remove an upload for good: runs, maps and jobs that used it then say so.

    Where somebody else brought the very same digits, theirs stay.

    Raises
    ------
    NotYours
        When it is another's.
    OSError
        When the disk cannot take it.
    """
    known = about(digest)
    _check_own(known, by, say("delete these digits"))
    others = tuple(owner for owner in known.owners if not by.owns(owner))
    if others and len(others) < len(known.owners):
        _write(digest, replace(known, owners=others, shared=False))
        return
    _remove(upload_path(digest))


def _remove(path: Place) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _tombstone(path).touch()
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)


def tidy(now: float | None = None) -> None:
    """Remove digits that nobody has used for long, and what a process that died left half written.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.
    """
    now = time.time() if now is None else now
    safe_files.sweep(uploads_folder())
    for path in storage.files_in(uploads_folder(), "*.npz"):
        if now - safe_files.last_used(path) > UNUSED:
            with suppress(OSError):
                path.unlink(missing_ok=True)
                path.with_suffix(".json").unlink(missing_ok=True)


def used(owner: str) -> quotas.Used:
    """How much of the room for uploads is that owner's."""
    return quotas.used(_held(), owner, _quota())


def _check_room(owner: str, size: int) -> None:
    try:
        quotas.check(_held(), owner, size, _quota())
    except quotas.Full as full:
        raise DataError(_why_full(full)) from full


def _why_full(full: quotas.Full) -> str:
    now = full.used
    if full.limit == "home":
        return quotas.full_home()
    if full.limit == "disk":
        return say(
            "The disk of the computer that runs this app is nearly full. "
            "Delete digits that you no longer need, or ask your teacher to make room."
        )
    if full.limit == "everybody":
        return say(
            "The uploads of everybody take {size:,} MB, which is all there is room for. "
            "Delete digits that you no longer need, or ask your teacher to delete some.",
            size=int(now.quota.everybody // MEGABYTE),
        )
    return say(
        "You have uploaded {n:,} files of digits, {size:,.0f} MB together. There is room for "
        "{most:,} files and {most_size:,} MB. Delete some first.",
        n=now.things,
        size=now.own / MEGABYTE,
        most=now.quota.most,
        most_size=int(now.quota.own // MEGABYTE),
    )


def _quota() -> quotas.Quota:
    return quotas.Quota(MOST_OWN, MOST_OWN_BYTES, MOST_BYTES)


def _held() -> list[quotas.Held]:
    return [quotas.Held(quotas.size_of(path), known.owners) for path, known in _all()]


def _all() -> Iterator[tuple[Place, About]]:
    for path in storage.files_in(uploads_folder(), "*.npz"):
        with suppress(DataError):
            yield path, about(path.stem)


def _may_change(known: About, by: Actor) -> bool:
    return any(by.may_change(owner) for owner in known.owners or ("",))


def _check_own(known: About, by: Actor, act: str) -> None:
    if not _may_change(known, by):
        by.check(known.owners[0] if known.owners else "", act)


def _write(digest: str, known: About) -> None:
    with safe_files.replacing(upload_path(digest).with_suffix(".json")) as file:
        file.write(json.dumps(asdict(known)).encode())


def _tombstone(path: Place) -> Place:
    return path.with_suffix(".deleted")
