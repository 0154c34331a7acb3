"""The queue of all jobs: what is known of those that have not ended, whose turn is next, and who gives way.

A job takes its turns in lanes: a training or a map has one, an experiment one for each worker that it could
use. A lane whose turn it is holds a worker. What is short goes first, told by the estimate and by the seconds
at work so far; among equals those go first whose owner, and whose network address, has had the least. A lane
gives way at once to something shorter, and after a slice of time to its like: its work stays in the worker's
memory as it is and goes on later, so that nothing comes out otherwise than without the break.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from nnviz.core.identity import Actor
from nnviz.core.records import Epoch, History
from nnviz.jobs.records import Job, State
from nnviz.jobs.worker import Message

if TYPE_CHECKING:
    from nnviz.jobs.background import Scheduler


LEVELS = (2.0, 10.0, 60.0)  # seconds of work, from which on a job counts as longer
LONG = 2  # the level from which on what is shorter always has a worker
SLICE = 10.0  # seconds of a turn, while others of the same level wait
CLASS = 30  # pupils, about, that may share one network address
MOST_BEGUN = 8  # lanes a worker that hold something half done, which takes memory
HALF_LIFE = 60.0  # seconds after which what somebody has used counts half


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
        """How long its job is, from 0 for what takes a moment."""
        return bisect_right(LEVELS, max(self.used, self.live.estimate))

    @property
    def long(self) -> bool:
        """Whether it leaves a worker to what is shorter."""
        return self.level >= LONG


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
    gives_way
        Whether its tasks can wait in the midst of their work.
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
    address
        From where it was asked for, "" when that is not known.
    estimate
        Seconds that it will take, about; 0 when there is no telling.
    lanes
        In which it takes its turns.
    """

    noun: ClassVar[str]
    most_own: ClassVar[int]
    most_live: ClassVar[int]
    own_running: ClassVar[int] = 1
    gives_way: ClassVar[bool] = True
    patient: ClassVar[bool] = True
    one_task: ClassVar[bool] = True  # that it consists of

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
    address: str = ""
    estimate: float = 0.0
    lanes: list[Lane] = field(default_factory=list)

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


class Spent:
    """Seconds of work that owners and network addresses have had lately."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str], float] = {}
        self._at = 0.0

    def settle(self, lanes: Iterable[Lane], now: float) -> None:
        """Count what these lanes have used since they were counted last."""
        fading = 0.5 ** (max(0.0, now - self._at) / HALF_LIFE)
        self._at = now
        self._seconds = {who: left for who, was in self._seconds.items() if (left := was * fading) > 0.01}
        for lane in lanes:
            if lane.holds:
                more = max(0.0, now - lane.counted)
                lane.used, lane.counted = lane.used + more, now
                for who in (("owner", lane.live.job.owner), ("address", lane.live.address)):
                    self._seconds[who] = self._seconds.get(who, 0.0) + more

    def by(self, live: LiveJob) -> float:
        """What counts against that job: its owner's share, and a pupil's part of its address's."""
        address = self._seconds.get(("address", live.address), 0.0) if live.address else 0.0
        return self._seconds.get(("owner", live.job.owner), 0.0) + address / CLASS


NOTHING_SPENT = Spent()


def in_turn(jobs: Iterable[LiveJob], spent: Spent = NOTHING_SPENT) -> list[Lane]:
    """The lanes that wait, in the order of their turns.

    First comes what is short; then those whose owners have the fewest lanes before them, an address counting
    as a class of owners; then those who have had least; then those that asked first: somebody who queues
    twenty, or comes as fifteen, does not keep a class waiting.
    """
    owners: Counter[str] = Counter()
    addresses: Counter[str] = Counter()
    waiting: list[tuple[tuple[float, ...], Lane]] = []
    lanes = [(live, lane) for live in jobs if live.number for lane in live.lanes]
    lanes.sort(key=lambda entry: (not entry[1].holds, entry[1].level, entry[0].number))
    for live, lane in lanes:
        if not lane.holds:
            before = max(owners[live.job.owner], addresses[live.address] // CLASS)
            waiting.append(((lane.level, before, spent.by(live), lane.used, live.number), lane))
        owners[live.job.owner] += 1
        if live.address:
            addresses[live.address] += 1
    return [lane for _, lane in sorted(waiting, key=lambda entry: entry[0])]


def next_up(jobs: Iterable[LiveJob], threads: int, spent: Spent = NOTHING_SPENT) -> list[Lane]:
    """Those whose turn it is now: `own_running` jobs of a kind an owner, a lane a thread.

    While something short waits, what is long has half of the threads; what cannot give way never has all.
    """
    known = list(jobs)
    every = [lane for live in known for lane in live.lanes]
    ready = _ready(known, spent)
    room = threads - sum(lane.holds for lane in every)
    quota = _for_the_long(ready, threads)
    long = sum(lane.holds and lane.long for lane in every)
    hard = sum(lane.holds and _is_hard(lane) for lane in every)
    begun = sum(lane.begun or lane.holds for lane in every)
    places = Counter(lane.live.address for lane in every if lane.begun or lane.holds)
    most = MOST_BEGUN * threads
    chosen: list[Lane] = []
    for lane in ready:
        address = lane.live.address
        full = begun >= most or (address and places[address] >= most // 2)
        if lane.long and (long >= quota or (full and not lane.begun)):
            continue
        if _is_hard(lane) and hard >= max(1, threads - 1):
            continue
        if len(chosen) >= room:
            break
        chosen.append(lane)
        long, hard = long + lane.long, hard + _is_hard(lane)
        begun += not lane.begun
        places[address] += not lane.begun
    return chosen


def give_way(jobs: Iterable[LiveJob], threads: int, now: float, spent: Spent = NOTHING_SPENT) -> list[Lane]:
    """Those that hold a worker and are to let go of it, once `next_up` has been served."""
    known = list(jobs)
    ready = _ready(known, spent)
    holding = [lane for live in known for lane in live.lanes if lane.holds]
    asked = sum(lane.state == "asked" for lane in holding)
    soft = [lane for lane in holding if lane.state == "running" and _can_give_way(lane)]
    soft.sort(key=lambda lane: (-lane.level, -spent.by(lane.live), -lane.used))
    long = sum(lane.long for lane in holding if lane.state == "running")
    quota = _for_the_long(ready, threads)
    chosen: list[Lane] = []
    for lane in ready[asked:]:
        for other in soft:
            shorter = lane.level < other.level and (lane.long or not other.long or long > quota)
            over = lane.level == other.level and now - other.since >= SLICE
            if shorter or (over and spent.by(lane.live) <= spent.by(other.live)):
                chosen.append(other)
                soft.remove(other)
                long -= other.long
                break
    return chosen


def _ready(known: Iterable[LiveJob], spent: Spent) -> list[Lane]:
    """Those that wait for a worker only, and not for another job of their owner's."""
    own = Counter((live.noun, live.job.owner) for live in known if live.job.state == "running")
    beginning: set[str] = set()
    ready = []
    for lane in in_turn(known, spent):
        live = lane.live
        if live.job.state == "queued" and live.job.id not in beginning:
            if own[live.noun, live.job.owner] >= live.own_running:
                continue
            beginning.add(live.job.id)
            own[live.noun, live.job.owner] += 1
        ready.append(lane)
    return ready


def _can_give_way(lane: Lane) -> bool:
    """Whether it would do so if it were asked now; between two tasks it can."""
    return lane.live.gives_way and (lane.soft or not (lane.begun or lane.live.one_task))


def _for_the_long(waiting: Iterable[Lane], threads: int) -> int:
    """How many workers what is long may hold."""
    return threads if all(lane.long for lane in waiting) else threads // 2


def _is_hard(lane: Lane) -> bool:
    """Whether it is long and would not give way if it were asked now."""
    return lane.long and not (lane.live.gives_way and (lane.soft or not lane.live.slow_to_begin))
