"""What once fell to a hostile input, each by name, so that it stays mended."""

from __future__ import annotations

import dataclasses
import io
import tracemalloc
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from nnviz.components import pad_message
from nnviz.core import safe_files
from nnviz.data import photos, upload_pictures, uploads
from nnviz.data.mnist import DataError
from nnviz.history import descriptions
from nnviz.model_store import mlp_file
from tests.model_store.test_store import network
from tests.recording import CARD


def test_a_table_of_nothing_but_ends_of_lines_takes_no_room_for_each() -> None:
    content = b"\n" * 5_000_000
    tracemalloc.start()
    with pytest.raises(DataError, match="empty rows"):
        uploads.read([("a.csv", content)])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000


def test_an_array_is_unpacked_into_the_room_that_it_takes_and_no_more() -> None:
    file = io.BytesIO()
    np.savez_compressed(file, x=np.zeros(2_000_000))
    tracemalloc.start()
    [array] = safe_files.read_npz(file.getvalue()).values()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.4 * array.nbytes
    assert not array.flags.writeable


def test_letters_that_there_are_not_are_no_text() -> None:
    file = io.BytesIO()
    np.savez(file, settings=np.array("ab"))
    broken = file.getvalue().replace("ab".encode("utf-32-le"), b"a\0\0\0" + b"\xff" * 4)
    # The sum of the file is made right again, or it would be refused for that.
    content = io.BytesIO()
    import zipfile

    with zipfile.ZipFile(content, "w") as archive:
        with zipfile.ZipFile(io.BytesIO(file.getvalue())) as good:
            member = good.read("settings.npy")
        archive.writestr("settings.npy", member.replace(b"b\0\0\0", b"\xff" * 4))
    for each in (broken, content.getvalue()):
        with pytest.raises(safe_files.BadFile):
            safe_files.read_npz(each)


@pytest.mark.parametrize("side", [10_000, 20_000], ids=["a warning of Pillow's", "an error of Pillow's"])
def test_a_picture_that_is_too_large_is_called_so(side: int) -> None:
    file = io.BytesIO()
    Image.new("1", (side, side)).save(file, "PNG")
    with pytest.raises(DataError, match="at most 25 million"):
        uploads.read([("7.png", file.getvalue())] * 2)


def test_a_long_narrow_picture_is_made_small_in_strips_too() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (12_000, 500), "white").save(file, "PNG")
    assert uploads.opened("7.png", file.getvalue()).size == (1000, 42)


def test_png_pictures_have_a_smaller_share_of_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    Image.new("L", (1000, 1000)).save(file, "PNG")
    monkeypatch.setattr(upload_pictures, "MOST_OF_PNG", 1_500_000)
    with pytest.raises(DataError, match="2 million pixels together"):
        uploads.read([("7.png", file.getvalue())] * 2)


def test_a_photo_of_which_most_is_as_dark_as_can_be_beside_its_paper_has_no_digit() -> None:
    dark = np.zeros((90, 90, 3), np.uint8)
    dark[:, :, 0] = 255
    with pytest.raises(photos.NoDigit):
        photos.digit(dark)


def test_a_thousand_long_strokes_are_counted_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pad_message, "_stroke", lambda _: pytest.fail("it was read"))
    with pytest.raises(ValueError, match="at most"):
        pad_message.strokes([{"width": 9, "erase": False, "points": [1] * 6000}] * 1000)


@pytest.mark.parametrize("created", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "soon"])
def test_a_time_at_the_worlds_end_is_shown_as_it_was_written(created: str) -> None:
    assert descriptions.moment(created, ZoneInfo("Pacific/Kiritimati")) == created[:16].replace("T", " ")


@pytest.mark.parametrize("sizes", [0.5, None, "x", {"a": 1}, [], (3,)])
def test_layers_of_any_size_in_a_card_are_shown(sizes: object) -> None:
    card = dataclasses.replace(CARD, settings={"hidden_layer_sizes": sizes})
    assert len(descriptions.settings(card)) <= 1


def test_a_large_network_is_kept_as_it_is_and_comes_back() -> None:
    model = network(1200)
    content = mlp_file.pack(model)
    again = mlp_file.read_model(content)
    np.testing.assert_array_equal(again.coefs_[0], model.coefs_[0])
    assert len(content) <= mlp_file._MOST_SENT
    assert mlp_file.MOST_WEIGHTS * 4 + 2_000_000 < mlp_file._MOST_SENT
