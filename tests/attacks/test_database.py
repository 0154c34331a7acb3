"""Files of runs that somebody has spoilt, and a database that is stolen all the time: no good run is lost."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nnviz.core import paths
from nnviz.history import outbox, repository
from tests.history.test_trouble import CAN_DELETE, keepers_and_a_thief
from tests.recording import RUN

NASTY: list[Any] = [
    None, True, -1, 0, 2**31, 2**63, 2**70, 1e308, float("nan"), float("inf"), "", "\ud800", "\x00", "'; --",
    "x" * 100_000, [], {}, [[[]]], {"a": {"b": []}}, "2026-13-45", "=1", "{", "[]", "AAAA",
]  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    yield tmp_path
    repository.close()


def spoilt(whole: bytes, chance: random.Random) -> bytes:
    """A file of a run with something wrong in it, mostly."""
    row = json.loads(whole) | {"number": chance.randrange(2**31)}  # a place in an experiment is kept once
    match chance.randrange(4):
        case 0:
            return whole[: chance.randrange(len(whole))]
        case 1:
            place = chance.randrange(len(whole))
            return whole[:place] + chance.randbytes(3) + whole[place + 3 :]
        case 2:
            row[chance.choice(list(row))] = chance.choice(NASTY)
        case 3:
            card = json.loads(row["card"])
            card[chance.choice(list(card))] = chance.choice(NASTY)
            row["card"] = json.dumps(card)
    return json.dumps(row).encode()


def spoil(files: int, seed: int) -> None:
    """Put such files among good ones: the good ones are taken in, and each bad one is somewhere."""
    chance = random.Random(seed)
    folder = paths.home() / "runs-waiting"
    good = {repository.enqueue_run(replace(RUN, id="")).id for _ in range(3)}
    whole = (folder / f"{min(good)}.json").read_bytes()
    bad = {f"{number:016x}" for number in range(files)}
    for name in bad:
        (folder / f"{name}.json").write_bytes(
            spoilt(whole.replace(min(good).encode(), name.encode()), chance)
        )
    repository.drain_outbox()
    there = {run.id for run in repository.search_runs(limit=100_000)}
    aside = {name[:16] for name in outbox.files_aside()}
    assert good <= there
    assert bad - there - aside - {name[:16] for name in outbox.files_of_newer_forms()} == set()
    assert aside <= bad
    assert outbox.waiting_files() == []
    for run in there:
        repository.find_run(run)


def test_spoilt_files_that_wait_hold_up_no_good_one() -> None:
    spoil(80, 1)


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_spoilt_files_hold_up_no_good_one(seed: int) -> None:
    spoil(1000, seed)


@CAN_DELETE
@pytest.mark.attack
def test_four_processes_whose_file_is_stolen_all_the_time_lose_no_run(home: Path) -> None:
    keepers_and_a_thief(home / "runs.sqlite", 4, 100, 0.1)
