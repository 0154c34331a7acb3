"""Experiments: their trials spread over the workers, every row into the history at once.

    experiment = jobs.start_experiment(plan, owner="somebody")
    jobs.experiment_status(experiment).runs   # as often as you like; rows are there as they arrive
    jobs.stop_experiment(experiment, by=actor)  # the rows so far stay

A page finds its experiment by the id in its address, after a reload, in another process of the app, or after
a restart, when it can be taken up where it was interrupted.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from nnviz.core import kinds
from nnviz.core.identity import Actor
from nnviz.core.records import History
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.data import kept_digits
from nnviz.data.mnist import DataError
from nnviz.experiments import executor, search
from nnviz.experiments.plan import Plan, PlanRefused, Trial
from nnviz.history import repository
from nnviz.history.repository import DatabaseUnavailable, Experiment
from nnviz.jobs import background, estimates, job_files
from nnviz.jobs.live_job import LEVELS, Lane, LiveJob
from nnviz.jobs.records import MOST_OWN_EXPERIMENTS, ExperimentStatus, Job, JobError
from nnviz.jobs.scheduling import Scheduler
from nnviz.jobs.worker import Message

STARTING = 3.0  # seconds until the workers are there and have the digits
_BEAT, _RETRY = 3.0, 10.0  # seconds: between two signs of life, and until a missing history is asked again
_CLOSED = say("The app was closed or restarted while this experiment ran; the rows so far are kept.")

log = logging.getLogger(__name__)


def start_experiment(
    plan: Plan,
    *,
    owner: str,
    study: str = "",
    address: str = "",
    confirmed: bool = False,
    by: Actor | None = None,
) -> str:
    """Begin an experiment on the workers that trainings use, and return its id. Returns at once.

    Parameters
    ----------
    study
        Its name in `studies`, or "".
    address
        From where it is asked for, "" when that is not known.
    confirmed
        That it is meant, though it takes more than an hour.
    by
        Who asks, if it is more than the owner: the teacher may use anybody's digits.

    Raises
    ------
    TooLong
        When it takes more than an hour, and is not confirmed.
    DataError
        For digits that are another's, or were deleted.
    JobError
        One sentence for the user, for a plan that cannot be carried out, or when MOST_OWN_EXPERIMENTS of the
        owner's are still running.
    """
    kept_digits.check_visible(plan.spec, by=by or Actor(owner))
    try:
        learn = executor.check(plan)
    except PlanRefused as error:
        raise JobError(str(error)) from error
    seconds = estimate_seconds(plan, learn)
    estimates.check(say("experiment"), seconds, confirmed=confirmed)
    live = _experiment_job(repository.new_experiment(plan, owner=owner, study=study), {})
    live.address, live.estimate = address, seconds

    def write() -> None:
        try:
            repository.begin_experiment(live.experiment)
        except DatabaseUnavailable as error:
            live.in_history = False
            words = say("{error} The rows will be gone when the app is closed.", error=error)
            live.experiment = replace(live.experiment, message=words)

    return background.scheduler().enter(live, write)


def resume_experiment(experiment_id: str, *, by: Actor, address: str = "") -> None:
    """Take up an experiment that was stopped or interrupted.

    Its rows stay, those that are missing or could not be trained are tried again. One that runs or is
    complete is left alone.

    Raises
    ------
    JobError
        When it cannot be started.
    DataError
        For digits that are another's by now, or were deleted.
    RecordNotFound
        When there is none of that id.
    NotYours
        When it is another's.
    DatabaseUnavailable
        When the database does not answer.
    """
    status = experiment_status(experiment_id)
    by.check(status.experiment.owner, say("go on with this experiment"))
    kept_digits.check_visible(status.experiment.plan.spec, by=by)
    known = {run.number: run for run in status.runs if not run.failure}
    if status.live or len(known) == status.experiment.total:
        return

    def write() -> None:
        for run in status.runs:
            if run.failure:
                repository.remove_run(run.id)
        repository.end_experiment(experiment_id, "running")

    taken_up = replace(status.experiment, state="running", message="")
    live = _experiment_job(taken_up, known)
    live.address, live.estimate = address, LEVELS[-1]  # it was not short, or it would have been done
    background.scheduler().enter(live, write)


def experiment_status(experiment_id: str) -> ExperimentStatus:
    """The experiment, wherever and whenever it ran.

    Raises
    ------
    RecordNotFound
        When there is none of that id.
    DatabaseUnavailable
        When the database does not answer.
    """
    for live in _known():
        if live.job.id == experiment_id:
            status = live.status(time.monotonic())
            return replace(status, place=background.find_job(experiment_id).place) if status.live else status
    return ExperimentStatus(
        repository.find_experiment(experiment_id), repository.runs_of_experiment(experiment_id)
    )


def latest_experiment(plan: Plan) -> ExperimentStatus | None:
    """What is known of the same question from before, whoever asked it: the experiment with the most rows.

    Raises
    ------
    DatabaseUnavailable
        When the database does not answer.
    """
    experiment = repository.find_answered_experiment(plan)
    return None if experiment is None else experiment_status(experiment.id)


def running_experiment(plan: Plan) -> str:
    """The id of an experiment of this process that asks the same question and is still running, or ""."""
    same = (live.job.id for live in _known() if live.job.live and live.experiment.plan.key == plan.key)
    return next(same, "")


def find_run(run_id: str) -> Run:
    """A run with its curves and answers.

    Raises
    ------
    RecordNotFound
        When there is none of that id.
    DatabaseUnavailable
        When the database does not answer.
    """
    for live in _known():
        for run in live.runs.copy().values():
            if run.id == run_id and run.answers is not None:
                return run
    return repository.find_run(run_id)


def stop_experiment(experiment_id: str, *, by: Actor) -> None:
    """End an experiment within a second or so; its rows stay.

    Raises
    ------
    RecordNotFound
        When there is none of that id.
    NotYours
        When it is another's.
    DatabaseUnavailable
        When the database does not answer.
    """
    if any(live.job.id == experiment_id and live.job.live for live in _known()):
        background.stop_job(experiment_id, by=by)
        return
    status = experiment_status(experiment_id)
    by.check(status.experiment.owner, say("stop this experiment"))
    if status.live:
        repository.end_experiment(experiment_id, "stopped", say("Stopped."))  # its process will notice


def estimate_seconds(plan: Plan, learn: int) -> float:
    """About how many seconds an experiment takes on the workers there are.

    Right within a factor of two or so, as busy as the machine is now.

    Parameters
    ----------
    learn
        Digits that each training learns from.
    """
    threads = background.threads()
    alone = estimates.seconds_of_trials(plan.trials(), learn, threads)
    return STARTING + alone * search.share(plan) * estimates.slowdown(threads)


@dataclass(eq=False, kw_only=True)
class ExperimentJob(LiveJob):
    """An experiment of this process. Times are of `time.monotonic`.

    Attributes
    ----------
    runs
        By number.
    in_history
        Whether the history knows of it.
    unsaved
        Rows that it has not taken yet.
    retry
        Not to be asked before.
    new
        Numbers of the rows that came since `began`.
    saving
        Held meanwhile.
    """

    noun = say("experiment")
    most_own = own_running = MOST_OWN_EXPERIMENTS
    most_live = 80
    one_task = False

    experiment: Experiment
    trials: tuple[Trial, ...]
    runs: dict[int, Run]
    in_history: bool = True
    unsaved: list[Run] = field(default_factory=list)
    beaten: float = 0.0
    retry: float = 0.0
    new: set[int] = field(default_factory=set)
    saving: threading.Lock = field(default_factory=threading.Lock)
    scheduler: Scheduler | None = None

    def widen(self, threads: int) -> None:
        """A lane for each trial whose row is missing, as long as there are workers for them."""
        wanted = min(threads, len(self.trials) - len(self.runs))
        for lane in [lane for lane in self.lanes if not lane.begun][: max(0, len(self.lanes) - wanted)]:
            self.lanes.remove(lane)
        names = {lane.name for lane in self.lanes}
        free = (name for number in itertools.count() if (name := f"{self.job.id}-{number}") not in names)
        while len(self.lanes) < wanted:
            self.lanes.append(Lane(self, next(free)))

    def hear(self, message: Message, now: float) -> None:
        """Nothing of what a worker says of a trial: it is heard of when it has ended."""

    # As `executor.Lanes`.

    def free(self) -> list[str]:
        """The lanes that may be given a trial."""
        return [] if self.scheduler is None else self.scheduler.free_lanes(self)

    def send(self, lane: str, client: Any, task: Callable[..., Any], *arguments: Any, key: str) -> Any:
        """A trial goes to a worker."""
        assert self.scheduler is not None
        return self.scheduler.send_in_lane(self, lane, client, task, *arguments, key=key)

    def over(self, lane: str) -> None:
        """Its trial has ended."""
        assert self.scheduler is not None
        self.scheduler.lane_ended(lane)

    def status(self, now: float) -> ExperimentStatus:
        """The experiment as it stands: as long as the job is not over, it runs."""
        rows = tuple(run for _, run in sorted(self.runs.copy().items()))
        live = self.job.live
        found = replace(self.experiment, done=len(rows))
        return ExperimentStatus(
            replace(found, state="running") if live else found, rows, self.left(now) if live else None
        )

    def left(self, now: float) -> float | None:
        """Seconds to the end, told by the work that is done and the work that is not.

        None of a race: its rows come by thirds, and the last of them take as long as all others.
        """
        if self.experiment.plan.halving:
            return None
        done = sum(trial.work for trial in self.trials if trial.number in self.new)
        open_ = sum(trial.work for trial in self.trials if trial.number not in self.runs)
        so_far = now - self.began
        return so_far / done * open_ if done and so_far > 1 else None

    def carry_out(self, scheduler: Scheduler) -> Job:
        """All trials whose rows are missing."""
        self.scheduler = scheduler
        self.began = self.beaten = time.monotonic()
        todo = [trial for trial in self.trials if trial.number not in self.runs]
        plan = self.experiment.plan
        race = {"race": search.Race(plan, self.runs)} if plan.halving else {}
        try:
            executor.run(
                todo,
                scheduler.client,
                self._arrived,
                self._stopping,
                owner=self.experiment.owner,
                lanes=self,
                **race,
            )
        except DataError as error:
            return self.ended("failed", str(error))
        whole = len(self.runs) == len(self.trials)
        return self.ended("done", "" if whole else say("Stopped; the rows so far are kept."))

    def make_safe(self, job: Job) -> Job:
        """The rows that are not in the history yet, and how the experiment ended."""
        state: repository.State = "done" if job.state == "done" else "failed"
        message = job.message
        if message == job_files.GONE:
            state, message = "interrupted", _CLOSED
        elif state == "done" and len(self.runs) < len(self.trials):
            state = "stopped"
        self.retry = 0.0
        self._save()
        if self.unsaved:
            message = " ".join(
                [message, say("{n} rows could not be written down.", n=len(self.unsaved))]
            ).strip()
        try:
            if self.in_history:
                repository.end_experiment(job.id, state, message)
        except DatabaseUnavailable as error:
            log.warning("%s", error)
        message = message or self.experiment.message
        self.experiment = replace(self.experiment, state=state, message=message)
        return replace(job, message=message)

    @property
    def remembered(self) -> bool:
        """What the history does not know of it is remembered here."""
        return not self.in_history or bool(self.unsaved)

    def _arrived(self, run: Run) -> None:
        """Take in a row: into the history if that can be, and into what is told of the experiment."""
        run = replace(run, id=repository.new_id(), owner=self.experiment.owner)
        self.unsaved.append(run)
        self.runs[run.number] = run
        self.new.add(run.number)
        self._save()
        self._learn_pace(run)

    def _learn_pace(self, run: Run) -> None:
        """Estimates of what is begun next are told by how long this took, where it was our own network."""
        epochs = len(run.card.history.epochs)
        if run.failure or run.library != kinds.MLP.library or not epochs or run.score(search.STOPPED):
            return
        (trial,) = (trial for trial in self.trials if trial.number == run.number)
        shorter = epochs / max(1, int(run.card.settings.get("max_iter") or epochs))
        estimates.ended(estimates.seconds_of_trials([trial], run.card.n_train, 1) * shorter, run.card.seconds)

    def _save(self) -> None:
        """Write down the rows that are not yet. While the history is missing they stay here, and whole."""
        if not self.in_history or time.monotonic() < self.retry:
            return
        with self.saving:
            try:
                while self.unsaved:
                    kept = repository.record_run(self.unsaved[0])
                    self.runs[kept.number] = _light(kept)
                    self.unsaved.pop(0)
            except DatabaseUnavailable as error:
                log.warning("%s", error)
                self.retry = time.monotonic() + _RETRY

    def given_up(self) -> bool:
        """Gives a sign of life, though nothing of it has begun."""
        return self._stopping()

    def _stopping(self) -> bool:
        """Whether to stop; now and then gives a sign of life, and hears whether another process says stop."""
        now = time.monotonic()
        if self.in_history and now - self.beaten > _BEAT and now > self.retry:
            self.beaten = now
            try:
                if not repository.record_heartbeat(self.job.id):
                    self.stopping = now
            except DatabaseUnavailable as error:
                log.warning("%s", error)
                self.retry = now + _RETRY
        return self.stopping is not None or not self.job.live


def _experiment_job(experiment: Experiment, runs: dict[int, Run]) -> ExperimentJob:
    job = Job(experiment.id, experiment.owner, "experiment", experiment.title)
    trials = experiment.plan.trials(experiment.id)
    return ExperimentJob(job=job, experiment=experiment, trials=trials, runs=runs)


def _known() -> list[ExperimentJob]:
    return background.scheduler().known(ExperimentJob)


def _light(run: Run) -> Run:
    """The run without what the history has anyway."""
    return replace(run, answers=None, card=replace(run.card, history=History((), run.card.history.ending)))
