"""How fast a browser may ask: one that hurries waits, and no class is slowed down by its address."""

from __future__ import annotations

from nnviz.core import pace
from nnviz.core.pace import PAGE, PART, Pace


def with_another(at: float = 0.0) -> Pace:
    """A measure beside which somebody else is at work."""
    made = Pace()
    made.ask(made.arrive("other", "10.0.0.1", at), PART, at)
    return made


def test_who_hurries_waits_and_is_told_and_others_are_not() -> None:
    made = with_another()
    name = made.arrive("hasty", "10.0.0.1", 0.0)
    waits = [made.ask(name, PAGE, 0.0) for _ in range(int(pace.FIRST) + 3)]
    assert waits[: int(pace.FIRST)] == [0.0] * int(pace.FIRST)
    assert waits[-3:] == [1 / pace.RATE, 2 / pace.RATE, 3 / pace.RATE]
    assert made.is_slowed("hasty", 1.0)
    assert not made.is_slowed("hasty", 1000.0)
    assert made.ask("other", PAGE, 0.1) == 0.0
    assert not made.is_slowed("other", 0.1)


def test_where_nobody_else_asks_nobody_waits() -> None:
    made = with_another()
    name = made.arrive("hasty", "10.0.0.1", 60.0)
    assert {made.ask(name, PAGE, 60.0 + number / 1000) for number in range(500)} == {0.0}


def test_thirty_pupils_behind_one_address_who_look_at_a_page_every_three_seconds_never_wait() -> None:
    made = Pace()
    names = [made.arrive(f"pupil {number}", "10.0.0.1", 0.0) for number in range(30)]
    assert len(set(names)) == 30
    for second in range(0, 3000, 3):
        for number, name in enumerate(names):
            for cost in (PAGE, *[PART] * 6):
                assert made.ask(name, cost, second + number / 30) == 0.0


def test_who_comes_without_a_cookie_shares_one_measure_with_all_such_from_that_address() -> None:
    made = with_another()
    names = {made.arrive("", "10.0.0.9", 0.0) for _ in range(50)}
    assert len(names) == 1
    assert made.arrive("", "10.0.0.8", 0.0) not in names


def test_new_cookies_without_end_are_no_way_round() -> None:
    made = with_another()
    names = [made.arrive(f"made up {number}", "10.0.0.9", 0.0) for number in range(1000)]
    assert len(set(names)) == pace.NEW_MOST + 1, "the rest share one measure"
    assert made.arrive("made up 3", "10.0.0.9", 0.0) == "made up 3", "a cookie that is known stays its own"
    assert made.arrive("elsewhere", "10.0.0.7", 0.0) == "elsewhere"


def test_what_is_owed_without_end_is_not_heard_and_forgiven_in_time() -> None:
    made = with_another()
    heard = [made.ask("greedy", PAGE, 0.0) for _ in range(200)]
    assert heard.count(None) == 200 - pace.FIRST - pace.OWED
    later = pace.OWED / pace.RATE + 4
    made.ask("other", PART, later)
    assert made.ask("greedy", PAGE, later) == 0.0
