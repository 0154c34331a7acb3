"""A PostgreSQL that keeps no page waiting: how long it may work on a question, and is listened to.

The server itself gives up what takes too long or stands behind a lock. One that is frozen, or behind a
network that has gone silent, gives up nothing: then the connection is closed from here.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.errors import ConnectionTimeout
from sqlalchemy import event

CONNECT = 4  # seconds for the server to let us in
LOCK, STATEMENT = 3.0, 6.0  # seconds for a lock, and for one question with its answer
IDLE = 30.0  # seconds in which a transaction has to go on, or its locks are let go
_BEYOND = 2.0  # seconds beyond a question's time after which nobody listens any more


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when its server says nothing for too long.

    Attributes
    ----------
    patience
        Seconds for one exchange with the server.
    """

    patience = STATEMENT + _BEYOND

    def wait(self, gen: Any, *args: Any, **more: Any) -> Any:
        """Go through with an exchange, as psycopg does, but not for longer than there is patience."""
        return super().wait(self._while_patient(gen), *args, **more)

    def _while_patient(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        deadline = time.monotonic() + self.patience
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > deadline:
                    self.close()
                    raise ConnectionTimeout("the server says nothing")
                step = gen.send(ready)
                wanted = wanted if step is None else step
        except StopIteration as done:
            return done.value


def engine(address: sa.URL, *, lock: float = LOCK, statement: float = STATEMENT) -> sa.Engine:
    """The database at that address.

    Parameters
    ----------
    lock, statement
        Seconds for a lock, and for one question.
    """
    limits = {
        "lock_timeout": lock,
        "statement_timeout": statement,
        "idle_in_transaction_session_timeout": max(IDLE, statement),
    }
    seconds = int(str(address.query.get("connect_timeout", CONNECT)))
    made = sa.create_engine(
        address,
        pool_pre_ping=True,
        pool_timeout=LOCK,
        pool_size=5,
        connect_args={"connect_timeout": seconds},
    )

    @event.listens_for(made, "do_connect")
    def connect(_: Any, __: Any, args: Any, options: Any) -> PatientConnection:
        return PatientConnection.connect(*args, **options)

    @event.listens_for(made, "connect")
    def limit(connection: PatientConnection, _: Any) -> None:
        # Said, and not asked for on the way in: poolers between us and the server refuse that.
        connection.execute("".join(f"SET {name} = {round(1000 * most)};" for name, most in limits.items()))
        connection.commit()

    @event.listens_for(made, "checkout")
    def be_patient(connection: PatientConnection, _: Any, __: Any) -> None:
        connection.patience = statement + _BEYOND

    @event.listens_for(made, "checkin")
    def be_quick(connection: PatientConnection | None, _: Any) -> None:
        if connection is not None:
            connection.patience = _BEYOND  # for the question whether it is still there

    return made
