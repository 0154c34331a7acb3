"""What a representation is worth: the report's table made again, and the settings that did best.

`python -m benchmarks.representations` trains every row with seeds 1 to 5, split and network alike, on the
study set. The best settings were chosen by the digits that the studies of seeds 101 to 105 leave aside
(`--choose` does it again). `--quick` takes one seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from nnviz import representations
from nnviz.pipelines import Case
from nnviz.representations import BEST, REPORTED, SEEDS, Row

CHOOSING = (101, 102, 103, 104, 105)
CANDIDATES = (
    Case("pca", (100, 64), 25),
    Case("pca", (100, 64), 50),
    Case("pca", (256,), 40),
    Case("pca", (256,), 40, settings={"dropout": 0.2}),
    Case("pca", (512,), 40, settings={"dropout": 0.3}),
    Case("pca", (256, 128), 40, settings={"dropout": 0.2}),
    Case("codes", (256,)),
    Case("codes", (256,), settings={"dropout": 0.2}),
    Case("codes", (100, 64), model="autoencoder_conv"),
    Case("codes", (256,), model="autoencoder_conv", settings={"dropout": 0.2}),
)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one seed")
    parser.add_argument("--choose", action="store_true", help="compare the candidates for the best, too")
    arguments = parser.parse_args()
    seeds = SEEDS[:1] if arguments.quick else SEEDS
    print(
        "Study set, 2,700 digits to learn from, 300 to be judged by and 2,000 left aside; test in per cent\n"
    )
    table([*REPORTED, *BEST], seeds)
    if arguments.choose:
        print(f"\nCandidates, seeds {CHOOSING[0]} to {CHOOSING[-1]}\n")
        table(CANDIDATES, CHOOSING[:1] if arguments.quick else CHOOSING)


def table(cases: Sequence[Case], seeds: Sequence[int]) -> None:
    """A line for each case, as soon as all of its seeds are there."""
    print(
        f"{'':52}{'train':>8}{'test':>8}{'spread':>8}{'aside':>8}{'spread':>8}{'report':>8}"
        f"{'seconds':>9}{'report':>8}{'numbers':>9}"
    )
    for case in cases:
        found: list[representations.Measurement] = []
        representations.run([case], seeds, on_measurement=found.append)
        (row,) = representations.rows(found)
        line(row)


def line(row: Row) -> None:
    """Print one."""

    def per_cent(value: float | None) -> str:
        return "" if value is None else f"{value:.2%}".rstrip("%")

    aside = row.outside
    changed = "".join(f", {name} {value}" for name, value in row.case.settings.items())
    print(
        f"{row.case.title + ' ' + str(row.case.hidden) + changed:52}"
        f"{per_cent(row.train.mean):>8}{per_cent(row.test.mean):>8}{per_cent(row.test.deviation):>8}"
        f"{per_cent(aside.mean if aside else None):>8}{per_cent(aside.deviation if aside else None):>8}"
        f"{per_cent(row.report_test):>8}{row.seconds:>9.1f}{row.report_seconds or '':>8}{row.parameters:>9,}",
        flush=True,
    )


if __name__ == "__main__":
    main()
