"""What a representation is worth: the report's table made again, and the settings that did best.

`python -m benchmarks.representations` trains every row with seeds 1 to 5, split and network alike, on the
study set. The best settings were chosen on other digits than these are judged by: on MNIST's 10,000 test
digits, of which none is embedded and none was shown to the autoencoders. For each of the seeds 101 to 105 a
network learned from 2,700 of them, drawn anew, and the other 7,300 said how well (`--choose` does it again,
and needs MNIST). `--quick` takes one seed.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import train_test_split

from nnviz.core.records import Split
from nnviz.data import mnist
from nnviz.representations import measurements, pipelines
from nnviz.representations.measurements import BEST, REPORTED, SEEDS, Row
from nnviz.representations.pipelines import Case

CHOOSING = (101, 102, 103, 104, 105)
LEARNED = 2_700  # digits, as in the study
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
    Case("codes", (256, 128), model="autoencoder_conv", settings={"dropout": 0.2}),
    Case("codes", (512,), model="autoencoder_conv", settings={"dropout": 0.3}),
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
        print(f"\nCandidates on MNIST's test digits, seeds {CHOOSING[0]} to {CHOOSING[-1]}, best first\n")
        choose(CANDIDATES, CHOOSING[:1] if arguments.quick else CHOOSING)


def choose(cases: Sequence[Case], seeds: Sequence[int]) -> None:
    """A line for each case: the mean over the seeds, and how far they spread."""
    splits = [choosing_split(seed) for seed in seeds]
    found = []
    for case in cases:
        fitted = [pipelines.fit(pipelines.pipeline(case, split.seed), split) for split in splits]
        scores = [
            float(each.score(split.x_validation, split.y_validation))
            for each, split in zip(fitted, splits, strict=True)
        ]
        found.append((statistics.fmean(scores), float(np.std(scores)), case))
    for mean, spread, case in sorted(found, key=lambda row: -row[0]):
        print(f"{named(case):68}{mean:>8.2%}{spread:>8.2%}", flush=True)


def choosing_split(seed: int) -> Split:
    """Digits to choose settings by: none is embedded, none was shown to the shipped autoencoders."""
    _, others = mnist.full_mnist()
    positions = np.arange(len(others))
    learn, judge = train_test_split(positions, train_size=LEARNED, stratify=others.labels, random_state=seed)
    x = mnist.to_rows(others.images)
    return Split(
        others.name,
        others.digest,
        x[learn],
        others.labels[learn],
        x[:0],
        others.labels[:0],
        positions[:0],
        seed,
        x[judge],
        others.labels[judge],
    )


def table(cases: Sequence[Case], seeds: Sequence[int]) -> None:
    """A line for each case, as soon as all of its seeds are there."""
    print(
        f"{'':68}{'train':>8}{'test':>8}{'spread':>8}{'aside':>8}{'spread':>8}{'report':>8}"
        f"{'seconds':>9}{'report':>8}{'numbers':>9}"
    )
    for case in cases:
        found: list[measurements.Measurement] = []
        measurements.run([case], seeds, on_measurement=found.append)
        (row,) = measurements.rows(found)
        line(row)


def line(row: Row) -> None:
    """Print one."""

    def per_cent(value: float | None) -> str:
        return "" if value is None else f"{value:.2%}".rstrip("%")

    aside = row.outside
    print(
        f"{named(row.case):68}"
        f"{per_cent(row.train.mean):>8}{per_cent(row.test.mean):>8}{per_cent(row.test.deviation):>8}"
        f"{per_cent(aside.mean if aside else None):>8}{per_cent(aside.deviation if aside else None):>8}"
        f"{per_cent(row.report_test):>8}{row.seconds:>9.1f}{row.report_seconds or '':>8}{row.parameters:>9,}",
        flush=True,
    )


def named(case: Case) -> str:
    changed = "".join(f", {name} {value}" for name, value in case.settings.items())
    return f"{case.title} {case.hidden}{changed}"


if __name__ == "__main__":
    main()
