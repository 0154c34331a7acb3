"""The real programs, as they are put up for a school: what dies, starts anew, or is of another version."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.replay import Pupil, record
from deploy import local
from deploy.local import ROOT, Deployment, Program
from nnviz.core.identity import COOKIE
from nnviz.history import database, repository
from nnviz.jobs import job_files
from nnviz.model_store import store
from nnviz.server import doctor
from tests.browser.finding import find
from tests.experimenting import wait_until

OPEN = BackMsg()
OPEN.rerun_script.query_string = ""
PAGE = OPEN.SerializeToString()
PAGE_FIRST = b""  # stands for coming to the page


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All of it, with a proxy where there is one."""
    try:
        local.postgres_programs()
    except local.Missing as missing:
        pytest.skip(str(missing))
    try:
        proxy = bool(local.proxy_program())
    except local.Missing:
        proxy = False
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # a traced server takes twice as long
        deployment = Deployment(tmp_path_factory.mktemp("deployment"), proxy=proxy)
    with deployment:
        yield deployment


@pytest.fixture
def behind_a_proxy(there: Deployment, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    if there.proxy is None:
        pytest.skip("Neither Caddy nor nginx is on this machine: on Debian, apt install caddy.")
    roots = (there.folder / "proxy").rglob("root.crt"), (there.folder / "proxy").glob("proxy.crt")
    monkeypatch.setenv("SSL_CERT_FILE", str(next(path for found in roots for path in found)))
    return there


@pytest.fixture
def beside(there: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """This process sees what a replica sees."""
    for name in ("NNVIZ_DATABASE_URL", "NNVIZ_STORAGE", "NNVIZ_DASK_SCHEDULER", "NNVIZ_CLUSTER_KEY"):
        monkeypatch.setenv(name, there.environment()[name])
    yield there
    repository.close()


def working(there: Deployment, home: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.deploy.working", *words],
        cwd=ROOT,
        env=there.environment(home),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def told(process: subprocess.Popen[str], what: str, times: int = 1) -> list[str]:
    """The ids that it says, until it has said so many of that kind."""
    assert process.stdout is not None
    watch = threading.Timer(90, lambda: os.killpg(process.pid, signal.SIGKILL))
    watch.start()
    try:
        return _heard(process.stdout, what, times)
    finally:
        watch.cancel()


def _heard(lines: Iterable[str], what: str, times: int) -> list[str]:
    ids: list[str] = []
    for line in lines:
        kind, name = json.loads(line)
        if kind == what:
            ids.append(name)
        if len(ids) == times:
            return ids
    raise AssertionError(f"it ended after {ids}")


def power_cut(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def arriving(url: str) -> Pupil:
    """A visitor whose browser has fetched the page, past the proxy's own cookie."""
    with urllib.request.urlopen(url) as answer:
        cookies = [SimpleCookie(each) for each in answer.headers.get_all("set-cookie")]
    return Pupil(url, next(each[COOKIE].value for each in cookies if COOKIE in each))


def readiness(there: Deployment, number: int) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{there.replica_url(number)}/nnviz/ready", timeout=20) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))
    except OSError:  # too busy to say
        return {"ready": False, "missing": {}}


def test_every_replica_lacks_nothing(there: Deployment) -> None:
    wait_until(lambda: all(readiness(there, n)["ready"] for n in range(2)), 60)


@pytest.mark.slow
def test_a_training_whose_replica_is_killed_is_taken_up_by_another_one_and_stopped_from_a_third(
    beside: Deployment,
) -> None:
    process = working(beside, "killed", "train")
    [job_id] = told(process, "epochs")
    wait_until(lambda: job_files.read_job(job_id).history.epochs, 60)
    kept = len(job_files.read_job(job_id).history.epochs)
    power_cut(process)
    found = job_files.read_job(job_id)
    assert found.live or len(found.history.epochs) >= kept > 0
    process = working(beside, "other", "take-up", job_id)
    assert told(process, "epochs") == [job_id]
    job_files.ask_to_stop(job_id)
    wait_until(lambda: job_files.read_job(job_id).state == "done", 60)
    power_cut(process)
    assert store.find(job_files.read_job(job_id).result).owner == "me"


@pytest.mark.slow
def test_no_row_of_an_experiment_is_lost_with_its_replica_and_another_one_takes_it_up(
    beside: Deployment,
) -> None:
    process = working(beside, "first", "experiment")
    [experiment] = told(process, "experiment")
    rows = told(process, "row", 3)
    power_cut(process)
    assert set(rows) <= {run.id for run in repository.runs_of_experiment(experiment)}
    long_silent = sa.update(database.experiments).values(heard=database.experiments.c.heard - 60)
    with database.writing() as connection:
        connection.execute(long_silent)
    process = working(beside, "second", "resume", experiment)
    every = told(process, "row", 10)
    assert process.wait(60) == 0
    process.communicate()
    assert set(rows) <= set(every)
    assert sorted(run.number for run in repository.runs_of_experiment(experiment)) == list(range(10))


@pytest.mark.slow
def test_a_visit_outlives_the_other_replica(there: Deployment) -> None:
    async def visit() -> list[str]:
        pupil = arriving(there.replica_url(0))
        await pupil.open([PAGE])
        there.replicas[1].kill()
        await pupil.do(PAGE)
        await pupil.close()
        return pupil.failures

    try:
        assert asyncio.run(visit()) == []
    finally:
        there.replicas[1].start()


@pytest.mark.slow
def test_a_network_of_one_replica_is_there_for_the_other_after_the_database_was_restarted(
    beside: Deployment,
) -> None:
    from tests.recording import CARD

    kept = store.put(b"weights", ".npz", CARD, "saved", owner="me")
    beside.database.end(signal.SIGINT)
    wait_until(lambda: "database" in readiness(beside, 0)["missing"], 60)
    beside.database.start()
    wait_until(lambda: all(readiness(beside, n)["ready"] for n in range(2)), 60)

    def is_there() -> bool:
        try:
            return store.find(kept.name).path.read_bytes() == b"weights"
        except (store.ModelMissing, OSError):
            return False

    wait_until(is_there, 30)

    async def visit() -> list[str]:
        pupil = arriving(beside.replica_url(1))
        await pupil.open([PAGE])
        await pupil.close()
        return pupil.failures

    assert asyncio.run(visit()) == []


@pytest.mark.slow
def test_a_worker_of_another_version_is_told_in_a_sentence(beside: Deployment, tmp_path: Path) -> None:
    other = tmp_path / "nnviz-9.9.9.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: nnviz\nVersion: 9.9.9\n")
    stranger = Program(
        "A stranger",
        beside.workers[0].command,
        tmp_path / "log",
        env={**beside.environment("worker-9"), "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        cwd=tmp_path,
    ).start()
    said = io.StringIO()
    try:
        wait_until(lambda: "Registered to" in (tmp_path / "log").read_text(), 60)
        assert doctor.main(said) == 1
    finally:
        stranger.kill()
    assert "has version 9.9.9 of nnviz and this app has" in said.getvalue()
    assert said.getvalue().count("WRONG") == 1


async def rolling(there: Deployment, first: list[bytes], again: list[bytes], n: int) -> list[Pupil]:
    """So many visitors go on while one replica after the other is started anew; what was lost is sent again.

    As a browser does, each comes back when its line was cut.
    """
    ended = asyncio.Event()

    async def there_again(pupil: Pupil, message: bytes) -> None:
        """Send it; where the line is cut, come back and send it again."""
        for attempt in itertools.count():
            try:
                if attempt or message is PAGE_FIRST:
                    await pupil.open(first)
                if message is not PAGE_FIRST:
                    await pupil.do(message)
                return
            except (ConnectionClosed, InvalidHandshake, OSError):
                assert attempt < 50, "it never came back"
                await asyncio.sleep(0.2)

    async def visitor(number: int) -> Pupil:
        pupil = await asyncio.to_thread(arriving, there.url)
        await there_again(pupil, PAGE_FIRST)
        for message in itertools.islice(itertools.cycle(again), number, None):
            if ended.is_set():
                break
            await there_again(pupil, message)
            await asyncio.sleep(0.2)
        await pupil.close()
        return pupil

    visitors = [asyncio.create_task(visitor(number)) for number in range(n)]
    await asyncio.sleep(1)
    for replica in there.replicas:
        await asyncio.to_thread(replica.restart)
        await asyncio.sleep(2)
    ended.set()
    return await asyncio.gather(*visitors)


@pytest.mark.slow
def test_replicas_are_restarted_one_after_the_other_and_no_page_fails(behind_a_proxy: Deployment) -> None:
    for pupil in asyncio.run(rolling(behind_a_proxy, [PAGE], [PAGE], 6)):
        assert pupil.failures == []
        assert pupil.received > 0


@pytest.mark.attack
def test_replicas_are_restarted_while_twelve_draw_and_no_stroke_fails(behind_a_proxy: Deployment) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        page = browser.new_context(ignore_https_errors=True).new_page()
        steps = record(page, behind_a_proxy.url)
        browser.close()
    for _ in range(3):
        for pupil in asyncio.run(rolling(behind_a_proxy, [*steps["open"]], [*steps["stroke"]], 12)):
            assert pupil.failures == []
