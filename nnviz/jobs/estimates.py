"""About how long a job will take, told before it begins: right within a factor of two or three.

What else the machine has to do is told by how long the last trainings took, or by its load. The estimate
decides who is asked whether it is meant, and who is short enough to go first; the queue finds out what is
longer than it was thought to be.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from nnviz.core import kinds
from nnviz.core.words import say, say_many
from nnviz.data.splits import DataSpec
from nnviz.experiments.plan import Trial
from nnviz.jobs.records import JobError

ASKED_BACK = 3600.0  # seconds from which on it has to be confirmed that so long a job is meant
EPOCH = 0.026  # seconds that an epoch of the report's network takes on its 2,700 digits, all told
LOADING = 6.0  # seconds until TensorFlow is there
_UNKNOWN = 5_000  # digits of an upload
_LEARN = {"embedded": 4_000, "full": 54_000, "honest": 54_000}
BUILDING = 1.0  # seconds until a network of TensorFlow's takes its first step
_MAP = {"pca": 0.0, "tsne": 0.012, "umap": 0.012}  # seconds a digit
_MAP_LOADING = {"pca": 1.0, "tsne": 2.0, "umap": 30.0}


_RECENT = 600.0  # seconds for which a training tells how fast the machine is
_BOUNDS = 0.5, 30.0  # of what is believed of that
_paces: deque[tuple[float, float]] = deque(maxlen=12)  # when one ended, and how many times as long it took


def ended(expected: float, took: float) -> None:
    """Learn from a training that has ended how fast the machine is now.

    Parameters
    ----------
    expected, took
        Seconds: on a machine that has nothing else to do, and in truth.
    """
    if expected > 0 and took > 0:
        _paces.append((time.monotonic(), took / expected))


def slowdown(workers: int) -> float:
    """How many times as long a training takes now as on a machine of the usual speed that does nothing else.

    Parameters
    ----------
    workers
        That will work at the same time.
    """
    recent = [pace for when, pace in _paces if time.monotonic() - when < _RECENT]
    if recent:
        return min(max(statistics.median(recent), _BOUNDS[0]), _BOUNDS[1])
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows has none
        return 1.0
    return min(max(1.0, (load + workers) / max(workers, os.cpu_count() or 1)), _BOUNDS[1])


class TooLong(JobError):
    """A job that is begun only when it is said again that it is meant.

    Attributes
    ----------
    seconds
        That it will take, about.
    """

    def __init__(self, noun: str, seconds: float) -> None:
        time = say_many(max(1, round(seconds / 3600)), "{n} hour", "{n:,} hours")
        super().__init__(
            say("This {noun} takes about {time}. Start it only if you mean it.", noun=noun, time=time)
        )
        self.seconds = seconds


def check(noun: str, seconds: float, *, confirmed: bool) -> None:
    """Check that so long a job is meant.

    Raises
    ------
    TooLong
        When it takes more than ASKED_BACK and is not confirmed.
    """
    if seconds > ASKED_BACK and not confirmed:
        raise TooLong(noun, seconds)


def seconds_of_training(kind: str, spec: DataSpec, settings: Mapping[str, Any], epochs: int) -> float:
    """How long one worker has to do with a training.

    Parameters
    ----------
    epochs
        The most that it takes.
    """
    learn = spec.n - spec.n_test if spec.source == "study" else _LEARN.get(spec.source, _UNKNOWN)
    if spec.n_train >= 0 and not spec.added:
        learn = min(learn, spec.n_train)
    if kind not in kinds.KINDS:
        return 0.0
    told = {**settings, "max_iter": epochs}
    seconds = Trial(0, spec, told, {}, kind=kind).work * EPOCH * learn / 2700
    return seconds if kind == kinds.MLP.name else LOADING + seconds


def seconds_of_map(method: str, digits: int) -> float:
    """How long one worker has to do with a map."""
    return _MAP_LOADING.get(method, 0.0) + digits * _MAP.get(method, 0.0)


def seconds_of_trials(trials: Sequence[Trial], learn: int, threads: int) -> float:
    """How long that many workers have to do with an experiment, without their beginning.

    Parameters
    ----------
    learn
        Digits that each trial learns from.
    """
    works = [trial.work for trial in trials]
    work = max(max(works, default=0.0), sum(works) / threads)  # one training is one worker's
    built = sum(trial.kind != kinds.MLP.name for trial in trials)
    begin = LOADING + BUILDING * max(1.0, built / threads) if built else 0.0
    return begin + work * EPOCH * learn / 2700
