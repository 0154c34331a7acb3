"""Where the history of runs is kept: SQLite in the user's folder, or PostgreSQL by NNVIZ_DATABASE_URL.

SQLite writes ahead (WAL), so that readers and one writer do not wait for each other, and every change is a
transaction: a process that is killed leaves what it had committed, whole, and nothing else. A transaction
that is going to write says so as it begins; otherwise two processes that have both read could each wait for
the other. The tables below are what the steps in `migrations` add up to, which a test compares.

To change them: change them here, and add `migrations/versions/<number>_<what>.py`; either kind of database is
brought up to date by whichever process comes first.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint
from sqlalchemy.exc import SQLAlchemyError

from nnviz.core import paths
from nnviz.core.words import say

URL = "NNVIZ_DATABASE_URL"
PATIENCE = 20.0  # seconds for another process to finish its writing, or for a server to answer
_SLOW_FAILURE, _RETRY_AFTER = (
    5.0,
    15.0,
)  # seconds: who fails only after so many is not asked again for so many
MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x6E6E76697A  # "nnviz": the advisory lock under which PostgreSQL's tables are changed

metadata = sa.MetaData()

experiments = Table(
    "experiments",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("created", String(40), nullable=False, index=True),
    Column("owner", String(80), nullable=False, index=True),
    Column("study", String(80), nullable=False),
    Column("title", String(80), nullable=False),
    Column("key", String(16), nullable=False, index=True),  # of the plan: the same question has the same
    Column("plan", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("message", String(600), nullable=False),
    Column("heard", Float, nullable=False),  # Unix time of the last sign of life
    Column("deleted", Float, nullable=True, index=True),  # Unix time; hidden from then on, removed later
    Column("deleted_as", String(16), nullable=False, server_default=""),  # an `identity.Part`
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("created", String(40), nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("page", String(40), nullable=False),
    Column("owner", String(80), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("library", String(16), nullable=False),
    Column("experiment", String(16), nullable=True),  # null when it is not part of one
    Column("number", Integer, nullable=False),
    Column("fold", Integer, nullable=False),
    Column("failure", String(600), nullable=False),
    Column("ending", String(16), nullable=False),
    Column("test_accuracy", Float, nullable=True),
    Column("seconds", Float, nullable=False),
    Column("card", Text, nullable=False),  # all but the curves
    Column("title", String(80), nullable=False, server_default=""),  # of the card, as the two below
    Column("data", String(80), nullable=False, server_default=""),
    Column("test_error", Float, nullable=True),
    Column("deleted", Float, nullable=True, index=True),  # as of an experiment
    Column("deleted_as", String(16), nullable=False, server_default=""),
    UniqueConstraint("experiment", "number", name="runs_once"),  # a trial has one row, whoever writes it
)


details = Table(  # apart, so that a list of runs passes over them
    "run_details",
    metadata,
    Column("id", String(16), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("history", Text, nullable=False),
    Column("answers", LargeBinary, nullable=True),
)

people = Table(  # who has more than a browser's own name
    "people",
    metadata,
    Column("owner", String(80), primary_key=True),
    Column("name", String(80), nullable=False, server_default=""),
    Column("plain_name", String(80), nullable=True, unique=True),  # no two that look alike; null without one
    Column("teacher", Integer, nullable=False, server_default="0"),
    Column("code", String(64), nullable=True, unique=True),  # its hash: nobody reads a code here
)

browsers = Table(  # that have taken somebody's things along
    "browsers",
    metadata,
    Column("browser", String(80), primary_key=True),
    Column("owner", String(80), nullable=False, index=True),
)


class DatabaseUnavailable(RuntimeError):
    """The history cannot be reached or written; one sentence for the user."""


def url() -> sa.URL:
    """The database's address.

    Raises
    ------
    DatabaseUnavailable
        When the setting is no such address.
    """
    told = os.environ.get(URL, "").strip()
    if not told:
        return sa.URL.create("sqlite", database=str(paths.home() / "runs.sqlite"))
    try:
        address = sa.make_url(told)
    except SQLAlchemyError as error:
        raise DatabaseUnavailable(
            say("{url} is not the address of a database, such as postgresql://host/name.", url=URL)
        ) from error
    if address.get_backend_name() in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() == "sqlite":
        return address
    raise DatabaseUnavailable(say("{url} has to begin with postgresql:// or sqlite:///.", url=URL))


@contextmanager
def reading() -> Iterator[sa.Connection]:
    """A connection to ask with, its tables up to date.

    Raises
    ------
    DatabaseUnavailable
        When the database cannot be reached or used.
    """
    with _as_database_unavailable(), _engine().connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[sa.Connection]:
    """A connection to change with: all that is done in the block is kept together, or not at all.

    Raises
    ------
    DatabaseUnavailable
        When the database cannot be reached or used.
    """
    with (
        _as_database_unavailable(),
        _engine().connect().execution_options(nnviz_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


def close() -> None:
    """Let go of every connection; the next question opens one afresh."""
    with _opening:
        for engine in _engines.values():
            engine.dispose()
        _engines.clear()
        _failed_at.clear()


_opening = threading.Lock()
_engines: dict[tuple[str, int], sa.Engine] = {}
_failed_at: dict[tuple[str, int], float] = {}  # addresses that did not answer in time, and when


def _engine() -> sa.Engine:
    """The engine for the address as it is now, in this process."""
    address = url()
    key = (address.render_as_string(hide_password=False), os.getpid())
    with _opening:
        if key not in _engines:
            began = time.monotonic()
            if began - _failed_at.get(key, -_RETRY_AFTER) < _RETRY_AFTER:
                # A class would otherwise wait for it one after the other, behind this lock.
                raise DatabaseUnavailable(
                    say("The history of runs does not answer; it is asked again in a moment.")
                )
            engine = _open(address)
            try:
                _migrate(engine)
            except BaseException:
                engine.dispose()
                if time.monotonic() - began > _SLOW_FAILURE:
                    _failed_at[key] = time.monotonic()
                raise
            _engines[key] = engine
        return _engines[key]


def _open(address: sa.URL) -> sa.Engine:
    if address.get_backend_name() == "postgresql":
        return sa.create_engine(
            address, pool_pre_ping=True, connect_args={"connect_timeout": int(PATIENCE)}, pool_size=5
        )
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": PATIENCE})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin below, and not where sqlite3 thinks
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=NORMAL")  # with WAL, enough for all but a power cut
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("nnviz_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(connection: Any) -> None:
    """Turn on write-ahead logging, which the file then remembers; another process may be at it as well."""
    import sqlite3

    deadline = time.monotonic() + PATIENCE
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
                return  # a disk that cannot, such as some in a network: slower, as safe
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date, one process at a time. Raises DatabaseUnavailable for newer ones."""
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    steps = ScriptDirectory.from_config(config)
    head = steps.get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with engine.connect().execution_options(nnviz_writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        now = MigrationContext.configure(connection).get_current_revision()
        if now is not None and now not in {step.revision for step in steps.walk_revisions()}:
            raise DatabaseUnavailable(
                say("The history of runs was written by a newer version of this app; please update.")
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _as_database_unavailable() -> Iterator[None]:
    """What a database may raise, as one sentence without its address, which may hold a password."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()
        where = (
            say("at the address in {url}", url=URL)
            if os.environ.get(URL, "").strip()
            else say("in your folder")
        )
        said = cause[0] if cause else type(error).__name__
        raise DatabaseUnavailable(
            say("The history of runs {where} cannot be used: {said}.", where=where, said=said[:200])
        ) from error
    except OSError as error:
        raise DatabaseUnavailable(
            say("The history of runs cannot be used: {strerror}.", strerror=error.strerror)
        ) from error
