"""What a real browser sends over its WebSocket, recorded once and sent again by any number of clients.

A client costs a hundredth of a browser, so two cores carry three hundred of them beside the server.
"""

from __future__ import annotations

import asyncio
import base64
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from nnviz.core.identity import COOKIE
from tests.browser.acting import DIGITS, idle, mouse_stroke
from tests.browser.finding import find

if TYPE_CHECKING:
    from playwright.sync_api import Page

Steps = Mapping[str, Sequence[bytes]]
_ANSWERED = {
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
}
_STROKES = 3  # different ones, sent in turn
_PATIENCE = 60.0  # seconds for an answer


def recorded(url: str) -> Steps:
    """The steps of a Chromium that is opened for it, at a desk's size."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        try:
            return record(browser.new_page(viewport={"width": 1280, "height": 900}), url)
        finally:
            browser.close()


def record(page: Page, url: str, *, trains: bool = True) -> Steps:
    """What a browser sends for each step: "open", "stroke", "CNN", "MLP", "why", "to train", "train"."""
    steps: dict[str, list[bytes]] = {}
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    now = "open"

    def sent(event: dict[str, Any]) -> None:
        if event["response"]["opcode"] == 2:
            steps.setdefault(now, []).append(base64.b64decode(event["response"]["payloadData"]))

    @contextmanager
    def step(name: str) -> Iterator[None]:
        nonlocal now
        now = name
        yield
        page.wait_for_timeout(1500)
        idle(page)

    devtools.on("Network.webSocketFrameSent", sent)
    with step("open"):
        page.goto(url)
        idle(page)
    for stroke in DIGITS[4][:_STROKES]:
        with step("stroke"):
            mouse_stroke(page, stroke)
    pages = page.get_by_role("navigation", name="Pages")
    for name in ("CNN", "MLP"):
        with step(name):
            pages.get_by_role("link", name=name).click()
    if not trains:
        return steps
    with step("to CNN"):
        pages.get_by_role("link", name="CNN").click()
    with step("why"):
        page.get_by_role("tab", name="Why this answer").click()
    with step("to MLP"):
        pages.get_by_role("link", name="MLP").click()
    with step("to train"):
        page.get_by_role("tab", name="Train").click()
    with step("train"):
        page.get_by_role("button", name="Train", exact=True).click()
    return steps


@dataclass
class Pupil:
    """A browser without its screen: connected as one, with a cookie of its own.

    Attributes
    ----------
    failures
        Runs of a script that the server says have failed, or that were not answered in a minute.
    received
        Bytes over the WebSocket.
    """

    url: str
    cookie: str
    failures: list[str] = field(default_factory=list)
    received: int = 0
    _line: ClientConnection | None = None

    @classmethod
    def arriving(cls, url: str) -> Pupil:
        """One whose browser has fetched the page, and has got its cookie with it."""
        with urllib.request.urlopen(url) as answer:
            cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE].value
        return cls(url, cookie)

    async def open(self, messages: Sequence[bytes]) -> float:
        """Connect, and run the first page; seconds until it has been run to its end."""
        begun = time.perf_counter()
        self._line = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            origin=Origin(self.url),
            subprotocols=[Subprotocol("streamlit")],
            additional_headers={"Cookie": f"{COOKIE}={self.cookie}"},
            max_size=None,
            compression=None,
        )
        for message in messages:
            await self.do(message)
        return time.perf_counter() - begun

    async def do(self, message: bytes) -> float:
        """Send one message; seconds until the run that it asks for is over."""
        assert self._line is not None
        begun = time.perf_counter()
        await self._line.send(message)
        if BackMsg.FromString(message).WhichOneof("type") != "rerun_script":
            return 0.0
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._finished(self._line)
        except TimeoutError:
            self.failures.append("no answer")
        return time.perf_counter() - begun

    async def listen(self, seconds: float) -> None:
        """Take what comes by itself, as a page that follows a training is sent it."""
        assert self._line is not None
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.received += len(await self._line.recv())
        except TimeoutError:
            pass

    async def close(self) -> None:
        """Leave."""
        if self._line is not None:
            await self._line.close()

    async def _finished(self, line: ClientConnection) -> None:
        while True:
            data = await line.recv()
            assert isinstance(data, bytes)
            self.received += len(data)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "script_finished":
                if message.script_finished in _ANSWERED:
                    return
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    self.failures.append("failed")
                    return
