"""What is sent is bounded before it is unpacked, and private to who sent it: pictures, digits, files."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from nnviz import jobs
from nnviz.core.identity import Actor, NotYours
from nnviz.core.records import Dataset
from nnviz.data import kept_digits, mnist, splits, upload_pictures, uploads
from nnviz.data.mnist import DataError
from nnviz.data.splits import DataSpec
from nnviz.history import repository
from nnviz.server import upload_memory
from tests.experimenting import plan
from tests.jobs.faking import in_charge

ME, YOU, TEACHER = Actor("me"), Actor("you"), Actor("t", is_teacher=True)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))


def picture(side: int, mode: str = "RGB", kind: str = "PNG") -> bytes:
    image = Image.new("L", (side, side), 255)
    image.paste(0, (side // 3, side // 4, side // 2, side - side // 4))
    file = io.BytesIO()
    deep = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    (deep if mode == "I;16" else image.convert(mode)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16"])
def test_a_large_picture_is_made_small_before_anything_copies_it(mode: str) -> None:
    content = picture(3000, mode)
    tracemalloc.start()
    small = uploads.opened("7.png", content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert small.size == (1000, 1000)
    assert (small.getpixel((5, 5)), small.getpixel((400, 500))) == ((255, 255, 255, 255), (0, 0, 0, 255))
    assert peak < 60_000_000


def test_the_pixels_of_all_pictures_together_are_counted_before_any_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_pictures, "MOST_PIXELS_TOGETHER", 10_000_000)
    monkeypatch.setattr(upload_pictures, "_large", lambda *_: pytest.fail("it was unpacked"))
    sent = [(f"7_{i}.png", picture(2000)) for i in range(3)]
    with pytest.raises(DataError, match="12 million pixels together: expected at most 10 million"):
        uploads.read(sent)


def digits(seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    return mnist.make_dataset("mine", images, np.arange(20) % 10, "upload")


class TestWhoseTheyAre:
    def test_only_their_owner_and_the_teacher_see_them_until_they_are_shared(self) -> None:
        spec = kept_digits.keep(digits(), owner="me")
        for who in (ME, TEACHER, Actor("other", also=frozenset({"me"})), Actor("x", alone=True)):
            kept_digits.check_visible(spec, by=who)
        with pytest.raises(kept_digits.Private, match="private"):
            kept_digits.check_visible(spec, by=YOU)
        with pytest.raises(NotYours):
            kept_digits.share(spec.digest, True, by=YOU)
        kept_digits.share(spec.digest, True, by=ME)
        kept_digits.check_visible(spec, by=YOU)
        with pytest.raises(NotYours):
            kept_digits.delete(spec.digest, by=YOU)
        kept_digits.share(spec.digest, False, by=ME)
        with pytest.raises(kept_digits.Private):
            kept_digits.check_visible(spec, by=YOU)

    @pytest.mark.parametrize("who", [ME, TEACHER])
    def test_once_deleted_nothing_that_used_them_has_them_and_it_is_said(self, who: Actor) -> None:
        spec = kept_digits.keep(digits(), owner="me")
        splits.load_split(spec)
        kept_digits.delete(spec.digest, by=who)
        for act in (
            lambda: splits.load_split(spec),
            lambda: splits.load_dataset(spec),
            lambda: kept_digits.check_visible(spec, by=ME),
        ):
            with pytest.raises(DataError, match="were deleted"):
                act()
        assert not splits.upload_path(spec.digest).exists()
        assert kept_digits.keep(digits(), owner="me") == spec, "they may be brought again"
        splits.load_split(spec)

    def test_the_same_digits_of_two_owners_stay_the_others(self) -> None:
        spec = kept_digits.keep(digits(), owner="me")
        kept_digits.keep(digits(), owner="you")
        kept_digits.delete(spec.digest, by=ME)
        kept_digits.check_visible(spec, by=YOU)
        with pytest.raises(kept_digits.Private):
            kept_digits.check_visible(spec, by=ME)
        kept_digits.delete(spec.digest, by=YOU)
        with pytest.raises(DataError, match="were deleted"):
            splits.load_dataset(spec)

    def test_digits_of_which_nobody_knows_whose_they_are_are_the_teachers(self) -> None:
        spec = kept_digits.keep(digits(), owner="me")
        splits.upload_path(spec.digest).with_suffix(".json").write_text('{"owners": "everybody"}')
        with pytest.raises(kept_digits.Private):
            kept_digits.check_visible(spec, by=ME)
        kept_digits.check_visible(spec, by=TEACHER)

    @pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 15, "0" * 16 + "/"])
    def test_a_digest_that_is_none_reads_nothing(self, digest: str) -> None:
        with pytest.raises(DataError, match="upload them again"):
            kept_digits.check_visible(DataSpec("upload", digest=digest), by=ME)


class TestRoom:
    @pytest.mark.parametrize(
        ("limit", "most", "what"),
        [
            ("MOST_OWN", 2, "room for 2 files"),
            ("MOST_OWN_BYTES", 34_000, "Delete some first"),
            ("MOST_BYTES", 34_000, "ask your teacher"),
        ],
    )
    def test_who_uploads_too_much_is_told_what_to_do(
        self, limit: str, most: int, what: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kept_digits, limit, most)
        first = kept_digits.keep(digits(0), owner="me")
        kept_digits.keep(digits(1), owner="me")
        with pytest.raises(DataError, match=what):
            kept_digits.keep(digits(2), owner="me")
        kept_digits.keep(digits(1), owner="me")  # what is there already takes no more
        kept_digits.delete(first.digest, by=ME)
        kept_digits.keep(digits(2), owner="me")

    def test_what_nobody_uses_goes_and_what_a_job_reads_stays(self) -> None:
        unused, used = (kept_digits.keep(digits(seed), owner="me") for seed in (0, 1))
        for spec in (unused, used):
            os.utime(splits.upload_path(spec.digest), (1000, 1000))
        splits.load_dataset(used)
        part = splits.uploads_folder() / ".x.npz.1.part"
        part.touch()
        os.utime(part, (1000, 1000))
        kept_digits.tidy(time.time())
        assert {path.stem for path in splits.uploads_folder().glob("*")} == {used.digest}


class TestStreamlitsOwnMemory:
    @pytest.fixture
    def manager(self, monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
        monkeypatch.setattr(upload_memory, "MOST_OF_SESSION", 100)
        monkeypatch.setattr(upload_memory, "MOST_BYTES", 250)
        made = MemoryUploadedFileManager("/upload")
        upload_memory.limit_uploads(cast(Any, made))
        return made

    def send(self, manager: MemoryUploadedFileManager, session: str, file: str, size: int = 40) -> None:
        manager.add_file(session, UploadedFileRec(file, "x", "y", bytes(size)))

    def test_a_session_holds_its_latest_files(self, manager: MemoryUploadedFileManager) -> None:
        for number in range(50):
            self.send(manager, "greedy", str(number))
        assert [file.file_id for file in manager.get_files("greedy", list(map(str, range(50))))] == [
            "48",
            "49",
        ]

    def test_the_greediest_session_makes_room_for_the_others(
        self, manager: MemoryUploadedFileManager
    ) -> None:
        self.send(manager, "me", "mine", 10)
        for number in range(30):
            self.send(manager, f"greedy {number % 3}", str(number))
        self.send(manager, "you", "yours", 30)
        assert manager.get_files("me", ["mine"])
        assert manager.get_files("you", ["yours"])
        held = sum(len(file.data) for files in manager.file_storage.values() for file in files.values())
        assert held <= 250


class TestWhoMayLearnFromThem:
    def test_a_training_or_an_experiment_on_anothers_digits_is_not_begun(self) -> None:
        spec = kept_digits.keep(digits(), owner="me")
        with in_charge():
            for start in (
                lambda **who: jobs.start_training("mlp", spec, {}, **who),
                lambda **who: jobs.start_experiment(plan(spec=spec), **who),
            ):
                with pytest.raises(kept_digits.Private):
                    start(owner="you")
                start(owner="teacher", by=TEACHER)
                kept_digits.share(spec.digest, True, by=ME)
                start(owner="you")
                kept_digits.share(spec.digest, False, by=ME)
        repository.close()
