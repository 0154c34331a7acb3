"""Whoever looks after a server is told whether it is ready, what it measured, and what its log says."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from nnviz.core import measures
from nnviz.history import repository
from nnviz.server import base_path, checks, logs
from nnviz.server.base_path import OwnRoutesBelow
from nnviz.server.protection import Protection
from nnviz.server.routes import routes
from tests.server.asking import ask

HOST = {"host": "localhost"}


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    for name in ("NNVIZ_DATABASE_URL", "NNVIZ_DASK_SCHEDULER", "NNVIZ_METRICS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    checks.forget()
    measures.forget()
    yield
    checks.forget()
    measures.forget()
    repository.close()


def own_app() -> Starlette:
    layers = [Middleware(Protection), Middleware(OwnRoutesBelow, "/nnviz")]
    return Starlette(routes=routes("/nnviz"), middleware=layers)


def test_a_server_that_lacks_nothing_is_ready() -> None:
    answer = ask(own_app(), "/nnviz/ready", **HOST)
    assert (answer.status, json.loads(answer.body)) == (200, {"ready": True, "missing": {}})


@pytest.mark.parametrize(
    ("setting", "value", "part"),
    [
        ("NNVIZ_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "database"),
        ("NNVIZ_DASK_SCHEDULER", "tcp://127.0.0.1:1", "scheduler"),
    ],
)
def test_what_is_missing_is_named_and_strangers_hear_only_its_name(
    setting: str, value: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting, value)
    here = ask(own_app(), "/nnviz/ready", **HOST)
    assert here.status == 503
    assert list(json.loads(here.body)["missing"]) == [part]
    assert json.loads(here.body)["missing"][part].endswith(".")
    assert json.loads(ask(own_app(), "/nnviz/ready", client="10.0.0.7", **HOST).body)["missing"] == [part]


def test_missing_models_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnviz.core.paths.shipped", lambda: tmp_path)
    (tmp_path / "lost.json").write_text("{}")
    assert [each.part for each in checks.quickly() if not each.right] == ["models"]
    assert "lost" in checks.models().words


@pytest.mark.parametrize(
    ("client", "more", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"x_forwarded_for": "10.0.0.7"}, 403),
        ("10.0.0.7", {}, 403),
        ("10.0.0.7", {"authorization": "Bearer right"}, 200),
        ("10.0.0.7", {"authorization": "Bearer wrong"}, 403),
    ],
)
@pytest.mark.parametrize("above", ["", "/digits"])
def test_metrics_are_for_this_computer_and_for_whoever_has_the_token(
    client: str, more: dict[str, str], status: int, above: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_path.config, "get_option", lambda _: above.strip("/"))
    monkeypatch.setenv("NNVIZ_METRICS_TOKEN", "right")
    for path in ("/nnviz/metrics", "/_stcore/metrics"):
        answer = ask(own_app(), above + path, client=client, **HOST, **more)
        assert answer.status == (404 if status == 200 and "_stcore" in path else status)


def test_without_a_token_no_token_is_right() -> None:
    answer = ask(own_app(), "/nnviz/metrics", client="10.0.0.7", authorization="Bearer ", **HOST)
    assert answer.status == 403


def test_what_was_counted_and_timed_is_told_as_prometheus_reads_it() -> None:
    for hundredths in range(100):
        measures.took("nnviz_stroke_seconds", hundredths / 100)
    measures.count("nnviz_jobs_total", kind="mlp", state='a "quoted\\ \nstate')
    lines = ask(own_app(), "/nnviz/metrics", **HOST).body.decode().splitlines()
    assert "# TYPE nnviz_stroke_seconds summary" in lines
    assert 'nnviz_stroke_seconds{quantile="0.95"} 0.95' in lines
    assert "nnviz_stroke_seconds_count 100" in lines
    assert 'nnviz_jobs_total{kind="mlp",state="a \\"quoted\\\\ \\nstate"} 1.0' in lines
    assert 'nnviz_jobs{state="queued"} 0.0' in lines
    assert "nnviz_sessions 0.0" in lines


def test_only_the_last_times_count_for_a_percentile() -> None:
    for seconds in [9.0] * 50 + [1.0] * measures.KEPT:
        measures.took("nnviz_page_seconds", seconds)
    assert 'quantile="0.99"} 1.0' in measures.told({"nnviz_page_seconds": "x"}, ())


def test_a_log_of_json_has_no_address_in_it() -> None:
    try:
        raise ValueError("from 10.1.2.3:4567")
    except ValueError:
        record = logging.LogRecord(
            "nnviz.x",
            logging.ERROR,
            __file__,
            1,
            "%s - [2001:db8::1]:80 said no",
            ("192.168.0.9",),
            sys.exc_info(),
        )
    line = logs.AsJson().format(record)
    told = json.loads(line)
    assert "\n" not in line
    assert told["message"] == "(address) - (address) said no"
    assert told["level"] == "error"
    assert "session" not in told
    assert "10.1.2.3" not in line
