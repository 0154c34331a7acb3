"""The history: every run of every page, and every experiment, kept in a database and found again.

    run = repository.record_run(run)     # what this returns is kept, whatever happens next
    repository.enqueue_run(run)          # the same for a training: also while there is no database
    repository.search_runs(repository.Query(kind="cnn"))     # without their curves and answers
    repository.find_run(run.id)          # with them
    repository.rename_run(run.id, "my best", by=actor)
    repository.delete_run(run.id, by=actor)                  # `restore` undoes it for a while

Several processes of the app may share one database. Everything raises DatabaseUnavailable, one sentence for
the user, when it cannot be reached; a page then goes on without a history.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nnviz.core.identity import Actor
from nnviz.core.json_records import BadRecord, clean
from nnviz.core.results import Answers, Run
from nnviz.core.words import say
from nnviz.experiments.plan import Plan
from nnviz.history import database, outbox, queries, removal, row_mapping
from nnviz.history.database import DatabaseUnavailable, close, told
from nnviz.history.queries import ORDERS, Query
from nnviz.history.removal import (
    Deleted,
    RecordNotFound,
    delete_experiment,
    delete_run,
    deleted,
    remove_run,
    restore,
    tidy,
)
from nnviz.history.row_mapping import HEARTBEAT_TIMEOUT, Experiment, State
from nnviz.model_store import cards

__all__ = [
    "HEARTBEAT_TIMEOUT",
    "ORDERS",
    "DatabaseUnavailable",
    "Deleted",
    "Experiment",
    "Query",
    "RecordNotFound",
    "State",
    "add_answers",
    "begin_experiment",
    "close",
    "count_runs",
    "delete_experiment",
    "delete_run",
    "deleted",
    "distinct_values",
    "drain_outbox",
    "end_experiment",
    "enqueue_run",
    "find_answered_experiment",
    "find_experiment",
    "find_run",
    "list_experiments",
    "new_experiment",
    "new_id",
    "record_heartbeat",
    "record_run",
    "remove_run",
    "rename_run",
    "restore",
    "runs_of_experiment",
    "search_runs",
    "tidy",
    "told",
]

log = logging.getLogger(__name__)

_AT_ONCE = 50  # runs that wait and are taken in together: more would be much memory


def new_id() -> str:
    """16 hex characters that nobody has used, and nobody can guess."""
    return secrets.token_hex(8)


# Runs


def record_run(run: Run) -> Run:
    """Keep a run, and return it as it is kept: with an id, a new one unless it has one.

    A place in an experiment is kept once: when somebody has written it before, theirs stays and is returned.
    """
    run = replace(run, id=run.id or new_id())
    table = database.runs
    with database.writing() as connection:
        if not _insert_run(connection, row_mapping.run_to_row(run)):
            place = (table.c.experiment == run.experiment) & (table.c.number == run.number)
            known = connection.execute(sa.select(table.c.id).where(place)).scalar()
            run = replace(run, id=known or run.id)
    return run


def enqueue_run(run: Run) -> Run:
    """Keep a run that must not be lost, and return it with its id.

    It is safe on this computer's disk when this returns, and in the database at the next `drain_outbox`.

    Raises
    ------
    OSError
        When the disk cannot take it.
    """
    run = replace(run, id=run.id or new_id())
    outbox.write_run(run)
    return run


def drain_outbox() -> int:
    """Bring into the database what `enqueue_run` has kept for it, and return how many runs that were.

    Each for itself: one that cannot be read, or that the database does not take, is put aside.

    Raises
    ------
    DatabaseUnavailable
        When the database cannot be reached; then the runs go on waiting.
    """
    waiting = outbox.waiting_files()
    return sum(_take_in(waiting[i : i + _AT_ONCE]) for i in range(0, len(waiting), _AT_ONCE))


def _take_in(files: Sequence[Path]) -> int:
    waiting = [(path, run) for path in files if (run := outbox.read_run(path)) is not None]
    if not waiting:
        return 0
    taken, refused = [], []
    with database.writing() as connection:
        for path, run in waiting:
            try:
                with connection.begin_nested():
                    _insert_run(connection, row_mapping.run_to_row(run))
                taken.append(path)
            except (sa.exc.DataError, sa.exc.IntegrityError, ValueError, ArithmeticError, TypeError) as error:
                refused.append((path, f"is not taken by the database ({type(error).__name__})"))
    for path in taken:
        outbox.forget(path)
    for path, why in refused:
        outbox.put_aside(path, why)
    return len(taken)


def _insert_run(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """Write a row of `row_mapping.run_to_row`.

    False when there is one of that id, or of that place in an experiment.
    """
    light, heavy = database.runs, database.details
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    if row["experiment"] is not None:  # a deleted one is in the way of the one that is made again
        place = (light.c.experiment == row["experiment"]) & (light.c.number == row["number"])
        removal.remove_runs(connection, place & light.c.deleted.is_not(None))
    elif not row["failure"]:  # what was taken for cut off, and was not, gives way to what became of it
        removal.remove_runs(connection, (light.c.id == row["id"]) & (light.c.failure != ""))
    entry = insert(light).values({column.name: row[column.name] for column in light.c if column.name in row})
    if connection.execute(entry.on_conflict_do_nothing().returning(light.c.id)).scalar() is None:
        return False
    connection.execute(sa.insert(heavy).values({column.name: row[column.name] for column in heavy.c}))
    return True


def check() -> None:
    """Ask the database for next to nothing.

    Raises
    ------
    DatabaseUnavailable
        When it cannot be reached, or its tables cannot be used.
    """
    with database.reading() as connection:
        connection.execute(sa.select(sa.func.count()).select_from(database.people))


def find_run(run_id: str) -> Run:
    """The run of that id, curves, answers and all.

    Raises
    ------
    RecordNotFound
        When there is none.
    """
    light, heavy = database.runs, database.details
    here = (light.c.id == run_id) & light.c.deleted.is_(None)
    found = _select_runs(sa.select(light, heavy.c.history, heavy.c.answers).outerjoin(heavy).where(here))
    if not found:
        raise removal.missing(light, run_id, "run")
    return found[0]


def search_runs(
    query: Query | None = None, *, order: str = "newest", limit: int = 200, offset: int = 0
) -> tuple[Run, ...]:
    """A page of the runs that are asked for, without their curves and answers.

    Parameters
    ----------
    order
        One of ORDERS.
    limit, offset
        How many runs, and how many to leave out before them.
    """
    return _select_runs(queries.select_page(query or Query(), order=order, limit=limit, offset=offset))


def count_runs(query: Query | None = None) -> int:
    """How many runs that are."""
    with database.reading() as connection:
        return int(connection.execute(queries.select_count(query or Query())).scalar_one())


def distinct_values(column: str, query: Query | None = None) -> tuple[str, ...]:
    """What "page", "kind" or "data" of these runs may be, in order."""
    with database.reading() as connection:
        found = connection.execute(queries.select_distinct(query or Query(), column)).scalars()
        return tuple(value for value in found if value)


def runs_of_experiment(experiment_id: str) -> tuple[Run, ...]:
    """The runs of an experiment by their numbers, without their curves and answers."""
    table = database.runs
    its = (table.c.experiment == experiment_id) & table.c.deleted.is_(None)
    return _select_runs(sa.select(table).where(its).order_by(table.c.number))


def rename_run(run_id: str, name: str, *, by: Actor) -> Run:
    """Give a run a name; an empty one takes it away.

    Raises
    ------
    RecordNotFound
        When there is no run of that id.
    NotYours
        When it is another's.
    """
    table = database.runs
    with database.writing() as connection:
        removal.check(connection, table, run_id, by, say("name this run"))
        connection.execute(sa.update(table).where(table.c.id == run_id).values(name=clean(name)))
    return find_run(run_id)


def run_of_network(network: str) -> Run | None:
    """The run that made the network of that name in the store, curves and all; None when there is none."""
    light, heavy = database.runs, database.details
    its = light.c.card.contains(f'"{network}"', autoescape=True) & light.c.deleted.is_(None)
    found = _select_runs(sa.select(light, heavy.c.history, heavy.c.answers).outerjoin(heavy).where(its))
    return next((run for run in found if run.card.name == network), None)


def rename_network(network: str, name: str, *, before: str, by: Actor) -> None:
    """Call the runs that made a network as it is called now, but for those that have a name of their own.

    Parameters
    ----------
    network
        Its name in the store.
    name, before
        What it is called now, and what it was called before.
    """
    table = database.runs
    its = table.c.card.contains(f'"{network}"', autoescape=True) & table.c.name.in_(("", clean(before)))
    with database.writing() as connection:
        found = connection.execute(sa.select(table.c.id, table.c.owner).where(its)).all()
        mine = [each.id for each in found if by.may_change(each.owner)]
        connection.execute(sa.update(table).where(table.c.id.in_(mine)).values(name=clean(name)))


def add_answers(run_id: str, answers: Answers) -> None:
    """Keep the answers of a run that was recorded without them."""
    _update(database.details, run_id, answers=row_mapping.pack_answers(answers))


# Experiments


def new_experiment(plan: Plan, *, owner: str = "", study: str = "") -> Experiment:
    """An experiment that nobody has heard of yet."""
    return Experiment(
        id=new_id(),
        plan=plan,
        owner=clean(owner),
        study=clean(study),
        title=clean(plan.title),
        created=cards.now(),
        total=len(plan),
        done=0,
        state="running",
    )


def begin_experiment(started: Experiment) -> Experiment:
    """Write an experiment down as running; whoever runs it has to `record_heartbeat` every few seconds."""
    with database.writing() as connection:
        row = row_mapping.experiment_to_row(started) | {"heard": database.now()}
        connection.execute(sa.insert(database.experiments).values(row))
    return started


def record_heartbeat(experiment_id: str) -> bool:
    """A sign of life of an experiment; without one for HEARTBEAT_TIMEOUT seconds it counts as interrupted.

    Returns
    -------
    bool
        False when it should not run any more: somebody has stopped it, perhaps from another process.
    """
    table = database.experiments
    running = (table.c.id == experiment_id) & (table.c.state == "running") & table.c.deleted.is_(None)
    with database.writing() as connection:
        done = connection.execute(sa.update(table).where(running).values(heard=database.now()))
        return bool(done.rowcount)


def end_experiment(experiment_id: str, state: State, message: str = "") -> None:
    """Write down how an experiment ended; as "running", that it is taken up again."""
    _update(
        database.experiments, experiment_id, state=state, message=clean(message, 600), heard=database.now()
    )


def find_experiment(experiment_id: str) -> Experiment:
    """The experiment of that id.

    Raises
    ------
    RecordNotFound
        When there is none.
    """
    found = _select_experiments(database.experiments.c.id == experiment_id)
    if not found:
        raise removal.missing(database.experiments, experiment_id, "experiment")
    return found[0]


def list_experiments(
    *, owners: Sequence[str] | None = None, study: str | None = None, limit: int = 50, offset: int = 0
) -> tuple[Experiment, ...]:
    """Experiments, newest first: everybody's, or those of some owners; all, or those of one study."""
    table = database.experiments
    wanted: list[sa.ColumnElement[bool]] = [] if owners is None else [table.c.owner.in_(owners)]
    wanted += [] if study is None else [table.c.study == study]
    return _select_experiments(sa.and_(sa.true(), *wanted), limit, offset)


def find_answered_experiment(plan: Plan) -> Experiment | None:
    """Whoever asked the same question before: the one with the most rows, of those the newest; or None."""
    before = [found for found in _select_experiments(database.experiments.c.key == plan.key) if found.done]
    return max(before, key=lambda found: (found.done, found.created), default=None)


def _select_runs(query: sa.Select[Any]) -> tuple[Run, ...]:
    """The runs that a question finds; what makes no sense is left out."""
    with database.reading() as connection:
        found = connection.execute(query).mappings().all()
    return tuple(_readable(_plain(row) for row in found))


def _readable(rows: Iterable[object]) -> Iterator[Run]:
    for row in rows:
        try:
            yield row_mapping.run_from_row(row)
        except BadRecord as error:
            log.warning("A run in the database %s", error)


def _select_experiments(
    which: sa.ColumnElement[bool], limit: int = 1000, offset: int = 0
) -> tuple[Experiment, ...]:
    """Experiments with the number of their runs, newest first."""
    table, runs = database.experiments, database.runs
    its = (runs.c.experiment == table.c.id) & runs.c.deleted.is_(None)
    done = sa.select(sa.func.count()).where(its).scalar_subquery()
    there = which & table.c.deleted.is_(None)
    silent = (database.now() - table.c.heard).label("silent")
    query = sa.select(table, done.label("done"), silent).where(there)
    query = query.order_by(table.c.created.desc(), table.c.id)
    with database.reading() as connection:
        found = connection.execute(query.limit(limit).offset(offset)).mappings().all()
    known = (row_mapping.experiment_from_row(_plain(row)) for row in found)
    return tuple(experiment for experiment in known if experiment is not None)


def _update(table: sa.Table, key: str, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(sa.update(table).where(table.c.id == key).values(values))


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}
