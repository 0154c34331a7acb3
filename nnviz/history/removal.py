"""What is deleted is hidden first and removed later, so that it can be had again: runs and experiments.

An experiment and the runs that go with it are deleted at one moment, by which they are brought back together.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from nnviz.core.identity import UNDO, WORDS, Actor, Part
from nnviz.core.words import say
from nnviz.history import database

MOST_DELETED = 50  # that are listed of each kind


class RecordNotFound(LookupError):
    """No run or experiment of that id; one sentence for the user."""


class RecordDeleted(RecordNotFound):
    """It was deleted; the sentence says by whom."""


@dataclass(frozen=True)
class Deleted:
    """A run or an experiment that can be had again.

    Attributes
    ----------
    when
        It was deleted, Unix time.
    """

    id: str
    what: Literal["run", "experiment"]
    title: str
    owner: str
    when: float


def delete_run(run_id: str, *, by: Actor, now: float | None = None) -> None:
    """Hide a run, which `restore` brings back and `tidy` removes. One that is gone already is no error.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.

    Raises
    ------
    NotYours
        When it is another's.
    """
    table = database.runs
    with database.writing() as connection, suppress(RecordNotFound):
        owner = check(connection, table, run_id, by, say("delete this run"))
        _hide(connection, table, table.c.id == run_id, by.part(owner), now)


def remove_run(run_id: str) -> None:
    """Remove a run for good, as one that is tried again; nobody is asked whether that is allowed."""
    with database.writing() as connection:
        remove_runs(connection, database.runs.c.id == run_id)


def delete_experiment(experiment_id: str, *, by: Actor, now: float | None = None) -> None:
    """Hide an experiment and all of its runs, as `delete_run` does. One that is gone already is no error.

    Parameters
    ----------
    now
        Unix time, if it is not to be the clock's.

    Raises
    ------
    NotYours
        When it is another's.
    """
    runs, table = database.runs, database.experiments
    with database.writing() as connection, suppress(RecordNotFound):
        part = by.part(check(connection, table, experiment_id, by, say("delete this experiment")))
        moment = _hide(connection, table, table.c.id == experiment_id, part, now)
        _hide(connection, runs, runs.c.experiment == experiment_id, part, moment)


def deleted(by: Actor, *, now: float | None = None) -> tuple[Deleted, ...]:
    """What this actor may still `restore`, the latest first; of an experiment not its runs."""
    since = (time.time() if now is None else now) - UNDO
    runs, experiments = database.runs, database.experiments
    with_it = sa.select(experiments.c.id).where(experiments.c.deleted.is_not(None))
    alone = sa.or_(runs.c.experiment.is_(None), runs.c.experiment.not_in(with_it))
    name = sa.case((runs.c.name != "", runs.c.name), else_=runs.c.title)
    found = []
    what: Literal["run", "experiment"]
    with database.reading() as connection:
        for what, table, title, which in (
            ("run", runs, name, alone),
            ("experiment", experiments, experiments.c.title, sa.true()),
        ):
            query = sa.select(table.c.id, title.label("title"), table.c.owner, table.c.deleted)
            if not (by.is_teacher or by.alone):
                query = query.where(table.c.owner.in_(by.names))
            query = query.where(table.c.deleted > since, which).order_by(table.c.deleted.desc())
            for row in connection.execute(query.limit(MOST_DELETED)):
                found.append(Deleted(row.id, what, row.title, row.owner, row.deleted))
    return tuple(sorted(found, key=lambda gone: (-gone.when, gone.id)))


def restore(gone_id: str, *, by: Actor, now: float | None = None) -> None:
    """Bring back a run or an experiment, with the runs that went with it. One that is there is no error.

    Raises
    ------
    RecordNotFound
        When it was removed for good.
    NotYours
        When it is another's.
    """
    since = (time.time() if now is None else now) - UNDO
    runs, experiments = database.runs, database.experiments
    with database.writing() as connection:
        for table in (experiments, runs):
            row = connection.execute(sa.select(table).where(table.c.id == gone_id)).one_or_none()
            if row is None:
                continue
            by.check(row.owner, say("bring this back"))
            if row.deleted is None:
                return
            if row.deleted <= since:
                break
            which = [table.c.id == gone_id]
            if table is experiments:
                _show(connection, runs, (runs.c.experiment == gone_id) & (runs.c.deleted == row.deleted))
            elif row.experiment is not None:
                around = sa.select(experiments.c.deleted).where(experiments.c.id == row.experiment)
                if connection.execute(around).scalar() is not None:
                    raise RecordNotFound(say("The experiment of this run is deleted: bring that back first."))
            _show(connection, table, *which)
            return
    raise RecordNotFound(
        say("It was deleted over {undo} minutes ago, and cannot be had again.", undo=round(UNDO / 60))
    )


def tidy(now: float | None = None) -> None:
    """Remove for good what was deleted longer ago than that can be undone."""
    with database.writing() as connection:
        _remove_old(connection, time.time() if now is None else now)


def check(connection: sa.Connection, table: sa.Table, key: str, by: Actor, act: str) -> str:
    """Whose a row is, which is there and which this actor may change.

    Parameters
    ----------
    act
        As of `Actor.check`.

    Raises
    ------
    RecordNotFound
        When it is not there.
    NotYours
        When it is another's.
    """
    here = (table.c.id == key) & table.c.deleted.is_(None)
    owner: str | None = connection.execute(sa.select(table.c.owner).where(here)).scalar()
    if owner is None:
        raise RecordNotFound(say("It is no longer there: it has been deleted meanwhile."))
    by.check(owner, act)
    return owner


_SAID = {"run": say("run"), "experiment": say("experiment")}


def missing(table: sa.Table, key: str, what: str) -> RecordNotFound:
    """Why a row is not there, as far as that is known."""
    with database.reading() as connection:
        row = connection.execute(
            sa.select(table.c.deleted_as).where(table.c.id == key, table.c.deleted.is_not(None))
        ).one_or_none()
    if row is not None and row.deleted_as in WORDS:
        return RecordDeleted(
            say(
                "This {what} was deleted by {words}.", what=_SAID.get(what, what), words=WORDS[row.deleted_as]
            )
        )
    return RecordNotFound(
        say(
            "There is no such {what} here: it was deleted, or its address is wrong.",
            what=_SAID.get(what, what),
        )
    )


def _hide(
    connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], part: Part, now: float | None
) -> float:
    moment = time.time() if now is None else now
    _remove_old(connection, moment)
    which = which & table.c.deleted.is_(None)
    connection.execute(sa.update(table).where(which).values(deleted=moment, deleted_as=part))
    return moment


def _remove_old(connection: sa.Connection, now: float) -> None:
    runs, table = database.runs, database.experiments
    gone = sa.select(table.c.id).where(table.c.deleted <= now - UNDO)
    remove_runs(connection, sa.or_(runs.c.deleted <= now - UNDO, runs.c.experiment.in_(gone)))
    connection.execute(sa.delete(table).where(table.c.deleted <= now - UNDO))


def _show(connection: sa.Connection, table: sa.Table, *which: sa.ColumnElement[bool]) -> None:
    connection.execute(sa.update(table).where(*which).values(deleted=None, deleted_as=""))


def remove_runs(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Remove runs for good."""
    table = database.runs
    its = sa.select(table.c.id).where(which)
    connection.execute(sa.delete(database.details).where(database.details.c.id.in_(its)))
    connection.execute(sa.delete(table).where(which))
