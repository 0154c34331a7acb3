"""What several servers share is one place: a folder, an address of fsspec's, or the database."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fsspec.implementations.local import LocalFileSystem

from nnviz.core import paths, safe_files, secret_words, storage
from nnviz.core.identity import Actor
from nnviz.core.records import Dataset
from nnviz.core.storage import Fsspec, RemotePath, Store
from nnviz.data import kept_digits, mnist
from nnviz.data.mnist import DataError
from nnviz.history import repository
from nnviz.jobs import job_files
from nnviz.jobs.records import Job
from nnviz.model_store import store
from nnviz.representations import embedding_files
from nnviz.representations.embedding import Map
from tests.recording import CARD

ME = Actor("me")


class Elsewhere(Fsspec):
    """A disk that is reached as a far one is: no write in it is whole by itself."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"file://{folder}")
        assert isinstance(self.files, LocalFileSystem)
        assert not self.whole


@pytest.fixture(params=["folder", "memory", "disk", "database"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each kind of place, empty, with a home of its own beside it."""
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    address = {
        "folder": str(tmp_path / "shared"),
        "memory": f"memory://{uuid.uuid4()}",
        "disk": f"far://{uuid.uuid4()}",
        "database": "database",
    }[request.param]
    monkeypatch.setenv("NNVIZ_STORAGE", address)
    if request.param == "disk":
        far = Store(Elsewhere(tmp_path / "shared"))
        monkeypatch.setattr(storage, "_store", lambda _: far)
    yield
    storage_cache = getattr(storage._store, "cache_clear", None)
    if storage_cache:
        storage_cache()
    repository.close()


def another_server() -> None:
    """What a server that has just started knows: nothing but what is kept."""
    there = storage.shared()
    if isinstance(there, RemotePath):
        there.store._lists.clear()
    store._read.cache_clear()
    job_files._record.cache_clear()


def digits() -> Dataset:
    images = np.random.default_rng(0).integers(0, 255, (12, 28, 28), np.uint8)
    return mnist.make_dataset("own", images, np.arange(12, dtype=np.uint8) % 10, "a test")


def test_without_a_setting_it_is_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NNVIZ_STORAGE", raising=False)
    assert storage.shared() == paths.home()
    assert not storage.is_remote()


@pytest.mark.parametrize("told", ["/a/folder", "file:///a/folder"])
def test_a_folder_is_given_out_as_it_is(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_STORAGE", told)
    assert storage.shared() == Path("/a/folder")


@pytest.mark.usefixtures("kept")
def test_a_network_that_one_server_keeps_another_finds_renames_deletes_and_has_back() -> None:
    mine = store.put(b"weights", ".npz", CARD, "saved", owner="me")
    another_server()
    found = store.find(mine.name)
    assert found.path.read_bytes() == b"weights"
    assert [entry.name for entry in store.entries() if entry.origin == "saved"] == [mine.name]
    store.rename(found, "renamed", by=ME)
    another_server()
    assert store.find(mine.name).card.title == "renamed"
    store.delete(store.find(mine.name), by=ME)
    another_server()
    with pytest.raises(store.ModelMissing):
        store.find(mine.name)
    assert [gone.name for gone in store.deleted(ME)] == [mine.name]
    assert store.restore(mine.name, by=ME).path.read_bytes() == b"weights"
    assert store.used("me").things == 1
    store.tidy()
    assert store.find(mine.name).owner == "me"


@pytest.mark.usefixtures("kept")
def test_digits_that_one_server_keeps_another_reads_shares_and_deletes() -> None:
    from nnviz.data import splits

    spec = kept_digits.keep(digits(), owner="me")
    another_server()
    assert splits.load_dataset(spec).digest == spec.digest
    kept_digits.share(spec.digest, True, by=ME)
    another_server()
    kept_digits.check_visible(spec, by=Actor("other"))
    kept_digits.delete(spec.digest, by=ME)
    another_server()
    with pytest.raises(DataError, match="deleted"):
        kept_digits.check_visible(spec, by=ME)
    kept_digits.tidy()


@pytest.mark.usefixtures("kept")
def test_a_job_of_one_server_is_followed_and_stopped_at_another(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(job_files.new_id(), "me", "mlp", "job", state="running", history=CARD.history)
    job_files.write_job(job)
    another_server()
    assert job_files.read_job(job.id).state == "running"
    assert [each.id for each in job_files.jobs_of("me")] == [job.id]
    job_files.touch(job.id)
    assert job_files.asked_to_stop([job.id]) == []
    job_files.ask_to_stop(job.id)
    another_server()
    assert job_files.asked_to_stop([job.id]) == [job.id]
    assert job_files.asked_to_stop([job.id]) == []
    monkeypatch.setattr("socket.gethostname", lambda: "another machine")
    assert job_files.read_job(job.id).state == "running", "it has been heard of lately"


@pytest.mark.usefixtures("kept")
def test_a_map_and_the_teacher_s_key_are_the_same_for_all() -> None:
    drawn = Map("tsne", 30.0, 1, np.zeros((9, 2), np.float32), 1.0)
    embedding_files.keep_map(drawn, "a" * 16)
    key = secret_words.teacher_key()
    another_server()
    found = embedding_files.find_map("tsne", "a" * 16, value=30.0, seed=1)
    assert found is not None
    assert np.array_equal(found.points, drawn.points)
    assert secret_words.teacher_key() == key
    embedding_files.tidy()


@pytest.mark.usefixtures("kept")
def test_a_file_is_whole_however_many_write_it_and_another_after_every_change() -> None:
    path = storage.shared() / "models" / "a.npz"
    contents = [bytes([number]) * 50_000 for number in range(6)]

    def write(content: bytes) -> None:
        with safe_files.replacing(path) as file:
            file.write(content)

    threads = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    seen = set()
    for content in contents:
        write(content)
        seen.add((path.stat().st_mtime_ns, path.stat().st_ino, path.stat().st_size))
    assert len(seen) == len(contents)
    assert {each.name for each in storage.files_in(storage.shared() / "models", "*")} == {"a.npz"}


@pytest.mark.usefixtures("kept")
def test_of_several_who_make_a_mark_one_can() -> None:
    mark = storage.shared() / "jobs" / "a.taking"
    mark.parent.mkdir(parents=True, exist_ok=True)
    made: list[int] = []

    def make(number: int) -> None:
        with suppress(FileExistsError):
            mark.touch(exist_ok=False)
            made.append(number)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    mark.unlink()
    make(7)
    assert made[1:] == [7]


def test_a_mark_made_between_the_look_and_the_making_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = Elsewhere(tmp_path)
    monkeypatch.setattr(far.files, "exists", lambda _: False)  # as it was when this server looked
    far.create("jobs/a.taking")
    with pytest.raises(FileExistsError):
        far.create("jobs/a.taking")


@pytest.mark.usefixtures("kept")
def test_what_fails_in_the_midst_of_a_write_leaves_what_was_there() -> None:
    path = storage.shared() / "models" / "a.npz"
    safe_files.write_npz(path, x=np.arange(3))

    def fail_in_the_midst() -> None:
        with safe_files.replacing(path) as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_midst()
    assert safe_files.read_npz(path)["x"].tolist() == [0, 1, 2]
    with pytest.raises(FileNotFoundError):
        (storage.shared() / "models" / "none").read_bytes()
    (storage.shared() / "models" / "none").unlink(missing_ok=True)


def test_a_place_that_fails_is_told_as_a_disk_that_fails() -> None:
    class Failing:
        def __getattr__(self, name: str) -> object:
            def fail(*_: object) -> None:
                raise RuntimeError("no such bucket")

            return fail

    path = RemotePath(Store(Failing()), "models/a")  # type: ignore[arg-type]
    for act in (path.read_bytes, path.stat, path.touch, lambda: path.write_bytes(b"")):
        with pytest.raises(OSError, match="no such bucket"):
            act()
    assert storage.names_in(path) == set()


def test_an_address_that_nothing_here_can_reach_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_STORAGE", "nowhere://bucket")
    with pytest.raises(ValueError, match="nowhere://bucket"):
        storage.shared()


def test_a_list_is_asked_for_once_a_second_and_own_changes_are_known_at_once() -> None:
    class Counting(Fsspec):
        asked = 0

        def names(self, folder: str) -> object:  # type: ignore[override]
            Counting.asked += 1
            return super().names(folder)

    path = RemotePath(Store(Counting(f"memory://{uuid.uuid4()}")), "models/a")
    assert [path.exists() for _ in range(50)] == [False] * 50
    assert Counting.asked == 1
    path.write_bytes(b"x")
    assert path.exists()
    assert Counting.asked == 2
