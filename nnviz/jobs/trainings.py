"""Trainings: what goes to a worker, and what of a network that comes back goes into store and history."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nnviz.core import json_records, kinds
from nnviz.core.identity import Actor
from nnviz.core.json_records import clean
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.data import kept_digits
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.jobs import background, dispatch, estimates, job_files, run_recorder, worker
from nnviz.jobs.live_job import LiveJob
from nnviz.jobs.records import Job, JobError
from nnviz.jobs.scheduling import Scheduler
from nnviz.model_store import parents, store
from nnviz.model_store.errors import ModelMissing, ModelRefused
from nnviz.model_store.parents import Parent
from nnviz.model_store.snapshots import NoSnapshots
from nnviz.trainers import base

log = logging.getLogger(__name__)
_digits = dispatch.Digits()

MOST_TRIED = 5  # processes that begin with a training, one after the other


def start_training(
    kind: str,
    spec: DataSpec,
    settings: Mapping[str, Any],
    *,
    owner: str,
    title: str = "",
    address: str = "",
    confirmed: bool = False,
    by: Actor | None = None,
    parent: Parent | None = None,
) -> str:
    """Queue a training on the digits of `spec` and return its id. Returns at once.

    An owner has one training running at a time. One that ends is saved under "recent" and in the history at
    once by this process, whether anybody looks or not.

    Parameters
    ----------
    address
        From where it is asked for, "" when that is not known.
    confirmed
        That it is meant, though it takes more than an hour.
    by
        Who asks, if it is more than the owner: the teacher may train on anybody's digits.
    parent
        The network whose weights it begins with.

    Raises
    ------
    TooLong
        When it takes more than an hour, and is not confirmed.
    DataError
        For digits that are another's, or were deleted.
    JobError
        One sentence for the user, for settings that cannot be trained with, or when the owner has too many
        trainings waiting.
    """
    kept_digits.check_visible(spec, by=by or Actor(owner))
    seconds, epochs = _checked(kind, spec, settings, confirmed=confirmed)
    job = Job(
        id=job_files.new_id(),
        owner=clean(owner),
        kind=kind,
        title=clean(title) or kind.upper(),
        total_epochs=epochs,
    )
    live = TrainingJob(
        job=job, spec=spec, settings=dict(settings), address=address, estimate=seconds, parent=parent
    )
    return background.scheduler().enter(live, live.order)


def take_up() -> None:
    """Carry out what was asked of a process that was killed, from the beginning; the seed makes it the same.

    What has killed its process again and again is left.
    """
    for job, order in job_files.left_behind():
        try:
            live = _ordered_again(job, order)
            if live.tried < MOST_TRIED:
                background.scheduler().enter(live, live.order)
                log.warning("The training %s, whose process was killed, is begun again.", job.id)
                continue
        except (JobError, ValueError) as error:
            log.warning("The training %s cannot be begun again: %s", job.id, error)
        job_files.end_order(job.id)


def _ordered_again(job: Job, order: Mapping[str, Any]) -> TrainingJob:
    told = json_records.read(_Order, dict(order))
    settings = {name: tuple(each) if isinstance(each, list) else each for name, each in told.settings.items()}
    seconds, epochs = _checked(job.kind, told.spec, settings, confirmed=True)
    again = Job(id=job.id, owner=job.owner, kind=job.kind, title=job.title, total_epochs=epochs)
    return TrainingJob(
        job=again,
        spec=told.spec,
        settings=settings,
        address=told.address,
        estimate=seconds,
        begun=told.tried,
        tried=told.tried,
        parent=parents.read(told.parent),
    )


def check_training(kind: str, spec: DataSpec, settings: Mapping[str, Any], *, confirmed: bool) -> None:
    """Raise what `start_training` would raise for these settings, without anything being started."""
    _checked(kind, spec, settings, confirmed=confirmed)


def _checked(kind: str, spec: DataSpec, settings: Mapping[str, Any], *, confirmed: bool) -> tuple[float, int]:
    """Seconds that it will take, about, and its most epochs."""
    try:
        epochs = base.trainer_of(kind).epochs(settings)
    except base.TrainingRefused as error:
        raise JobError(str(error)) from error
    seconds = estimates.seconds_of_training(kind, spec, settings, epochs)
    estimates.check(say("training"), seconds, confirmed=confirmed)
    return seconds, epochs


@dataclass(frozen=True)
class _Order:
    """What a training is begun again with; tried: how many processes had begun with it."""

    spec: DataSpec
    settings: dict[str, Any]
    address: str = ""
    tried: int = 0
    parent: str = ""


@dataclass(eq=False, kw_only=True)
class TrainingJob(LiveJob):
    """A training that has not ended.

    Attributes
    ----------
    tried
        Processes that have begun with it, this one too.
    parent
        The network whose weights it begins with, None for fresh ones.
    recorded
        Its run, once there is one.
    """

    noun = say("training")
    most_own = 20
    most_live = 400
    steered = True

    spec: DataSpec
    settings: Mapping[str, Any]
    parent: Parent | None = None
    recorded: Run | None = None
    tried: int = 0

    def order(self) -> None:
        """Write down what another process needs, should this one be killed. Raises OSError."""
        order = _Order(self.spec, dict(self.settings), self.address, self.tried, str(self.parent or ""))
        job_files.write_order(self.job.id, dataclasses.asdict(order))

    @property
    def slow_to_begin(self) -> bool:
        """Those of Keras, which may have to be loaded."""
        return kinds.kind_of(self.kind).library != "nnviz"

    @property
    def kind(self) -> str:
        """What is trained."""
        return self.job.kind

    def carry_out(self, scheduler: Scheduler) -> Job:
        """As of every job on a worker; if this process is killed, another finds what was cut off."""
        self.tried += 1
        try:
            self.order()
        except OSError:
            log.exception("The beginning of %s could not be written down", self.job.id)
        run_recorder.record_beginning(self)
        try:
            return super().carry_out(scheduler)
        except (DataError, ModelMissing, ModelRefused, NoSnapshots) as error:
            return self.ended("failed", str(error))

    def task(self, client: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Train on digits that are sent before, if that worker has not got them."""
        digits = _digits.take(client, self.spec, self.worker, self.job.id)
        arguments = (self.kind, digits, self.settings, self.job.title)
        return worker.train, arguments if self.parent is None else (*arguments, self.parent.weights())

    def take_in(self, outcome: base.Outcome | base.TrainingRefused) -> Job:
        """Keep the network that came back, or say why there is none."""
        if isinstance(outcome, base.TrainingRefused):
            return self.ended("failed", str(outcome))
        card = dataclasses.replace(outcome.card, spec=dataclasses.asdict(self.spec))
        try:
            entry = store.put(outcome.model, outcome.suffix, card, "recent", owner=self.job.owner)
        except OSError as error:
            log.exception("Job %s", self.job.id)
            return self.ended(
                "failed", say("The network could not be saved: {strerror}.", strerror=error.strerror)
            )
        self.recorded = run_recorder.run_of_network(self, entry.card, outcome.answers)
        message = card.history.note or (self.job.message if self.begun > 1 else "")
        return self.ended("done", message, outcome.history or card.history, entry.name)

    def make_safe(self, job: Job) -> Job:
        """Every training that has begun becomes a run, but for those that were stopped without a network."""
        if self.recorded is None and job.state == "failed" and job.started:
            self.recorded = run_recorder.run_of_failure(self, job)
        return dataclasses.replace(job, message=run_recorder.record_end(job.id, self.recorded, job.message))

    def afterwards(self) -> None:
        """Give back the digits, whose lock may be held for long, and give the database the run."""
        job_files.end_order(self.job.id)
        _digits.give_back(self.job.id)
        if self.recorded is not None:
            self.recorded = None
            run_recorder.catch_up()
