"""One owner's greed takes nobody else's room, and what is full says so."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from nnviz import jobs
from nnviz.core import paths
from nnviz.core import quotas as shared
from nnviz.core.identity import Actor
from nnviz.data import kept_digits, mnist
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.model_store import mlp_file, quotas, store
from nnviz.model_store.store import Entry
from nnviz.representations import embedding_files
from nnviz.representations.embedding import Map
from tests.model_store.test_store import card, network

LATER = "9999-01-01T00:00:00+00:00"  # a card may say that it is from then


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "project" / "models")


def trained(title: str, owner: str, created: str = "2026-01-01T00:00:00+00:00") -> Entry:
    return store.put(mlp_file.pack(network()), ".npz", card(title, created=created), "recent", owner=owner)


def titles(owner: str) -> list[str]:
    return [entry.card.title for entry in store.entries() if entry.owner == owner]


def test_networks_dated_in_the_future_push_out_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MOST_RECENT", 5)
    mine = trained("Mine", "me")
    for number in range(12):
        trained(f"Greedy {number}", "greedy", LATER)
    trained("Mine too", "me")
    assert titles("me") == ["Mine too", "Mine"]
    assert titles("greedy") == [f"Greedy {number}" for number in range(11, 6, -1)]
    assert store.find(mine.name) == mine


def test_what_has_just_been_stored_stays_whatever_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MOST_RECENT", 2)
    for number in range(3):
        trained(f"Before {number}", "me", LATER)
    monkeypatch.setattr(time, "time", lambda: 1000.0)  # the clock was set back
    last = trained("Last", "me")
    assert store.find(last.name) == last
    assert len(titles("me")) == 2


def test_when_the_disks_share_is_used_up_the_greediest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    size = trained("Mine", "me").path.stat().st_size
    monkeypatch.setattr(quotas, "MOST_BYTES", 4.5 * size)
    for number in range(9):
        trained(f"Greedy {number}", "greedy")
    assert titles("me") == ["Mine"]
    assert titles("greedy") == ["Greedy 8", "Greedy 7", "Greedy 6"]


def test_many_owners_of_one_network_each_fill_no_more_than_the_disks_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = trained("Mine", "me").path.stat().st_size
    monkeypatch.setattr(quotas, "MOST_BYTES", 4.5 * size)
    for number in range(9):
        trained("Sock", f"sock {number}")
    assert len(store.entries()) == 4
    assert titles("sock 8") == ["Sock"]


@pytest.mark.parametrize(
    ("limit", "of", "what"),
    [
        ("MOST_SAVED", 2, "room for 2"),
        ("MOST_OWN", 2.5, "Your saved"),
        ("MOST_BYTES", 2.5, "ask your teacher"),
    ],
)
def test_who_saves_too_much_is_told_what_to_do(
    limit: str, of: float, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = mlp_file.pack(network())
    first = store.receive("one.npz", sent, owner="me")
    size = 1 if limit == "MOST_SAVED" else first.path.stat().st_size
    monkeypatch.setattr(quotas, limit, of * size)
    store.receive("two.npz", sent, owner="me")
    for act in (
        lambda: store.receive("three.npz", sent, owner="me"),
        lambda: store.copy(first, "Again", by=Actor("me")),
        lambda: store.keep(trained("Mine", "me"), "Kept", by=Actor("me")),
    ):
        with pytest.raises(store.ModelRefused, match=what) as refusal:
            act()
        assert "Delete one" in str(refusal.value)
    store.delete(first, by=Actor("me"))
    store.receive("three.npz", sent, owner="me")
    if limit != "MOST_BYTES":
        store.receive("theirs.npz", sent, owner="you")


def test_trainings_that_nobody_opens_are_forgotten_and_what_was_saved_is_not() -> None:
    now = time.time() + quotas.UNUSED + 60
    unused, opened, saved = (
        trained("Unused", "me"),
        trained("Opened", "me"),
        store.receive("saved.npz", mlp_file.pack(network()), owner="me"),
    )
    changed = opened.path.stat().st_mtime_ns
    os.utime(opened.path, ns=(int((now - 5) * 1e9), changed))
    store.tidy(now)
    assert {entry.name for entry in store.entries()} == {opened.name, saved.name}
    assert not unused.path.exists()


def test_to_open_a_network_is_to_use_it_and_does_not_change_it() -> None:
    entry = trained("Old", "me")
    os.utime(entry.path, (0, 1000))
    store.load(entry.name)
    assert entry.path.stat().st_mtime == 1000
    assert time.time() - entry.path.stat().st_atime < 60


def test_when_the_disk_is_nearly_full_nothing_more_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = mlp_file.pack(network())
    monkeypatch.setattr(shared, "free", lambda: 100.0)
    with pytest.raises(store.ModelRefused, match="nearly full"):
        store.receive("one.npz", sent, owner="me")
    few = mnist.embedded()
    own = mnist.make_dataset("mine", few.images[::100], few.labels[::100], "upload")
    with pytest.raises(DataError, match="nearly full"):
        kept_digits.keep(own, owner="me")
    assert trained("Mine", "me").path.exists(), "a training's network is kept as long as there is any room"


def test_the_latest_maps_are_kept_and_those_that_nobody_looks_at_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_files, "MOST_MAPS", 3)
    for seed in range(5):
        embedding_files.keep_map(Map("tsne", 30.0, seed, np.zeros((9, 2), np.float32), 1.0), "a" * 16)
    there = [seed for seed in range(5) if embedding_files.find_map("tsne", "a" * 16, value=30, seed=seed)]
    assert len(there) == 3
    assert 4 in there
    embedding_files.tidy(time.time() + embedding_files.UNUSED + 60)
    assert embedding_files.find_map("tsne", "a" * 16, value=30, seed=4) is None


def test_saved_networks_that_nobody_opens_go_after_long_and_the_teachers_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent = mlp_file.pack(network())
    kept = {who: store.receive("a.npz", sent, owner=who) for who in ("me", "opens", "teacher", "")}
    later = time.time() + 181 * 86_400
    opened = kept["opens"].path
    os.utime(opened, ns=(int((later - 5) * 1e9), opened.stat().st_mtime_ns))
    for days in ("0", "200"):
        monkeypatch.setenv(quotas.KEPT_DAYS, days)
        store.expire({"teacher"}, now=later)
    assert all(entry.path.exists() for entry in kept.values())
    monkeypatch.setenv(quotas.KEPT_DAYS, "nonsense")
    store.expire({"teacher"}, now=later)
    assert {who for who, entry in kept.items() if entry.path.exists()} == {"opens", "teacher", ""}


def test_a_home_that_is_full_says_so_to_all_who_want_something_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = mlp_file.pack(network())
    few = mnist.embedded()
    own = mnist.make_dataset("mine", few.images[::100], few.labels[::100], "upload")
    mine = trained("Mine", "me")
    (paths.home() / "runs.sqlite").write_bytes(bytes(2_000_000))  # whatever it is that takes the room
    monkeypatch.setenv(shared.HOME_MB, "2")
    shared._taken.cache_clear()
    with pytest.raises(store.ModelRefused, match="2 MB that it may take"):
        store.receive("one.npz", sent, owner="me")
    with pytest.raises(DataError, match="2 MB that it may take"):
        kept_digits.keep(own, owner="me")
    with pytest.raises(jobs.JobError, match="2 MB that it may take"):
        jobs.start_training("mlp", DataSpec(), {"max_iter": 1}, owner="me")
    assert store.load(mine.name).predict_proba(mnist.to_rows(few.images[:1])).shape == (1, 10)
    last = trained("Last", "me")
    assert last.path.exists(), "what was trained before all was full is there, in place of what is older"
    assert not mine.path.exists()
    (paths.home() / "runs.sqlite").unlink()
    shared._taken.cache_clear()
    store.receive("one.npz", sent, owner="me")
