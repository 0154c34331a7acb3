"""Files appear whole or not at all, and an archive is not believed."""

from __future__ import annotations

import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnviz.core import safe_files
from nnviz.core.records import Array
from nnviz.core.safe_files import BadFile


def saved(**arrays: Array) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def archive(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return buffer.getvalue()


def npy(shape: tuple[int, ...], content: bytes, descr: str = "|u1") -> bytes:
    """An .npy member whose header may say anything."""
    header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


@given(
    hnp.arrays(
        st.sampled_from(["u1", "<i8", ">f4", "f8", "?", "<U3"]), hnp.array_shapes(min_dims=0, max_dims=3)
    )
)
def test_what_numpy_saves_is_read_back_as_it_was(array: Array) -> None:
    read = safe_files.read_npz(saved(a=array, b=np.asfortranarray(array)))
    for name in ("a", "b"):
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


def test_a_file_is_written_and_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.npz"
    safe_files.write_npz(path, x=np.arange(5))
    np.testing.assert_array_equal(safe_files.read_npz(path)["x"], np.arange(5))
    np.testing.assert_array_equal(np.load(path, allow_pickle=False)["x"], np.arange(5))


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    safe_files.write_npz(path, x=np.arange(5))

    def broken_off() -> None:
        with safe_files.replacing(path) as file:
            file.write(b"half of")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_off()
    np.testing.assert_array_equal(safe_files.read_npz(path)["x"], np.arange(5))
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_an_oserror_as_everywhere(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        safe_files.read_npz(tmp_path / "none.npz")


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_is_unpacked() -> None:
    bomb = saved(x=np.zeros(50_000_000, np.uint8))
    assert len(bomb) < 100_000
    with pytest.raises(BadFile, match="unpacks to 50 MB, more than 10 MB"):
        safe_files.read_npz(bomb, limit=10 * safe_files.MEGABYTE)


def test_a_lie_about_the_unpacked_size_is_found_out() -> None:
    honest = archive({"x.npy": npy((1000,), bytes(1000))})
    size = struct.pack("<I", len(npy((1000,), bytes(1000))))
    for lie in (10, 500, 1200):
        with pytest.raises(BadFile):
            safe_files.read_npz(honest.replace(size, struct.pack("<I", lie)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (saved(x=np.array([{}])), "pickled"),
        (saved(x=np.array([(1, 2.0)], dtype="i4,f4")), "not of numbers or text"),
        (saved(x=np.array([1j])), "not of numbers or text"),
        (saved(x=np.array([b"text"]).view("V4")), "not of numbers or text"),
        (archive({"x.npy": npy((10**12,), b"")}), "announces more"),
        (archive({"x.npy": npy((10,), bytes(9))}), "announces more"),
        (archive({"x.npy": npy((10,), bytes(11))}), "or fewer"),
        (archive({"x.npy": npy((-1,), b"")}), "not of numbers"),
        (archive({"x.npy": npy((10**9, 10**9), b"", "<U0")}), "not of numbers"),
        (archive({"x.npy": npy((1,), bytes(9))[:20]}), "damaged"),
        (archive({"x.npy": b"\x93NUMPY\x03\x00" + bytes(20)}), "format"),
        (archive({"x.npy": b""}), "damaged"),
        (archive({"readme.txt": b"hello, this is no array"}), "damaged"),
    ],
)
def test_an_archive_that_lies_or_is_none_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        safe_files.read_npz(content)


def test_every_truncation_is_refused() -> None:
    whole = saved(x=np.arange(100))
    for length in range(len(whole)):
        with pytest.raises(BadFile):
            safe_files.read_npz(whole[:length])


@given(st.integers(0, 10**6), st.integers(1, 255))
def test_a_changed_byte_is_noticed_or_does_not_matter(place: int, change: int) -> None:
    array = np.random.default_rng(0).integers(0, 255, 300, np.uint8)
    content = bytearray(saved(x=array))
    content[place % len(content)] ^= change
    try:
        read = safe_files.read_npz(bytes(content))
    except BadFile:
        return
    if "x" in read:  # otherwise the change was in the name
        np.testing.assert_array_equal(read["x"], array)


@given(st.binary(max_size=300))
def test_noise_is_a_bad_file_and_nothing_else(content: bytes) -> None:
    for archive_like in (content, b"PK\x03\x04" + content, archive({"x.npy": content})):
        with pytest.raises(BadFile):
            safe_files.read_npz(archive_like)


def test_the_oldest_make_room_and_the_new_one_stays(tmp_path: Path) -> None:
    files = [tmp_path / f"{i}.npz" for i in range(4)]
    for age, path in enumerate(files):
        path.write_bytes(b"x")
        os.utime(path, (1_000 - age, 1_000 - age))
    safe_files.remove_oldest(tmp_path.glob("*.npz"), 2, spared=files[3])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.npz", "3.npz"], "the oldest one is spared"


def test_what_has_been_of_no_use_for_long_is_removed(tmp_path: Path) -> None:
    for name, when in (("old", 100), ("new", 200)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (when, when))
    safe_files.remove_unused(tmp_path.iterdir(), seconds=50, now=210)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
