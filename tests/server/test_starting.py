"""How the server is started."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from nnviz.server import application


def test_small_answers_do_not_wait_for_the_browser_to_acknowledge(monkeypatch: pytest.MonkeyPatch) -> None:
    without_delay: list[int] = []

    def serve_one(server: Any, sockets: list[socket.socket]) -> None:
        server.started = True
        listening = sockets[0]
        listening.setblocking(True)
        with socket.create_connection(listening.getsockname()[:2]), listening.accept()[0] as connection:
            without_delay.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr("uvicorn.Server.run", serve_one)
    application.serve("127.0.0.1", "0", ["--server.headless", "true"])
    assert without_delay == [1]
