"""A class that gives its digits: each pupil one every five seconds, and a projector shows them.

The pupils' clients open the page as a browser does, which was recorded, and then send what the pad in it
sends over HTTP. The projector is a Chromium with the wall open. "given" is from the press to the answer that
the class has the digit; "shown" from the press to the digit on the wall. Everything runs on one machine, the
clients and the Chromium beside the server.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import secrets
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.load import percentile
from benchmarks.replay import Pupil
from nnviz.core.identity import COOKIE
from nnviz.data import mnist
from tests.browser.finding import find
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.async_api import Page

EVERY = 5.0  # seconds between two digits of a pupil
LOOK = 5.0  # and between two looks whether collecting is open
WATCHED = 10  # every so many digits are waited for on the wall
SEED = 1
GOALS = {"given": {30: 200, 100: 500}, "shown": {30: 1000, 100: 1000}}  # ms, 95 of 100

Found = dict[str, list[float]]
Watch = asyncio.Queue[tuple[int, float]]


@dataclass
class Line:
    """A connection that a browser keeps for its questions, with its cookie."""

    host: str
    port: int
    cookie: str
    _open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, message: Any = None) -> tuple[int, Any]:
        """Status and answer of a question; with a message, of a POST."""
        body = b"" if message is None else json.dumps(message).encode()
        head = [
            f"{'GET' if message is None else 'POST'} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Cookie: {COOKIE}={self.cookie}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        if self._open is None:
            self._open = await asyncio.open_connection(self.host, self.port)
        reader, writer = self._open
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length"))
        return int(lines[0].split()[1]), json.loads(await reader.readexactly(length))

    def close(self) -> None:
        """Leave."""
        if self._open is not None:
            self._open[1].close()


async def pupil(
    line: Line,
    class_id: str,
    number: int,
    until: float,
    found: Found,
    watch: Watch,
) -> None:
    """Give digits until that time of the loop."""
    dice, digits = random.Random(1000 * SEED + number), mnist.embedded()
    loop = asyncio.get_running_loop()
    below = f"/nnviz/class/{class_id}"
    await asyncio.sleep(dice.random() * EVERY)
    _, standing = await line.ask(f"{below}/standing")
    while loop.time() < until:
        begun = loop.time()
        place = dice.randrange(len(digits))
        gift = {
            "once": secrets.token_hex(12),
            "label": standing["asked"],
            "digit": base64.b64encode(digits.images[place].tobytes()).decode(),
            "strokes": [{"width": 88, "erase": False, "points": [dice.randrange(1120) for _ in range(160)]}],
        }
        pressed = time.perf_counter()
        status, told = await line.ask(f"{below}/give", gift)
        found["given"].append(time.perf_counter() - pressed)
        if status != 200:
            found["refused"].append(0.0)
        else:
            standing = told
            if dice.randrange(WATCHED) == 0:
                watch.put_nowait((told["last"], pressed))
        await asyncio.sleep(max(0.0, begun + LOOK / 2 - loop.time()))
        await line.ask(f"{below}/standing")
        await asyncio.sleep(max(0.0, begun + EVERY - loop.time()))


async def watcher(page: Page, watch: Watch, found: Found) -> None:
    """See digits come on the wall."""
    while True:
        number, pressed = await watch.get()
        if watch.qsize() > 2:
            continue  # behind: it is the newest that tells
        await page.locator(f'[data-number="{number}"]').wait_for(state="attached", timeout=20_000)
        found["shown"].append(time.perf_counter() - pressed)


async def lesson(server: Server, n: int, seconds: float) -> tuple[Found, list[str]]:
    """A teacher begins a class, n pupils join it and give; what each step took, and what failed."""
    from playwright.async_api import async_playwright

    found: Found = defaultdict(list)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find(), args=["--no-sandbox", "--disable-gpu"]
        )
        projector = await (await browser.new_context(viewport={"width": 1920, "height": 1080})).new_page()
        await projector.goto(f"{server.url}/Class")
        await projector.get_by_role("button", name="Start a class").click()
        code = (await projector.get_by_test_id("class-code").inner_text()).replace(" ", "")
        opening, class_id = await _recorded(browser, f"{server.url}/Class?class={code}")
        await projector.get_by_role("tab", name="Wall").click()
        await projector.get_by_test_id("wall-totals").wait_for()
        with ThreadPoolExecutor(8) as pool:
            address = f"{server.url}/Class?class={code}"
            pupils = list(pool.map(lambda _: Pupil.arriving(address), range(n)))
        for each in pupils:
            each.url = server.url
        found["opened"] = await asyncio.gather(*(each.open(opening) for each in pupils))
        watch: Watch = asyncio.Queue()
        seeing = asyncio.create_task(watcher(projector, watch, found))
        until = asyncio.get_running_loop().time() + seconds
        lines = [Line("127.0.0.1", server.port, each.cookie) for each in pupils]
        await asyncio.gather(
            *(pupil(line, class_id, number, until, found, watch) for number, line in enumerate(lines))
        )
        seeing.cancel()
        for line in lines:
            line.close()
        await asyncio.gather(*(each.close() for each in pupils))
        await browser.close()
    return found, [failure for each in pupils for failure in each.failures]


async def _recorded(browser: Any, address: str) -> tuple[list[bytes], str]:
    """What a phone sends over its WebSocket as it opens the page of a class, and the class's id."""
    page = await (await browser.new_context(viewport={"width": 390, "height": 844})).new_page()
    sent: list[bytes] = []
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Network.enable")

    def note(event: dict[str, Any]) -> None:
        if event["response"]["opcode"] == 2:
            sent.append(base64.b64decode(event["response"]["payloadData"]))

    devtools.on("Network.webSocketFrameSent", note)
    async with page.expect_response(lambda response: "/standing" in response.url) as asked:
        await page.goto(address)
    class_id = (await asked.value).url.split("/class/")[1].split("/")[0]
    await page.wait_for_timeout(500)
    await page.context.close()
    return sent, class_id


def main() -> None:
    """Print a table for each number of pupils."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pupils", type=int, nargs="*", default=[30, 100])
    parser.add_argument("--seconds", type=float, default=60)
    given, _ = parser.parse_known_args()
    for n in given.pupils:
        with tempfile.TemporaryDirectory() as folder:
            server = Server(Path(folder)).start()
            try:
                found, failures = asyncio.run(lesson(server, n, given.seconds))
            finally:
                server.stop()
        print(f"{n} pupils, {given.seconds:.0f} s, seed {SEED}: milliseconds (median, 95 of 100, slowest)")
        for step in ("opened", "given", "shown"):
            _tell(step, n, found[step])
        print(f"            failed: {len(failures)}; refused: {len(found['refused'])}")


def _tell(step: str, n: int, values: Sequence[float]) -> None:
    if not values:
        return
    goal, reached = GOALS.get(step, {}).get(n), percentile(values, 95)
    told = f"  {'within' if reached <= goal else 'NOT within'} {goal}" if goal else ""
    print(
        f"{step:>18}  {percentile(values, 50):7.0f} {reached:7.0f} {1000 * max(values):7.0f}"
        f"  of {len(values):,}{told}"
    )


if __name__ == "__main__":
    main()
