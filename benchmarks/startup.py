"""How long from `streamlit run` to a pad that can be drawn on, in a real Chromium that is already open.

The clock starts with the server's process. "server" is up when it answers its health check, "page" when the
browser has loaded it, "pad" when the pad is there to draw on, "answer" when one stroke has been drawn and
the network's reading of it stands beside it. Every run is a fresh server and a fresh browser profile.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.acting import DIGITS, PAD, mouse_stroke
from tests.browser.finding import find
from tests.browser.serving import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RUNS = 5
LIMIT = 3.0  # seconds to a pad that can be drawn on, on 2 cores
STEPS = ("server", "page", "pad", "answer")
READING = '[data-testid="prediction-mlp"]'


def once(browser: Browser, home: Path) -> tuple[dict[str, float], str]:
    """Seconds from the start of the process to each step; and whether TensorFlow was in it afterwards."""
    server = Server(home)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    reached = {}
    started = time.perf_counter()
    try:
        server.start()
        reached["server"] = time.perf_counter() - started
        page.goto(server.url)
        reached["page"] = time.perf_counter() - started
        page.wait_for_selector(PAD)
        reached["pad"] = time.perf_counter() - started
        mouse_stroke(page, DIGITS[1][0])
        page.locator(READING).filter(has_text=re.compile(r"\d")).first.wait_for()
        reached["answer"] = time.perf_counter() - started
        return reached, tensorflow_in(server.pid)
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
    """Start the app RUNS times and print how long it took."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        runs = [once(browser, Path(folder) / str(number)) for number in range(RUNS)]
        browser.close()
    print(f"seconds from the start of the process, median of {RUNS} (fastest to slowest)")
    for step in STEPS:
        seconds = sorted(reached[step] for reached, _ in runs)
        print(f"{step:>8}  {statistics.median(seconds):5.2f}  ({seconds[0]:.2f} to {seconds[-1]:.2f})")
    pad = statistics.median(reached["pad"] for reached, _ in runs)
    print(f"a pad to draw on {'within' if pad < LIMIT else 'NOT within'} {LIMIT:.0f} s")
    print(f"TensorFlow in the server's process: {', '.join(sorted({loaded for _, loaded in runs}))}")


if __name__ == "__main__":
    main()
