"""What is written down of jobs, so that whoever has a job's id finds it: later, or from another process.

A record is a small JSON file, `home()/jobs/<id>.json`, written by the one process that runs the job and read
by all. That process puts its name into it; a job whose process has ended without finishing it is told as
failed, with the curves so far. But where `<id>.order` lies beside the record it is told as waiting: that
holds what another process needs to take the job up, and lies there for as long as the job has not ended.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import secrets
import socket
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import psutil

from nnviz.core import json_records, safe_files, storage
from nnviz.core.json_records import clean
from nnviz.core.records import History
from nnviz.core.storage import Place
from nnviz.core.words import say
from nnviz.jobs.records import UNTRAINED, Job, JobMissing
from nnviz.trainers import base

MOST_RECORDS = 400
_ID = re.compile(r"[0-9a-f]{16}")
_SILENT = 30.0  # seconds after which a process on another computer counts as gone
_BOOT = Path("/proc/sys/kernel/random/boot_id")  # another one each time the machine starts
_LONGEST = 16_000_000  # bytes of a record that is read
GONE = say(
    "The app was closed or restarted before this had ended. What it had made by then is lost, but for its "
    "curves; please start it again."
)
_AGAIN = say("The app was restarted meanwhile. This is begun again in a moment.")


def new_id() -> str:
    """Not to be guessed: whoever knows a job's id may look at it and stop it."""
    return secrets.token_hex(8)


def write_job(job: Job) -> None:
    """Write the record down, or anew.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    record = {**json_records.to_plain(dataclasses.asdict(job)), "process": _ourselves()}
    with safe_files.replacing(_path(job.id)) as file:
        file.write(json.dumps(record).encode())


def touch(job_id: str) -> None:
    """Say that the process of that job is still there.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    path = _path(job_id)
    if isinstance(path, Path):
        os.utime(path)
    else:
        path.touch()


def read_job(job_id: str) -> Job:
    """The job as it was last written down.

    Raises
    ------
    JobMissing
        When there is none of that id.
    """
    job = None
    if _ID.fullmatch(job_id):
        job = _read(_path(job_id))
    if job is None:
        raise JobMissing(say("There is no such job here: its address is wrong, or it was long ago."))
    return job


def jobs_of(owner: str) -> list[Job]:
    """The owner's jobs, in no order."""
    return [job for path in _records() if (job := _read(path)) is not None and job.owner == owner]


def prune() -> None:
    """Forgets the oldest records beyond MOST_RECORDS."""
    paths_by_age = sorted(_records(), key=_changed)
    for path in paths_by_age[:-MOST_RECORDS]:
        path.unlink(missing_ok=True)
        end_order(path.stem)


def ask_to_stop(job_id: str) -> None:
    """Leave word for the process that runs the job.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    _path(job_id).with_suffix(".stop").touch()


def asked_to_stop(job_ids: Collection[str]) -> list[str]:
    """Those of these jobs for which another process has left word; told only once."""
    found = []
    for word in storage.files_in(_folder(), "*.stop"):
        if word.stem in job_ids:
            with suppress(OSError):
                word.unlink()
                found.append(word.stem)
    return found


def write_order(job_id: str, order: Mapping[str, Any]) -> None:
    """Write down all that it takes to carry the job out, should this process not come to it.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    with safe_files.replacing(_order(_path(job_id))) as file:
        file.write(json.dumps(json_records.to_plain(dict(order))).encode())


def end_order(job_id: str) -> None:
    """The job has ended."""
    with suppress(OSError):  # it is looked at again, and then the job has ended all the same
        _order(_path(job_id)).unlink(missing_ok=True)


def is_any_ordered() -> bool:
    """Whether there may be jobs that nobody looks after. Costs next to nothing."""
    return bool(storage.files_in(_folder(), "*.order"))


def left_behind() -> Iterator[tuple[Job, dict[str, Any]]]:
    """The jobs whose process was killed before they had ended, the oldest first, and what was ordered.

    Each is given to one process alone, which writes its record, or its end, before it asks for the next.
    """
    for path in sorted(storage.files_in(_folder(), "*.order"), key=_changed):
        found = path.with_suffix(".json")
        job = _read(found)
        if job is not None and not _is_cut_off(found):
            if not job.live:
                end_order(path.stem)  # it ended, and this alone was left
            continue
        with _claim(path) as mine:
            if not mine or (job is not None and not _is_cut_off(found)):
                continue
            try:
                order = json_records.read(dict[str, Any], json_records.parse(path.read_bytes(), _LONGEST))
            except (OSError, ValueError):
                order = {}
            if job is not None and order:
                yield job, order
            elif not _is_heard_of(_changed(path)):  # else its record is being written
                end_order(path.stem)


def _is_cut_off(path: Place) -> bool:
    """Whether that record is of a job that had not ended, and whose process is gone."""
    try:
        status = path.stat()
    except OSError:
        return False
    record = _record(path, status.st_mtime_ns, status.st_ino, status.st_size)
    return record is not None and record[0].live and not _alive(record[1], heard=status.st_mtime)


@contextmanager
def _claim(path: Place) -> Iterator[bool]:
    """Whether this process may take it up: of several, one."""
    mark = path.with_suffix(".taking")
    old = False
    with suppress(OSError):
        old = storage.now(_folder()) - mark.stat().st_mtime > _SILENT  # its process was killed as well
        if old:
            mark.unlink()
    if old:  # another one may have found it so, and be about to take away what would be made now
        yield False
        return
    try:
        mark.touch(exist_ok=False)
    except OSError:
        yield False
        return
    try:
        yield True
    finally:
        mark.unlink(missing_ok=True)


def _folder() -> Place:
    return storage.shared() / "jobs"


def _order(record: Place) -> Place:
    return record.with_suffix(".order")


def _path(job_id: str) -> Place:
    return _folder() / f"{job_id}.json"


def _records() -> Iterator[Place]:
    return (path for path in storage.files_in(_folder(), "*.json") if _ID.fullmatch(path.stem))


def _changed(path: Place) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _read(path: Place) -> Job | None:
    try:
        status = path.stat()
    except OSError:
        return None
    record = _record(path, status.st_mtime_ns, status.st_ino, status.st_size)
    if record is None:
        return None
    job, process = record
    if not job.live or _alive(process, heard=status.st_mtime):
        return job
    if _order(path).exists():
        return dataclasses.replace(job, state="queued", place=0, left=None, message=_AGAIN)
    ending = dataclasses.replace(job.history, ending="stopped")
    return dataclasses.replace(job, state="failed", place=0, left=None, history=ending, message=GONE)


@lru_cache(maxsize=MOST_RECORDS)
def _record(path: Place, _changed: int, _inode: int, size: int) -> tuple[Job, dict[str, Any]] | None:
    """The job in that file and the process that wrote it; None if it cannot be understood.

    What begins with _ is there to have the file read again when it has changed.
    """
    try:
        if size > _LONGEST:
            return None
        told = json_records.read(dict[str, Any], json_records.parse(path.read_bytes(), _LONGEST))
        process = json_records.read(dict[str, Any], told.get("process"))
        history = json_records.read_leniently(History, told.get("history"))
        job = json_records.read(Job, {**told, "id": path.stem, "history": {}})
        if job.kind not in UNTRAINED:
            base.trainer_address(job.kind)  # raises for work that is not done here any more
    except (OSError, ValueError):
        return None
    job = dataclasses.replace(
        job,
        history=history,
        owner=clean(job.owner),
        title=clean(job.title),
        message=clean(job.message, 600),
        result=clean(job.result),
    )
    return job, process


@cache
def _ourselves() -> dict[str, Any]:
    """What tells this process from every other, also from a later one with the same number."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "began": _beginning(os.getpid())}


def _beginning(pid: int) -> str:
    """When a process began, in words that no setting of the clock changes while it runs.

    Raises
    ------
    psutil.Error
        When there is no such process, or none that may be looked at.
    """
    if sys.platform != "linux":
        return repr(psutil.Process(pid).create_time())  # written down by the system as the process began
    try:
        boot = _BOOT.read_text().strip()
        told = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except PermissionError:
        raise psutil.AccessDenied(pid) from None
    except OSError:
        raise psutil.NoSuchProcess(pid) from None
    # The name, in brackets, may hold anything; the 20th word after it counts ticks since the machine began.
    return f"{boot} {told.rpartition(')')[2].split()[19]}"


def _is_heard_of(heard: float) -> bool:
    """Whether a file was touched lately, by the clock that its own times are of: that of the disk."""
    return storage.now(_folder()) - heard < _SILENT


def _alive(process: dict[str, Any], heard: float) -> bool:
    """Whether that process still runs; one on another computer is believed as long as it is not silent."""
    if process.get("host") != socket.gethostname():
        return _is_heard_of(heard)
    try:
        return bool(_beginning(int(process["pid"])) == process["began"])
    except psutil.AccessDenied:
        return _is_heard_of(heard)
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False
