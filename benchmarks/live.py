"""A network on thirty pads while it is trained: what those who look cost the server, and what comes to them.

A training of each kind is started from a page, which is then left. The server's own processor time (its
workers are other processes) is taken for a while with nobody looking and then with all of them, who ask at
the network's address once a second as a pad does. The goal: thirty cost less than a fifth of a core.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import struct
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.browser.acting import fill, idle, open_tab, opened
from tests.browser.finding import find
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MOST = 0.2  # of a core
EPOCHS = "1000"
KINDS = {"MLP": EPOCHS, "CNN": "200", "Autoencoder": EPOCHS}


@dataclass
class Looker:
    """One pad's questions: the bytes that came, how often the network was another, milliseconds each."""

    port: int
    job: str
    first: int = 0
    came: int = 0
    changes: int = 0
    took: list[float] = field(default_factory=list)

    def look(self, until: threading.Event, starts_in: float) -> None:
        """Ask once a second."""
        line = http.client.HTTPConnection("127.0.0.1", self.port)
        have = 0
        until.wait(starts_in)
        while not until.is_set():
            begun = time.perf_counter()
            line.request("GET", f"/nnviz/trainings/{self.job}?have={have}")
            body = line.getresponse().read()
            self.took.append(1000 * (time.perf_counter() - begun))
            (length,) = struct.unpack_from("<I", body)
            told = json.loads(body[4 : 4 + length])
            if have == 0:
                self.first = len(body)
            else:
                self.came += len(body)
                self.changes += told.get("number", have) != have
            have = told.get("number", have)
            until.wait(1 - (time.perf_counter() - begun))
        line.close()


def begin(browser: Browser, server: Server, page: str, epochs: str) -> str:
    """Start a training from its page, and leave it; its id."""
    tab = browser.new_page()
    opened(tab, f"{server.url}/{page}")
    open_tab(tab, "Train")
    fill(tab, "Epochs", epochs)
    tab.get_by_role("button", name="Train", exact=True).click()
    meant = tab.get_by_role("button", name="Start it all the same")
    tab.locator(".st-key-training").or_(meant).first.wait_for()
    if meant.is_visible():
        meant.click()
    tab.locator(".st-key-training").get_by_text(re.compile(r"Epoch \d+ of")).wait_for(timeout=120_000)
    tab.wait_for_function("() => /job=\\w+/.test(location.search)")
    found = re.search(r"job=(\w+)", tab.url)
    assert found
    idle(tab)
    tab.close()
    return found[1]


def share(process: psutil.Process, seconds: float) -> float:
    """Of a core, that the process takes in that time."""
    before = process.cpu_times()
    time.sleep(seconds)
    after = process.cpu_times()
    return float(after.user - before.user + after.system - before.system) / seconds


def wait_for_network(server: Server, job: str) -> None:
    """Look until the training has begun and its network can be seen: TensorFlow may have to be loaded."""
    end = time.monotonic() + 180
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{server.url}/nnviz/trainings/{job}", timeout=60) as answer:
            if len(answer.read()) > 10_000:
                return
        time.sleep(1)
    raise RuntimeError("The network of the training is not to be seen.")


def measure(server: Server, job: str, lookers: int, seconds: float) -> None:
    """Print what one training costs, looked at by nobody and by all."""
    process = psutil.Process(server.pid)
    wait_for_network(server, job)
    time.sleep(8)  # until the page that was left, and this look, are forgotten
    alone = share(process, seconds)
    over = threading.Event()
    everybody = [Looker(server.port, job) for _ in range(lookers)]
    threads = [
        threading.Thread(target=each.look, args=(over, n / lookers)) for n, each in enumerate(everybody)
    ]
    for thread in threads:
        thread.start()
    time.sleep(3)  # until all have the whole of it
    for each in everybody:
        each.came = each.changes = 0
        each.took.clear()
    beside = share(process, seconds)
    came, changes = sum(x.came for x in everybody), sum(x.changes for x in everybody)
    over.set()
    for thread in threads:
        thread.join()
    took = sorted(ms for each in everybody for ms in each.took)
    cost = beside - alone
    print(
        f"  nobody looks: {alone:.1%} of a core; {lookers} do: {beside:.1%}, which is {cost:.1%} more"
        f" ({'within' if cost <= MOST else 'NOT within'} {MOST:.0%})"
    )
    print(
        f"  to each: {everybody[0].first:,} bytes once, then {came / seconds / lookers:,.0f} bytes a second,"
        f" {changes / seconds / lookers:.2f} networks a second; an answer took {took[len(took) // 2]:.1f} ms,"
        f" the slowest {took[-1]:.0f}"
    )


def main() -> None:
    """Measure each kind of network."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lookers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kind", choices=KINDS, action="append", help="measure this one alone")
    given, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for page, epochs in KINDS.items():
            if given.kind and page not in given.kind:
                continue
            server = Server(Path(folder) / page).start()
            browser = playwright.chromium.launch(
                executable_path=find(), args=["--no-sandbox", "--disable-gpu"]
            )
            try:
                job = begin(browser, server, page, epochs)
                browser.close()
                print(f"{page}:")
                measure(server, job, given.lookers, given.seconds)
            finally:
                server.stop()


if __name__ == "__main__":
    main()
