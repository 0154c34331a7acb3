"""What is said over a WebSocket: too fast and it waits; far too fast, and it is not heard."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from nnviz.core import pace
from nnviz.core.identity import COOKIE, owner_of_secret
from nnviz.server import frames


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that messages were held up, for none of which a test waits; somebody else is at work."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(frames.asyncio, "sleep", sleep)
    monkeypatch.setattr(pace, "PACE", pace.Pace())
    pace.PACE.ask("other", pace.PART)
    return found


def talk(sent: list[bytes], secret: str) -> tuple[int, list[Message]]:
    """How many of these messages Streamlit hears, and what the browser is sent."""
    heard: list[Message] = []
    answers: list[Message] = []
    left = [{"type": "websocket.receive", "bytes": each} for each in sent]

    async def streamlit(_: Scope, receive: Receive, __: Send) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            heard.append(message)

    async def receive() -> Any:
        return left.pop(0) if left else {"type": "websocket.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(b"cookie", f"{COOKIE}={secret}".encode())]
    scope = {"type": "websocket", "path": "/", "headers": headers, "client": ("10.0.0.9", 5)}
    asyncio.run(frames.Frames(streamlit)(scope, receive, send))
    return len(heard), answers


def rerun(fragment: str = "", more: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.query_string, message.rerun_script.fragment_id = more, fragment
    return message.SerializeToString()


def test_pages_without_end_wait_and_then_are_not_heard(waits: list[float]) -> None:
    secret = secrets.token_urlsafe(32)
    heard, answers = talk([rerun()] * 100, secret)
    assert heard == pytest.approx(pace.FIRST + pace.OWED, abs=1)
    assert len(waits) == pytest.approx(pace.OWED, abs=1)
    assert [answer["code"] for answer in answers] == [1013]
    assert pace.PACE.is_slowed(owner_of_secret(secret))


def test_strokes_and_looks_at_a_training_do_not_wait(waits: list[float]) -> None:
    heard, answers = talk([rerun("pad")] * 150, secrets.token_urlsafe(32))
    assert (heard, waits, answers) == (150, [], [])


def test_large_messages_wait_like_pages(waits: list[float]) -> None:
    talk([rerun("pad", "x" * 1_000_000)] * 20, secrets.token_urlsafe(32))
    each = pace.PAGE + 1_000_000 / pace.BYTES
    assert len(waits) == pytest.approx(pace.OWED / each, abs=1)


def test_connections_without_end_are_refused_before_there_is_a_session(waits: list[float]) -> None:
    talks = [talk([rerun()], secret="") for _ in range(60)]  # of a browser that keeps no cookie
    refused = [answers for heard, answers in talks if not heard]
    assert talks[0] == (1, [])
    assert len(refused) > 5
    assert refused[-1] == [{"type": "websocket.close", "code": 1013, "reason": ""}]
    assert talk([rerun()], secrets.token_urlsafe(32)) == (1, []), "a pupil at the same address is let in"
