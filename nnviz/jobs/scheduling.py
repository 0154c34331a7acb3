"""The manager of all jobs: who is next, what becomes of a job when it ends, and what of a stop.

Every running job has a thread here in which its kind carries it out, most by a task that is sent to a worker
and waited for (`Scheduler.on_a_worker`). What workers say on the way arrives in a thread of Dask's. All that
is shared is behind one lock, and nobody waits for anything in it: what has to be asked of a worker, which may
be frozen, is asked outside of it and not for long.
"""

from __future__ import annotations

import atexit
import dataclasses
import logging
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from nnviz.core import measures
from nnviz.core.identity import PROGRAM, Actor, NotYours
from nnviz.core.json_records import clean
from nnviz.core.words import say
from nnviz.jobs import admission, dispatch, job_files, queue, worker
from nnviz.jobs.choosing import Chooser
from nnviz.jobs.cluster import Cluster, ClusterMissing
from nnviz.jobs.live_job import Lane, LiveJob
from nnviz.jobs.pausing import Pauses
from nnviz.jobs.records import Job, JobError

MOST_ENDED = 100  # that are remembered here; their files remember more
MOST_ATTEMPTS = 4  # Dask's own measure as well
_STUBBORN = 15.0  # seconds after which a job that was asked to stop is given up
_BEAT, _WRITE_EVERY = 0.5, 3.0  # seconds
_LONG = 1000  # epochs: longer curves are written down again when they are twice as long
_SLOW_START = 8.0  # seconds after which a worker that was given a task, and is silent, is asked what it does

_DIED = say(
    "It broke off {most_attempts} times. Perhaps it needs more memory than there is.",
    most_attempts=MOST_ATTEMPTS,
)
_NOTHING = say("Stopped before there was anything to keep.")

log = logging.getLogger(__name__)
J = TypeVar("J", bound=LiveJob)


class Scheduler:
    """All the jobs of this process.

    Parameters
    ----------
    cluster
        The way to the workers, unless it is to make its own.
    """

    def __init__(self, cluster: Cluster | None = None) -> None:
        self._lock = threading.RLock()
        self._live: dict[str, LiveJob] = {}
        self._ended: OrderedDict[str, LiveJob] = OrderedDict()
        self._lanes: dict[str, Lane] = {}
        self._spent = queue.Spent()
        self._number = 0
        self._closed = False
        self._wake = threading.Event()
        self._beating: threading.Thread | None = None
        self._cluster = cluster or Cluster(self.hear)
        self._chooser = Chooser(self._cluster, self._begun, lambda: self._closed)
        self._prepared = False
        self.pauses = Pauses(self._lock, self._live, self._cluster, self._dispatch)
        atexit.register(self.close)

    def enter(self, live: LiveJob, write: Callable[[], object] = lambda: None) -> str:
        """Queue a job, or join its owner to the same one, and return its id.

        Parameters
        ----------
        write
            Writes down what its kind needs besides the job's file, once there is room for it; what it raises
            is raised here, and the job is forgotten.

        Raises
        ------
        JobError
            When it cannot be started.
        """
        job = live.job
        with self._lock:
            if job.id in self._live:
                raise JobError(say("This {noun} is running already.", noun=live.noun))
            twin = admission.check(live, self._live.values())
            if twin is not None:
                twin.joined.add(job.owner)
                return twin.job.id
            self._live[job.id] = live
            self._ended.pop(job.id, None)
        number = 0
        try:
            write()
            job_files.write_job(job)
            job_files.prune()
            number = 1
        except OSError as error:
            raise JobError(
                say(
                    "The {noun} could not be written down: {strerror}.",
                    noun=live.noun,
                    strerror=error.strerror,
                )
            ) from error
        finally:
            with self._lock:
                if number:
                    live.number = self._number = self._number + 1
                    self._dispatch()
                else:
                    self._forget(live)
        with self._lock:
            if self._beating is None:
                self._beating = threading.Thread(target=self._beat, name="nnviz-beat", daemon=True)
                self._beating.start()
        self._wake.set()
        return job.id

    def find_job(self, job_id: str) -> Job:
        """As the function `find_job`."""
        with self._lock:
            if job_id in self._ended:
                return self._ended[job_id].job
            if job_id in self._live:
                return self._told(self._live[job_id])
        return job_files.read_job(job_id)

    def jobs_of(self, owner: str) -> tuple[Job, ...]:
        """As the function `jobs_of`."""
        found = {job.id: job for job in job_files.jobs_of(owner)}
        with self._lock:
            found |= {id_: live.job for id_, live in self._ended.items() if live.waits_for(owner)}
            found |= {id_: self._told(live) for id_, live in self._live.items() if live.waits_for(owner)}
        return tuple(sorted(found.values(), key=lambda job: (not job.live, job.place, -(job.started or 0))))

    def live_jobs(self, by: Actor) -> tuple[Job, ...]:
        """As the function `live_jobs`."""
        if not (by.is_teacher or by.alone):
            raise NotYours(say("Only the teacher may see what everybody has asked for."))
        with self._lock:
            found = [self._told(live) for live in self._live.values()]
        return tuple(sorted(found, key=lambda job: (job.state == "queued", job.place, job.started or 0.0)))

    def numbers(self) -> Counter[tuple[str, str]]:
        """How many live jobs there are, by kind and state."""
        with self._lock:
            return Counter((live.job.kind, live.job.state) for live in self._live.values())

    def looks_after(self, job_id: str) -> bool:
        """Whether that job is a live one of this process."""
        with self._lock:
            return job_id in self._live

    def known(self, kind: type[J]) -> list[J]:
        """The jobs of a kind that this process knows of: the live ones, then the latest to end."""
        with self._lock:
            every = [*self._live.values(), *reversed(self._ended.values())]
        return [live for live in every if isinstance(live, kind)]

    def stop(self, job_id: str, *, by: Actor = PROGRAM) -> None:
        """As the function `stop_job`."""
        job = self.find_job(job_id)
        with self._lock:
            live = self._live.get(job_id)
            if not (live and live.waits_for(*by.names)):
                by.check(job.owner, say("stop this"))
            if live is not None and live.left_by(by):
                return
            words = (
                say("Stopped.") if live and live.job.state == "running" else say("Stopped before it began.")
            )
            at_once = live is not None and (live.job.state == "queued" or not live.patient)
            if live is not None and live.patient and live.waits_for_a_worker:
                at_once, words = True, _NOTHING
            if live is not None and live.stopping is None:
                live.stopping = time.monotonic()
                live.job = dataclasses.replace(live.job, message=say("Stopping …"))
                if not at_once:
                    dispatch.pass_on_stop(live)
            if live is not None and at_once:
                self._forget(live)  # so that its turn does not come meanwhile
        if live is not None and at_once:
            self._end(live, live.ended("done", words))
            dispatch.pass_on_stop(live, patient=False)
        elif live is None and self.find_job(job_id).live:
            job_files.ask_to_stop(job_id)  # another process of the app runs it

    @property
    def threads(self) -> int:
        """As the function `threads`."""
        return self._cluster.threads

    def prepare(self) -> None:
        """As the function `prepare`."""
        with self._lock:
            if self._prepared or self._closed:
                return
            self._prepared = True
        threading.Thread(target=self._try_workers, name="nnviz-prepare", daemon=True).start()

    def _try_workers(self) -> None:
        try:
            self.client()
        except ClusterMissing:
            pass  # said to whoever starts a job
        except Exception:
            if not self._closed:
                raise

    def client(self) -> Any:
        """As the function `client`."""
        return self._cluster.client()

    def close(self) -> None:
        """As the function `close`; done at the end of the process as well."""
        atexit.unregister(self.close)
        self._closed = True
        self._wake.set()
        with self._lock:
            lost = list(self._live.values())
        for live in lost:
            self._end(live, live.ended("failed", job_files.GONE))
        self._cluster.close()

    def _told(self, live: LiveJob) -> Job:
        """The job as it is now. The lock is held."""
        job = live.told(time.monotonic())
        if live.number and not live.rests and (job.state == "queued" or live.waits_in_the_midst):
            order = [lane.live for lane in queue.in_turn(self._live.values(), self._spent)]
            order = list(dict.fromkeys(order))
            return dataclasses.replace(job, place=order.index(live) + 1 if live in order else 1)
        return job

    def _dispatch(self) -> None:
        """Let those begin, or go on, whose turn it is, and have others give way. The lock is held."""
        if self._closed:
            return
        now, threads = time.monotonic(), self._cluster.threads
        for live in self._live.values():
            live.widen(threads)
        self._lanes = {lane.name: lane for live in self._live.values() for lane in live.lanes}
        self._spent.settle(self._lanes.values(), now)
        for lane in queue.next_up(self._live.values(), threads, self._spent):
            lane.state, lane.since, lane.counted = "running", now, now
            live = lane.live
            if live.job.state == "queued":
                message = say("Waiting until this computer is ready …")
                live.job = dataclasses.replace(
                    live.job, state="running", started=time.time(), message=message
                )
                name = f"nnviz-{live.job.id}"
                threading.Thread(target=self._run, args=(live,), name=name, daemon=True).start()
            elif lane.begun:
                dispatch.pass_on_turn(self._cluster, lane, goes_on=True)
        for lane in queue.give_way(self._live.values(), threads, now, self._spent):
            lane.state = "asked" if lane.begun else "waiting"
            if lane.begun:
                dispatch.pass_on_turn(self._cluster, lane, goes_on=False)

    def _let_go(self, lane: Lane) -> None:
        """That lane has given way. The lock is held."""
        self._spent.settle(self._lanes.values(), time.monotonic())
        lane.state = "waiting"
        self._dispatch()

    def _forget(self, live: LiveJob) -> None:
        """The job has left the queue. The lock is held."""
        self._spent.settle(self._lanes.values(), time.monotonic())
        self._live.pop(live.job.id, None)
        for lane in live.lanes:
            self._lanes.pop(lane.name, None)

    # What a job with several lanes does by itself; see `executor.Lanes`.

    def free_lanes(self, live: LiveJob) -> list[str]:
        """Those whose turn it is and that carry nothing."""
        with self._lock:
            return [lane.name for lane in live.lanes if lane.state == "running" and not lane.begun]

    def send_in_lane(
        self, live: LiveJob, name: str, client: Any, task: Callable[..., Any], *arguments: Any, key: str
    ) -> Any:
        """Have a task carried out in a lane; its distributed.Future."""
        lane = self._lanes.get(name) or Lane(live, name)  # it was stopped meanwhile
        address = self._chooser.choose(client, lane)
        with self._lock:
            lane.worker, lane.begun, lane.soft = address, True, False
        return dispatch.submit_task(client, lane, self._cluster.topic, task, *arguments, key=key)

    def _begun(self) -> list[Lane]:
        """The lanes whose task is with a worker."""
        with self._lock:
            return [lane for lane in self._lanes.values() if lane.begun]

    def lane_ended(self, name: str) -> None:
        """What a lane carried has ended."""
        with self._lock:
            lane = self._lanes.get(name)
            if lane is not None:
                lane.begun, lane.soft = False, False
                if lane.state == "asked":
                    self._let_go(lane)

    # From the queue to the end.

    def _run(self, live: LiveJob) -> None:
        """The thread of a running job: whatever happens in it, the job ends and the next one begins."""
        try:
            job = live.carry_out(self)
        except ClusterMissing as error:
            job = live.ended("failed", str(error))
        except Exception as error:
            if not self._closed:  # else what it worked with was taken from under it
                log.exception("Job %s", live.job.id)
            job = live.ended("failed", _unexpected(live, type(error).__name__))
        self._end(live, job)
        live.future = None  # for Dask to forget what came of it

    def on_a_worker(self, live: LiveJob) -> Job:
        """Have a job's task carried out by a worker, again when that one dies; how the job ended."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        for _ in range(MOST_ATTEMPTS):
            if live.stopping is not None:
                return live.ended("done", _NOTHING)
            waited = False
            try:
                future = self._send(live)
                self._see_that_it_begins(live, future)
                waited = live.waits_in_the_midst
                outcome = future.result()
            except KilledWorker:
                if not (waited or live.waits_in_the_midst):
                    break
            except (FutureCancelledError, OSError) as error:
                # Stopped by us; or its data were lost with a worker, or the whole cluster went: then again.
                if self._closed:
                    return live.ended("failed", job_files.GONE)
                log.warning("Job %s came back without a result: %s", live.job.id, error)
            else:
                if isinstance(outcome, worker.Failure):
                    log.error("Job %s: %s", live.job.id, outcome.details)
                    return live.ended("failed", _unexpected(live, outcome.name))
                return live.take_in(outcome)
        return live.ended("failed", _DIED)

    def _send(self, live: LiveJob) -> Any:
        """Hand the job to the worker with the least to do; its distributed.Future."""
        client = self.client()
        [lane] = live.lanes
        for _ in range(MOST_ATTEMPTS):
            live.worker = lane.worker = self._chooser.choose(client, lane)
            live.run = ""
            try:
                task, arguments = live.task(client)
                break
            except dispatch.WorkerSilent:
                self._chooser.pass_over(lane.worker)
        else:
            raise OSError(say("no worker took the digits"))
        key = f"{live.job.kind}-{live.job.id}-{time.monotonic_ns()}"
        future = dispatch.submit_task(client, lane, self._cluster.topic, task, *arguments, key=key)
        with self._lock:
            live.future, lane.begun, lane.soft = future, True, False
            if live.stopping is not None:
                dispatch.pass_on_stop(live, patient=live.patient)
        return future

    def _see_that_it_begins(self, live: LiveJob, future: Any) -> None:
        """Take a task back from a worker that has frozen before it began."""
        end = time.monotonic() + _SLOW_START
        while time.monotonic() < end:
            if live.run or future.done() or live.stopping is not None or self._closed:
                return
            time.sleep(0.02)
        if not dispatch.answers(self.client(), live.worker):
            self._chooser.pass_over(live.worker)
            future.cancel(force=True)

    def _end(self, live: LiveJob, job: Job) -> None:
        """The last word on a job. Before anybody hears it, what is to be kept is safe."""
        with live.writing:
            if not live.job.live:
                return  # it was stopped, or everything was closed, meanwhile
            try:
                job = live.make_safe(job)
            except Exception as error:  # or it would be running for ever, and nothing could be closed
                log.exception("Job %s", job.id)
                job = dataclasses.replace(
                    job, state="failed", message=_unexpected(live, type(error).__name__)
                )
            try:
                job_files.write_job(job)
            except OSError:
                log.exception("Job %s could not be written down", job.id)
            with self._lock:
                live.job = job
                measures.count("nnviz_jobs_total", kind=job.kind, state=job.state)
                self._forget(live)
                if live.remembered:
                    self._ended[job.id] = live
                while len(self._ended) > MOST_ENDED:
                    self._ended.popitem(last=False)
                self._dispatch()
        if not self._closed:
            live.afterwards()

    # What is heard, and what is passed on.

    def hear(self, message: worker.Message) -> None:
        """A message of a worker's, in a thread of Dask's."""
        with self._lock:
            lane = self._lanes.get(message["job"])
            if lane is None or lane.live.job.state != "running":
                return
            live = lane.live
            if "waits" in message:
                if self.pauses.heard(lane, message["waits"]):
                    self._let_go(lane)
                return
            if "began" in message:
                lane.worker, lane.begun, lane.soft = message["began"], True, not live.slow_to_begin
                if lane.state == "waiting":  # begun again by Dask, when it was not its turn
                    dispatch.pass_on_turn(self._cluster, lane, goes_on=False)
            else:
                lane.soft = True
            live.hear(message, time.monotonic())
            if "began" in message and live.stopping is not None:
                dispatch.pass_on_stop(live)

    def _beat(self) -> None:
        """Twice a second: is there word from other processes; now and then: write down where things stand."""
        written = 0.0
        while not self._closed:
            with self._lock:
                self.pauses.end_forgotten(time.monotonic())
                self._dispatch()
                every = [live for live in self._live.values() if live.number]  # not before it is written down
            if not every:
                self._wake.wait()
                self._wake.clear()
            now = time.monotonic()
            for job_id in job_files.asked_to_stop({live.job.id for live in every}):
                self.stop(job_id)
            for live in every:
                if live.stopping is not None and now - live.stopping > _STUBBORN:
                    dispatch.pass_on_stop(live, patient=False)
            if now - written > _WRITE_EVERY:
                written = now
                self._count()
                for live in every:
                    self._note(live)
                    if live.job.state == "queued" and live.given_up():
                        self.stop(live.job.id)
            time.sleep(_BEAT)

    def _count(self) -> None:
        """Somebody else's cluster may have grown, or lost its last worker."""
        self._cluster.count()
        with self._lock:
            for live in self._live.values():
                if self._cluster.deserted and live.future is not None and not live.stopping:
                    live.job = dataclasses.replace(live.job, message=_deserted(live.noun))
            self._dispatch()

    def _note(self, live: LiveJob) -> None:
        """Write down how far a job is, and that somebody still looks after it."""
        if not live.writing.acquire(blocking=False):
            return  # its end is being written
        try:
            with self._lock:
                if live.job.id not in self._live:
                    return
                job = self._told(live)
            epochs = len(job.history.epochs)
            known = job == live.noted or (epochs > _LONG and epochs < 2 * live.written)
            if known:
                job_files.touch(job.id)
            else:
                job_files.write_job(job)
                live.written, live.noted = epochs, job
        except OSError:
            log.exception("Job %s could not be written down", live.job.id)
        finally:
            live.writing.release()


def _unexpected(live: LiveJob, name: str) -> str:
    return say(
        "The {noun} failed unexpectedly ({clean}); the server's log has the details.",
        noun=live.noun,
        clean=clean(name),
    )


def _deserted(noun: str) -> str:
    return say("No worker is connected to the cluster; this {noun} begins again when one is.", noun=noun)
