"""What is known of a job that has not ended, and of the workers that it may use."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from nnviz.core.identity import Actor
from nnviz.core.records import Epoch, History
from nnviz.core.words import say
from nnviz.jobs.records import Job, State, Until
from nnviz.jobs.worker import Message

if TYPE_CHECKING:
    from nnviz.jobs.scheduling import Scheduler

LEVELS = (2.0, 10.0, 60.0)  # seconds of work, from which on a job counts as longer
LONG = 2  # the level from which on what is shorter always has a worker
DOUBT = 4.0  # times as long as was told a job may take, on a machine at work, and is not longer for it
PAUSE = 300.0  # seconds after which what was paused, and was told nothing more, goes on by itself


@dataclass(eq=False)
class Lane:
    """One of the workers that a job may use at once. Times are of `time.monotonic`.

    Attributes
    ----------
    name
        Its id in messages.
    state
        "asked" when it has its turn and is to give way.
    begun
        Whether a task of its is with a worker.
    soft
        Whether that task has been heard of, and can give way from then on.
    worker
        The address of that one.
    since
        When its turn began.
    counted
        Until when `used` is counted.
    used
        Seconds of its turns.
    told
        Requests so far to that task, so that a late one is known from a new one.
    """

    live: LiveJob
    name: str
    state: Literal["waiting", "running", "asked"] = "waiting"
    begun: bool = False
    soft: bool = False
    worker: str = ""
    since: float = 0.0
    counted: float = 0.0
    used: float = 0.0
    told: int = 0

    @property
    def holds(self) -> bool:
        """Whether it holds a worker."""
        return self.state != "waiting"

    @property
    def level(self) -> int:
        """How long its job is, from 0 for what takes a moment.

        On a machine that has much to do everything takes longer than was told. If each of thirty equal jobs
        were taken for a longer one meanwhile, it would leave its worker to the next, and all would wait.
        """
        told = self.live.estimate
        return bisect_right(LEVELS, max(told, self.used / DOUBT if told else self.used))

    @property
    def long(self) -> bool:
        """Whether it leaves a worker to what is shorter."""
        return self.level >= LONG


@dataclass(eq=False, kw_only=True)
class LiveJob:
    """A job that has not ended; a kind of job says in a class of its own what is particular to it.

    Times are of `time.monotonic`. The first seven are of a kind, the others of a job.

    Attributes
    ----------
    noun
        For sentences.
    most_own, most_live
        That have not ended, of one owner and of all.
    own_running
        Of one owner that run side by side.
    gives_way
        Whether its tasks can wait in the midst of their work.
    patient
        Whether a stop waits for what there is to keep.
    steered
        Whether it can be paused, and told to go on for a batch or an epoch.
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
    noted
        The job as it was written down while it was live.
    writing
        Held while its end is told, which must be written last.
    joined
        Owners who wait for it besides `job.owner`.
    address
        From where it was asked for, "" when that is not known.
    estimate
        Seconds that it will take, about; 0 when there is no telling.
    lanes
        In which it takes its turns.
    paused
        Since when it has been told to pause, or told something else in its pause; None while it is not.
    until
        What it is to do in its pause before it waits again.
    """

    noun: ClassVar[str]
    most_own: ClassVar[int]
    most_live: ClassVar[int]
    own_running: ClassVar[int] = 1
    gives_way: ClassVar[bool] = True
    patient: ClassVar[bool] = True
    one_task: ClassVar[bool] = True  # that it consists of
    steered: ClassVar[bool] = False

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
    noted: Job | None = None
    writing: threading.Lock = field(default_factory=threading.Lock)
    joined: set[str] = field(default_factory=set)
    address: str = ""
    estimate: float = 0.0
    lanes: list[Lane] = field(default_factory=list)
    paused: float | None = None
    until: Until = ""

    @property
    def rests(self) -> bool:
        """Whether it is to leave its turns to others, as somebody has paused it."""
        return self.paused is not None and not self.until and self.stopping is None

    def widen(self, threads: int) -> None:
        """Have the lanes that it can use now, with that many workers."""
        if not self.lanes:
            self.lanes.append(Lane(self, self.job.id))

    @property
    def waits_in_the_midst(self) -> bool:
        """Whether it has begun and has given way with everything."""
        return self.job.state == "running" and bool(self.lanes) and not any(x.holds for x in self.lanes)

    @property
    def waits_for_a_worker(self) -> bool:
        """Whether it has its turn and no worker has begun with it, so that there is nothing to keep."""
        return self.job.state == "running" and self.one_task and not self.run

    def carry_out(self, scheduler: Scheduler) -> Job:
        """The whole of the job, in a thread of its own: how it ended. What it raises ends it as "failed"."""
        return scheduler.on_a_worker(self)

    def task(self, client: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The function for `self.worker`, as `worker.carry_out` calls it, and its arguments."""
        raise NotImplementedError

    def take_in(self, outcome: Any) -> Job:
        """Keep what came back from the worker; how the job ended."""
        raise NotImplementedError

    def given_up(self) -> bool:
        """Called every few seconds while it is queued; whether another process wants it no more."""
        return False

    def make_safe(self, job: Job) -> Job:
        """Called once, before anybody hears that it has ended like that; returns what they will hear."""
        return job

    def afterwards(self) -> None:
        """Called once they have heard."""

    @property
    def slow_to_begin(self) -> bool:
        """Whether seconds pass at its beginning in which it cannot give way."""
        return False

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
            again = say("This {noun} broke off and was begun again.", noun=self.noun)
            self.job = replace(self.job, attempt=self.begun, message=again if self.begun > 1 else "")
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
        rests = None if self.paused is None else max(0.0, self.paused + PAUSE - now)
        return replace(self.job, history=history, batch=self.batch, left=self.left(now), rests=rests)

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
