"""The file of an SQLite database: noticed when it is taken away while in use, and what was in it put back.

SQLite goes on writing into a file that has been deleted, and nobody ever reads it again. So one connection is
held open as long as the file is used: through it everything can still be read, and goes into the file that
stands in its place then. A file that was emptied counts as deleted.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

PATIENCE = 10.0  # seconds for another process to finish its writing
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file
_MANY = 200  # rows that are put back at once


class Busy(OSError):
    """Another process does not come to an end with the file."""


class Lost(RuntimeError):
    """What was in the old file cannot be read any more."""


class Held:
    """A file as it was when it was opened, with its tables."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mark = _mark(path)
        self._connection = sqlite3.connect(
            only_there(path), uri=True, timeout=PATIENCE, check_same_thread=False
        )
        self._connection.execute("SELECT count(*) FROM alembic_version").fetchone()  # opens what is beside it
        if self._mark is None or self.gone():
            self.close()
            raise Busy

    def gone(self) -> bool:
        """Whether another file, an empty one or none is where this one was."""
        return _mark(self.path) != self._mark

    def put_into(self, connection: sa.Connection, tables: list[sa.Table]) -> int:
        """Put every row into the database of that connection that it does not have.

        Parameters
        ----------
        tables
            Of these, the first before those that refer to it.

        Returns
        -------
        int
            How many rows of the first of them are there for it.

        Raises
        ------
        Lost
            When the old file cannot be read.
        """
        count = sa.select(sa.func.count()).select_from(tables[0])
        before = connection.execute(count).scalar_one()
        for table in tables:
            names = ", ".join(column.name for column in table.c)
            values = ", ".join("?" * len(table.c))
            its = [key for column in table.c for key in column.foreign_keys]  # of its first column
            there = f" WHERE ? IN (SELECT id FROM {its[0].column.table.name})" if its else ""
            into = f"INSERT OR IGNORE INTO {table.name} ({names}) SELECT {values}{there}"
            for rows in self._rows(f"SELECT {names} FROM {table.name}"):
                connection.exec_driver_sql(into, [row + row[: len(its)] for row in rows])
        return int(connection.execute(count).scalar_one() - before)

    def _rows(self, question: str) -> Iterator[list[tuple[Any, ...]]]:
        try:
            found = self._connection.execute(question)
            while rows := found.fetchmany(_MANY):
                yield rows
        except sqlite3.Error as error:
            raise Lost(str(error)) from error

    def close(self) -> None:
        """Let go of it: what was in a file that is gone is gone from then on."""
        self._connection.close()


def only_there(path: Path) -> str:
    """The address of a file that is there, and is never made by being opened.

    SQLite would make the file that is missing beside the memory (`-shm`) of the one that was taken away, and
    empty that under the feet of every process that still looks into it, which ends them.
    """
    return f"{path.as_uri()}?mode=rw"


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Open the file in this block: one process at a time, and with no remains of another that lay there.

    Raises
    ------
    Busy
        When another process does not come to an end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.with_name(f".{path.name}.lock")):
        if _mark(path) is None:
            for remains in (path, *(path.with_name(path.name + suffix) for suffix in _BESIDE)):
                with suppress(OSError):  # which SQLite will tell
                    remains.unlink()
            with suppress(OSError):
                path.touch()
        yield


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    try:
        import fcntl  # which Windows does not have; nobody deletes a file there that is open
    except ImportError:
        yield
        return
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # a folder in which nothing may be written: nobody else makes a file there
        yield
        return
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise Busy from error
                time.sleep(0.02)
            except OSError:  # a disk in a network that knows no locks
                break
        yield
    finally:
        os.close(handle)


def _mark(path: Path) -> tuple[int, int] | None:
    """What tells this file from any other that is at its place; None for none, and for an empty one."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_dev, found.st_ino) if found.st_size else None
