"""The queue of all jobs: what is known of those that have not ended, and whose turn is next."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from nnviz.core.identity import Actor
from nnviz.core.records import Epoch, History
from nnviz.jobs.records import Job, State
from nnviz.jobs.worker import Message

if TYPE_CHECKING:
    from nnviz.jobs.background import Scheduler


@dataclass(eq=False, kw_only=True)
class LiveJob:
    """A job that has not ended; a kind of job says in a class of its own what is particular to it.

    Times are of `time.monotonic`. The first six are of a kind, the others of a job.

    Attributes
    ----------
    noun
        For sentences.
    most_own, most_live
        That have not ended, of one owner and of all.
    own_running
        Of one owner that run side by side.
    workers
        That one holds for itself, 0 when it fills the gaps that others leave.
    patient
        Whether a stop waits for what there is to keep.
    number
        In the order of asking, 0 until it is written down.
    future
        The distributed.Future, once it was sent to a worker.
    worker
        That one's address.
    run
        The attempt that messages are heard of, "" until it has begun.
    begun
        Attempts so far.
    stopping
        Since when it has been asked to stop.
    written
        The epochs that its file knows of.
    writing
        Held while its end is told, which must be written last.
    joined
        Owners who wait for it besides `job.owner`.
    """

    noun: ClassVar[str]
    most_own: ClassVar[int]
    most_live: ClassVar[int]
    own_running: ClassVar[int] = 1
    workers: ClassVar[int] = 1
    patient: ClassVar[bool] = True

    job: Job
    number: int = 0
    future: Any = None
    worker: str = ""
    run: str = ""
    begun: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    batch: tuple[int, int] = (0, 0)
    began: float = 0.0
    heard: float = 0.0
    stopping: float | None = None
    written: int = 0
    writing: threading.Lock = field(default_factory=threading.Lock)
    joined: set[str] = field(default_factory=set)

    def carry_out(self, scheduler: Scheduler) -> Job:
        """The whole of the job, in a thread of its own: how it ended. What it raises ends it as "failed"."""
        return scheduler.on_a_worker(self)

    def task(self, client: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The function for `self.worker`, as `worker.carry_out` calls it, and its arguments."""
        raise NotImplementedError

    def take_in(self, outcome: Any) -> Job:
        """Keep what came back from the worker; how the job ended."""
        raise NotImplementedError

    def make_safe(self, job: Job) -> Job:
        """Called once, before anybody hears that it has ended like that; returns what they will hear."""
        return job

    def afterwards(self) -> None:
        """Called once they have heard."""

    @property
    def remembered(self) -> bool:
        """Whether this process goes on knowing of it after its end."""
        return True

    def waits_for(self, *owners: str) -> bool:
        """Whether one of those owners waits for it."""
        return any(owner == self.job.owner or owner in self.joined for owner in owners)

    def same_as(self, other: LiveJob) -> bool:
        """Whether who asks for the other may as well wait for this one, which is of the same kind."""
        return False

    def left_by(self, actor: Actor) -> bool:
        """The actor waits for it no more; whether anybody does. Who does not wait ends it for all."""
        if not self.waits_for(*actor.names):
            return False
        self.joined.difference_update(actor.names)
        if actor.owns(self.job.owner) and self.joined:
            self.job = replace(self.job, owner=self.joined.pop())
        return not actor.owns(self.job.owner)

    def hear(self, message: Message, now: float) -> None:
        """Take in what a worker says (see `worker.carry_out`): that it has begun, or how far it is."""
        if "began" in message:
            self.run, self.worker, self.began = message["run"], message["began"], now
            self.begun += 1
            self.epochs, self.batch = [], (0, 0)
            again = f"A worker process died, so this {self.noun} was begun again." if self.begun > 1 else ""
            self.job = replace(self.job, attempt=self.begun, message=again)
        elif message["run"] != self.run:
            return  # an attempt that was given up still talks
        else:
            self.epochs += [Epoch(*row) for row in message["epochs"]]
            done, total = message["batch"]
            self.batch = (int(done), int(total))
        self.heard = now

    def told(self, now: float) -> Job:
        """The job as it stands, without its place in the queue."""
        history = History(tuple(self.epochs))
        return replace(self.job, history=history, batch=self.batch, left=self.left(now))

    def ended(self, state: State, message: str = "", history: History | None = None, result: str = "") -> Job:
        """The job as it is when it ends like that."""
        history = history or History(tuple(self.epochs), ending="stopped")
        return replace(self.job, state=state, message=message, history=history, result=result)

    def left(self, now: float) -> float | None:
        """Seconds to the last epoch at the pace so far; None while there is no pace to speak of."""
        done = len(self.epochs) + (self.batch[0] / self.batch[1] if self.batch[1] else 0.0)
        so_far = self.heard - self.began
        if not done or so_far < 0.5:
            return None
        return max(0.0, so_far / done * (self.job.total_epochs - done) - (now - self.heard))


def in_turn(jobs: Iterable[LiveJob]) -> list[LiveJob]:
    """Those that wait, in the order of their turns.

    First come those whose owners have the fewest jobs before them, then those that asked first: somebody
    who queues twenty does not keep a class waiting.
    """
    before: Counter[str] = Counter()
    waiting = []
    for live in sorted(jobs, key=lambda live: (live.job.state != "running", live.number)):
        if live.job.state == "queued" and live.number:
            waiting.append((before[live.job.owner], live.number, live))
        before[live.job.owner] += 1
    return [live for _, _, live in sorted(waiting, key=lambda entry: entry[:2])]


def next_up(jobs: Iterable[LiveJob], threads: int) -> list[LiveJob]:
    """Those that may begin now: `own_running` of a kind an owner, and in all as many as there are threads."""
    known = list(jobs)
    running = [live for live in known if live.job.state == "running"]
    held = sum(live.workers for live in running)
    own = Counter((live.noun, live.job.owner) for live in running)
    chosen: list[LiveJob] = []
    for live in in_turn(known):
        if (not live.workers or held < threads) and own[live.noun, live.job.owner] < live.own_running:
            chosen.append(live)
            held += live.workers
            own[live.noun, live.job.owner] += 1
    return chosen
