"""The queue of all jobs: whose turn is next, and who gives way.

A job takes its turns in lanes: a training or a map has one, an experiment one for each worker that it could
use. A lane whose turn it is holds a worker. What is short goes first, told by the estimate and by the seconds
at work so far; among equals those go first whose owner, and whose network address, has had the least. A lane
gives way at once to something shorter, and after a slice of time to its like: its work stays in the worker's
memory as it is and goes on later, so that nothing comes out otherwise than without the break.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from nnviz.jobs.live_job import Lane, LiveJob

SLICE = 10.0  # seconds of a turn, while others of the same level wait
CLASS = 30  # pupils, about, that may share one network address
MOST_BEGUN = 8  # lanes a worker that hold something half done, which takes memory
HALF_LIFE = 60.0  # seconds after which what somebody has used counts half


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
    """The lanes that wait, in the order of their turns; what somebody has paused waits for no turn.

    First comes what is short; then those whose owners have the fewest lanes before them, an address counting
    as a class of owners; then those who have had least; then those that asked first: somebody who queues
    twenty, or comes as fifteen, does not keep a class waiting.
    """
    owners: Counter[str] = Counter()
    addresses: Counter[str] = Counter()
    waiting: list[tuple[tuple[float, ...], Lane]] = []
    lanes = [(live, lane) for live in jobs if live.number and not live.rests for lane in live.lanes]
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

    While something short waits, what is long has half of the threads; what cannot give way never has all, and
    is no reason for what is short to wait: that is begun beside it.
    """
    known = list(jobs)
    every = [lane for live in known for lane in live.lanes]
    ready = _ready(known, spent)
    room = threads - sum(lane.holds for lane in every)
    quota = _for_the_long(ready, threads)
    long = sum(lane.holds and lane.long for lane in every)
    hard = stuck = sum(lane.holds and _is_hard(lane) for lane in every)
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
        if len(chosen) >= room + (0 if lane.long else stuck):
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
    soft = [lane for lane in holding if lane.state == "running" and _can_give_way(lane)]
    chosen = [lane for lane in soft if lane.live.rests]
    soft = [lane for lane in soft if not lane.live.rests]
    asked = sum(lane.state == "asked" for lane in holding) + len(chosen)
    soft.sort(key=lambda lane: (-lane.level, -spent.by(lane.live), -lane.used))
    long = sum(lane.long for lane in holding if lane.state == "running")
    quota = _for_the_long(ready, threads)
    hard = sum(lane.holds and _is_hard(lane) for lane in holding)
    if hard >= max(1, threads - 1):  # what could not give way would not be let in
        ready = [lane for lane in ready if not _is_hard(lane)]
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
