"""Whose a network is: who may change it, who may look, and how a deletion is undone."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nnviz.core import paths
from nnviz.core.identity import UNDO, Actor, NotYours
from nnviz.model_store import mlp_file, store, trash
from nnviz.model_store.store import Entry, ModelMissing
from tests.model_store.test_store import DIGITS, card, network

ME, YOU, TEACHER = Actor("me"), Actor("you"), Actor("t", is_teacher=True)


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "project" / "models")


@pytest.fixture
def mine() -> Entry:
    return store.save(network(8), card("Mine"), "recent", owner="me")


CHANGES: dict[str, Callable[[Entry, Actor], object]] = {
    "rename": lambda entry, who: store.rename(entry, "Other", by=who),
    "keep": lambda entry, who: store.keep(entry, "Other", by=who),
    "delete": lambda entry, who: store.delete(entry, by=who),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("owner", ["me", ""])
def test_another_browser_changes_nothing_and_the_teacher_may(
    change: Callable[[Entry, Actor], object], owner: str
) -> None:
    entry = store.save(network(8), card("Mine"), "recent", owner=owner)
    with pytest.raises(NotYours, match="Only its owner or the teacher"):
        change(entry, YOU)
    assert store.entries() == (entry,)
    assert store.deleted(TEACHER) == ()
    change(entry, TEACHER)
    assert store.entries() != (entry,)


def test_whose_it_is_is_asked_of_the_disk_and_not_of_who_asks(mine: Entry) -> None:
    forged = Entry(mine.path, mine.card, mine.origin, owner="you")
    for change in CHANGES.values():
        with pytest.raises(NotYours):
            change(forged, YOU)


def test_an_owner_stays_through_renaming_and_keeping(mine: Entry) -> None:
    renamed = store.rename(mine, "Other", by=TEACHER)
    kept = store.keep(renamed, "Kept", by=ME)
    assert [each.owner for each in (mine, renamed, kept, store.find(mine.name))] == ["me"] * 4


def test_a_copy_belongs_to_who_made_it_and_leaves_the_first_as_it_was(mine: Entry) -> None:
    copy = store.copy(mine, "A copy", by=YOU)
    assert (copy.owner, copy.origin, copy.card.title) == ("you", "saved", "A copy")
    assert copy.path.read_bytes() == mine.path.read_bytes()
    assert store.find(mine.name) == mine
    store.delete(copy, by=YOU)


def test_an_upload_is_its_sender_s_whatever_its_card_says(mine: Entry) -> None:
    beside = mine.path.with_suffix(".json")
    assert json.loads(beside.read_text())["owner"] == "me"
    content = store.content(mine)
    assert b"owner" not in content, "a download does not tell whose it was"
    assert store.receive("sent.npz", content, owner="you").owner == "you"
    assert mlp_file.receive(content)[1] == mine.card


def test_a_deletion_can_be_undone_for_ten_minutes(mine: Entry) -> None:
    content, before = mine.path.read_bytes(), store.find(mine.name)
    store.delete(mine, by=ME, now=1000.0)
    assert store.entries() == ()
    (gone,) = store.deleted(ME, now=1000.0 + UNDO - 1)
    assert (gone.name, gone.card.title, gone.owner) == (mine.name, "Mine", "me")
    assert store.restore(mine.name, by=ME, now=1000.0 + UNDO - 1) == before
    assert store.entries() == (before,)
    assert mine.path.read_bytes() == content
    assert store.deleted(ME, now=1001.0) == ()


def test_after_that_it_is_gone_for_good(mine: Entry) -> None:
    store.delete(mine, by=ME, now=1000.0)
    late = 1000.0 + UNDO
    assert store.deleted(ME, now=late) == ()
    with pytest.raises(ModelMissing, match="10 minutes"):
        store.restore(mine.name, by=ME, now=late)
    trash.tidy(now=late - 1)
    assert store.deleted(ME, now=late - 1) != ()
    trash.tidy(now=late)
    assert [path for path in (paths.home() / "models").rglob("*") if path.is_file()] == []


def test_only_its_owner_and_the_teacher_bring_it_back_or_see_it_in_the_list(mine: Entry) -> None:
    store.delete(mine, by=TEACHER)
    assert store.deleted(YOU) == ()
    with pytest.raises(NotYours):
        store.restore(mine.name, by=YOU)
    assert len(store.deleted(TEACHER)) == 1
    assert store.restore(mine.name, by=ME).owner == "me"


def test_who_had_it_open_is_told_who_deleted_it() -> None:
    for who, words in ((ME, "by its owner"), (TEACHER, "by the teacher")):
        entry = store.save(network(8), card("Ours <b>"), "saved", owner="me")
        store.delete(entry, by=who)
        assert store.fate(entry.name) == f"The network “Ours <b>” was deleted {words}."
    for name in ("never-there", "../../x", ""):
        assert "nothing of that name here" in store.fate(name)


def test_a_process_that_dies_between_trash_and_shelf_loses_nothing(
    mine: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Entry) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "_remove", killed)
        with pytest.raises(KeyboardInterrupt):
            store.delete(mine, by=ME)
    assert store.entries() == (mine,)
    assert store.deleted(ME) == (), "what is on a shelf is not deleted"
    store.delete(mine, by=ME)
    assert store.restore(mine.name, by=ME) == mine


def test_a_full_disk_deletes_nothing(mine: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(trash, "put", full)
        with pytest.raises(OSError, match="No space"):
            store.delete(mine, by=ME)
    assert store.entries() == (mine,)


def test_rubbish_among_the_deleted_is_left_out_and_cleared_away(mine: Entry) -> None:
    store.delete(mine, by=ME, now=time.time())
    here = paths.home() / "models" / "trash"
    (beside,) = here.glob("*.json")
    told = json.loads(beside.read_text())
    for name, changes in {
        "shipped": {"origin": "shipped"},
        "path": {"suffix": "/../../x.npz"},
        "part": {"part": "king"},
        "whose": {"owner": 5},
        "later": {"when": "soon"},
    }.items():
        (here / f"{name}.01234567.json").write_text(json.dumps(told | changes))
        (here / f"{name}.01234567.npz").write_bytes(b"x")
    (here / "half.01234567.json").write_text("{")
    assert [gone.name for gone in store.deleted(TEACHER)] == [mine.name]


def test_a_network_brought_back_before_the_last_step_of_its_deletion_is_not_lost(mine: Entry) -> None:
    last = store._remove
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_remove", lambda entry: (store.restore(mine.name, by=ME), last(entry)))
        store.delete(mine, by=ME)
    assert store.restore(mine.name, by=ME) == mine


def test_a_network_deleted_before_the_last_step_of_its_return_is_not_lost(mine: Entry) -> None:
    store.delete(mine, by=ME)
    last = trash.remove
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trash, "remove", lambda gone: (store._remove(mine), last(gone)))
        store.restore(mine.name, by=ME)
    assert store.restore(mine.name, by=ME) == mine


def test_two_processes_delete_and_bring_back_one_network_and_it_stays_whole(mine: Entry) -> None:
    script = (
        "import sys\n"
        "from nnviz.core.identity import Actor\n"
        "from nnviz.model_store import store\n"
        "me = Actor('me')\n"
        "for _ in range(30):\n"
        "    try:\n"
        "        store.delete(store.find(sys.argv[1]), by=me)\n"
        "        store.restore(sys.argv[1], by=me)\n"
        "    except store.ModelMissing:\n"
        "        pass\n"
    )
    command = [sys.executable, "-c", script, mine.name]
    others = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [other.communicate()[1] for other in others] == ["", ""]
    if not store.entries():
        store.restore(mine.name, by=ME)
    assert store.entries() == (mine,)
    assert store.load(mine.name).predict(DIGITS).shape == (20,)
