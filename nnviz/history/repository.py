"""The history: every run of every page, and every experiment, kept in a database and found again.

    run = repository.record(run)                 # what this returns is kept, whatever happens next
    repository.keep(run)                         # the same for a training: also while there is no database
    repository.search(repository.Query(kind="cnn"))    # without their curves and answers
    repository.find(run.id)                      # with them
    repository.rename(run.id, "my best")

Several processes of the app may share one database. Everything raises RunsMissing, with one sentence for the
user, when it cannot be reached; a page then goes on without a history.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from nnviz.core.results import Answers, Run
from nnviz.experiments.plan import Plan
from nnviz.history import database, outbox, queries, row_mapping
from nnviz.history.database import RunsMissing, close
from nnviz.history.queries import ORDERS, Query
from nnviz.history.row_mapping import SILENT, Experiment, State
from nnviz.model_store import cards

__all__ = [
    "ORDERS",
    "SILENT",
    "Experiment",
    "Query",
    "RunMissing",
    "RunsMissing",
    "State",
    "answered",
    "beat",
    "begin",
    "catch_up",
    "choices",
    "close",
    "count",
    "delete",
    "delete_experiment",
    "end",
    "experiment",
    "experiments",
    "find",
    "keep",
    "latest",
    "new",
    "new_id",
    "of",
    "recent",
    "record",
    "rename",
    "search",
]


class RunMissing(LookupError):
    """No run or experiment of that id; one sentence for the user."""


def new_id() -> str:
    """16 hex characters that nobody has used, and nobody can guess."""
    return secrets.token_hex(8)


# Runs


def record(run: Run) -> Run:
    """Keep a run, and return it as it is kept: with an id, a new one unless it has one.

    A place in an experiment is kept once: when somebody has written it before, theirs stays and is returned.
    """
    run = replace(run, id=run.id or new_id())
    table = database.runs
    with database.writing() as connection:
        if not _insert(connection, row_mapping.of_run(run)):
            place = (table.c.experiment == run.experiment) & (table.c.number == run.number)
            known = connection.execute(sa.select(table.c.id).where(place)).scalar()
            run = replace(run, id=known or run.id)
    return run


def keep(run: Run) -> Run:
    """Keep a run that must not be lost, and return it with its id.

    It is safe on this computer's disk when this returns, and in the database at the next `catch_up`. Raises
    OSError when the disk cannot take it.
    """
    run = replace(run, id=run.id or new_id())
    outbox.put(run)
    return run


def catch_up() -> int:
    """Bring into the database what `keep` has kept for it, and return how many runs that were.

    Raises RunsMissing; then they go on waiting.
    """
    there = [(path, row) for path in outbox.those() if (row := outbox.read(path)) is not None]
    if not there:
        return 0
    with database.writing() as connection:
        for _, row in there:
            _insert(connection, row)
    for path, _ in there:
        path.unlink(missing_ok=True)
    return len(there)


def _insert(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """Write a row of `row_mapping.of_run`; False when there is one of that id, or of that place in an
    experiment."""
    light, heavy = database.runs, database.details
    insert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    entry = insert(light).values({column.name: row[column.name] for column in light.c})
    if connection.execute(entry.on_conflict_do_nothing().returning(light.c.id)).scalar() is None:
        return False
    connection.execute(sa.insert(heavy).values({column.name: row[column.name] for column in heavy.c}))
    return True


def find(run_id: str) -> Run:
    """The run of that id, curves, answers and all. Raises RunMissing."""
    light, heavy = database.runs, database.details
    query = sa.select(light, heavy.c.history, heavy.c.answers).outerjoin(heavy).where(light.c.id == run_id)
    found = _runs(query)
    if not found:
        raise RunMissing("There is no such run in the history: it has been deleted, or its address is wrong.")
    return found[0]


def search(
    query: Query | None = None, *, order: str = "newest", limit: int = 200, offset: int = 0
) -> tuple[Run, ...]:
    """A page of the runs that are asked for, by one of ORDERS, without their curves and answers."""
    return _runs(queries.listed(query or Query(), order=order, limit=limit, offset=offset))


def count(query: Query | None = None) -> int:
    """How many runs that are."""
    with database.reading() as connection:
        return int(connection.execute(queries.counted(query or Query())).scalar_one())


def choices(column: str, query: Query | None = None) -> tuple[str, ...]:
    """What "page", "kind" or "data" of these runs may be, in order."""
    with database.reading() as connection:
        found = connection.execute(queries.choices(query or Query(), column)).scalars()
        return tuple(value for value in found if value)


def recent(
    *, limit: int = 200, page: str | None = None, owner: str | None = None, alone: bool = False
) -> tuple[Run, ...]:
    """Runs, newest first, without their curves and answers. alone: leave out those of experiments."""
    return search(Query(page=page, owner=owner, alone=alone), limit=limit)


def of(experiment_id: str) -> tuple[Run, ...]:
    """The runs of an experiment by their numbers, without their curves and answers."""
    table = database.runs
    query = sa.select(table).where(table.c.experiment == experiment_id).order_by(table.c.number)
    return _runs(query)


def rename(run_id: str, name: str) -> Run:
    """Give a run a name; an empty one takes it away. Raises RunMissing."""
    _change(database.runs, run_id, name=cards.clean(name))
    return find(run_id)


def answered(run_id: str, answers: Answers) -> None:
    """Keep the answers of a run that was recorded without them."""
    _change(database.details, run_id, answers=row_mapping.pack(answers))


def delete(run_id: str) -> None:
    """Forget a run. One that is gone already is no error."""
    with database.writing() as connection:
        for table in (database.details, database.runs):
            connection.execute(sa.delete(table).where(table.c.id == run_id))


# Experiments


def new(plan: Plan, *, owner: str = "", study: str = "") -> Experiment:
    """An experiment that nobody has heard of yet."""
    return Experiment(
        id=new_id(),
        plan=plan,
        owner=cards.clean(owner),
        study=cards.clean(study),
        title=cards.clean(plan.title),
        created=cards.now(),
        total=len(plan),
        done=0,
        state="running",
    )


def begin(started: Experiment) -> Experiment:
    """Write an experiment down as running; whoever runs it has to `beat` every few seconds."""
    with database.writing() as connection:
        connection.execute(sa.insert(database.experiments).values(row_mapping.of_experiment(started)))
    return started


def beat(experiment_id: str) -> bool:
    """A sign of life of an experiment; without one for SILENT seconds it counts as interrupted.

    False when it should not run any more: somebody has stopped it, perhaps from another process.
    """
    table = database.experiments
    running = (table.c.id == experiment_id) & (table.c.state == "running")
    with database.writing() as connection:
        done = connection.execute(sa.update(table).where(running).values(heard=time.time()))
        return bool(done.rowcount)


def end(experiment_id: str, state: State, message: str = "") -> None:
    """Write down how an experiment ended; as "running", that it is taken up again."""
    _change(
        database.experiments, experiment_id, state=state, message=cards.clean(message, 600), heard=time.time()
    )


def experiment(experiment_id: str) -> Experiment:
    """The experiment of that id. Raises RunMissing."""
    found = _experiments(database.experiments.c.id == experiment_id)
    if not found:
        raise RunMissing("There is no such experiment: it has been deleted, or its address is wrong.")
    return found[0]


def experiments(*, owner: str | None = None, limit: int = 50, offset: int = 0) -> tuple[Experiment, ...]:
    """Experiments, newest first."""
    return _experiments(sa.true() if owner is None else database.experiments.c.owner == owner, limit, offset)


def latest(plan: Plan) -> Experiment | None:
    """Whoever asked the same question before: the one with the most rows, of those the newest; or None."""
    before = [found for found in _experiments(database.experiments.c.key == plan.key) if found.done]
    return max(before, key=lambda found: (found.done, found.created), default=None)


def delete_experiment(experiment_id: str) -> None:
    """Forget an experiment and all of its runs. One that is gone already is no error."""
    table = database.runs
    its = sa.select(table.c.id).where(table.c.experiment == experiment_id)
    with database.writing() as connection:
        connection.execute(sa.delete(database.details).where(database.details.c.id.in_(its)))
        connection.execute(sa.delete(table).where(table.c.experiment == experiment_id))
        connection.execute(sa.delete(database.experiments).where(database.experiments.c.id == experiment_id))


def _runs(query: sa.Select[Any]) -> tuple[Run, ...]:
    """The runs that a question finds; what makes no sense is left out."""
    with database.reading() as connection:
        found = connection.execute(query).mappings().all()
    return tuple(run for run in (row_mapping.run(_plain(row)) for row in found) if run is not None)


def _experiments(which: sa.ColumnElement[bool], limit: int = 1000, offset: int = 0) -> tuple[Experiment, ...]:
    """Experiments with the number of their runs, newest first."""
    table = database.experiments
    done = sa.select(sa.func.count()).where(database.runs.c.experiment == table.c.id).scalar_subquery()
    query = sa.select(table, done.label("done")).where(which).order_by(table.c.created.desc(), table.c.id)
    with database.reading() as connection:
        found = connection.execute(query.limit(limit).offset(offset)).mappings().all()
    known = (row_mapping.experiment(_plain(row)) for row in found)
    return tuple(experiment for experiment in known if experiment is not None)


def _change(table: sa.Table, key: str, **values: Any) -> None:
    with database.writing() as connection:
        connection.execute(sa.update(table).where(table.c.id == key).values(values))


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}
