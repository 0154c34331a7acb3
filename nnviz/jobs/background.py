"""The jobs of this process: the one scheduler that it has, and what others ask of it."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from nnviz.core.identity import Actor
from nnviz.core.words import say
from nnviz.jobs.records import Job, Steering
from nnviz.jobs.scheduling import Scheduler

_opening = threading.Lock()
_scheduler: Scheduler | None = None


def scheduler() -> Scheduler:
    """The one of this process."""
    global _scheduler
    with _opening:
        if _scheduler is None:
            _scheduler = Scheduler()
        return _scheduler


def find_job(job_id: str) -> Job:
    """The job as it is now, wherever it runs and whenever it ran.

    Raises
    ------
    JobMissing
        When there is none of that id.
    """
    return scheduler().find_job(job_id)


def jobs_of(owner: str) -> tuple[Job, ...]:
    """The owner's jobs, those that are running or waiting first."""
    return scheduler().jobs_of(owner)


def live_jobs(*, by: Actor) -> tuple[Job, ...]:
    """Everybody's jobs in this process that have not ended, those at work first; for the teacher.

    Raises
    ------
    NotYours
        For anybody else.
    """
    return scheduler().live_jobs(by)


def numbers() -> Counter[tuple[str, str]]:
    """How many live jobs this process has, by kind and state; it asks nobody and starts nothing."""
    return _scheduler.numbers() if _scheduler is not None else Counter()


def stop_job(job_id: str, *, by: Actor) -> None:
    """Have a job end within a second, keeping what there is so far; one that has ended stays as it is.

    One that is still waiting just leaves the queue. Who waits for it with others only leaves it to them.
    Returns at once.

    Raises
    ------
    NotYours
        When it is another's.
    JobMissing
        When there is none of that id.
    """
    scheduler().stop(job_id, by=by)


def steer_job(job_id: str, how: Steering, *, by: Actor) -> None:
    """Have a training pause, go on for a batch or an epoch, or go on. Returns at once.

    A pause lasts for `live_job.PAUSE` seconds after the last that was asked; then it goes on by itself.

    Raises
    ------
    NotYours
        When it is another's.
    JobError
        When it is not under way, or not here.
    JobMissing
        When there is none of that id.
    """
    job = find_job(job_id)
    by.check(job.owner, say("pause this training, or let it go on"))
    scheduler().pauses.steer(job, how)


def threads() -> int:
    """How many tasks the workers can do side by side, as far as is known without asking."""
    return scheduler().threads


def prepare() -> None:
    """Have the workers started meanwhile, for the first job not to wait for them."""
    scheduler().prepare()


def client() -> Any:
    """A distributed.Client connected to the workers, for other work that is to be spread over them.

    The first call takes a second or two, and so does one after the cluster has died.

    Raises
    ------
    cluster.ClusterMissing
        When no cluster can be had.
    """
    return scheduler().client()


def close() -> None:
    """Let go of the workers. Jobs that are under way are cut off; the next call starts afresh."""
    global _scheduler
    with _opening:
        closing, _scheduler = _scheduler, None
    if closing is not None:
        closing.close()
