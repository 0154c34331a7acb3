"""How long from `streamlit run` to a pad that can be drawn on, in a real Chromium that is already open.

The clock starts with the server's process. "server" is up when it answers its health check, "page" when the
browser has loaded it, "pad" when the pad takes strokes, "answer" when one stroke has been drawn and the
network's reading of it stands beside it. Every run is a fresh server and a fresh browser profile, and its
second visit is timed from the moment the address is entered. Traffic is what has reached the browser by the
answer: responses of the server, with their headers, and messages over the WebSocket.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.browser.acting import DIGITS, PAD, mouse_stroke
from tests.browser.finding import find
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

RUNS = 5
LIMIT = 3.0  # seconds to a pad that can be drawn on, on 2 cores
OURS = ("/bidi-components/", "/nnviz/")  # addresses of components' modules and of networks
READING = '[data-testid="prediction-mlp"]'


@dataclass
class Visit:
    """Seconds to each step, and what came over the network until the last of them."""

    seconds: dict[str, float] = field(default_factory=dict)
    requests: int = 0
    components: int = 0  # of the requests, those for the components' modules and the networks
    kilobytes: float = 0
    socket_kilobytes: float = 0
    work: float = 0  # seconds of the server's processor, from its start or from the visit's


def visit(context: BrowserContext, server: Server, started: float, seconds: dict[str, float]) -> Visit:
    """Open the app in a new tab, draw a stroke and wait for its reading."""
    page = context.new_page()
    found = Visit(dict(seconds))
    devtools = context.new_cdp_session(page)
    asked: dict[str, str] = {}

    def finished(event: dict[str, Any]) -> None:
        if event["encodedDataLength"]:  # nothing, when it comes out of the browser's cache
            found.requests += 1
            found.components += any(place in asked.get(event["requestId"], "") for place in OURS)
            found.kilobytes += event["encodedDataLength"] / 1000

    def received(event: dict[str, Any]) -> None:
        text = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2
        found.socket_kilobytes += len(text) * (0.75 if binary else 1) / 1000

    devtools.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))
    devtools.on("Network.loadingFinished", finished)
    devtools.on("Network.webSocketFrameReceived", received)
    devtools.send("Network.enable")
    before = processor_seconds(server.pid) if not seconds else 0.0
    page.goto(server.url)
    found.seconds["page"] = time.perf_counter() - started
    page.wait_for_selector(PAD)  # hidden until it takes strokes
    found.seconds["pad"] = time.perf_counter() - started
    mouse_stroke(page, DIGITS[1][0])
    page.locator(READING).filter(has_text=re.compile(r"\d")).first.wait_for()
    found.seconds["answer"] = time.perf_counter() - started
    page.close()
    found.work = processor_seconds(server.pid) - before
    return found


def processor_seconds(pid: int) -> float:
    """Seconds that a process has used so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def once(browser: Browser, home: Path) -> tuple[Visit, Visit, str]:
    """The first and the second visit of a new server; and whether TensorFlow was in it afterwards."""
    server = Server(home)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    started = time.perf_counter()
    try:
        server.start()
        first = visit(context, server, started, {"server": time.perf_counter() - started})
        second = visit(context, server, time.perf_counter(), {})
        return first, second, tensorflow_in(server.pid)
    finally:
        context.close()
        server.stop()


def tensorflow_in(pid: int) -> str:
    """Whether a process has TensorFlow's libraries loaded, as far as the system tells."""
    maps = Path(f"/proc/{pid}/maps")
    if not maps.is_file():
        return "not known"
    return "yes" if "tensorflow" in maps.read_text() else "no"


def main() -> None:
    """Start the app so many times and print how long it took."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=RUNS)
    given, _ = parser.parse_known_args()

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        runs = [once(browser, Path(folder) / str(number)) for number in range(given.runs)]
        browser.close()
    tell("first visit, from the start of the process", [first for first, _, _ in runs])
    tell("second visit", [second for _, second, _ in runs])
    pad = statistics.median(first.seconds["pad"] for first, _, _ in runs)
    print(f"a pad to draw on {'within' if pad < LIMIT else 'NOT within'} {LIMIT:.0f} s")
    print(f"TensorFlow in the server's process: {', '.join(sorted({loaded for _, _, loaded in runs}))}")


def tell(name: str, visits: list[Visit]) -> None:
    """Print the medians of some visits."""
    print(f"{name}: seconds, median of {len(visits)} (fastest to slowest)")
    for step in visits[0].seconds:
        seconds = sorted(each.seconds[step] for each in visits)
        print(f"{step:>8}  {statistics.median(seconds):5.2f}  ({seconds[0]:.2f} to {seconds[-1]:.2f})")
    median = {
        what: statistics.median(getattr(each, what) for each in visits)
        for what in ("requests", "components", "kilobytes", "socket_kilobytes", "work")
    }
    print(
        f"          {median['requests']:.0f} requests ({median['components']:.0f} for components) of "
        f"{median['kilobytes']:,.0f} kB, and {median['socket_kilobytes']:,.0f} kB over the WebSocket; "
        f"{median['work']:.2f} s of the server's processor"
    )


if __name__ == "__main__":
    main()
