"""Processes that are killed at any moment: what was said to be kept is kept, whoever looks next."""

from __future__ import annotations

import json
import multiprocessing
import random
import secrets
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from nnviz.core.identity import owner_of_secret
from nnviz.jobs import job_files
from nnviz.jobs.records import Job
from tests.attacks import table
from tests.attacks.killed import check, keep_on
from tests.attacks.test_class import press_train
from tests.browser.serving import Server
from tests.experimenting import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs processes that are quick to make")


def kill_often(home: Path, times: int, seed: int, database: str = "") -> None:
    """Two processes on one home, of which now one and now the other is killed; at the end all is counted.

    database: the address of a PostgreSQL that both have, instead of a file of SQLite.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.attacks.killed"])
    lot = random.Random(seed)
    told = [home / "told-0", home / "told-1"]
    for path in told:
        path.touch()

    def begin(which: int, number: int):  # type: ignore[no-untyped-def]
        arguments = (str(home), str(told[which]), seed * 10_000 + number, database)
        process = context.Process(target=keep_on, args=arguments, daemon=True)
        process.start()
        return process

    processes = [begin(0, 0), begin(1, 1)]
    for number in range(2, times + 2):
        time.sleep(lot.uniform(0.05, 0.6))
        which = lot.randrange(2)
        assert processes[which].is_alive(), (
            f"seed {seed}: it ended by itself, with {processes[which].exitcode}"
        )
        processes[which].kill()
        processes[which].join()
        processes[which] = begin(which, number)
    for process in processes:
        process.kill()
        process.join()
    # A last line may be cut off: then nobody was told.
    lines = [
        line for path in told for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")
    ]
    answer = home / "answer"
    looking = context.Process(target=check, args=(str(home), "".join(lines), str(answer), database))
    looking.start()
    looking.join()
    assert looking.exitcode == 0
    missing = json.loads(answer.read_text())
    place = "PostgreSQL" if database else "home"
    row = table.Row(
        f"kills of two processes on one {place}", times + 2, len(lines), note=f"{len(missing)} lost"
    )
    table.rows.append(row)
    assert missing == [], f"seed {seed}"
    assert len(lines) > times


def test_what_was_kept_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    kill_often(tmp_path, 6, 1)


def test_so_it_is_with_a_database_that_two_servers_share(tmp_path: Path, new_postgres: str) -> None:
    kill_often(tmp_path, 6, 1, new_postgres)


@pytest.fixture(autouse=True)
def no_page_as_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that another test opened is `__main__` from then on: every new process would begin with it."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(2, 12))
def test_two_hundred_kills_lose_nothing(seed: int, tmp_path: Path) -> None:
    kill_often(tmp_path, 20, seed)


@pytest.mark.attack
def test_no_training_that_a_page_has_taken_is_lost_with_its_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    lot = random.Random(1)
    server = Server(tmp_path, environment={"NNVIZ_WORKERS": "2"}).start()
    secrets_ = [secrets.token_urlsafe(32) for _ in range(8)]
    try:
        for number, secret in enumerate(secrets_):
            press_train(server, secret)
            if number % 2:
                time.sleep(lot.uniform(0.0, 3.0))
                server.kill()
                server.start()
        wait_until(lambda: not any(job.live for each in secrets_ for job in found(each)))
    finally:
        server.kill()
    lost = [each for each in secrets_ if [job.state for job in found(each)] != ["done"]]
    row = table.Row("kills of a server that trains", 4, 8, note=f"{len(lost)} lost")
    table.rows.append(row)
    assert lost == []


def found(secret: str) -> list[Job]:
    """The trainings of a browser, as they are written down."""
    return job_files.jobs_of(owner_of_secret(secret))


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(12, 22))
def test_nor_do_two_hundred_on_one_postgresql(seed: int, tmp_path: Path, new_postgres: str) -> None:
    kill_often(tmp_path, 20, seed, new_postgres)
