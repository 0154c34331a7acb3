"""What goes to the workers: tasks, requests to stop, and digits, which travel once.

A `client` is a distributed.Client, a `future` a distributed.Future.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.jobs import worker
from nnviz.jobs.queue import LiveJob


def least_busy(client: Any, ours: Mapping[str, int]) -> str:
    """The worker with the least to do for each of its threads.

    Parameters
    ----------
    ours
        Jobs that have been given to each address, of which the scheduler may not know yet.

    Returns
    -------
    str
        Its address; "" while there is none.
    """
    threads: dict[str, int] = client.nthreads()
    processing = client.processing()

    def load(address: str) -> float:
        return max(ours.get(address, 0), len(processing.get(address, ()))) / threads[address]

    return min(threads, key=load, default="")


def submit(client: Any, live: LiveJob, topic: str) -> Any:
    """The future of the job's task, on its worker or, should that one die, on any other."""
    task, arguments = live.task(client)
    return client.submit(
        worker.carry_out,
        task,
        live.job.id,
        topic,
        *arguments,
        key=f"{live.job.kind}-{live.job.id}-{time.monotonic_ns()}",
        pure=False,
        workers=[live.worker],
        allow_other_workers=True,
        priority=1,  # somebody watches: before what else is spread over the workers
    )


def pass_on_stop(live: LiveJob, *, patient: bool = True) -> None:
    """Ask the worker to stop; if it has not begun, or out of patience, have Dask forget it. Never waits."""
    future, address, job_id = live.future, live.worker, live.job.id
    begun = bool(live.run)

    def ask() -> None:
        with contextlib.suppress(Exception):  # a worker that has died needs no asking
            if begun and patient:
                future.client.run(worker.ask_to_stop, job_id, workers=[address])
            else:
                future.cancel()

    if future is not None:
        threading.Thread(target=ask, name=f"nnviz-stop-{job_id}", daemon=True).start()


@dataclass(eq=False)
class _Parcel:
    future: Any
    users: set[str] = field(default_factory=set)


class Digits:
    """Splits in the workers' memory: those in use, and the one used last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parcels: dict[DataSpec, _Parcel] = {}  # the one taken last is last

    def take(self, client: Any, spec: DataSpec, address: str, job: str) -> Any:
        """A distributed.Future of the split, loaded and sent to the worker unless one has it.

        Parameters
        ----------
        address
            The worker's.

        Raises
        ------
        data.DataError
            When the digits cannot be had.
        OSError
            When the worker cannot be reached.
        """
        with self._lock:
            parcel = self._parcels.pop(spec, None)
            if parcel is None or parcel.future.client is not client or parcel.future.status != "finished":
                split = splits.load_split(spec)
                parcel = _Parcel(client.scatter(split, workers=[address], hash=False))
            self._parcels[spec] = parcel
            parcel.users.add(job)
            self._forget_unused()
            return parcel.future

    def give_back(self, job: str) -> None:
        """That job has ended."""
        with self._lock:
            for parcel in self._parcels.values():
                parcel.users.discard(job)
            self._forget_unused()

    def _forget_unused(self) -> None:
        for spec, parcel in list(self._parcels.items())[:-1]:
            if not parcel.users:
                del self._parcels[spec]  # and Dask forgets what no future names
