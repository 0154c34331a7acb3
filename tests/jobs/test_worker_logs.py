"""What a worker process of ours writes into the server's log, and what it keeps to itself."""

from __future__ import annotations

import logging
import subprocess
import sys

import psutil
import pytest

from nnviz.jobs import worker


def test_a_lost_heartbeat_is_no_news_and_any_other_error_is(monkeypatch: pytest.MonkeyPatch) -> None:
    log = logging.getLogger("distributed.worker")
    heard: list[str] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", lambda record: heard.append(record.getMessage()))
    monkeypatch.setattr(log, "filters", [])
    monkeypatch.setattr(worker, "_give_way", lambda: None)  # of this process
    log.addHandler(handler)
    level = logging.getLogger("distributed.worker.state_machine").level
    try:
        log.error("Failed to communicate with scheduler during heartbeat.")
        worker.dask_setup(None)
        log.error("Failed to communicate with scheduler during heartbeat.")
        log.error("Out of memory")
    finally:
        log.removeHandler(handler)
        logging.getLogger("distributed.worker.state_machine").setLevel(level)
    assert heard == ["Failed to communicate with scheduler during heartbeat.", "Out of memory"]


@pytest.mark.skipif(not psutil.POSIX, reason="reads the niceness of POSIX")
def test_a_worker_lets_the_server_go_first() -> None:
    code = "import psutil; from nnviz.jobs import worker; worker._give_way(); print(psutil.Process().nice())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > psutil.Process().nice()
