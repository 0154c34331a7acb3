"""The pad on a phone with a thin line, beside a bare Streamlit page under the same conditions.

Chromium holds the line to 1.6 Mbit/s down, 0.75 up and 150 ms there and back, and the processor to a
quarter of its speed. Cold is a browser profile that has never been here, warm is the same one again. The
bare page is there when its one line of text is; of ours, "pad" is when it takes strokes, and "networks"
when one stroke has been drawn and every network on the pad has read it. "back" is the pad again after
another page of the app. The two take turns.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.acting import DIGITS, PAD, mouse_stroke
from tests.browser.finding import find
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROUNDS = 3
COLD, WARM = 12.0, 4.0  # seconds to the pad with all its networks
LINE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER = 4  # than this machine's processor
BARE = "import streamlit as st\n\nst.write('A bare page')\n"
READINGS = ("prediction-mlp", "prediction-cnn", "prediction-autoencoder")
Seconds = dict[str, list[float]]


def opened(context: BrowserContext) -> tuple[Page, list[int]]:
    """A tab behind the thin line, and the bytes that come to it: over HTTP, over the WebSocket."""
    page = context.new_page()
    page.set_default_timeout(180_000)
    devtools = context.new_cdp_session(page)
    came = [0, 0]

    def received(event: dict[str, Any]) -> None:
        came[1] += len(event["response"]["payloadData"])

    def finished(event: dict[str, Any]) -> None:
        came[0] += int(event["encodedDataLength"])

    devtools.on("Network.webSocketFrameReceived", received)
    devtools.on("Network.loadingFinished", finished)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", LINE)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page, came


def bare(context: BrowserContext, url: str, when: str, seconds: Seconds) -> None:
    """Visit the bare page once."""
    page, came = opened(context)
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_text("A bare page").wait_for()
    seconds[f"bare page, {when}"].append(time.perf_counter() - started)
    seconds[f"bare page, {when}, kB"].append(sum(came) / 1000)
    page.close()


def ours(context: BrowserContext, url: str, when: str, seconds: Seconds) -> None:
    """Visit the pad once, and after a warm visit go to another page and back."""
    page, came = opened(context)
    started = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(PAD)
    seconds[f"ours, {when}, pad"].append(time.perf_counter() - started)
    mouse_stroke(page, DIGITS[1][0])
    all_read(page)
    seconds[f"ours, {when}, networks"].append(time.perf_counter() - started)
    seconds[f"ours, {when}, kB"].append(sum(came) / 1000)
    if when == "warm":
        page.get_by_role("link", name=re.compile("History")).first.click()
        page.get_by_role("heading", name="History").wait_for()
        page.wait_for_timeout(2000)
        before, started = sum(came), time.perf_counter()
        page.get_by_role("link", name=re.compile("Draw")).first.click()
        all_read(page)
        seconds["ours, back, networks"].append(time.perf_counter() - started)
        seconds["ours, back, kB"].append((sum(came) - before) / 1000)
    page.close()


def all_read(page: Page) -> None:
    """Wait until every network on the pad has read what is drawn."""
    for reading in READINGS:
        page.get_by_test_id(reading).filter(has_text=re.compile(r"\d")).first.wait_for()


def once(browser: Browser, servers: tuple[Server, Server], seconds: Seconds) -> None:
    """One cold and one warm visit of each."""
    for visit, server in zip((bare, ours), servers, strict=True):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        for when in ("cold", "warm"):
            visit(context, server.url, when, seconds)
        context.close()


def main() -> None:
    """Measure in turns, and print medians."""
    from playwright.sync_api import sync_playwright

    seconds: Seconds = defaultdict(list)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(BARE, encoding="utf-8")
        servers = (
            Server(Path(folder) / "bare", script=script).start(),
            Server(Path(folder) / "ours").start(),
        )
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        try:
            for _ in range(ROUNDS):
                once(browser, servers, seconds)
        finally:
            browser.close()
            for server in servers:
                server.stop()
    print(f"1.6 Mbit/s, 150 ms, a processor of a quarter of the speed; medians of {ROUNDS} rounds")
    for name, values in seconds.items():
        shown = f"{statistics.median(values):8.1f}  ({min(values):.1f} to {max(values):.1f})"
        print(f"{name:28}{shown}")
    for when, limit in (("cold", COLD), ("warm", WARM)):
        mine = statistics.median(seconds[f"ours, {when}, networks"])
        beside = mine / statistics.median(seconds[f"bare page, {when}"])
        verdict = "within" if mine <= limit else "NOT within"
        print(f"{when}: {verdict} {limit:.0f} s, {beside:.2f} times a bare page")


if __name__ == "__main__":
    main()
