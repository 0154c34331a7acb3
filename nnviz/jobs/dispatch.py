"""What goes to the workers: tasks, requests to stop, and digits, which travel once.

A `client` is a distributed.Client, a `future` a distributed.Future.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.jobs import worker
from nnviz.jobs.live_job import Lane, LiveJob
from nnviz.jobs.window import Seen

if TYPE_CHECKING:
    from nnviz.jobs.cluster import Cluster

T = TypeVar("T")
_PATIENCE = 3.0  # seconds for a worker to say that it is there
_SENDING = 15.0  # and to take digits


class WorkerSilent(OSError):
    """A worker did not answer in time."""


def within(seconds: float, ask: Callable[[], T]) -> T:
    """What `ask` returns, or raises.

    Raises
    ------
    WorkerSilent
        When that takes longer. The thread that waits for it is left behind; it ends with the worker.
    """
    answer: Future[T] = Future()

    def go() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=go, name="nnviz-ask", daemon=True).start()
    if not wait([answer], seconds).done:
        raise WorkerSilent("A worker did not answer in time.")
    return answer.result()


def answers(client: Any, address: str) -> bool:
    """Whether that worker is there and answers, which a frozen one does not."""
    try:
        within(_PATIENCE, lambda: client.run(worker.is_here, workers=[address]))
    except Exception:  # whatever is wrong with it
        return False
    return True


def by_load(client: Any, ours: Mapping[str, int], waiting: Mapping[str, int]) -> list[str]:
    """The addresses of all workers, first those with the least to do for each of their threads.

    Parameters
    ----------
    ours
        Tasks of ours at each address, of which the scheduler may not know yet.
    waiting
        Tasks of ours that have given way there, of which it does not know.
    """
    threads: dict[str, int] = client.nthreads()
    processing = client.processing()

    def load(address: str) -> tuple[float, int]:
        known = len(processing.get(address, ())) - waiting.get(address, 0)
        return max(ours.get(address, 0), known) / threads[address], waiting.get(address, 0)

    return sorted(threads, key=load)


def submit_task(
    client: Any, lane: Lane, topic: str, task: Callable[..., Any], *arguments: Any, key: str
) -> Any:
    """The future of a lane's task, on its worker or, should that one die, on any other."""
    return client.submit(
        worker.carry_out,
        task,
        lane.name,
        topic,
        lane.long,
        *arguments,
        key=key,
        pure=False,
        workers=[lane.worker],
        allow_other_workers=True,
        priority=1,  # before what else is spread over the workers
    )


def pass_on_turn(cluster: Cluster, lane: Lane, *, goes_on: bool) -> None:
    """Tell the worker that a lane's turn has come, for how much of its work, or is over. Never waits."""
    lane.told += 1
    address, name, told, until = lane.worker, lane.name, lane.told, lane.live.until if goes_on else ""

    def ask() -> None:
        with contextlib.suppress(Exception):  # a worker that has died needs no asking
            cluster.client().run(worker.give_turn, name, told, goes_on, until, workers=[address])

    threading.Thread(target=ask, name=f"nnviz-turn-{name}", daemon=True).start()


def look(client: Any, live: LiveJob, have: int) -> Seen | None:
    """What the worker of a training lets see of its network that is newer than number `have`.

    Raises
    ------
    WorkerSilent
        When it does not answer in time.
    OSError
        When it cannot be reached.
    """
    address, name = live.worker, live.job.id
    found = within(_PATIENCE, lambda: client.run(worker.look, name, have, workers=[address]))
    seen: Seen | None = found.get(address)
    return seen


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


def sent_before(client: Any, load: Any, address: str) -> Any:
    """A distributed.Future of what is too large to travel with a task, once that worker has it.

    Raises
    ------
    WorkerSilent
        When the worker does not take it.
    OSError
        When it cannot be reached.
    """
    return within(_SENDING, lambda: client.scatter(load, workers=[address], hash=False))


@dataclass(eq=False)
class _Parcel:
    """A split on its way to the workers. sending: held meanwhile, by the one who sends it; address: first."""

    sending: threading.Lock = field(default_factory=threading.Lock)
    future: Any = None
    address: str = ""
    users: set[str] = field(default_factory=set)


class Digits:
    """Splits in the workers' memory: those in use, and the one used last.

    Who sends digits holds up those alone who wait for the same ones, and not for long.
    """

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
        WorkerSilent
            When the worker does not take them.
        OSError
            When it cannot be reached.
        """
        with self._lock:
            parcel = self._parcels.pop(spec) if spec in self._parcels else _Parcel()
            self._parcels[spec] = parcel
            parcel.users.add(job)
            self._forget_unused()
        with parcel.sending:
            if not self._is_there(parcel, client, address):
                split = splits.load_split(spec)
                parcel.future = sent_before(client, split, address)
                parcel.address = address
            return parcel.future

    def _is_there(self, parcel: _Parcel, client: Any, address: str) -> bool:
        future = parcel.future
        if future is None or future.client is not client or future.status != "finished":
            return False
        return parcel.address == address or answers(client, parcel.address)

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
