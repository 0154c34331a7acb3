"""Files kept in the database of the history: what `NNVIZ_STORAGE=database` makes `core.storage` keep there.

So several servers on several machines share all there is to share with PostgreSQL alone. A file is a row,
which a list is made without the content of, and which is changed as a whole.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa

from nnviz.core.storage import About
from nnviz.history import database
from nnviz.history.database import DatabaseUnavailable

_FILES = database.files


class Rows:
    """A `core.storage.Backend`."""

    def names(self, folder: str) -> Mapping[str, About]:
        """The files of a folder by name."""
        columns = (_FILES.c.name, _FILES.c.size, _FILES.c.changed, _FILES.c.mark)
        with _as_os_errors(), database.reading() as connection:
            rows = connection.execute(sa.select(*columns).where(_FILES.c.folder == folder)).all()
        return {row.name: About(row.size, row.changed, row.mark) for row in rows}

    def read(self, key: str) -> bytes:
        """What is in a file; FileNotFoundError where there is none."""
        with _as_os_errors(), database.reading() as connection:
            content = connection.execute(sa.select(_FILES.c.content).where(_is(key))).scalar()
        if content is None:
            raise FileNotFoundError(2, "No such file", key)
        return bytes(content)

    def write(self, key: str, content: bytes) -> None:
        """Put it there as a whole, in place of what was there."""
        folder, _, name = key.rpartition("/")
        told = {
            "size": len(content),
            "changed": database.now(),
            "mark": secrets.token_hex(8),
            "content": content,
        }
        changed = sa.update(_FILES).where(_is(key)).values(**told)
        try:
            with _as_os_errors(), database.writing() as connection:
                if not connection.execute(changed).rowcount:
                    connection.execute(sa.insert(_FILES).values(folder=folder, name=name, **told))
        except FileExistsError:  # another server was quicker to put it there
            with _as_os_errors(), database.writing() as connection:
                connection.execute(changed)

    def create(self, key: str) -> None:
        """Put an empty file there; FileExistsError where there is one."""
        folder, _, name = key.rpartition("/")
        told = {"size": 0, "changed": database.now(), "mark": secrets.token_hex(8), "content": b""}
        with _as_os_errors(), database.writing() as connection:
            connection.execute(sa.insert(_FILES).values(folder=folder, name=name, **told))

    def remove(self, key: str) -> None:
        """Remove a file; nothing where there is none."""
        with _as_os_errors(), database.writing() as connection:
            connection.execute(sa.delete(_FILES).where(_is(key)))


def backend() -> Rows:
    """The files of the database that the settings name."""
    return Rows()


def _is(key: str) -> sa.ColumnElement[bool]:
    folder, _, name = key.rpartition("/")
    return sa.and_(_FILES.c.folder == folder, _FILES.c.name == name)


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise FileExistsError(17, "It is there already") from error
    except DatabaseUnavailable as error:
        if isinstance(error.__cause__, sa.exc.IntegrityError):
            raise FileExistsError(17, "It is there already") from error
        raise OSError(5, str(error)) from error
