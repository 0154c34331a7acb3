"""Runs on their way into the history: a file each, so that a training is never lost to a missing database.

A run is put here in a moment, whatever state the database is in, and counts as kept from then on; it leaves
once the database has it. A run has the same id in both, so that it does no harm to try twice, from two
processes, or after one was killed between the two.

A file is the run's row as JSON, with the version of this form; one without a version is of the first. What is
read is the run, never the row: columns that a later version of the app adds are filled from it. A file of a
newer form is kept as `<id>.form<version>.json`, where an app that knows the form takes it in. One that makes
no sense goes, as it is, into the folder `aside`, where it stops nothing and can be mended or thrown away.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
from contextlib import suppress
from pathlib import Path

from nnviz.core import json_records, paths, safe_files
from nnviz.core.json_records import BadRecord
from nnviz.core.results import Run
from nnviz.history import row_mapping

FORM = 1  # the version that is written, and the newest that is read
_WAITING = re.compile(r"[0-9a-f]{16}(\.form(?P<form>[0-9]{1,9}))?\.json")
_BEGUN = re.compile(r"[0-9a-f]{16}\.begun")
_LONGEST = 64_000_000  # bytes of a file that is read

log = logging.getLogger(__name__)


def write_run(run: Run) -> None:
    """Keep a run, which has its id, until the database takes it.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    _write_file(run, _folder() / f"{run.id}.json")


def write_begun_run(run: Run) -> None:
    """Keep what is known of a run that has only begun, for whoever finds it when its process was killed.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    _write_file(run, _begun_path(run.id))


def remove_begun_run(run_id: str) -> None:
    """What was known at the beginning of a run is not wanted any more.

    Raises
    ------
    OSError
        When the file cannot be removed.
    """
    _begun_path(run_id).unlink(missing_ok=True)


def waiting_files() -> list[Path]:
    """The files of the runs that wait, of forms that are known here; in no order."""
    return [path for path, found in _files(_WAITING) if int(found["form"] or FORM) <= FORM]


def begun_runs() -> list[Run]:
    """The runs that have begun and have not been settled, in no order."""
    return [run for path, _ in _files(_BEGUN) if (run := read_run(path)) is not None]


def read_run(path: Path) -> Run | None:
    """A run that waits; None when it is gone, or when it had to be put aside."""
    try:
        if not path.is_file():  # gone, or nothing that has an end
            return None
        if path.stat().st_size > _LONGEST:
            put_aside(path, f"is larger than {_LONGEST:,} bytes")
            return None
        content = path.read_bytes()
    except OSError as error:
        if not isinstance(error, FileNotFoundError):  # else another process has taken it in
            log.warning("The run in %s cannot be read yet: %s", path.name, error.strerror)
        return None
    try:
        row = json_records.parse(content, _LONGEST)
        form = row.get("version", 1) if isinstance(row, dict) else 1
        if isinstance(form, int) and FORM < form < 10**9:
            why = f"was written by a newer version of this app (form {form})"
            if path.suffix == ".begun":  # whose process may still be at work
                log.warning("The run in %s %s; it is left to that one", path.name, why)
            else:
                log.warning("The run in %s %s; it waits for that one", path.name, why)
                _move(path, path.with_name(f"{path.name[:16]}.form{form}.json"))
            return None
        run = row_mapping.run_from_row(row)
        if form != FORM or run.id != path.name[:16]:
            raise BadRecord("is not the run that its name says")
        return run
    except MemoryError:
        log.warning("There is no memory to read the run in %s just now", path.name)
        return None
    except ValueError as error:
        put_aside(path, str(error))
        return None
    except Exception as error:  # whatever else a file may do to those who read it
        put_aside(path, f"cannot be read ({type(error).__name__})")
        return None


def put_aside(path: Path, why: str) -> None:
    """Keep a file where it is not tried again, and say so in the log.

    Parameters
    ----------
    why
        Completes the sentence "The run in <file> ...".
    """
    log.warning("The run in %s %s; it is put aside", path.name, why)
    _move(path, _aside() / path.name)


def files_aside() -> list[str]:
    """The names of the files that were put aside, in order."""
    with suppress(OSError):
        return sorted(path.name for path in _aside().iterdir())
    return []


def files_of_newer_forms() -> list[str]:
    """The names of the files that wait for a newer version of this app, in order."""
    return sorted(path.name for path, found in _files(_WAITING) if int(found["form"] or FORM) > FORM)


def forget(path: Path) -> None:
    """The database has the run. A file that cannot be removed does no harm: it is the same run again."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s is in the database, and cannot be removed: %s", path.name, error.strerror)


def _move(path: Path, to: Path) -> None:
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        path.replace(to)
    except FileNotFoundError:  # another process has done it
        pass
    except OSError as error:
        log.warning("%s cannot be moved: %s", path.name, error.strerror)


def _files(name: re.Pattern[str]) -> list[tuple[Path, re.Match[str]]]:
    try:
        return [
            (_folder() / each, found) for each in os.listdir(_folder()) if (found := name.fullmatch(each))
        ]
    except OSError:
        return []


def _write_file(run: Run, path: Path) -> None:
    row = row_mapping.run_to_row(run)
    if row["answers"] is not None:  # bytes, which JSON has no word for
        row["answers"] = base64.b64encode(row["answers"]).decode("ascii")
    with safe_files.replacing(path) as file:
        file.write(json.dumps({"version": FORM, **row}).encode())


def _begun_path(run_id: str) -> Path:
    return _folder() / f"{run_id}.begun"


def _aside() -> Path:
    return _folder() / "aside"


def _folder() -> Path:
    return paths.home() / "runs-waiting"
