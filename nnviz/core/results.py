"""A run: one training as the history remembers it, whatever page it came from, and rows of such runs.

These are records, as in `records`: what experiments produce, the history keeps, comparisons compare and
figures draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from msgspec import Meta

from nnviz.core.json_records import Text, Title
from nnviz.core.kinds import Score
from nnviz.core.records import Array, ModelCard

MOST_NOTED = 1_000  # characters of a note
MOST_TAGS, TAG_LENGTH = 8, 24  # of a run; characters of one


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network said to the digits it was judged by.

    Attributes
    ----------
    index
        (n,) int64, their positions in the data set.
    labels
        (n,) int64.
    probabilities
        (n, 10) float32, rows sum to 1.
    spec
        Of the `splits.DataSpec` whose `splits.load_dataset` is that data set.
    """

    index: Array
    labels: Array
    probabilities: Array
    spec: Mapping[str, Any] = field(default_factory=dict)

    @property
    def predicted(self) -> Array:
        """(n,) the most probable digit."""
        best: Array = self.probabilities.argmax(axis=1)
        return best

    @property
    def right(self) -> Array:
        """(n,) bool."""
        right: Array = self.predicted == self.labels
        return right


@dataclass(frozen=True, eq=False)
class Run:
    """One training: its card, where it belongs, and what the network answered.

    A field that the history's table has a column for is kept in it; its type here says what a row may hold.

    Attributes
    ----------
    card
        Settings, data, seed, scores, curves, seconds, versions and time. Scores in `card.metrics`:
        train_accuracy, test_accuracy and so on; outside_accuracy, on the digits outside the study;
        best_test_accuracy, of its best epoch.
    id
        16 hex characters.
    name
        What somebody called it, or "".
    page
        Where it was asked for.
    library
        "nnviz", "keras" or "scikit-learn".
    experiment
        The id of the one it is part of, or "".
    number
        Its place in the experiment, from 0.
    fold
        1 to k in a cross-validation, else 0.
    failure
        A sentence when there is no network to speak of, else "".
    parent
        The network and epoch that it went on from, as `model_store.parents` tells them; "" of a fresh one.
    note
        What somebody wrote beside it, as plain text, or "".
    tags
        As `history.notes` keeps them, with commas between them; `tag_list` has them apart.
    starred
        Whether somebody wants to find it again.
    answers
        None when they were not kept or not asked for.
    """

    card: ModelCard
    id: str = ""
    name: Title = ""
    page: Annotated[str, Meta(max_length=40)] = ""
    owner: Title = ""
    library: Annotated[str, Meta(max_length=16)] = "nnviz"
    experiment: Annotated[str, Meta(max_length=16)] = ""
    number: Annotated[int, Meta(ge=-(2**31), lt=2**31)] = 0
    fold: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    failure: Text = ""
    parent: Title = ""
    note: Annotated[str, Meta(max_length=MOST_NOTED)] = ""
    tags: Annotated[str, Meta(max_length=MOST_TAGS * (TAG_LENGTH + 1))] = ""
    starred: bool = False
    answers: Answers | None = None

    @property
    def title(self) -> str:
        """The name somebody gave it, or else its card's title."""
        return self.name or self.card.title

    @property
    def tag_list(self) -> tuple[str, ...]:
        """Its tags."""
        return tuple(tag for tag in self.tags.split(",") if tag)

    @property
    def diverged(self) -> bool:
        """Whether the training ended because its loss or weights were no longer finite."""
        return self.card.history.ending == "diverged"

    def score(self, name: str) -> float | None:
        """The score of that name, or None."""
        return self.card.metrics.get(name)


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing.

    Attributes
    ----------
    deviation
        Their sample standard deviation, 0 for one alone.
    """

    mean: float
    deviation: float
    n: int

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return float(self.deviation / self.n**0.5)


@dataclass(frozen=True)
class Dimension:
    """A setting that varies, as an axis of a chart.

    Attributes
    ----------
    title
        For people.
    scale
        "names" for values that are not numbers.
    """

    name: str
    title: str
    scale: Literal["log", "linear", "names"]


@dataclass(frozen=True)
class Row:
    """A line of an experiment's table: one choice of the settings that vary, over its repeats or folds.

    Attributes
    ----------
    values
        Those settings.
    labels
        The same as text.
    runs
        Ids, in the order of their numbers.
    train, test, outside, best
        Scores, an autoencoder's errors and else accuracies (best: the best epoch's on the test digits), None
        where there is none.
    seconds
        Of one run, on average, None without one.
    diverged, failed
        How many of the runs.
    note
        The sentence of the first run that diverged or failed.
    report_train, report_test, report_seconds
        The report's numbers for these settings.
    settings
        All of them, not only those that vary.
    luck
        How often chance alone puts it as far from the best row, seed by seed; None of the best one, and
        without repeats.
    codes
        Of autoencoders: which part of the held-back digits is read from their codes alone.
    stopped
        The epoch after which a search stopped it as hopeless, else 0.
    """

    values: Mapping[str, Any]
    labels: Mapping[str, str]
    runs: tuple[str, ...]
    train: Spread | None
    test: Spread | None
    outside: Spread | None
    best: Spread | None
    seconds: float | None
    diverged: int = 0
    failed: int = 0
    note: str = ""
    report_train: float | None = None
    report_test: float | None = None
    report_seconds: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    luck: float | None = None
    codes: Spread | None = None
    stopped: int = 0


def best_of(rows: Sequence[Row], score: Score) -> Row | None:
    """The row with the best mean on the test digits, told by the score's direction; None of none."""
    tested = [(row.test.mean, row) for row in rows if row.test is not None]
    if not tested:
        return None
    return (max if score.higher_is_better else min)(tested, key=lambda found: found[0])[1]
