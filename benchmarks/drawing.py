"""How long a drawing takes to become an MNIST-like digit: it is prepared anew at every move of the pen.

`python -m benchmarks.drawing` draws an eight on pads of several sizes, with ink of several kinds, and prints
the median and the slowest of a hundred preparations. `--quick` makes ten of each.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from nnviz.core.records import Array
from nnviz.data.preprocessing import to_mnist
from training.unipen import render

LIMIT = 2.0  # milliseconds for a pad of 280 x 280, so that the preparation is never what the eye waits for
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def eight() -> Array:
    """The strokes of an eight, (n, 2), 100 wide and 180 tall."""
    turn = np.linspace(0, 2 * np.pi, 60)
    return np.stack([50 * np.sin(2 * turn), -90 * np.cos(turn)], axis=1).astype(np.float32)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ten preparations of each instead of a hundred")
    rounds = 10 if parser.parse_args().quick else 100
    print(f"{'one preparation, ms':34}{'median':>10}{'slowest':>10}")
    for size in (280, 560, 1120):
        for paper, title in ((None, "transparent"), (WHITE, "white paper"), (BLACK, "black paper")):
            ink = WHITE if paper == BLACK else BLACK
            drawing = render((eight(),), size / 14, size * 0.7, size=size, ink=ink, paper=paper)
            taken = [_milliseconds(drawing) for _ in range(rounds)]
            median = statistics.median(taken)
            verdict = "" if size != 280 else f"   {'under' if median < LIMIT else 'OVER'} {LIMIT:g} ms"
            print(f"{f'{size} x {size}, {title}':34}{median:>10.2f}{max(taken):>10.2f}{verdict}", flush=True)


def _milliseconds(drawing: Array) -> float:
    start = time.perf_counter()
    to_mnist(drawing)
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
