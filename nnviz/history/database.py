"""Where the history of runs is kept: SQLite in the user's folder, or PostgreSQL by NNVIZ_DATABASE_URL.

SQLite writes ahead (WAL), so that readers and one writer do not wait for each other, and every change is a
transaction: a process that is killed leaves what it had committed, whole, and nothing else. A transaction
that is going to write says so as it begins; otherwise two processes that have both read could each wait for
the other. The tables below are what the steps in `migrations` add up to, which a test compares.

To change them: change them here, and add `migrations/versions/<number>_<what>.py`; either kind of database is
brought up to date by whichever process comes first.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, String, Table, Text, UniqueConstraint
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from nnviz.core import paths
from nnviz.core.words import say, say_many
from nnviz.history import sqlite_file

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

URL = "NNVIZ_DATABASE_URL"
PATIENCE, _MIGRATING = 20.0, 600.0  # seconds for a server's tables to be brought up to date: lock, and work
_SLOW_FAILURE, _RETRY_AFTER = 2.0, 10.0  # seconds: who fails after so many is not asked again for so many
MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x6E6E76697A  # "nnviz": the advisory lock under which PostgreSQL's tables are changed

log = logging.getLogger(__name__)
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
    Column("parent", String(80), nullable=False, server_default=""),  # as `model_store.parents` tells it
    Column("note", String(1000), nullable=False, server_default=""),  # these three by `notes`
    Column("tags", String(200), nullable=False, server_default=""),  # with commas between them
    Column("starred", sa.Boolean, nullable=False, server_default=sa.false()),
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

files = Table(  # where NNVIZ_STORAGE is the database: networks, digits, maps, records of jobs
    "files",
    metadata,
    Column("folder", String(80), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("changed", Float, nullable=False),
    Column("mark", String(32), nullable=False),  # another one after every change
    Column("content", LargeBinary, nullable=False),
)

classes = Table(  # of pupils, who give their digits; what is of a class goes with its row
    "classes",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("code", String(6), nullable=False, unique=True),
    Column("owner", String(80), nullable=False, index=True),  # its teacher
    Column("created", Float, nullable=False),  # Unix time
    Column("ends", Float, nullable=False, index=True),
    Column("version", Integer, nullable=False),  # one more after every change of anything in the class
    Column("collecting", Integer, nullable=False),
    Column("frozen", Integer, nullable=True),  # the version that the wall stays at; null while it goes on
    Column("names_shown", Integer, nullable=False),
    Column("door_open", Integer, nullable=False, server_default="0"),  # for any number from one address
)

class_members = Table(
    "class_members",
    metadata,
    Column("class_id", String(16), ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(16), primary_key=True),  # which says nothing of their browser
    Column("owner", String(80), nullable=False),
    Column("nickname", String(80), nullable=False),
    Column("plain_name", String(80), nullable=False),  # as of people
    Column("joined", Float, nullable=False),
    Column("asked", Integer, nullable=False),  # the digit that they are to draw
    Column("out", Integer, nullable=False),
    UniqueConstraint("class_id", "owner", name="class_members_once"),
    UniqueConstraint("class_id", "plain_name", name="class_members_names"),
)

class_digits = Table(
    "class_digits",
    metadata,
    Column("class_id", String(16), ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),  # the version that it brought about
    Column("member", String(16), nullable=False),
    Column("once", String(32), nullable=False),  # made up by the browser, which may send it again
    Column("label", Integer, nullable=False),
    Column("given", Float, nullable=False),
    Column("changed", Integer, nullable=False),  # the version that changed it last
    Column("out", String(16), nullable=False),  # who took it out, a `class_digits.Out`; "" while it is in
    Column("pixels", LargeBinary, nullable=False),  # 784
    Column("strokes", Text, nullable=False),
    UniqueConstraint("class_id", "member", "once", name="class_digits_once"),
    sa.Index("class_digits_changed", "class_id", "changed"),
    sa.Index("class_digits_counted", "class_id", "out", "label", "member"),  # without reading pictures
)

class_pushes = Table(  # what a teacher has sent to all screens of a class last
    "class_pushes",
    metadata,
    Column("class_id", String(16), ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, nullable=False),  # one more than of the one before
    Column("kind", String(16), nullable=False),
    Column("told", Text, nullable=False),
    Column("step", Integer, nullable=False),
)

class_pads = Table(  # pads that pupils offer to show to their class, as long as they do
    "class_pads",
    metadata,
    Column("class_id", String(16), ForeignKey("classes.id", ondelete="CASCADE"), primary_key=True),
    Column("member", String(16), primary_key=True),
    Column("seen", Float, nullable=False),  # when the pupil's browser was heard of last
    Column("shown", Integer, nullable=False),
    Column("number", Integer, nullable=False),  # of the changes
    Column("pixels", LargeBinary, nullable=False),  # 784, or none; and strokes only while it is shown
    Column("strokes", Text, nullable=False),
)

OF_CLASSES = (classes, class_members, class_digits, class_pushes, class_pads)


predictions = Table(  # questions that are answered before there is a result
    "predictions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("owner", String(80), nullable=False, index=True),
    Column(  # the class that is asked, null for oneself
        "room", String(16), ForeignKey("classes.id", ondelete="CASCADE"), nullable=True, index=True
    ),
    Column("about", String(80), nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("opened", Float, nullable=True),
)

guesses = Table(  # one a person
    "guesses",
    metadata,
    Column("prediction", String(16), ForeignKey("predictions.id", ondelete="CASCADE"), primary_key=True),
    Column("person", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)


class now(FunctionElement[float]):  # noqa: N801  # a function of SQL, called as one
    """The moment by the clock of the database, Unix time: machines that share it may differ in theirs."""

    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _now_in_sqlite(element: now, compiler: Any, **options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _now_in_postgres(element: now, compiler: Any, **options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


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
    return _url(told, None if told else paths.home())


@lru_cache(maxsize=8)  # every page asks several times
def _url(told: str, home: Path | None) -> sa.URL:
    if home is not None:
        return sa.URL.create("sqlite", database=str(home / "runs.sqlite"))
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
    with _as_database_unavailable(pause=True), _opened().engine.connect() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[sa.Connection]:
    """A connection to change with: all that is done in the block is kept together, or not at all.

    Raises
    ------
    DatabaseUnavailable
        When the database cannot be reached or used.
    """
    with _as_database_unavailable():
        opened = _opened()
        with (
            opened.engine.connect().execution_options(nnviz_writes=True) as connection,
            connection.begin(),
        ):
            yield connection
        if opened.held is not None and opened.held.gone():
            raise DatabaseUnavailable(
                say("The file of the history was taken away while this was written. Try again in a moment.")
            )


def close() -> None:
    """Let go of every connection; the next question opens one afresh."""
    with _opening:
        for opened in _engines.values():
            opened.close()
        _engines.clear()
        _failed_at.clear()
        _told.clear()


def told() -> str:
    """What has befallen the database last since this process began, for the user; mostly empty."""
    return "".join(_told)


class _Opened(NamedTuple):
    engine: sa.Engine
    held: sqlite_file.Held | None  # of SQLite in a file

    def close(self) -> None:
        self.engine.dispose()
        if self.held is not None:
            self.held.close()


_Key = tuple[str, int]
_opening = threading.Lock()
_engines: dict[_Key, _Opened] = {}
_failed_at: dict[_Key, float] = {}  # addresses that did not answer in time, and when
_told: list[str] = []


def _key(address: sa.URL) -> _Key:
    return address.render_as_string(hide_password=False), os.getpid()


def _opened() -> _Opened:
    """The database at the address as it is now, in this process."""
    address = url()
    key = _key(address)
    with _opening:
        began = time.monotonic()
        if began - _failed_at.get(key, -_RETRY_AFTER) < _RETRY_AFTER:
            # A class would otherwise wait for it one after the other.
            raise DatabaseUnavailable(
                say("The history of runs does not answer; it is asked again in a moment.")
            )
        known = _engines.get(key)
        if known is not None and not (known.held and known.held.gone()):
            return known
        try:
            _engines[key] = _open(address, known)
            if known is not None:  # not before: what it holds may be nowhere else
                known.close()
        except BaseException:
            if time.monotonic() - began > _SLOW_FAILURE:
                _failed_at[key] = time.monotonic()
            raise
        return _engines[key]


def _open(address: sa.URL, before: _Opened | None) -> _Opened:
    """Open the database; what was in the file that was in its place before is put into it."""
    if address.get_backend_name() == "postgresql":
        from nnviz.history import postgres  # late: its driver is loaded by whoever has one

        engine = postgres.engine(address)
        with _closed_on_failure(engine):
            if _behind(engine):
                patient = postgres.engine(address, lock=PATIENCE, statement=_MIGRATING)
                try:
                    _migrate(patient)
                finally:
                    patient.dispose()
        return _Opened(engine, None)
    name = address.database or ""
    if name in ("", ":memory:") or name.startswith("file:"):
        engine = _sqlite(address)
        with _closed_on_failure(engine):
            _migrate(engine)
        return _Opened(engine, None)
    path = Path(name).resolve()
    with sqlite_file.opening(path):
        engine = _sqlite(address, path)
        with _closed_on_failure(engine):
            _migrate(engine)
            held = sqlite_file.Held(path)
            try:
                if before is not None:
                    _put_back(before, engine)
            except BaseException:
                held.close()
                raise
        return _Opened(engine, held)


@contextmanager
def _closed_on_failure(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


def _put_back(before: _Opened, engine: sa.Engine) -> None:
    """The file was deleted or replaced: what was in it goes into the one that is there, and is told."""
    assert before.held is not None
    try:
        with engine.connect().execution_options(nnviz_writes=True) as connection, connection.begin():
            again = before.held.put_into(
                connection,
                [runs, details, experiments, people, browsers, *OF_CLASSES, predictions, guesses],
            )
    except sqlite_file.Lost as error:
        log.error("The file of the history was taken away or emptied, and cannot be read: %s", error)
        said = say(
            "The file of the history was taken away or emptied while this app was running. The runs that "
            "were in it are lost. New runs are kept again."
        )
    else:
        log.warning("The file of the history was taken away or replaced; %s runs were put back", again)
        said = say_many(
            again,
            "The file of the history was taken away or replaced while this app was running. {n:,} run was "
            "put back.",
            "The file of the history was taken away or replaced while this app was running. {n:,} runs were "
            "put back.",
        )
    _told[:] = [said]


def _sqlite(address: sa.URL, path: Path | None = None) -> sa.Engine:
    engine = sa.create_engine(
        address,
        pool_timeout=sqlite_file.PATIENCE,
        connect_args={"timeout": sqlite_file.PATIENCE},
    )

    @sa.event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if path is not None:
            arguments[:] = [sqlite_file.only_there(path)]
            options["uri"] = True

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
    deadline = time.monotonic() + sqlite_file.PATIENCE
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
                return  # a disk that cannot, such as some in a network: slower, as safe
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:  # a full disk is not waited for
                raise
            time.sleep(0.05)


def _behind(engine: sa.Engine) -> bool:
    """Whether the tables are not up to date. Raises DatabaseUnavailable when they are of a newer app."""
    if _told_revision(engine) == newest_revision():
        return False  # without Alembic, which takes a third of a second to import
    from alembic.migration import MigrationContext

    steps = _steps()[1]
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    if now is not None and now not in {step.revision for step in steps.walk_revisions()}:
        raise DatabaseUnavailable(
            say("The history of runs was written by a newer version of this app; please update.")
        )
    return now != steps.get_current_head()


def newest_revision() -> str:
    """The number of the last step in `migrations`."""
    return max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py")).partition("_")[0]


def _told_revision(engine: sa.Engine) -> str:
    """The number of the step that the tables say they have had last; "" where they do not say."""
    with suppress(SQLAlchemyError), engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    return ""


def _migrate(engine: sa.Engine) -> None:
    """Bring the tables up to date, one process at a time. Raises DatabaseUnavailable for newer ones."""
    from alembic import command

    if not _behind(engine):
        return
    config, _ = _steps()
    with engine.connect().execution_options(nnviz_writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")  # nothing, where another process has done it by now


def _steps() -> tuple[Config, ScriptDirectory]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config, ScriptDirectory.from_config(config)


@contextmanager
def _as_database_unavailable(*, pause: bool = False) -> Iterator[None]:
    """What a database may raise, as one sentence without its address, which may hold a password.

    Parameters
    ----------
    pause
        Who is not answered in time is not asked again for a while.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = _cause(error)
        if pause and cause == "silent":
            _failed_at[_key(url())] = time.monotonic()
        raise DatabaseUnavailable(_sentence(cause, error)) from error


_CAUSES = {  # by the beginning of SQLite's name for an error, of PostgreSQL's number, or of an exception's
    "SQLITE_FULL": "full",
    "SQLITE_READONLY": "read-only",
    "SQLITE_BUSY": "busy",
    "SQLITE_LOCKED": "busy",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
    "53100": "full",
    "25006": "read-only",
    "57014": "busy",  # a question that took too long
    "55P03": "silent",  # a lock that nobody lets go
    "25P03": "busy",
    "TimeoutError": "silent",  # every connection is waited for
    "ConnectionTimeout": "silent",
    "Busy": "busy",
}
_NUMBERS = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read-only", errno.EACCES: "read-only"}


def _cause(error: Exception) -> str:
    """One of the causes that are told in words of their own; "" for any other."""
    cause: Any = getattr(error, "orig", None) or error
    for name in (
        getattr(cause, "sqlite_errorname", None),
        getattr(cause, "sqlstate", None),
        type(cause).__name__,
    ):
        for beginning, told in _CAUSES.items():
            if name and name.startswith(beginning):
                return told
    if told := _NUMBERS.get(getattr(cause, "errno", None) or 0, ""):
        return told
    # A full disk ends a transaction by itself: then it is told on the way that there is none to take back.
    return _cause(error.__context__) if isinstance(error.__context__, Exception) else ""


def _sentence(cause: str, error: Exception) -> str:
    match cause:
        case "full":
            return say("The history of runs cannot keep anything more: its disk is full.")
        case "read-only":
            return say("The history of runs cannot be changed: nothing may be written where it is kept.")
        case "busy" | "silent":
            return say("The history of runs does not answer in time. Try again in a moment.")
        case "damaged":
            return say(
                "The file of the history of runs is damaged. Whoever runs this app can put a copy of it in "
                "its place, or take it away."
            )
    if isinstance(error, OSError):
        return say("The history of runs cannot be used: {strerror}.", strerror=error.strerror)
    said = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()
    where = (
        say("at the address in {url}", url=URL) if os.environ.get(URL, "").strip() else say("in your folder")
    )
    return say(
        "The history of runs {where} cannot be used: {said}.",
        where=where,
        said=(said[0] if said else type(error).__name__)[:200],
    )
