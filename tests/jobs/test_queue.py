"""Whose turn it is, and who gives way, told by the rules alone: no worker and no clock is needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnviz.data.splits import DataSpec
from nnviz.jobs import queue
from nnviz.jobs.live_job import LEVELS, Lane, LiveJob
from nnviz.jobs.queue import SLICE, Spent
from nnviz.jobs.records import Job
from nnviz.jobs.trainings import TrainingJob

SHORT, LONG = 1.0, 3600.0


class Hard(TrainingJob):
    """What cannot give way, such as a map."""

    noun = "map"
    gives_way = False


def asked(
    number: int,
    owner: str = "",
    *,
    seconds: float = SHORT,
    address: str = "",
    holds: bool = False,
    waits: bool = False,
    used: float = 0.0,
    kind: type[TrainingJob] = TrainingJob,
) -> TrainingJob:
    """A job of somebody's own, unless they are named; holds: a worker; waits: in the midst of its work."""
    state = "running" if holds or waits else "queued"
    job = Job(f"{number:016x}", owner or f"owner {number}", "mlp", "t", state=state)  # type: ignore[arg-type]
    live = kind(job=job, spec=DataSpec(), settings={}, number=number, address=address, estimate=seconds)
    live.widen(2)
    [lane] = live.lanes
    lane.state = "running" if holds else "waiting"
    lane.begun = lane.soft = holds or waits
    lane.used = used
    return live


def numbers(lanes: list[Lane]) -> list[int]:
    return [lane.live.number for lane in lanes]


def test_what_is_short_goes_before_what_was_asked_for_long_ago() -> None:
    line = [asked(1, seconds=LONG), asked(2, seconds=30.0), asked(3, seconds=5.0), asked(4)]
    assert numbers(queue.in_turn(line)) == [4, 3, 2, 1]


def test_what_was_thought_to_be_short_and_is_not_counts_as_long() -> None:
    unknown = [asked(1, seconds=0.0, used=seconds).lanes[0].level for seconds in (0.0, *LEVELS)]
    assert unknown == [0, 1, 2, 3]
    told = [asked(1, used=4 * seconds).lanes[0].level for seconds in (0.0, *LEVELS)]
    assert told == [0, 1, 2, 3], "four times as long as was told is what a machine at work takes"


def test_thirty_equal_ones_are_done_one_after_the_other_though_all_take_longer_than_was_told() -> None:
    line = [asked(1, used=3.0, holds=True), asked(2, used=2.5, holds=True), *(asked(n) for n in range(3, 30))]
    assert queue.next_up(line, 2) == []
    assert queue.give_way(line, 2, now=SLICE - 1.0) == []


def test_what_is_short_begins_beside_what_cannot_give_way_and_what_is_long_does_not() -> None:
    line = [asked(1, seconds=60.0, kind=Hard, holds=True), asked(2, holds=True)]
    assert numbers(queue.next_up([*line, asked(3), asked(4)], 2)) == [3]
    assert queue.next_up([*line, asked(3, seconds=LONG)], 2) == []


def test_nothing_gives_way_to_what_would_not_be_let_in() -> None:
    line = [asked(1, seconds=60.0, kind=Hard, holds=True), asked(2, seconds=LONG, holds=True)]
    wants = asked(3, seconds=60.0, kind=Hard)
    assert queue.next_up([*line, wants], 2) == []
    assert queue.give_way([*line, wants], 2, now=1e9) == [], "two that cannot give way never hold all"


def test_fifteen_browsers_of_one_address_come_after_one_who_has_had_less() -> None:
    spent = Spent()
    busy = [asked(number, address="far", holds=True) for number in (98, 99)]
    spent.settle([lane for live in busy for lane in live.lanes], 0.0)
    spent.settle([lane for live in busy for lane in live.lanes], 30.0)
    line = [asked(number, address="far") for number in range(1, 16)] + [asked(50, address="near")]
    assert numbers(queue.in_turn(line, spent))[0] == 50
    assert spent.by(line[0]) > spent.by(line[-1]) == 0.0


def test_an_address_counts_as_a_class_of_owners_and_no_more() -> None:
    crowd = [asked(number, address="far") for number in range(1, 101)]
    pupil = [asked(101, "pupil", address="near"), asked(102, "pupil", address="near")]
    turns = numbers(queue.in_turn([*crowd, *pupil]))
    assert turns.index(30) < turns.index(101) < turns.index(31)
    assert turns.index(60) < turns.index(102) < turns.index(61)


def test_what_somebody_has_paused_gives_way_and_is_not_next_until_it_is_told_to_go_on() -> None:
    paused = asked(1, holds=True)
    paused.paused = 0.0
    assert numbers(queue.give_way([paused], 2, 0.0)) == [1]
    paused.lanes[0].state = "waiting"
    others = [asked(2), asked(3)]
    assert numbers(queue.next_up([paused, *others], 3)) == [2, 3]
    paused.until = "batch"
    assert 1 in numbers(queue.next_up([paused, *others], 3))
    paused.until, paused.stopping = "", 1.0
    assert 1 in numbers(queue.next_up([paused, *others], 3)), "to come to its end"


def test_something_short_has_a_long_one_give_way_and_another_go_on() -> None:
    line = [asked(1, seconds=LONG, holds=True), asked(2, seconds=LONG, holds=True, used=99.0), asked(3)]
    assert queue.next_up(line, 2) == []
    assert numbers(queue.give_way(line, 2, now=0.0)) == [2]
    line[1].lanes[0].state = "asked"
    assert queue.give_way(line, 2, now=0.0) == [], "one is enough"
    line[1].lanes[0].state = "waiting"
    assert numbers(queue.next_up(line, 2)) == [3], "and the other waits, while there is something short"
    assert queue.give_way([*line, asked(4)], 2, now=0.0) == [], "half of the workers stay with what is long"


def test_long_ones_have_every_worker_when_nothing_short_waits() -> None:
    assert numbers(queue.next_up([asked(1, seconds=LONG), asked(2, seconds=LONG)], 2)) == [1, 2]


def test_what_cannot_give_way_never_has_every_worker() -> None:
    maps = [asked(number, seconds=60.0, kind=Hard) for number in (1, 2, 3)]
    assert numbers(queue.next_up(maps, 2)) == [1]
    assert numbers(queue.next_up(maps, 1)) == [1], "unless there is but one"
    assert numbers(queue.next_up([*maps, asked(4)], 2)) == [4, 1]


def test_long_ones_take_turns_by_slices_of_time() -> None:
    spent = Spent()
    line = [asked(1, seconds=LONG, holds=True), asked(2, seconds=LONG, waits=True)]
    assert queue.give_way(line, 1, SLICE - 1, spent) == []
    assert numbers(queue.give_way(line, 1, SLICE, spent)) == [1]
    spent.settle(line[1].lanes, 0.0)
    line[1].lanes[0].state = "running"
    spent.settle(line[1].lanes, 100.0)
    line[1].lanes[0].state = "waiting"
    assert queue.give_way(line, 1, 200.0, spent) == [], "not for somebody who has had more"


def test_what_has_not_been_heard_of_yet_is_not_asked() -> None:
    line = [asked(1, seconds=LONG, holds=True), asked(2)]
    line[0].lanes[0].soft = False
    assert queue.give_way(line, 1, now=0.0) == []


def test_what_waits_in_the_midst_of_its_work_takes_so_much_memory_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue, "MOST_BEGUN", 1)
    begun = [asked(number, seconds=LONG, waits=True, address="far") for number in (1, 2)]
    far, near = asked(3, seconds=LONG, address="far"), asked(4, seconds=LONG, address="near")
    assert numbers(queue.next_up([*begun, far, near], 4)) == [1, 2, 4], "one address has half of the places"
    full = [*begun, *(asked(number, seconds=LONG, waits=True) for number in (5, 6))]
    assert numbers(queue.next_up([*full, near], 4)) == [1, 2, 5, 6]
    assert numbers(queue.next_up([*full, near, asked(7)], 4)) == [7, 1, 2], (
        "what is short begins all the same"
    )


jobs_asked = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from(["", "far", "near"]),
        st.sampled_from([SHORT, 5.0, 30.0, LONG]),
        st.sampled_from(["holds", "waits", "queued"]),
        st.booleans(),
    ),
    max_size=10,
)


@given(jobs_asked, st.integers(1, 4))
def test_whoever_asks_no_worker_idles_while_something_short_may_have_it(
    given_: list[tuple[str, str, float, str, bool]], threads: int
) -> None:
    line: list[LiveJob] = []
    for number, (owner, address, seconds, state, hard) in enumerate(given_, 1):
        begun = any(live.job.owner == owner and live.job.state == "running" for live in line)
        free = threads - sum(lane.holds for live in line for lane in live.lanes)
        line.append(
            asked(
                number,
                owner,
                seconds=seconds,
                address=address,
                holds=state == "holds" and not begun and free > 0,
                waits=state == "waits" and not begun,
                kind=Hard if hard else TrainingJob,
            )
        )
    chosen = queue.next_up(line, threads)
    holding = [lane for live in line for lane in live.lanes if lane.holds]
    held = sum(not queue._is_hard(lane) for lane in holding)  # what is short does not wait for the others
    short = sum(not lane.long for lane in chosen)
    assert held + short <= threads
    assert len(chosen) == short or len(holding) + len(chosen) <= threads
    assert len({id(lane) for lane in chosen}) == len(chosen)
    ready = queue._ready(line, Spent())
    if held + short < threads:
        assert all(lane.long for lane in ready if lane not in chosen), "nothing short waits"
    asked_away = queue.give_way(line, threads, 1e9)
    assert len(asked_away) <= len(ready)
    assert all(lane.holds and lane.live.gives_way for lane in asked_away)
