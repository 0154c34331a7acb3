"""What people draw, read by each network: strokes of writers it never learned from, drawn on the real pad.

The strokes are those of the six held-back writers of the pen data set (`training/pen_pictures.py` says where
it is to be had). A mouse draws each digit on the home page, in a size, at a place, with a slant and with a
pen of a width of its own. What the networks on the pad answer is read off the page; the digit is read off it
too, the 28 x 28 pixels, and given to every other shipped network.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnviz.core import kinds
from nnviz.core.records import Array
from nnviz.inference.graph import Network
from nnviz.model_store import formats, store
from tests.browser.acting import PAD, idle
from tests.browser.finding import find
from tests.browser.serving import Server
from training import pen_pictures
from training.unipen import PenDigit

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEED = 42
DIGITS = 300
WANTED = 0.97  # of cnn_best
ON_PAD = {"mlp": "mlp", "cnn": "cnn_best"}  # slots and the networks in them
WIDTHS, HEIGHTS, SLANTS = (12, 30), (90, 220), (-0.25, 0.25)  # units of the paper's 280; columns a row
GREYS = "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)"
# The answers as they stand once the last stroke has been painted.
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def chosen(count: int, rng: np.random.Generator) -> list[PenDigit]:
    """So many digits of the held-back writers, the same number of each as far as there are."""
    held_back = pen_pictures.written_by(pen_pictures.read(), pen_pictures.TESTERS)
    order = rng.permutation(len(held_back))
    turn = {digit: [i for i in order if held_back[i].label == digit] for digit in range(10)}
    rounds = [turn[digit][place] for place in range(len(order)) for digit in turn if place < len(turn[digit])]
    return [held_back[i] for i in rounds[:count]]


def on_paper(digit: PenDigit, width: float, rng: np.random.Generator) -> list[Array]:
    """Its strokes in units of the paper, (n, 2) each: slanted, of some height, somewhere it fits."""
    slant = np.array([[1.0, 0.0], [rng.uniform(*SLANTS), 1.0]])
    strokes = [stroke @ slant for stroke in digit.strokes]
    points = np.concatenate(strokes)
    low, span = points.min(0), np.maximum(np.ptp(points, axis=0), 1)
    room = 280 - width
    scale = min(rng.uniform(*HEIGHTS) / span[1], room / span[0])
    corner = width / 2 + rng.uniform(0, 1, 2) * (room - scale * span)
    return [(stroke - low) * scale + corner for stroke in strokes]


def draw(page: Page, strokes: Sequence[Array], width: float) -> None:
    """With the mouse, on an empty pad."""
    clear = page.get_by_test_id("pad-clear")
    if clear.is_enabled():
        clear.click()
    page.get_by_test_id("pad-width").fill(str(round(width)))
    box = page.locator(PAD).bounding_box()
    assert box is not None
    for stroke in strokes:
        places = stroke * (box["width"] / 280) + (box["x"], box["y"])
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
    page.evaluate(SETTLED)


def answer(page: Page, slot: str) -> int:
    """The digit that the network in that slot reads, as the page says it; -1 for none."""
    label = page.get_by_test_id(f"prediction-{slot}").get_attribute("aria-label") or ""
    found = re.search(r" reads (\d), ", label)
    return int(found[1]) if found else -1


def networks() -> dict[str, Network]:
    """Every shipped network that reads."""
    shipped = [
        entry
        for entry in store.entries()
        if entry.origin == "shipped" and kinds.kind_of(entry.card.kind).classifies
    ]
    return {entry.name: formats.read_network(entry.path) for entry in shipped}


def replayed(page: Page, count: int) -> tuple[Array, dict[str, Array], Array]:
    """What the networks on the pad answer to digits that are drawn on it.

    Returns
    -------
    tuple[Array, dict[str, Array], Array]
        Labels (n,), the answers of the networks, (n,) each, and the digits, (n, 784) in [0, 1].
    """
    rng = np.random.default_rng(SEED)
    digits = chosen(count, rng)
    answers: dict[str, list[int]] = {name: [] for name in ON_PAD.values()}
    seen = []
    for digit in digits:
        width = float(rng.uniform(*WIDTHS))
        draw(page, on_paper(digit, width, rng), width)
        for slot, name in ON_PAD.items():
            answers[name].append(answer(page, slot))
        seen.append(page.get_by_test_id("seen").evaluate(GREYS))
    labels = np.array([digit.label for digit in digits])
    return labels, {name: np.array(found) for name, found in answers.items()}, np.array(seen) / 255


def main() -> None:
    """Draw, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="30 digits")
    parser.add_argument("--all", action="store_true", help="every digit of the held-back writers, some 1,500")
    options = parser.parse_args()
    count = 30 if options.quick else 10_000 if options.all else DIGITS
    try:
        pen_pictures.read()
    except FileNotFoundError as error:
        print(error)
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-gpu"])
        try:
            page: Any = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(server.url)
            page.wait_for_selector(PAD)
            idle(page)
            page.get_by_test_id("prediction-cnn").wait_for()
            labels, answers, digits = replayed(page, count)
        finally:
            browser.close()
            server.stop()
    writers = ", ".join(map(str, pen_pictures.TESTERS))
    print(f"{len(labels)} digits of the writers {writers}; seed {SEED}; in units of the pad's 280:")
    print(f"pens from {WIDTHS[0]} to {WIDTHS[1]} wide, digits from {HEIGHTS[0]} to {HEIGHTS[1]} high")
    for name, network in networks().items():
        by_numpy = network.predict(digits).argmax(1)
        right = (answers.get(name, by_numpy) == labels).mean()
        how = "on the page" if name in answers else "the same digits"
        if name in answers and (answers[name] != by_numpy).any():
            how += f"; NumPy reads {(answers[name] != by_numpy).sum()} of them otherwise"
        verdict = (
            "" if name != "cnn_best" else f", {'at least' if right >= WANTED else 'LESS THAN'} {WANTED:.0%}"
        )
        print(f"{name:>12}  {right:6.1%}  ({how}{verdict})")


if __name__ == "__main__":
    main()
