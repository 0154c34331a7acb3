"""Photos of pencilled digits are read: in a shadow, on grey or ruled paper, in thin pencil, turned."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from nnviz.core.records import Array
from nnviz.data import mnist, photos
from nnviz.data.mnist import DataError
from nnviz.model_store import formats, store
from tests.photographing import KINDS, Scene, as_file, on_a_table, photo, several


def jpeg(picture: Array, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=90, **options)
    return stream.getvalue()


def webp(picture: Array) -> bytes:
    return as_file(picture, "WEBP")


@pytest.fixture(scope="module")
def seven() -> Array:
    digits = mnist.embedded()
    picture: Array = digits.images[np.flatnonzero(digits.labels == 7)[3]]
    return picture


def varied(rng: np.random.Generator) -> Scene:
    """Any of the things that a photo can be, each in its own measure."""
    return Scene(
        light=rng.uniform(0, 0.5),
        shadow=rng.uniform(0, 0.55),
        paper=rng.uniform(150, 235),
        pencil=rng.uniform(40, 115),
        stroke=rng.choice([1.0, 0.7, 0.5]),
        grain=rng.uniform(0, 5),
        turn=rng.uniform(-12, 12),
        ruling=str(rng.choice(["", "", "lined", "squared"])),
        quality=int(rng.integers(55, 92)),
        size=(640, 480),
    )


def share_read(n: int, seed: int, take: Callable[[bytes, np.random.Generator], bytes]) -> float:
    """The share of n embedded digits, of which cnn_best has seen none, that it reads from their photos."""
    path = store.find("cnn_best").path
    network = formats.read_network(path)
    rng = np.random.default_rng(seed)
    digits = mnist.embedded()
    chosen = rng.choice(len(digits), n, replace=False)
    found = []
    for position in chosen:
        content = take(photo(digits.images[position], varied(rng), rng), rng)
        found.append(photos.digit(photos.read("photo.jpg", content)).digit.ravel())
    right = network.predict(np.stack(found)).argmax(axis=1) == digits.labels[chosen]
    return float(right.mean())


@pytest.mark.slow
def test_nine_in_ten_photos_of_digits_never_seen_are_read() -> None:
    assert share_read(100, 42, lambda sheet, rng: sheet) >= 0.9


def test_so_are_they_when_the_whole_sheet_lies_on_a_dark_table() -> None:
    assert share_read(20, 3, on_a_table) >= 0.85


def test_light_and_shadow_leave_nothing_behind(seven: Array) -> None:
    plain = Scene(light=0, shadow=0, grain=0, size=(600, 500))
    hard = Scene(light=0.5, shadow=0.5, size=(600, 500))
    one, other = (
        photos.digit(photos.read("x.jpg", photo(seven, scene, np.random.default_rng(3))))
        for scene in (plain, hard)
    )
    assert np.abs(one.digit - other.digit).mean() < 0.05
    assert other.evened[other.ink == 0].std() < 0.06, "the paper is even"


@pytest.mark.parametrize("ruling", ["lined", "squared"])
def test_ruled_lines_are_found_and_taken_away(seven: Array, ruling: str) -> None:
    plain, ruled = (
        photos.digit(
            photos.read("x.jpg", photo(seven, Scene(ruling=r, size=(600, 500)), np.random.default_rng(5)))
        )
        for r in ("", ruling)
    )
    assert (plain.lines, ruled.lines) == (False, True)
    assert np.abs(plain.digit - ruled.digit).mean() < 0.08


def test_thin_pencil_is_thickened_to_what_mnist_has(seven: Array) -> None:
    thin = photos.digit(photos.read("x.jpg", photo(seven, Scene(stroke=0.3), np.random.default_rng(1))))
    assert thin.thickened > 1.3
    assert thin.digit.sum() > 0.6 * seven.sum() / 255


def test_a_photo_taken_sideways_is_turned_upright_by_its_own_note(seven: Array) -> None:
    upright = photos.read("x.jpg", photo(seven, Scene(size=(500, 600)), np.random.default_rng(2)))
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me by 90 degrees clockwise"
    stored = jpeg(np.rot90(upright), exif=exif.tobytes())
    again = photos.read("x.jpg", stored)
    assert again.shape == upright.shape
    assert np.abs(photos.digit(again).digit - photos.digit(upright).digit).mean() < 0.02


def test_turning_by_hand_turns_the_digit_clockwise(seven: Array) -> None:
    picture = photos.read("x.jpg", photo(seven, Scene(size=(500, 600)), np.random.default_rng(2)))
    straight, turned = photos.digit(picture).digit, photos.digit(picture, turn=90).digit
    assert np.abs(np.rot90(straight, -1) - turned).mean() < 0.05
    assert np.abs(photos.digit(picture, turn=360).digit - straight).max() == 0
    assert photos.digit(picture, turn=30).ink.shape > photos.digit(picture).ink.shape, "nothing is cut off"


def noise(shape: tuple[int, ...]) -> Array:
    grain = np.random.default_rng(0).normal(190, 4, shape)
    return np.clip(grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "picture",
    [
        noise((300, 400, 3)),
        np.full((300, 400, 3), 255, np.uint8),
        np.zeros((200, 200, 3), np.uint8),
        noise((1, 1, 3)),
    ],
    ids=["grey paper", "white paper", "darkness", "one pixel"],
)
def test_a_photo_without_a_digit_is_told_so_in_one_sentence(picture: Array) -> None:
    with pytest.raises(photos.NoDigit, match=r"^There is no digit to be found: expected .*\.$"):
        photos.digit(picture)


def blank(side: int) -> bytes:
    stream = io.BytesIO()
    Image.new("1", (side, side)).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("notes.jpg", b"to be or not to be", "notes.jpg is no picture: expected PNG, JPEG, WebP"),
        ("empty.png", b"", "empty.png is empty: expected PNG, JPEG, WebP"),
        ("scan.jpg", b"%PDF-1.7", "scan.jpg is a PDF file: expected PNG, JPEG, WebP"),
        ("cut.webp", webp(noise((200, 200, 3)))[:300], "cut.webp is damaged: expected a whole WebP picture"),
        ("cut.jpg", jpeg(noise((200, 200, 3)))[:900], "expected a whole PNG or JPEG"),
        ("large.png", blank(6_000), "expected at most 25 million"),
        ("bomb.png", blank(20_000), "at most 25 million"),
        ("huge.jpg", b"\xff\xd8\xff" + bytes(21_000_000), "at most 20 MB"),
        ("../../etc/passwd.gif", b"GIF89a" + bytes(50), r"^passwd.gif is a GIF file"),
    ],
)
def test_files_that_are_no_photo_are_refused_in_one_sentence(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason) as refusal:
        photos.read(name, content)
    assert "\n" not in str(refusal.value)
