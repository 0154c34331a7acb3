"""Photos of pencilled digits are read: in a shadow, on grey or ruled paper, in thin pencil, turned."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nnviz.core.records import Array
from nnviz.data import mnist, photo_files, photo_lines, photos, reading_order
from nnviz.data.mnist import DataError
from nnviz.inference.graph import Network
from nnviz.model_store import formats, store
from tests.photo_kinds import KINDS, close, several, sheet, some
from tests.photographing import Scene, as_file, on_a_table, photo, taken


def jpeg(picture: Array, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=90, **options)
    return stream.getvalue()


def webp(picture: Array) -> bytes:
    return as_file(picture, "WEBP")


@pytest.fixture(scope="module")
def network() -> Network:
    return formats.read_network(store.find("cnn_best").path)


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
def test_nineteen_in_twenty_photos_of_digits_never_seen_are_read() -> None:
    assert share_read(40, 42, lambda sheet, rng: sheet) >= 0.95


def test_so_are_they_when_the_whole_sheet_lies_on_a_dark_table() -> None:
    assert share_read(12, 3, on_a_table) >= 0.9


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "12 megapixels"])
def test_a_photo_of_each_kind_is_read_as_the_digit_itself_is(kind: str, network: Network) -> None:
    digits = mnist.embedded()
    rng = np.random.default_rng(100 + list(KINDS).index(kind))
    clean = digits.images[int(rng.integers(len(digits)))]
    found = photos.digit(photos.read("photo", KINDS[kind](clean, rng))).digit
    wanted = network.predict(clean.reshape(1, 784) / np.float32(255)).argmax()
    assert network.predict(found.reshape(1, 784)).argmax() == wanted


@pytest.mark.parametrize("label", [1, 4, 7])
def test_straight_strokes_on_plain_paper_are_no_lines_of_the_paper(label: int) -> None:
    digits = mnist.embedded()
    rng = np.random.default_rng(label)
    for position in np.flatnonzero(digits.labels == label)[:3]:
        found = photos.digit(taken(digits.images[position], close(rng, (480, 480)), rng))
        assert not found.lines
        assert found.digit.sum() > 0.7 * digits.images[position].sum() / 255


def test_several_digits_are_numbered_as_one_reads_and_any_can_be_chosen(network: Network) -> None:
    digits = mnist.embedded()
    labels = [2, 0, 5]
    images = [digits.images[np.flatnonzero(digits.labels == label)[1]] for label in labels]
    picture = photos.read("photo", several(images, np.random.default_rng(4)))
    found = [photos.digit(picture, choice=choice) for choice in range(3)]
    lefts = [left for _, left, _, _ in found[0].boxes]
    assert lefts == sorted(lefts)
    read = network.predict(np.stack([one.digit.ravel() for one in found])).argmax(axis=1)
    assert [(one.choice, label) for one, label in zip(found, read, strict=True)] == [(0, 2), (1, 0), (2, 5)]
    assert photos.digit(picture).choice == photos.digit(picture, choice=3).choice, "else the likeliest"


def test_a_long_stroke_beside_a_digit_is_not_what_was_meant(seven: Array) -> None:
    picture = np.full((700, 900, 3), 225, np.uint8)
    picture[200:400, 350:550] = np.where(
        np.asarray(Image.fromarray(seven).resize((200, 200)))[:, :, None] > 128, 60, 225
    )
    picture[520:548, 100:800] = 60
    found = photos.digit(picture)
    top, left, bottom, right = found.boxes[found.choice]
    assert 200 <= top < bottom <= 400
    assert 350 <= left < right <= 550


def test_what_was_found_out_can_be_overruled(seven: Array) -> None:
    rng = np.random.default_rng(6)
    squared = taken(seven, Scene(ruling="squared", size=(600, 500)), rng)
    assert photos.digit(squared).lines
    assert not photos.digit(squared, lines=False).lines
    chalk = taken(seven, some(rng, sheet=(40, 40, 40), ink=(230, 230, 230), shadow=0.0), rng)
    assert photos.digit(chalk).light
    assert not photos.digit(chalk, light=False).light


def test_squared_paper_that_lies_turned_is_straightened_by_its_lines(seven: Array) -> None:
    for lying in (-10.0, 10.0):
        scene = Scene(ruling="squared", apart=(0.05, 0.06), lying=lying, stroke=0.5, size=(800, 600))
        found = photos.digit(taken(seven, scene, np.random.default_rng(8)))
        assert abs(abs(found.straightened) - 10) < 5  # the ruling itself is a little askew


def test_a_ruling_has_the_lines_too_that_its_regularity_asks_for() -> None:
    ruled = [photo_lines.Line(np.radians(88), 20.0 * k, True) for k in range(2, 14) if k not in (5, 9, 10)]
    more = photo_lines._left_out(ruled, (300, 400))
    assert all(np.isclose(np.degrees(line.angle), 88) for line in more)
    assert {5, 9, 10, 1, 14} <= {round(line.offset / 20, 2) for line in more}
    irregular = [photo_lines.Line(0.0, offset, True) for offset in (10.0, 35.0, 40.0, 90.0, 95.0, 170.0)]
    assert photo_lines._left_out(irregular, (300, 400)) == []


def test_a_lamps_reflection_on_a_dark_board_is_no_light_ink(seven: Array) -> None:
    for seed in range(6):
        scene = Scene(sheet=(95, 100, 108), ink=(25, 30, 60), glare=120.0, shadow=0.0, size=(600, 450))
        found = photos.digit(taken(seven, scene, np.random.default_rng(seed)))
        assert not found.light


@pytest.mark.parametrize("frame", ["box", "circle"])
def test_a_digit_that_touches_its_frame_is_read_without_it(frame: str, seven: Array) -> None:
    alone, framed = (
        photos.digit(taken(seven, Scene(frame=each, reach=0.5, size=(600, 500)), np.random.default_rng(2)))
        for each in ("", frame)
    )
    assert np.abs(alone.digit - framed.digit).mean() < 0.07


def test_neither_a_0_of_uneven_thickness_nor_an_8_is_taken_for_a_frame() -> None:
    down, across = np.mgrid[0:400, 0:400] - 200
    zero = (np.hypot(down, across) < 150) & (np.hypot(down, across - 30) > 95)
    eight = np.zeros(zero.shape, bool)
    for y, x, radius in ((-60, -20, 95), (70, 20, 85)):
        away = np.hypot(down - y, across - x)
        eight |= np.abs(away - radius) < 14
    for ink in (zero, eight):
        picture = np.where(ink, 40, 220).astype(np.uint8)
        (top, left, bottom, right) = photos.digit(np.dstack([picture] * 3)).boxes[0]
        assert (bottom - top) * (right - left) > 0.9 * np.ptp(np.argwhere(ink), axis=0).prod()


def test_a_fingers_shadow_that_reaches_the_digit_is_no_part_of_it(seven: Array) -> None:
    for seed in (3, 5, 8, 13):
        plain, shaded = (
            photos.digit(taken(seven, scene, np.random.default_rng(seed)))
            for scene in (Scene(shadow=0), Scene(shadow=0.5, hand=True))
        )
        assert np.abs(plain.digit - shaded.digit).mean() < 0.06


def test_a_refusal_tells_how_far_it_got() -> None:
    with pytest.raises(photos.NoDigit) as refusal:
        photos.digit(noise((300, 400, 3)), light=True)
    assert refusal.value.light
    assert refusal.value.evened.shape == refusal.value.picture.shape[:2] == (300, 400)


def test_heic_is_read_where_there_is_a_reader_and_else_refused_by_its_name(
    seven: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = taken(seven, Scene(size=(600, 500)), np.random.default_rng(2))
    monkeypatch.setattr(photo_files, "_reads_heic", lambda: False)
    with pytest.raises(DataError, match="is a HEIC picture, which this computer cannot read"):
        photos.read("IMG_1.HEIC", b"\0\0\0\x18ftypheic" + bytes(100))
    monkeypatch.undo()
    pillow_heif = pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(picture)).save(stream, quality=80)
    again = photos.read("IMG_1.HEIC", stream.getvalue())
    assert again.shape == picture.shape
    assert np.abs(photos.digit(again).digit - photos.digit(picture).digit).mean() < 0.03


@pytest.mark.parametrize("name", ["IMG.jfif", "photo.webp", "noname"])
def test_what_a_file_is_its_bytes_say_and_not_its_name(seven: Array, name: str) -> None:
    picture = taken(seven, Scene(size=(600, 500)), np.random.default_rng(2))
    for form in ("JPEG", "WEBP", "PNG"):
        assert np.abs(photos.read(name, as_file(picture, form)) - picture.astype(float)).mean() < 10


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
        ("notes.jpg", b"to be or not to be", "notes.jpg is no picture: expected PNG, JPEG"),
        ("empty.png", b"", "empty.png is empty: expected PNG, JPEG"),
        ("scan.jpg", b"%PDF-1.7", "scan.jpg is a PDF file: expected PNG, JPEG"),
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


@pytest.mark.parametrize(
    ("rows", "columns", "settings"),
    [
        (2, 6, {}),
        (3, 10, {"lying": 4.0}),
        (6, 10, {}),
        (4, 8, {"ruling": "lined"}),
        (3, 5, {"ruling": "squared"}),
    ],
)
def test_a_sheet_of_many_digits_is_numbered_row_by_row(
    rows: int, columns: int, settings: dict[str, Any], network: Network
) -> None:
    digits = mnist.embedded()
    rng = np.random.default_rng(10 * rows + columns)
    chosen = rng.choice(len(digits), (rows, columns), replace=False)
    content = sheet([[digits.images[i] for i in row] for row in chosen], rng, **settings)
    picture = photos.read("photo", content)
    asked = [columns - 1, (rows - 1) * columns]  # the end of the first row, the beginning of the last
    found = [photos.digit(picture, choice=choice) for choice in asked]
    assert [len(one.boxes) for one in found] == [rows * columns] * 2
    read = network.predict(np.stack([one.digit.ravel() for one in found])).argmax(axis=1)
    clean = digits.images[chosen.ravel()[asked]].reshape(-1, 784) / np.float32(255)
    np.testing.assert_array_equal(read, network.predict(clean).argmax(axis=1))


def test_of_more_digits_than_are_told_apart_those_near_the_middle_are_kept() -> None:
    digits = mnist.embedded()
    rng = np.random.default_rng(0)
    content = sheet([[digits.images[10 * i + j] for j in range(10)] for i in range(7)], rng)
    found = photos.digit(photos.read("photo", content))
    assert (len(found.boxes), found.more) == (60, 10)


def test_lines_of_digits_that_rise_are_read_one_after_the_other() -> None:
    boxes = [(100 * i - 12 * j, 80 * j, 100 * i - 12 * j + 60, 80 * j + 40) for i in (1, 2) for j in range(9)]
    mixed = np.random.default_rng(0).permutation(18).tolist()
    order = reading_order.of([boxes[i] for i in mixed])
    assert [mixed[i] for i in order] == list(range(18))
