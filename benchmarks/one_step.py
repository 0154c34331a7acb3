"""From a move of the learning rate to the painted frame: the MLP page's tab "One step" in a real Chromium.

The slider of the last station is moved a hundred times. Told is the time from its event to the first task
after the frame that shows what became of the digit and of a hundred others: the median and the slowest.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.browser.acting import open_tab, opened
from tests.browser.finding import find
from tests.browser.serving import Server

MOVES = 100
MEDIAN = 50.0  # milliseconds, so that a picture follows the finger
MOVE = """(slider, moves) => new Promise((done) => {
    const taken = [];
    const next = () => {
        if (taken.length === moves) return done(taken);
        slider.value = String(-4 + 6 * ((taken.length * 37) % moves) / moves);
        const start = performance.now();
        slider.dispatchEvent(new Event("input"));
        requestAnimationFrame(() => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => {
                taken.push(performance.now() - start);
                next();
            };
            port2.postMessage(null);
        });
    };
    next();
})"""


def main() -> None:
    """Measure, and print two lines."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="twenty moves instead of a hundred")
    moves = 20 if parser.parse_args().quick else MOVES
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(Path(home)).start()
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            opened(page, f"{server.url}/MLP")
            open_tab(page, "One step")
            page.get_by_role("button", name="5. The step").click()
            page.get_by_test_id("verdict").wait_for()
            taken = page.get_by_test_id("rate").evaluate(MOVE, moves)
        finally:
            browser.close()
            server.stop()
    median = statistics.median(taken)
    verdict = "under" if median < MEDIAN else "OVER"
    print(f"{'a move of the learning rate, ms':34}{'median':>10}{'slowest':>10}")
    print(f"{'to the painted frame':34}{median:>10.1f}{max(taken):>10.1f}   {verdict} {MEDIAN:g} ms")


if __name__ == "__main__":
    main()
