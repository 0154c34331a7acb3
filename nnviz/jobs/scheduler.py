"""Who trains next, and what becomes of a training when it ends: the inside of `jobs`.

Every running training has a thread here that sends it to a worker and waits for what comes back, so that its
way from the queue to the store can be read from top to bottom (`Office._train`). What workers say on the way
arrives in a thread of Dask's. All that is shared is behind one lock, and nobody waits for anything in it.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any

from nnviz.core.json_records import clean
from nnviz.core.records import History, Work
from nnviz.core.results import Run
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.jobs import dispatch, job_files, queue, run_recorder, worker
from nnviz.jobs.cluster import Cluster, ClusterMissing
from nnviz.jobs.job import Job, JobError, State
from nnviz.jobs.queue import Training
from nnviz.model_store import store
from nnviz.trainers import base

MOST_WAITING = 20  # trainings of one owner that have not ended
MOST_LIVE = 300  # and of all owners together
MOST_ENDED = 100  # that are remembered here; the ledger remembers more
MOST_ATTEMPTS = 4  # Dask's own measure as well
_STUBBORN = 15.0  # seconds after which a training that was asked to stop is given up
_BEAT, _WRITE_EVERY = 0.5, 3.0  # seconds
_LONG = 1000  # epochs: longer curves are written down again when they are twice as long

_DIED = f"Its worker process died {MOST_ATTEMPTS} times; perhaps it needs more memory than there is."
_DESERTED = "No worker is connected to the cluster; the training begins again when one is."
_NOTHING = "Stopped before there was a network to keep."

log = logging.getLogger(__name__)


class Office:
    """All the trainings of this process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._writing = threading.Lock()  # of the ledger: the last word on a job must be written last
        self._live: dict[str, Training] = {}
        self._ended: OrderedDict[str, Job] = OrderedDict()
        self._number = 0
        self._closed = False
        self._wake = threading.Event()
        self._beating: threading.Thread | None = None
        self._cluster = Cluster(self._hear)
        self._digits = dispatch.Digits()
        atexit.register(self.close)

    def start(
        self, kind: Work, spec: DataSpec, settings: Mapping[str, Any], *, owner: str, title: str
    ) -> str:
        """As `jobs.start`."""
        try:
            epochs = base.of(kind).epochs(settings)
        except base.TrainingRefused as error:
            raise JobError(str(error)) from error
        job = Job(
            id=job_files.new_id(),
            owner=clean(owner),
            kind=kind,
            title=clean(title) or kind.upper(),
            total_epochs=epochs,
        )
        with self._lock:
            if sum(training.job.owner == job.owner for training in self._live.values()) >= MOST_WAITING:
                raise JobError(
                    f"{MOST_WAITING} of your trainings are waiting already; please stop some first."
                )
            if len(self._live) >= MOST_LIVE:
                raise JobError("The queue is full; please try again when some trainings have ended.")
        try:
            job_files.write(job)
            job_files.prune()
        except OSError as error:
            raise JobError(f"The training could not be written down: {error.strerror}.") from error
        with self._lock:
            self._number += 1
            self._live[job.id] = Training(job, spec, dict(settings), self._number)
            self._dispatch()
            if self._beating is None:
                self._beating = threading.Thread(target=self._beat, name="nnviz-beat", daemon=True)
                self._beating.start()
        self._wake.set()
        return job.id

    def look(self, job_id: str) -> Job:
        """As `jobs.look`."""
        with self._lock:
            if job_id in self._ended:
                return self._ended[job_id]
            if job_id in self._live:
                return self._told(self._live[job_id])
        return job_files.read(job_id)

    def of(self, owner: str) -> tuple[Job, ...]:
        """As `jobs.of`."""
        found = {job.id: job for job in job_files.of(owner)}
        with self._lock:
            ours = [*self._ended.values(), *map(self._told, self._live.values())]
        found |= {job.id: job for job in ours if job.owner == owner}
        return tuple(sorted(found.values(), key=lambda job: (not job.live, job.place, -(job.started or 0))))

    def stop(self, job_id: str) -> None:
        """As `jobs.stop`."""
        with self._lock:
            training = self._live.get(job_id)
            waiting = training is not None and training.job.state == "queued"
            if training is not None and waiting:
                del self._live[job_id]  # so that its turn does not come meanwhile
            elif training is not None and training.stopping is None:
                training.stopping = time.monotonic()
                training.job = dataclasses.replace(training.job, message="Stopping …")
                dispatch.pass_on_stop(training)
        if training is not None and waiting:
            self._end(training, "done", "Stopped before it began.")
        elif training is None and self.look(job_id).live:
            job_files.ask_to_stop(job_id)  # another process of the app runs it

    @property
    def threads(self) -> int:
        """As `jobs.threads`."""
        return self._cluster.threads

    def prepare(self) -> None:
        """As `jobs.prepare`."""

        def connect() -> None:
            with contextlib.suppress(ClusterMissing):  # the first training will say so
                self.client()

        threading.Thread(target=connect, name="nnviz-prepare", daemon=True).start()

    def client(self) -> Any:
        """As `jobs.client`."""
        return self._cluster.client()

    def close(self) -> None:
        """As `jobs.close`; done at the end of the process as well."""
        atexit.unregister(self.close)
        self._closed = True
        self._wake.set()
        with self._lock:
            lost = list(self._live.values())
        for training in lost:
            self._end(training, "failed", job_files.GONE)
        self._cluster.close()

    def _told(self, training: Training) -> Job:
        """The job as it is now. The lock is held."""
        job = training.told(time.monotonic())
        if job.state == "queued":
            return dataclasses.replace(job, place=queue.turns(self._live.values()).index(training) + 1)
        return job

    def _dispatch(self) -> None:
        """Let those begin whose turn it is. The lock is held."""
        if self._closed:
            return
        for training in queue.next_up(self._live.values(), self._cluster.threads):
            training.job = dataclasses.replace(
                training.job, state="running", started=time.time(), message="Waiting for a worker …"
            )
            name = f"nnviz-{training.job.id}"
            threading.Thread(target=self._run, args=(training,), name=name, daemon=True).start()

    # From the queue to the store.

    def _run(self, training: Training) -> None:
        """The thread of a running training: whatever happens in it, the job ends and the next one begins."""
        try:
            run_recorder.begin(training)
            self._train(training)
        except (ClusterMissing, DataError) as error:
            self._end(training, "failed", str(error))
        except Exception as error:
            log.exception("Job %s", training.job.id)
            self._end(training, "failed", _unexpected(type(error).__name__))
        finally:
            self._digits.give_back(training.job.id)

    def _train(self, training: Training) -> None:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        for _ in range(MOST_ATTEMPTS):
            if training.stopping is not None:
                return self._end(training, "done", _NOTHING)
            try:
                outcome = self._send(training).result()
            except KilledWorker:
                break
            except (FutureCancelledError, OSError) as error:
                # Stopped by us; or the digits were lost with a worker, or the whole cluster went: then again.
                if self._closed:
                    return None
                log.warning("Job %s came back without a network: %s", training.job.id, error)
            else:
                return self._take_in(training, outcome)
        return self._end(training, "failed", _DIED)

    def _send(self, training: Training) -> Any:
        """Hand the training to the worker with the least to do; its distributed.Future."""
        client = self.client()
        while True:
            with self._lock:
                ours = Counter(t.worker for t in self._live.values() if t is not training)
            training.worker = dispatch.least_busy(client, ours)
            if training.worker:
                break
            if training.stopping is not None or self._closed:
                raise ClusterMissing("Stopped while no worker was connected to the cluster.")
            time.sleep(_BEAT)
        digits = self._digits.take(client, training.spec, training.worker, training.job.id)
        training.run = ""
        training.future = dispatch.submit(client, training, digits, self._cluster.topic)
        with self._lock:
            if training.stopping is not None:
                dispatch.pass_on_stop(training)
        return training.future

    def _take_in(self, training: Training, outcome: Any) -> None:
        """Keep the network that came back, or say why there is none."""
        if isinstance(outcome, worker.Failure):
            log.error("Job %s: %s", training.job.id, outcome.details)
            return self._end(training, "failed", _unexpected(outcome.name))
        if isinstance(outcome, base.TrainingRefused):
            return self._end(training, "failed", str(outcome))
        card = dataclasses.replace(outcome.card, spec=dataclasses.asdict(training.spec))
        try:
            entry = store.put(outcome.model, outcome.suffix, card, "recent")
        except OSError as error:
            log.exception("Job %s", training.job.id)
            return self._end(training, "failed", f"The network could not be saved: {error.strerror}.")
        message = card.history.note or (training.job.message if training.begun > 1 else "")
        run = run_recorder.of_network(training, entry.card, outcome.answers)
        return self._end(training, "done", message, outcome.history or card.history, entry.name, run)

    def _end(
        self,
        training: Training,
        state: State,
        message: str,
        history: History | None = None,
        result: str = "",
        run: Run | None = None,
    ) -> None:
        """The last word on a training. Before anybody hears it, its run is safe for the history."""
        job = dataclasses.replace(
            training.job,
            state=state,
            message=message,
            history=history or History(tuple(training.epochs), ending="stopped"),
            result=result,
        )
        with self._writing:
            if job.id in self._ended:
                return  # the office was closed meanwhile
            if run is None and state == "failed" and training.job.started:
                run = run_recorder.of_failure(training, job)
            job = dataclasses.replace(job, message=run_recorder.keep(job.id, run, job.message))
            try:
                job_files.write(job)
            except OSError:
                log.exception("Job %s could not be written down", job.id)
            with self._lock:
                self._live.pop(job.id, None)
                self._ended[job.id] = job
                while len(self._ended) > MOST_ENDED:
                    self._ended.popitem(last=False)
                self._dispatch()
        if run is not None and not self._closed:
            run_recorder.catch_up()

    # What is heard, and what is passed on.

    def _hear(self, message: worker.Message) -> None:
        """A message of a worker's, in a thread of Dask's."""
        with self._lock:
            training = self._live.get(message["job"])
            if training is not None and training.job.state == "running":
                training.hear(message, time.monotonic())
                if "began" in message and training.stopping is not None:
                    dispatch.pass_on_stop(training)

    def _beat(self) -> None:
        """Twice a second: is there word from other processes; now and then: write down where things stand."""
        written = 0.0
        while not self._closed:
            with self._lock:
                live = list(self._live.values())
            if not live:
                self._wake.wait()
                self._wake.clear()
            now = time.monotonic()
            for training in live:
                if job_files.asked_to_stop(training.job.id):
                    self.stop(training.job.id)
                if training.stopping is not None and now - training.stopping > _STUBBORN:
                    dispatch.pass_on_stop(training, patient=False)
            if now - written > _WRITE_EVERY:
                written = now
                self._count()
                for training in live:
                    self._note(training)
            time.sleep(_BEAT)

    def _count(self) -> None:
        """Somebody else's cluster may have grown, or lost its last worker."""
        self._cluster.count()
        with self._lock:
            for training in self._live.values():
                if self._cluster.deserted and training.job.state == "running" and not training.stopping:
                    training.job = dataclasses.replace(training.job, message=_DESERTED)
            self._dispatch()

    def _note(self, training: Training) -> None:
        """Write down how far a training is, and that somebody still looks after it."""
        with self._writing:
            with self._lock:
                if training.job.id not in self._live:
                    return
                job = self._told(training)
            try:
                epochs = len(job.history.epochs)
                if epochs <= _LONG or epochs >= 2 * training.written:
                    job_files.write(job)
                    training.written = epochs
                else:
                    job_files.touch(job.id)
            except OSError:
                log.exception("Job %s could not be written down", job.id)


def _unexpected(name: str) -> str:
    return f"The training failed unexpectedly ({clean(name)}); the server's log has the details."
