"""Runs side by side: which settings differ, what each scored, which digits one reads and the other does not.

Two runs can be told apart digit by digit on those digits that both were judged by. Whether a difference is
more than luck is then a matter of the digits that only one of them got right (McNemar 1947): if neither were
better, each of these would be a toss of a coin.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from nnviz.core import json_records, kinds
from nnviz.core.records import Array
from nnviz.core.results import Answers, Run
from nnviz.core.words import say, say_many
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.evaluation import luck
from nnviz.evaluation.metrics import confusion_matrix
from nnviz.experiments import axes, repeats, tables
from nnviz.experiments.plan import LIBRARY
from nnviz.history import descriptions, repository
from nnviz.model_store import formats, store

NOTHING = "–"  # what a run has no value for


class CompareRefused(ValueError):
    """Runs that cannot be compared in this way; one sentence that says why."""


class Numbers(NamedTuple):
    """What runs scored or cost.

    Attributes
    ----------
    values
        One for each run, None for what it did not score or cost.
    written
        By `format`.
    """

    title: str
    values: tuple[float | None, ...]
    written: str


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side.

    Attributes
    ----------
    differ, same
        The settings in which they do, as titles and texts, a text for each run or one for all.
    numbers
        What each scored and cost.
    """

    runs: tuple[Run, ...]
    differ: tuple[tuple[str, tuple[str, ...]], ...]
    same: tuple[tuple[str, str], ...]
    numbers: tuple[Numbers, ...]


@dataclass(frozen=True, eq=False)
class PairedComparison:
    """Two runs on the digits that both were judged by.

    Attributes
    ----------
    spec
        Of the data set.
    index
        (n,) positions of the digits in that data set.
    labels, first, second
        (n,) true digits and the two predictions.
    only_first, only_second, neither
        Where in these arrays one alone is right, and where nobody is, the surest answers first.
    confusions
        Of the first and the second, (10, 10), rows true.
    p_value
        How often chance alone would give a difference as large (McNemar's exact test), 0 to 1.
    """

    spec: DataSpec
    index: Array
    labels: Array
    first: Array
    second: Array
    only_first: Array
    only_second: Array
    neither: Array
    confusions: tuple[Array, Array]
    p_value: float

    @property
    def difference(self) -> Array:
        """(10, 10) how many more of each cell the second has than the first."""
        more: Array = self.confusions[1] - self.confusions[0]
        return more

    @property
    def both(self) -> int:
        """How many digits both got right."""
        return len(self.index) - len(self.only_first) - len(self.only_second) - len(self.neither)

    @property
    def right(self) -> tuple[float, float]:
        """The accuracies of the first and of the second on these digits."""
        n = max(len(self.index), 1)
        return (self.both + len(self.only_first)) / n, (self.both + len(self.only_second)) / n

    def describe(self, first: str, second: str) -> str:
        """Which of the two is better, and whether that may be luck; with names for the two runs."""
        gained = len(self.only_second) - len(self.only_first)
        if not len(self.only_first) + len(self.only_second):
            return say(
                "On {counted} the two are right and wrong together.",
                counted=say_many(len(self.index), "{n:,} digit", "{n:,} digits"),
            )
        ones, others = len(self.only_first), len(self.only_second)
        words = say_many(
            ones,
            "Of {counted}, {n} is read by {first} alone and {others} by {second} alone. ",
            "Of {counted}, {n} are read by {first} alone and {others} by {second} alone. ",
            counted=say_many(len(self.index), "{n:,} digit", "{n:,} digits"),
            first=first,
            others=others,
            second=second,
        )
        if not luck.told_apart(self.p_value):
            return words + (
                say(
                    "Tossing coins gives as large a difference {p_value:.0%} of the time. So it {luck}.",
                    p_value=self.p_value,
                    luck=luck.said(self.p_value),
                )
            )
        better = second if gained > 0 else first
        return words + say("This {luck}: {better} is better.", luck=luck.said(self.p_value), better=better)


def compare(runs: Sequence[Run]) -> Comparison:
    """Two runs or more, of any kind, side by side.

    Raises
    ------
    CompareRefused
        For fewer than two.
    """
    if len(runs) < 2:
        raise CompareRefused(say("Choose at least two runs to compare."))
    told = [_described_settings(run) for run in runs]
    names = list(dict.fromkeys(name for each in told for name in each))
    differ, same = [], []
    for name in names:
        texts = tuple(each.get(name, NOTHING) for each in told)
        if len(set(texts)) > 1:
            differ.append((name, texts))
        else:
            same.append((name, texts[0]))
    numbers = [
        Numbers(title, tuple(run.score(metric) for run in runs), written)
        for metric, title, written in _measured()
    ]
    numbers += [
        Numbers(say("parameters"), tuple(float(run.card.parameters) or None for run in runs), ",.0f"),
        Numbers(say("epochs"), tuple(float(len(run.card.history.epochs)) or None for run in runs), ",.0f"),
    ]
    return Comparison(
        runs=tuple(runs),
        differ=tuple(differ),
        same=tuple(same),
        numbers=tuple(line for line in numbers if any(value is not None for value in line.values)),
    )


def _measured() -> Iterator[tuple[str, str, str]]:
    """The scores that runs may have: their metric, title and writing."""
    for score in kinds.scores():
        yield f"train_{score.name}", say("training {name}", name=score.name), score.written
        yield score.metric, say("test {name}", name=score.name), score.written
        yield f"best_{score.metric}", say("test {name}, best epoch", name=score.name), score.written
        yield f"outside_{score.name}", say("{name} on the other digits", name=score.name), score.written
        yield (
            f"embedded_{score.name}",
            say("{name} on the app's 5,000 digits", name=score.name),
            score.written,
        )
        yield f"{score.metric}_pca", say("PCA's test {name}", name=score.name), score.written
    yield tables.CODE_METRIC, say("read from codes"), kinds.ACCURACY.written
    yield "test_loss", say("test loss"), ".4f"


def same_test_digits(runs: Sequence[Run]) -> bool:
    """Whether all of them were judged by the same digits, as far as their cards tell.

    If not, their accuracies are those of different examinations; `compare_pair` has what can
    be said all the same.
    """
    asked = {
        (splits.examination(run.card.spec), run.card.data_digest, run.fold, run.card.n_test) for run in runs
    }
    return len(asked) < 2


def compare_pair(first: Run, second: Run) -> PairedComparison:
    """Two runs digit by digit.

    Raises
    ------
    CompareRefused
        When no digit has judged both.
    """
    one, two = _answers(first), _answers(second)
    if data_source_key(one.spec) != data_source_key(two.spec):
        raise CompareRefused(
            say("These two were tested with different data sets. So no digit can tell which one is better.")
        )
    index, ours, theirs = np.intersect1d(one.index, two.index, return_indices=True)
    if not len(index):
        raise CompareRefused(
            say(
                "These two were tested with different digits of the same data set. Compare runs of the "
                "same seed and of the same fold."
            )
        )
    labels = one.labels[ours]
    says = (one.predicted[ours], two.predicted[theirs])
    right = [said == labels for said in says]
    sure = np.maximum(one.probabilities[ours].max(axis=1), two.probabilities[theirs].max(axis=1))

    def where(chosen: Array) -> Array:
        places = np.flatnonzero(chosen)
        return places[np.argsort(-sure[places], kind="stable")]

    only_first, only_second = where(right[0] & ~right[1]), where(right[1] & ~right[0])
    discordant = len(only_first) + len(only_second)
    return PairedComparison(
        spec=spec_of(one),
        index=index,
        labels=labels,
        first=says[0],
        second=says[1],
        only_first=only_first,
        only_second=only_second,
        neither=where(~right[0] & ~right[1]),
        confusions=(
            confusion_matrix(labels, says[0]),
            confusion_matrix(labels, says[1]),
        ),
        p_value=of_coins(len(only_first), discordant),
    )


def told_by_repeats(first: Run, second: Run, names: tuple[str, str]) -> str:
    """Whether two runs differ by more than luck, as the repeats of both in the history tell; "" without any.

    Parameters
    ----------
    names
        What the two are called.

    Raises
    ------
    DatabaseUnavailable
        When the database does not answer.
    """
    if not (first.experiment and second.experiment) or data_source_key(first.card.spec) != data_source_key(
        second.card.spec
    ):
        return ""
    if kinds.kind_of(first.card.kind).score != kinds.kind_of(second.card.kind).score:
        return ""
    ones, others = _repeats(first), _repeats(second)
    if {run.id for run in ones} & {run.id for run in others}:
        return ""  # two repeats of one setting
    both = repeats.pairs(ones, others)
    return repeats.told(both, *names) if len(both) > 1 else ""


def _repeats(run: Run) -> list[Run]:
    """The runs of its experiment that differ from it by their seed, and of a cross-validation by the fold."""

    def asked(each: Run) -> tuple[Any, ...]:
        spec, settings = ({**told, "seed": 0} for told in (each.card.spec, each.card.settings))
        return each.library, each.card.kind, spec, {**settings, "random_state": 0}

    wanted = asked(run)
    return [each for each in repository.runs_of_experiment(run.experiment) if asked(each) == wanted]


def of_coins(heads: int, tosses: int) -> float:
    """How often fair coins are as far from half as these, or farther: the exact two-sided test, 0 to 1."""
    fewer = np.arange(min(heads, tosses - heads) + 1)
    factorial = np.concatenate([[0.0], np.log(np.arange(1, tosses + 1)).cumsum()])  # its logarithm
    ways = factorial[tosses] - factorial[fewer] - factorial[tosses - fewer]
    return min(1.0, 2 * float(np.exp(ways - tosses * np.log(2)).sum()))


def with_answers(run: Run) -> Run:
    """The run with its answers: those kept with it, or what its network in the store says now.

    Raises
    ------
    CompareRefused
        When there is neither.
    DataError
        When the digits are not there.
    """
    if run.answers is not None:
        return run
    kind = kinds.kind_of(run.card.kind)
    if not kind.classifies:
        raise CompareRefused(
            say(
                "{title!r} is an {lower}: it draws digits and names no digits. Look at its {name} instead.",
                title=run.title,
                lower=kind.title.lower(),
                name=kind.score.name,
            )
        )
    try:
        path = store.find(run.card.name).path
        network = formats.read_network(path)
    except (store.ModelMissing, store.ModelRefused, OSError) as error:
        raise CompareRefused(
            say(
                "The answers of {title!r} were not kept, and its network is no longer there.", title=run.title
            )
        ) from error
    spec, _ = splits.judge_by(run.card.spec)
    whole = splits.load_dataset(spec)
    index = splits.cut(spec, whole).test
    said = network.predict(mnist.to_rows(whole.images[index]))
    return replace(run, answers=Answers(index, whole.labels[index], said, asdict(spec)))


def spec_of(answers: Answers) -> DataSpec:
    """Whose `splits.load_dataset` the positions of the answers point into.

    Raises
    ------
    CompareRefused
        When the answers do not say.
    """
    try:
        return json_records.read(DataSpec, dict(answers.spec))
    except json_records.BadRecord as error:
        raise CompareRefused(say("These answers do not say to which digits they were given.")) from error


def data_source_key(spec: Any) -> tuple[str, str, str]:
    """What tells whether two specs point into the same data set."""
    source = spec.get("source", "study")
    alike = {"study": "embedded", "unseen": "embedded", "judges": "upload"}
    return (alike.get(source, source), spec.get("digest", ""), spec.get("added", ""))


def _answers(run: Run) -> Answers:
    if run.answers is None:
        raise CompareRefused(say("The answers of {title!r} were not kept.", title=run.title))
    return run.answers


def _described_settings(run: Run) -> dict[str, str]:
    """What a run was made with, as titles and texts."""
    card = run.card
    told = {
        say("kind"): kinds.kind_of(card.kind).title,
        say("library"): axes.label(LIBRARY, run.library),
        say("data"): mnist.in_words(card.data),
        say("digits"): f"{card.n_train:,}",
    }
    told |= {say("seed"): str(card.seed)}
    if began := descriptions.began_from(run):
        told[say("goes on from")] = began
    if run.fold:
        told[say("fold")] = str(run.fold)
    return told | {setting.title: setting.text for setting in descriptions.settings(card)}
