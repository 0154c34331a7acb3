"""Runs on their way into the history: a file each, so that a training is never lost to a missing database.

A run is put here in a moment, whatever state the database is in, and counts as kept from then on; it leaves
once the database has it. A run has the same id in both, so that it does no harm to try twice, from two
processes, or after one was killed between the two.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from nnviz.core import paths, safe_files
from nnviz.core.results import Run
from nnviz.history import row_mapping

_NAME = re.compile(r"[0-9a-f]{16}\.json")
_BEGUN = re.compile(r"[0-9a-f]{16}\.begun")
_BYTES = "answers"  # the one field of a row that JSON has no word for

log = logging.getLogger(__name__)


def write_run(run: Run) -> None:
    """Keep a run, which has its id, until the database takes it. Raises OSError."""
    _write_file(run, _folder() / f"{run.id}.json")


def write_begun_run(run: Run) -> None:
    """Keep what is known of a run that has only begun, for whoever finds it when its process was killed.

    Raises OSError.
    """
    _write_file(run, _begun_path(run.id))


def remove_begun_run(run_id: str) -> None:
    """What was known at the beginning of a run is not wanted any more. Raises OSError."""
    _begun_path(run_id).unlink(missing_ok=True)


def waiting_files() -> list[Path]:
    """The files of the runs that wait, in no order."""
    return _files(_NAME)


def begun_runs() -> list[Run]:
    """The runs that have begun and have not been settled, in no order."""
    rows_there = [row for path in _files(_BEGUN) if (row := read_row(path)) is not None]
    return [run for row in rows_there if (run := row_mapping.run_from_row(row)) is not None]


def read_row(path: Path) -> dict[str, Any] | None:
    """A run as a row for the database; None when it is gone, or damaged, and then it is put aside."""
    try:
        text = path.read_bytes()
    except OSError as error:
        if not isinstance(error, FileNotFoundError):  # else another process has taken it in
            log.warning("The run in %s cannot be read yet: %s", path.name, error.strerror)
        return None
    try:
        row = json.loads(text)
        if row[_BYTES] is not None:
            row[_BYTES] = base64.b64decode(row[_BYTES], validate=True)
        if row_mapping.run_from_row(row) is None or row["id"] != path.stem:
            raise ValueError("no run")
        return dict(row)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        log.warning("The run in %s is left out: it makes no sense (%s)", path.name, type(error).__name__)
        with suppress(OSError):  # another process has done it
            path.rename(path.with_suffix(".damaged"))
        return None


def _files(name: re.Pattern[str]) -> list[Path]:
    try:
        return [_folder() / each for each in os.listdir(_folder()) if name.fullmatch(each)]
    except OSError:
        return []


def _write_file(run: Run, path: Path) -> None:
    row = row_mapping.run_to_row(run)
    if row[_BYTES] is not None:
        row[_BYTES] = base64.b64encode(row[_BYTES]).decode("ascii")
    with safe_files.replacing(path) as file:
        file.write(json.dumps(row).encode())


def _begun_path(run_id: str) -> Path:
    return _folder() / f"{run_id}.begun"


def _folder() -> Path:
    return paths.home() / "runs-waiting"
