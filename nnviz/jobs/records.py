"""Jobs as the outside sees them, of whatever kind, and what can go wrong with asking for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from nnviz.core.records import History

if TYPE_CHECKING:  # the Dask scheduler reads this module too, and needs no database
    from nnviz.core.results import Run
    from nnviz.history.repository import Experiment

UNTRAINED = ("experiment", "embedding", "landscape")  # kinds of job that no trainer does
State = Literal["queued", "running", "done", "failed"]
Until = Literal["", "batch", "epoch"]
"""Where a turn ends: nowhere, or with the batch or the epoch that is under way."""
Steering = Literal["pause", "batch", "epoch", "go on"]
"""What a training in somebody's hand can be told: a batch or an epoch more is followed by a pause."""

CLUSTER_KEY = "NNVIZ_CLUSTER_KEY"  # in the environment of the processes of our own cluster; see `key_check`
MOST_OWN_EXPERIMENTS = 2  # of one owner at a time: a study and its twin


class JobError(RuntimeError):
    """A job that cannot be started; one sentence for the user."""


class JobMissing(LookupError):
    """No job of that id; one sentence for the user."""


@dataclass(frozen=True)
class Job:
    """A job as it stands at one moment.

    Attributes
    ----------
    state
        "done" also when it was stopped, stopped early or diverged, which `history.ending` tells.
    place
        In the queue, 1 is next; 0 when it does not wait.
    history
        The epochs of a training.
    batch
        (done, total) digits of the running epoch, or steps of what is no training.
    total_epochs
        The most it will take.
    started
        Unix time, None while it waits.
    left
        Seconds, None while there is nothing to tell it by.
    rests
        Seconds after which a training that was paused goes on by itself; None for one that was not.
    attempt
        2 and more after a worker process died.
    message
        A sentence for the user, or "".
    result
        The name of the store's entry, once there is one.
    """

    id: str
    owner: str
    kind: str  # a kind of network or another that has a trainer, or one of UNTRAINED
    title: str
    state: State = "queued"
    place: int = 0
    history: History = field(default_factory=History)
    batch: tuple[int, int] = (0, 0)
    total_epochs: int = 0
    started: float | None = None
    left: float | None = None
    rests: float | None = None
    attempt: int = 1
    message: str = ""
    result: str = ""

    @property
    def live(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class EmbeddingSpec:
    """A map by its subject, method, the method's own number, and seed; see `representations.embedding`."""

    of: str
    method: str
    value: float
    seed: int

    @property
    def name(self) -> str:
        """All of it in one word."""
        return f"{self.of}-{self.method}-{self.value:g}-{self.seed}"


@dataclass(frozen=True)
class EmbeddingStatus:
    """A map on its way, or how its way ended; `job.batch` counts the method's own steps."""

    spec: EmbeddingSpec
    job: Job


@dataclass(frozen=True)
class LandscapeSpec:
    """A landscape of losses, or a race.

    Attributes
    ----------
    of
        16 hex characters for all that it is made from.
    shape
        What it is: "training", "three", "random", "line" or "race".
    """

    of: str
    shape: str


@dataclass(frozen=True)
class LandscapeStatus:
    """A landscape on its way, or how its way ended; `job.batch` counts networks."""

    spec: LandscapeSpec
    job: Job


@dataclass(frozen=True)
class ExperimentStatus:
    """An experiment as it stands at one moment.

    Attributes
    ----------
    runs
        Those that have ended, by number, perhaps without curves and answers (`find_run` has them).
    left
        Seconds to the end at the pace so far, None while there is no telling.
    place
        In the queue while none of its trainings is under way, else 0.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    left: float | None = None
    place: int = 0

    @property
    def live(self) -> bool:
        """Whether more rows may come by themselves."""
        return self.experiment.state == "running"
