"""What a representation is worth: the same network given pixels, principal components, or codes.

The report's tables as one, its numbers beside ours:

    found = []
    run(REPORTED, on_measurement=found.append)   # five cases, five seeds each
    for row in rows(found):
        print(row.case.title, row.test.mean, row.test.error, row.report_test)
"""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache

from sklearn.pipeline import Pipeline

from nnviz.core import kinds, paths
from nnviz.core.json_records import clean
from nnviz.core.protocols import Trained
from nnviz.core.records import Array, Dataset, History, ModelCard, Origin
from nnviz.core.results import Spread
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.model_store import cards, formats, store
from nnviz.numpy_nn import classifier
from nnviz.representations import pipelines
from nnviz.representations.pipelines import LAYERS, Case, OnBatch, OnEpoch

SEEDS = (1, 2, 3, 4, 5)  # what is reported; whatever was chosen was chosen on others, 101 to 105

# The report's rows, in its order.
REPORTED = (
    Case("raw", LAYERS[2]),
    Case("pca", LAYERS[0]),
    Case("pca", LAYERS[1]),
    Case("pca", LAYERS[2]),
    Case("codes", LAYERS[2]),
)

# The settings that did best on other digits than those that are reported: on MNIST's test digits, seeds 101
# to 105; see `benchmarks.representations`.
BEST = (
    Case("pca", (256, 128), 40, settings={"dropout": 0.2}),
    Case("codes", (256, 128), model="autoencoder_conv", settings={"dropout": 0.2}),
)


@dataclass(frozen=True, eq=False)
class Measurement:
    """One case, trained and judged once.

    train, test, outside: accuracies, the last on the digits that a study leaves aside, where it does: a
    steadier judge, as there are more of them; seconds: for fitting the features and the network; parameters:
    of the network, without its features; history: its curves, those called validation being of the test
    digits, which are looked at and not learned from; fitted: the pipeline.
    """

    case: Case
    spec: DataSpec
    train: float
    test: float
    outside: float | None
    seconds: float
    parameters: int
    history: History
    fitted: Pipeline


@dataclass(frozen=True, eq=False)
class Row:
    """A line of the table: a case over its seeds. report_*: the report's numbers, None where it has none."""

    case: Case
    train: Spread
    test: Spread
    outside: Spread | None
    seconds: float
    parameters: int
    histories: tuple[History, ...]
    report_train: float | None = None
    report_test: float | None = None
    report_seconds: float | None = None


def measure(
    case: Case,
    spec: DataSpec,
    *,
    on_epoch: OnEpoch | None = None,
    on_batch: OnBatch | None = None,
) -> Measurement:
    """Train the case on the digits of `spec`, whose seed is also the network's, and judge it.

    Raises DataError and ValueError, each with one sentence for the user.
    """
    whole = splits.load_dataset(spec)
    outside = splits.cut(spec, whole).outside
    split = splits.load_split(spec)
    case.check(len(split.x_train))
    pipe = pipelines.pipeline(case, spec.seed)  # which may fetch TensorFlow: no time of the features'
    began = time.perf_counter()
    fitted = pipelines.fit(pipe, split, on_epoch=on_epoch, on_batch=on_batch)
    seconds = time.perf_counter() - began
    network = fitted["mlp"]
    return Measurement(
        case=case,
        spec=spec,
        train=float(fitted.score(split.x_train, split.y_train)),
        test=float(fitted.score(split.x_test, split.y_test)),
        outside=_score(fitted, whole, outside),
        seconds=seconds,
        parameters=sum(layer.parameters for layer in classifier.layers(network)),
        history=network.history_,
        fitted=fitted,
    )


def _score(fitted: Pipeline, whole: Dataset, positions: Array) -> float | None:
    if not len(positions):
        return None
    return float(fitted.score(mnist.to_rows(whole.images[positions]), whole.labels[positions]))


def keep(found: Measurement, title: str = "", origin: Origin = "recent") -> store.Entry:
    """Put the measured network into the store, as one that reads pixels: for the pad, and to be downloaded.

    Raises OSError.
    """
    network, card = packed(found, title)
    return store.save(network, card, origin)


def packed(found: Measurement, title: str = "") -> tuple[Trained, ModelCard]:
    """The measured network as one that reads pixels, an MLPClassifier or a keras.Model, and its card."""
    network = pipelines.as_network(found.fitted)
    card = replace(
        _card(found),
        title=clean(title) or found.case.title,
        note=f"It sees digits through features, {found.case.title}, which are part of its first layer here.",
    )
    return network, replace(card, **formats.format_for(network).describe(network))


def _card(found: Measurement) -> ModelCard:
    """What the network of a measurement tells of itself."""
    digits = splits.load_dataset(found.spec)
    parts = splits.cut(found.spec, digits)
    learned, judged = len(parts.train), len(parts.test)
    words = f"train: the {learned:,} digits it learned from; test: the {judged:,} held back"
    scores = {"train_accuracy": found.train, "test_accuracy": found.test}
    if found.outside is not None:
        scores["outside_accuracy"] = found.outside
        words += f"; outside: the {len(parts.outside):,} that are in neither"
    return cards.new_card(
        found.case.title,
        kind=kinds.MLP.name,
        history=found.history,
        libraries=("numpy", "scikit-learn"),
        data=digits.name,
        data_digest=digits.digest,
        n_train=learned,
        n_test=judged,
        seed=found.spec.seed,
        metrics=scores,
        measured_on=words,
        seconds=found.seconds,
        spec=asdict(found.spec),
    )


def run(
    cases: Sequence[Case],
    seeds: Iterable[int] = SEEDS,
    *,
    spec: DataSpec | None = None,
    on_measurement: Callable[[Measurement], object],
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Every case with every seed, all cases with the first seed first, so that the table is there early.

    stop() is asked a few times a second; what is under way then counts for nothing. Raises as `measure`.
    """
    spec = spec or DataSpec("study")
    for seed in seeds:
        for case in cases:
            found = measure(
                case,
                replace(spec, seed=seed),
                on_epoch=lambda _: stop(),
                on_batch=lambda *_: stop(),
            )
            if stop():
                return
            on_measurement(found)


def rows(measurements: Iterable[Measurement]) -> tuple[Row, ...]:
    """A row for each case that has been measured, in the order in which they first came."""
    by_case: dict[str, list[Measurement]] = {}
    for found in measurements:
        by_case.setdefault(repr(found.case), []).append(found)
    return tuple(_row(of_one) for of_one in by_case.values())


@dataclass(frozen=True)
class Reported:
    """What the report says of a case; None where it says nothing."""

    train: float | None = None
    test: float | None = None
    seconds: float | None = None


def reported(case: Case) -> Reported:
    """The report's numbers of the same."""
    found = _report().get((case.features, len(case.hidden)), {}) if _is_reported(case) else {}
    return Reported(found.get("train"), found.get("test"), found.get("seconds"))


def _row(found: Sequence[Measurement]) -> Row:
    case = found[0].case
    outside = [one.outside for one in found if one.outside is not None]
    report = reported(case)
    return Row(
        case=case,
        train=_spread([one.train for one in found]),
        test=_spread([one.test for one in found]),
        outside=_spread(outside) if outside else None,
        seconds=statistics.fmean(one.seconds for one in found),
        parameters=found[0].parameters,
        histories=tuple(one.history for one in found),
        report_train=report.train,
        report_test=report.test,
        report_seconds=report.seconds,
    )


def _is_reported(case: Case) -> bool:
    """Whether the report did the same. (It says neither how many components it took nor how many epochs.)"""
    usual = case.hidden == LAYERS.get(len(case.hidden)) and case.model == kinds.AUTOENCODER.default
    return usual and set(case.settings) <= {"max_iter"}


def _spread(values: Sequence[float]) -> Spread:
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return Spread(statistics.fmean(values), deviation, len(values))


@cache
def _report() -> dict[tuple[str, int], dict[str, float]]:
    """The report's numbers by features and hidden layers; what it does not say is left out."""
    with (paths.assets() / "report_representations.csv").open(newline="", encoding="utf-8") as file:
        return {
            (row["features"], int(row["layers"])): {
                name: float(row[name]) for name in ("train", "test", "seconds", "parameters") if row[name]
            }
            for row in csv.DictReader(file)
        }
