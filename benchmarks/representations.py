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
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid, train_test_split

from nnviz.core.records import Split
from nnviz.core.results import Row
from nnviz.data import mnist, splits
from nnviz.experiments import axes, executor, studies, tables, trial
from nnviz.experiments.other_libraries import OurMLP
from nnviz.experiments.plan import FEATURES
from nnviz.experiments.studies import SEEDS
from nnviz.numpy_nn.presets import PRESETS
from nnviz.representations import pipelines

CHOOSING = (101, 102, 103, 104, 105)
LEARNED = 2_700  # digits, as in the study
CANDIDATES = (
    {FEATURES: ["pca-25", "pca-50"], "hidden_layer_sizes": [(100, 64)]},
    {FEATURES: ["pca-40"], "hidden_layer_sizes": [(256,)], "dropout": [0.0, 0.2]},
    {FEATURES: ["pca-40"], "hidden_layer_sizes": [(512,)], "dropout": [0.3]},
    {FEATURES: ["pca-40"], "hidden_layer_sizes": [(256, 128)], "dropout": [0.2]},
    {FEATURES: ["codes-autoencoder"], "hidden_layer_sizes": [(256,)], "dropout": [0.0, 0.2]},
    {FEATURES: ["codes-autoencoder_conv"], "hidden_layer_sizes": [(100, 64)]},
    {
        FEATURES: ["codes-autoencoder_conv"],
        "hidden_layer_sizes": [(256,), (256, 128)],
        "dropout": [0.2],
    },
    {FEATURES: ["codes-autoencoder_conv"], "hidden_layer_sizes": [(512,)], "dropout": [0.3]},
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
    table(seeds)
    if arguments.choose:
        print(f"\nCandidates on MNIST's test digits, seeds {CHOOSING[0]} to {CHOOSING[-1]}, best first\n")
        choose(CANDIDATES, CHOOSING[:1] if arguments.quick else CHOOSING)


def choose(candidates: Sequence[Mapping[str, Any]], seeds: Sequence[int]) -> None:
    """A line for each candidate: the mean over the seeds, and how far they spread."""
    digits = [choosing_split(seed) for seed in seeds]
    found = []
    for varied in ParameterGrid(candidates):
        settings = {**PRESETS["plain"].settings, **varied}
        features = settings.pop(FEATURES)
        scores = []
        for split in digits:
            network = OurMLP(**settings, random_state=split.seed)
            fitted = pipelines.given_features(features, network).fit(split.x_train, split.y_train)
            scores.append(float(fitted.score(split.x_validation, split.y_validation)))
        found.append((statistics.fmean(scores), float(np.std(scores)), varied))
    for mean, spread, varied in sorted(found, key=lambda row: -row[0]):
        print(f"{named(varied):68}{mean:>8.2%}{spread:>8.2%}", flush=True)


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


def table(seeds: Sequence[int]) -> None:
    """A line for each row, once all of its seeds are there."""
    plan = studies.representations(seeds=tuple(seeds), best=True)
    runs = [trial.execute(splits.load_dataset(executor.pool_of(each.spec)), each) for each in plan.trials()]
    parameters = [run.card.parameters for run in runs]  # those of the first seed come first
    print(
        f"{'':68}{'train':>8}{'test':>8}{'spread':>8}{'aside':>8}{'spread':>8}{'report':>8}"
        f"{'seconds':>9}{'report':>8}{'numbers':>9}"
    )
    for place, row in enumerate(tables.rows(plan, runs, studies.REPRESENTATIONS)):
        line(row, parameters[place])


def line(row: Row, parameters: int) -> None:
    """Print one."""

    def per_cent(value: float | None) -> str:
        return "" if value is None else f"{value:.2%}".rstrip("%")

    spreads = (row.test, row.outside)
    told = [of for spread in spreads for of in ((spread.mean, spread.deviation) if spread else (None, None))]
    print(
        f"{named(row.values):68}{per_cent(row.train.mean if row.train else None):>8}"
        f"{''.join(f'{per_cent(value):>8}' for value in (*told, row.report_test))}"
        f"{row.seconds or 0:>9.1f}{row.report_seconds or '':>8}{parameters:>9,}",
        flush=True,
    )


def named(varied: Mapping[str, Any]) -> str:
    """The settings that vary, as one text."""
    return ", ".join(f"{axes.title(name)} {axes.label(name, value)}" for name, value in varied.items())


if __name__ == "__main__":
    main()
