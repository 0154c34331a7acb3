"""Training in the background: start it, look at it from anywhere, stop it, find its network in the store.

    job_id = jobs.start("mlp", DataSpec(), {"max_iter": 100}, owner="somebody")
    jobs.look(job_id).history.epochs      # as often as you like: it costs microseconds
    jobs.stop(job_id)                     # the network so far is kept
    store.load(jobs.look(job_id).result)  # once it is "done"

An owner (a browser) has one training running at a time, and no more run than there are workers; the others
wait, those first whose owner has the fewest before them. A training that ends is saved under "recent" at once
by this process, whether anybody looks or not. One whose worker process dies is begun again.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnviz.core.records import Work
from nnviz.jobs.job import Job, JobError, JobMissing

if TYPE_CHECKING:
    from nnviz.data.splits import DataSpec
    from nnviz.jobs.scheduler import Office

__all__ = [
    "Job",
    "JobError",
    "JobMissing",
    "client",
    "close",
    "find_cut_off",
    "look",
    "of",
    "prepare",
    "start",
    "stop",
    "threads",
]

_lock = threading.Lock()
_office: Office | None = None


def start(kind: Work, spec: DataSpec, settings: Mapping[str, Any], *, owner: str, title: str = "") -> str:
    """Queue a training on the digits of `spec` and return its id. Returns at once.

    Raises JobError, with one sentence for the user, for settings that cannot be trained with, or when the
    owner has too many trainings waiting.
    """
    return _open().start(kind, spec, settings, owner=owner, title=title)


def look(job_id: str) -> Job:
    """The job as it is now, wherever it runs and whenever it ran. Raises JobMissing."""
    return _open().look(job_id)


def stop(job_id: str) -> None:
    """Have a training end within a second, keeping its network so far; one that has ended stays as it is.

    One that is still waiting just leaves the queue. Returns at once. Raises JobMissing.
    """
    _open().stop(job_id)


def of(owner: str) -> tuple[Job, ...]:
    """The owner's jobs, those that are running or waiting first."""
    return _open().of(owner)


def prepare() -> None:
    """Start the worker processes in the background, so that the first training need not wait for them."""
    _open().prepare()


def threads() -> int:
    """How many trainings can run side by side, as far as is known without asking."""
    return _open().threads


def client() -> Any:
    """A distributed.Client connected to the workers, for other work that is to be spread over them.

    The first call takes a second or two, and so does one after the cluster has died. Raises
    cluster.ClusterMissing.
    """
    return _open().client()


def find_cut_off() -> None:
    """Have the trainings that a killed process has left behind become runs, which wait for the history."""
    from nnviz.jobs import run_recorder

    run_recorder.find_cut_off()


def close() -> None:
    """Let go of the workers. Trainings that are under way are lost; the next call starts afresh."""
    global _office
    with _lock:
        office, _office = _office, None
    if office is not None:
        office.close()


def _open() -> Office:
    global _office
    with _lock:
        if _office is None:
            # Not with the module: the processes of `jobs.cluster` import it too, and need none of this.
            from nnviz.jobs.scheduler import Office

            _office = Office()
        return _office
