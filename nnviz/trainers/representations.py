"""A row of the table of representations, trained wherever that is: one case, with one seed after the other.

The counterpart of `trainers.mlp`. What comes back is the first seed's network, as one that reads
pixels, with the scores of all seeds on its card; its history is every seed's, one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from nnviz.core.json_records import clean
from nnviz.core.records import Epoch, History, ModelCard, Split
from nnviz.core.results import Answers, Spread
from nnviz.data.splits import DataSpec
from nnviz.model_store import formats
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.numpy_nn.presets import PRESETS
from nnviz.representations import measurements
from nnviz.representations.measurements import Measurement, Row
from nnviz.representations.pipelines import Case
from nnviz.trainers.base import Outcome, Trainer, TrainingRefused, Watch

MOST_SEEDS = 10
LEARNED = 2_700  # digits of the study set, 300 being held back


def settings(case: Case, seeds: Sequence[int]) -> dict[str, Any]:
    """The case and its seeds as settings of a training; `of_settings` is the way back."""
    return {**asdict(case), "seeds": tuple(seeds)}


def of_settings(given: Mapping[str, Any]) -> tuple[Case, tuple[int, ...]]:
    """The case and the seeds. Raises TrainingRefused, in one sentence, for what cannot be measured."""
    try:
        seeds = tuple(int(seed) for seed in given["seeds"])
        case = Case(**{name: value for name, value in given.items() if name != "seeds"})
        if not 1 <= len(set(seeds)) == len(seeds) <= MOST_SEEDS or min(seeds) < 0:
            raise ValueError(f"Expected were 1 to {MOST_SEEDS} different seeds, not {seeds}.")
        case.check(LEARNED)
    except (KeyError, TypeError) as error:
        raise TrainingRefused(f"These settings cannot be trained with: {clean(str(error), 300)}") from error
    except ValueError as error:
        raise TrainingRefused(clean(str(error), 300)) from error
    return case, seeds


def train_representation(split: Split, given: Mapping[str, Any], watch: Watch, title: str) -> Outcome:
    """One case on the study set, with every seed; split: of the first of them.

    A training that is stopped leaves the seeds that had ended. Raises TrainingRefused, also when none had.
    """
    case, seeds = of_settings(given)
    found: list[Measurement] = []
    for seed in seeds:
        one = _measured(case, seed, watch)
        if one is None:
            break
        found.append(one)
    if not found:
        raise TrainingRefused("Stopped before a network was trained.")
    (row,) = measurements.rows(found)
    network, card = measurements.packed(found[0], title)
    card = replace(card, metrics={**card.metrics, **scores(found, row)}, measured_on=_words(found, card))
    handler = formats.format_for(network)
    probabilities = found[0].fitted.predict_proba(split.x_test)
    return Outcome(
        handler.pack(network),
        handler.SUFFIX,
        card,
        Answers(split.test_index, split.y_test, probabilities),
        _together(found, stopped=len(found) < len(seeds)),
    )


def _measured(case: Case, seed: int, watch: Watch) -> Measurement | None:
    """None when it was told to stop meanwhile."""
    stopped = False

    def epoch(ended: Epoch) -> bool:
        nonlocal stopped
        stopped = watch.epoch(ended) or stopped
        return stopped

    def batch(done: int, total: int) -> bool:
        nonlocal stopped
        stopped = watch.batch(done, total) or stopped
        return stopped

    try:
        found = measurements.measure(case, DataSpec("study", seed=seed), on_epoch=epoch, on_batch=batch)
    except ValueError as error:  # DataError among them
        raise TrainingRefused(clean(str(error), 300)) from error
    return None if stopped else found


def scores(found: Sequence[Measurement], row: Row) -> dict[str, float]:
    """What the card of a row tells of all its seeds, and what the report says of the same."""
    told = {"seeds": float(row.test.n), "numbers": float(row.parameters), "seconds_mean": row.seconds}
    for name, spread in (("train", row.train), ("test", row.test), ("outside", row.outside)):
        if spread is not None:
            told |= {f"{name}_accuracy_mean": spread.mean, f"{name}_accuracy_deviation": spread.deviation}
    told |= {f"test_accuracy_seed_{one.spec.seed}": one.test for one in found}
    report = {
        "report_train_accuracy": row.report_train,
        "report_test_accuracy": row.report_test,
        "report_seconds": row.report_seconds,
    }
    return told | {name: value for name, value in report.items() if value is not None}


@dataclass(frozen=True)
class Told:
    """A row as its card tells it. seconds: for one seed; numbers: parameters of the network, without the
    features; by_seed: (seed, test accuracy)."""

    train: Spread
    test: Spread
    outside: Spread | None
    seconds: float
    numbers: int
    by_seed: tuple[tuple[int, float], ...]


def told(card: ModelCard) -> Told | None:
    """What `scores` wrote; None of a card that is not a row's."""
    metrics = card.metrics
    try:
        n = int(metrics["seeds"])

        def spread(name: str) -> Spread:
            mean, deviation = metrics[f"{name}_accuracy_mean"], metrics[f"{name}_accuracy_deviation"]
            return Spread(mean, deviation, n)

        return Told(
            train=spread("train"),
            test=spread("test"),
            outside=spread("outside") if "outside_accuracy_mean" in metrics else None,
            seconds=metrics["seconds_mean"],
            numbers=int(metrics["numbers"]),
            by_seed=tuple(
                (int(name.rsplit("_", 1)[1]), value)
                for name, value in metrics.items()
                if name.startswith("test_accuracy_seed_")
            ),
        )
    except (KeyError, ValueError):
        return None


def by_seed(history: History) -> tuple[History, ...]:
    """The histories that were laid one after the other: a new one begins where epochs count from 1 again."""
    starts = [i for i, epoch in enumerate(history.epochs) if epoch.number == 1]
    ends = [*starts[1:], len(history.epochs)]
    return tuple(
        History(history.epochs[start:end], history.ending) for start, end in zip(starts, ends, strict=True)
    )


def _together(found: Sequence[Measurement], *, stopped: bool) -> History:
    epochs = tuple(epoch for one in found for epoch in one.history.epochs)
    last = found[-1].history
    return History(epochs, "stopped" if stopped else last.ending, last.note)


def _words(found: Sequence[Measurement], card: ModelCard) -> str:
    seeds = ", ".join(str(one.spec.seed) for one in found)
    return f"{card.measured_on}; of this network, and means of the seeds {seeds}"


def _epochs(given: Mapping[str, Any]) -> int:
    case, seeds = of_settings(given)
    network = MLPClassifier(**{**PRESETS["plain"].settings, **case.settings})
    return len(seeds) * int(network.max_iter)


REPRESENTATIONS = Trainer(train_representation, _epochs)
