"""From a move of the pointer to the painted frame: thirty seconds of drawing in a real Chromium.

A mouse draws the ten digits over and over on the home page. Told are the time from each pointer event to the
frame that shows what three networks make of it (the median and the 95th percentile), what the server's
processor did meanwhile, and how many bytes went over the wire, before and while drawing.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.browser.acting import DIGITS, PAD, idle, mouse_stroke
from tests.browser.finding import find
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECONDS = 30
MEDIAN, MOST = 16.0, 33.0  # milliseconds that a frame may take
# One clock starts when the page is given the event, before the pad has it. The other starts with the event's
# own time stamp: it has in it how long the browser keeps an event until the screen's next frame is due, up to
# 16.7 ms, whatever a page does. Both end with the first task after the frame's painting. Of the events that
# make one frame together the first is told.
WATCH = """() => {
    const frames = (globalThis.measured = []);
    let first = null;
    addEventListener("pointermove", (event) => {
        if (event.buttons === 0 || first !== null) return;
        first = [performance.now(), event.timeStamp];
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
                frames.push(first.map((start) => performance.now() - start));
                first = null;
            };
            port2.postMessage(null);
        });
    }, { capture: true });
}"""


class Traffic:
    """Bytes over the page's WebSocket, there and back."""

    def __init__(self, page: Page) -> None:
        self.sent = self.received = 0
        page.on("websocket", self._listen)

    def _listen(self, socket: Any) -> None:
        socket.on("framesent", lambda frame: self._count("sent", frame))
        socket.on("framereceived", lambda frame: self._count("received", frame))

    def _count(self, way: str, frame: str | bytes) -> None:
        setattr(self, way, getattr(self, way) + len(frame))


def processor_seconds(pid: int) -> float:
    """What the process and its children have used of the processors so far."""
    process = psutil.Process(pid)
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


def drawn(page: Page, seconds: float) -> int:
    """Draws digits for so long; returns how many."""
    end = time.perf_counter() + seconds
    for count in itertools.count():
        for stroke in DIGITS[count % 10]:
            mouse_stroke(page, stroke)
        page.get_by_test_id("pad-clear").click()
        if time.perf_counter() > end:
            return count + 1
    raise AssertionError


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="five seconds instead of thirty")
    seconds = 5 if parser.parse_args().quick else SECONDS
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        traffic = Traffic(page)
        try:
            page.goto(server.url)
            page.wait_for_selector(PAD)
            idle(page)
            page.get_by_test_id("prediction-autoencoder").wait_for()
            page.evaluate(WATCH)
            first = traffic.received
            drawn(page, 2)  # until the browser has compiled what runs often
            page.evaluate("() => { measured.length = 0; }")
            before, sent, received = processor_seconds(server.pid), traffic.sent, traffic.received
            digits = drawn(page, seconds)
            used = processor_seconds(server.pid) - before
            frames = page.evaluate("measured")
        finally:
            browser.close()
            server.stop()
    worked, waited = zip(*frames, strict=True)
    median, slow = statistics.median(worked), _slow(worked)
    print(f"{digits} digits in {seconds} s, {len(frames)} frames, three networks in each")
    print(f"pointer to painted frame: median {median:.1f} ms ({_verdict(median, MEDIAN)}), ", end="")
    print(f"95th percentile {slow:.1f} ms ({_verdict(slow, MOST)})")
    kept = f"{statistics.median(waited):.1f} and {_slow(waited):.1f} ms"
    print(f"with the wait for the screen's next frame: {kept}")
    print(f"the server's processors: {used:.2f} s of {seconds} s")
    print(
        f"bytes received: {first:,} to open the page, {traffic.received - received:,} while drawing; ", end=""
    )
    print(f"sent while drawing: {traffic.sent - sent:,} bytes")


def _slow(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


def _verdict(value: float, limit: float) -> str:
    return f"{'under' if value < limit else 'OVER'} {limit:.0f}"


if __name__ == "__main__":
    main()
