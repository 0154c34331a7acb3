"""A PostgreSQL of the tests' own, where its server programs are on the machine, and empty databases in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.experimenting import wait_until


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's server programs: Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Postgres:
    """A PostgreSQL of our own on a socket in a folder of its own, run by somebody who is not root."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="nnviz-pg-", dir="/tmp"))  # a socket's path must be short
        self._options: dict[str, Any] = {"cwd": self.folder}
        if os.geteuid() == 0:
            import pwd  # which Windows does not have

            shutil.chown(self.folder, "nobody")
            self._options |= {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        data = self.folder / "data"
        self._run(programs / "initdb", "-D", data, "-U", "nnviz", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.log = (self.folder / "log").open("w")
        settings = ["-c", "listen_addresses=", "-c", "fsync=off"]
        self.server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", self.folder, *settings],
            stdout=self.log,
            stderr=self.log,
            **self._options,
        )
        self.url = f"postgresql://nnviz@/postgres?host={self.folder}"
        wait_until(lambda: self._answers(programs))

    def _answers(self, programs: Path) -> bool:
        assert self.server.poll() is None, (self.folder / "log").read_text()
        asked = subprocess.run(
            [programs / "pg_isready", "-h", self.folder], stdout=subprocess.DEVNULL, check=False
        )
        return asked.returncode == 0

    def _run(self, *command: object) -> None:
        subprocess.run([*map(str, command)], check=True, capture_output=True, **self._options)

    def close(self) -> None:
        # "Immediate": it neither waits for its clients nor writes anything down, which took 30 s.
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL's server programs are not on this machine")
    server = Postgres(programs)
    yield server.url
    server.close()


@pytest.fixture
def new_postgres(postgres: str) -> str:
    """The address of an empty database."""
    name = f"db_{os.getpid()}_{time.monotonic_ns()}"
    server = sa.create_engine(
        sa.make_url(postgres).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool
    )
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    return postgres.replace("/postgres?", f"/{name}?")
