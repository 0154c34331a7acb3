"""What a worker process of ours writes into the server's log, and what it keeps to itself."""

from __future__ import annotations

import logging

import pytest

from nnviz.jobs import worker


def test_a_lost_heartbeat_is_no_news_and_any_other_error_is(monkeypatch: pytest.MonkeyPatch) -> None:
    log = logging.getLogger("distributed.worker")
    heard: list[str] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", lambda record: heard.append(record.getMessage()))
    monkeypatch.setattr(log, "filters", [])
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
