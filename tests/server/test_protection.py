"""Who is answered, what a page may load, and what is nobody's business."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from nnviz.components.faults import Seldom
from nnviz.server import protection
from nnviz.server.html_head import OwnHead
from nnviz.server.protection import Protection, is_known_host
from tests.server.asking import ask

PAGE = "<html><head><script>let a = 1;</script></head><body></body></html>"


def app() -> Protection:
    inner = Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse(PAGE)),
            Route("/media/a.svg", lambda _: Response("<svg/>", media_type="image/svg+xml")),
            Route("/static/a.js", lambda _: Response("1", media_type="text/javascript")),
            Route("/_stcore/metrics", lambda _: PlainTextResponse("sessions 3")),
            Route("/_stcore/agent/openapi.json", lambda _: PlainTextResponse("{}")),
        ]
    )
    return Protection(OwnHead(inner))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8501", "localhost:8501", "[::1]:8501", "192.168.1.20", "10.0.0.7:80",
        "teacher-laptop:8501", "teacher.local:8501", "nn.school.internal", "[fe80::1]:8501",
    ],
)  # fmt: skip
def test_a_classroom_needs_no_setting_for_its_addresses(host: str) -> None:
    assert is_known_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com", "127.0.0.1.nip.io:8501", "localhost.evil.org", "evil.org:8501", "", "a b",
        "x@localhost", "evillocal.org", "[::1", "localhost:99999999", "local.", "evil.com.", "127.0.0.1.",
    ],
)  # fmt: skip
def test_a_name_of_the_internet_is_not_answered(host: str) -> None:
    assert not is_known_host(host)
    answer = ask(app(), "/", host=host)
    assert answer.status == 421
    assert b"NNVIZ_HOSTS" in answer.body


def test_a_name_of_the_internet_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(protection.HOSTS, "digits.school.org, other.org")
    assert ask(app(), "/", host="digits.school.org").status == 200
    assert ask(app(), "/", host="digits.school.org.evil.com").status == 421


@given(st.text(max_size=60))
def test_no_host_makes_an_error(host: str) -> None:
    assert is_known_host(host) in (True, False)


def test_a_websocket_of_a_foreign_page_is_closed_before_anybody_listens() -> None:
    sent: list[Message] = []

    async def inner(*_: Any) -> None:
        raise AssertionError("asked")

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/_stcore/stream", "headers": [(b"host", b"evil.org")]}
    asyncio.run(Protection(inner)(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_a_page_runs_the_scripts_it_came_with_and_shows_pictures_of_this_server_only() -> None:
    answer = ask(app(), "/", host="127.0.0.1:8501")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    allowed = set(re.findall(r"'sha256-([^']+)'", policy["script-src"]))
    scripts = re.findall(rb"<script>(.*?)</script>", answer.body, re.DOTALL)
    assert len(scripts) == 2  # the page's own, and ours
    assert allowed == {base64.b64encode(hashlib.sha256(each).digest()).decode() for each in scripts}
    assert "unsafe" not in policy["script-src"]
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["frame-ancestors"] == "'none'"
    assert "ws://127.0.0.1:8501" in policy["connect-src"]
    assert answer.headers["x-frame-options"] == "DENY"


def test_sites_that_may_show_the_app_inside_theirs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(protection.FRAMES, "https://moodle.school.org x;script-src")
    answer = ask(app(), "/", host="localhost")
    assert answer.headers["content-security-policy"].endswith("frame-ancestors https://moodle.school.org")
    assert "x-frame-options" not in answer.headers


def test_a_picture_opened_by_itself_may_run_nothing() -> None:
    answer = ask(app(), "/media/a.svg", host="localhost")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in ask(app(), "/static/a.js", host="localhost").headers


def test_counts_of_the_server_are_told_to_its_own_computer_only() -> None:
    assert ask(app(), "/_stcore/metrics", host="localhost").body == b"sessions 3"
    assert ask(app(), "/_stcore/metrics", host="localhost", x_forwarded_for="10.0.0.3").status == 403
    assert ask(app(), "/_stcore/metrics", client="10.0.0.3", host="localhost").status == 403
    assert ask(app(), "/_stcore/agent/openapi.json", host="localhost").status == 404


def test_a_log_does_not_fill_up_with_one_fault() -> None:
    seldom = Seldom(seconds=60)
    record = logging.makeLogRecord({"name": "asyncio", "msg": "socket.accept() out of system resource"})
    other = logging.makeLogRecord({"name": "asyncio", "msg": "something else"})
    assert [seldom.filter(record) for _ in range(1000)].count(True) == 1
    assert seldom.filter(other)
