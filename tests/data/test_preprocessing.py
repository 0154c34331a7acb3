"""A drawing becomes what MNIST's makers would have made of it, whatever it is drawn with and wherever."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from nnviz.core.records import Array
from nnviz.data import mnist, preprocessing, splits
from nnviz.data.preprocessing import EmptyDrawing, prepare, to_mnist
from nnviz.numpy_nn.classifier import MLPClassifier
from training import unipen

Digits = tuple[Array, Array]
SEVEN = (np.array([[0, 0], [60, 0], [20, 100]], np.float32),)


def transparent(ink: Array, colour: int = 0) -> Array:
    """(h, w) uint8 amounts of ink -> a drawing in grey of this value on a transparent canvas."""
    return np.dstack([np.full_like(ink, colour)] * 3 + [ink])


def on_paper(ink: Array, colour: tuple[int, int, int], paper: tuple[int, int, int]) -> Array:
    share = ink[:, :, None] / 255
    mixed = np.rint(share * np.array(colour) + (1 - share) * np.array(paper)).astype(np.uint8)
    return np.dstack([mixed, np.full_like(ink, 255)])


def seven(**options: object) -> Array:
    return unipen.render(SEVEN, 18, 120, **options)  # type: ignore[arg-type]


def extent(image: Array) -> tuple[int, int]:
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


def centre(image: Array) -> tuple[float, float]:
    rows, columns = np.indices(image.shape)
    return float((rows * image).sum() / image.sum()), float((columns * image).sum() / image.sum())


# Ink


@pytest.mark.parametrize(
    "drawn",
    [
        transparent(seven()[:, :, 3], colour=255),
        transparent(seven()[:, :, 3], colour=128),
        on_paper(seven()[:, :, 3], (0, 0, 0), (255, 255, 255)),
        on_paper(seven()[:, :, 3], (255, 255, 255), (0, 0, 0)),
        on_paper(seven()[:, :, 3], (0, 0, 255), (255, 255, 255)),
        on_paper(seven()[:, :, 3], (255, 0, 0), (0, 255, 0)),
        on_paper(seven()[:, :, 3], (40, 40, 60), (200, 190, 180)),
        seven(ink=(200, 30, 30)),
        on_paper(seven()[:, :, 3], (0, 0, 0), (255, 255, 255)) - np.array([0, 0, 0, 156], np.uint8),
    ],
    ids=[
        "white on transparent", "grey on transparent", "black on white", "white on black", "blue on white",
        "red on green", "pencil on paper", "red on transparent", "a canvas half transparent everywhere",
    ],
)  # fmt: skip
def test_the_same_strokes_in_any_ink_on_any_paper_are_the_same_digit(drawn: Array) -> None:
    np.testing.assert_allclose(to_mnist(drawn), to_mnist(seven()), atol=1.5 / 255)


def test_faint_ink_becomes_as_bright_as_mnists() -> None:
    faint = transparent(seven()[:, :, 3] // 4)
    assert to_mnist(faint).max() == 1
    np.testing.assert_allclose(to_mnist(faint), to_mnist(seven()), atol=5 / 255)


def test_the_grain_of_photographed_paper_is_not_ink() -> None:
    rng = np.random.default_rng(0)
    clean = on_paper(seven()[:, :, 3], (50, 50, 60), (210, 205, 200))
    grain = rng.normal(0, 4, clean.shape)
    grain[:, :, 3] = 0
    photograph = np.clip(clean + grain, 0, 255).astype(np.uint8)
    assert np.abs(to_mnist(photograph) - to_mnist(clean)).mean() < 4 / 255
    assert extent(prepare(photograph).cropped) == pytest.approx(extent(prepare(clean).cropped), abs=4)


@pytest.mark.parametrize(
    "canvas",
    [
        np.zeros((280, 280, 4), np.uint8),
        np.full((280, 280, 4), 255, np.uint8),
        on_paper(np.zeros((280, 280), np.uint8), (0, 0, 0), (0, 0, 0)),
        np.full((1, 1, 4), 255, np.uint8),
        transparent(np.full((50, 50), 9, np.uint8) * np.eye(50, dtype=np.uint8)),
        np.dstack(
            [np.random.default_rng(0).integers(200, 212, (90, 90, 3), "u1"), np.full((90, 90), 255, "u1")]
        ),
    ],
    ids=["transparent", "white", "black", "one pixel", "next to transparent", "grainy paper"],
)
def test_a_canvas_without_ink_is_an_empty_drawing(canvas: Array) -> None:
    with pytest.raises(EmptyDrawing, match="Nothing has been drawn yet"):
        to_mnist(canvas)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((28, 28), np.uint8),
        np.zeros((28, 28, 3), np.uint8),
        np.zeros((28, 28, 4), np.float32),
        np.zeros((0, 28, 4), np.uint8),
        np.zeros((1, 28, 28, 4), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused_with_what_was_expected(wrong: Array) -> None:
    with pytest.raises(ValueError, match=r"\(height, width, 4\) numbers of type uint8") as refusal:
        to_mnist(wrong)
    assert not isinstance(refusal.value, EmptyDrawing)


# Crop, scale, centre


def box_means(picture: Array, rows: int, columns: int) -> Array:
    """Area averaging the slow way: every pixel is cut into so many parts that whole ones can be averaged."""
    height, width = picture.shape
    cut = picture.astype(np.float64).repeat(rows, axis=0).repeat(columns, axis=1)
    means: Array = cut.reshape(rows, height, columns, width).mean(axis=(1, 3))
    return means


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 45), st.integers(1, 45)), elements=st.integers(0, 255)))
def test_scaling_is_the_mean_over_area(ink: Array) -> None:
    ink[0, 0] = ink[-1, -1] = 255  # the crop is the whole
    height, width = ink.shape
    shape = tuple(max(1, math.floor(20 * side / max(height, width) + 0.5)) for side in (height, width))
    canvas = np.pad(ink, 3)
    prepared = prepare(transparent(canvas))
    assert prepared.cropped.shape == ink.shape
    assert prepared.scaled.shape == shape
    expected = box_means(ink, *shape)
    np.testing.assert_allclose(prepared.scaled, expected / expected.max(), atol=1e-5)


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(4))))
def test_any_picture_is_empty_or_a_digit_within_its_box(canvas: Array) -> None:
    before = canvas.copy()
    try:
        prepared = prepare(canvas)
    except EmptyDrawing:
        return
    image = prepared.centred
    assert image.shape == (28, 28)
    assert image.dtype == prepared.ink.dtype == prepared.cropped.dtype == prepared.scaled.dtype == np.float32
    assert (image.min(), image.max()) == (0, 1)
    assert prepared.ink.shape == canvas.shape[:2]
    assert max(prepared.scaled.shape) == 20
    assert all(lit <= side for lit, side in zip(extent(image), prepared.scaled.shape, strict=True))
    np.testing.assert_array_equal(canvas, before)


def test_every_step_can_be_found_in_the_one_before() -> None:
    prepared = prepare(seven(offset=(30, -20)))
    top, left = prepared.corner
    height, width = prepared.cropped.shape
    np.testing.assert_array_equal(prepared.ink[top : top + height, left : left + width], prepared.cropped)
    assert prepared.ink.sum() - prepared.cropped.sum() < 0.01 * prepared.ink.sum()
    top, left = prepared.offset
    height, width = prepared.scaled.shape
    np.testing.assert_array_equal(prepared.centred[top : top + height, left : left + width], prepared.scaled)
    assert prepared.centred.sum() == pytest.approx(prepared.scaled.sum())


def test_the_soft_edge_of_a_line_does_not_widen_the_crop() -> None:
    ink = np.zeros((50, 50), np.uint8)
    ink[20:30, 10:40] = 255
    ink[19, 10:40] = ink[30, 10:40] = 50  # less than a fifth
    prepared = prepare(transparent(ink))
    assert prepared.corner == (20, 10)
    assert prepared.cropped.shape == (10, 30)


@given(st.integers(-60, 60), st.integers(-70, 70))
def test_where_on_the_canvas_it_was_drawn_does_not_matter(right: int, down: int) -> None:
    moved = np.roll(seven(), (down, right), axis=(0, 1))
    np.testing.assert_array_equal(to_mnist(moved), to_mnist(seven()))


@pytest.mark.parametrize("shape", [(140, 280), (280, 140), (600, 300), (97, 211)])
def test_the_shape_of_the_canvas_does_not_matter(shape: tuple[int, int]) -> None:
    drawn = unipen.render(SEVEN, 10, 70, size=90)
    canvas = np.zeros((*shape, 4), np.uint8)
    canvas[5:95, 7:97] = drawn
    np.testing.assert_array_equal(to_mnist(canvas), to_mnist(drawn))


@pytest.mark.parametrize("height", [60, 90, 160, 220])
def test_how_large_it_was_drawn_hardly_matters(height: int) -> None:
    drawn = unipen.render(SEVEN, height / 8, height)
    assert np.abs(to_mnist(drawn) - to_mnist(unipen.render(SEVEN, 15, 120))).mean() < 0.02


def test_the_centre_of_mass_comes_to_rest_on_pixel_14() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        stroke = rng.uniform(0, 100, (4, 2)).astype(np.float32)
        for coordinate in centre(to_mnist(unipen.render((stroke,), 15, 150))):
            assert 13.5 - 1e-3 <= coordinate < 14.5


@pytest.mark.parametrize("width", range(1, 41))
def test_a_tie_between_two_places_always_falls_the_same_way(width: int) -> None:
    """A block of any width in any shade: its middle is exactly on a pixel or exactly between two."""
    for shade in (77, 128, 255):
        ink = np.zeros((60, 60), np.uint8)
        ink[5:45, 8 : 8 + width] = shade
        columns = math.floor(20 * width / 40 + 0.5) or 1
        expected = np.zeros((28, 28))
        expected[4:24, 14 - columns // 2 : 14 - columns // 2 + columns] = 1
        np.testing.assert_allclose(to_mnist(transparent(ink)), expected, atol=1e-6)


def test_a_lopsided_drawing_is_centred_only_as_far_as_it_fits() -> None:
    ink = np.zeros((200, 200), np.uint8)
    ink[0:40, 0:200] = 255  # nearly all ink at the top
    ink[0:200, 0:2] = 255
    prepared = prepare(transparent(ink))
    assert prepared.scaled.shape == (20, 20)
    assert prepared.offset[0] == 8  # the centre of mass asks for more, but 8 + 20 is all there is
    assert extent(prepared.centred) == (20, 20)


# Small and awkward drawings


def lit(*places: tuple[slice | int, slice | int], shape: tuple[int, int] = (280, 280)) -> Array:
    ink = np.zeros(shape, np.uint8)
    for place in places:
        ink[place] = 255
    return transparent(ink)


@pytest.mark.parametrize(
    ("drawn", "shape"),
    [
        (lit((100, 50)), (20, 20)),
        (lit((0, 0)), (20, 20)),
        (lit((slice(None), 7)), (20, 1)),
        (lit((100, slice(20, 260))), (1, 20)),
        (lit((slice(0, 100), 0)), (20, 1)),
        (lit((slice(None), slice(None, 140))), (20, 10)),
        (lit((279, 279), (0, 0)), (20, 20)),
        (lit((0, slice(0, 5)), shape=(1, 9)), (4, 20)),
    ],
    ids=["dot", "dot in the corner", "thin upright", "thin level", "along the edge", "half the canvas",
         "two far corners", "a canvas of one row"],
)  # fmt: skip
def test_small_thin_and_cornered_drawings_are_digits_too(drawn: Array, shape: tuple[int, int]) -> None:
    prepared = prepare(drawn)
    assert prepared.scaled.shape == shape
    assert prepared.centred.max() == 1


def test_an_upright_line_of_one_pixel_is_a_bright_one() -> None:
    image = to_mnist(lit((slice(40, 240), 100)))
    expected = np.zeros((28, 28))
    expected[4:24, 14] = 1
    np.testing.assert_allclose(image, expected, atol=1e-6)


def test_ink_at_the_edges_is_not_lost() -> None:
    frame = lit((slice(0, 20), slice(None)), (slice(260, None), slice(None)))
    assert extent(to_mnist(frame)) == (20, 20)
    cross = lit((slice(None), slice(90, 110)), (slice(120, 150), slice(None)))
    on_white = on_paper(cross[:, :, 3], (0, 0, 0), (255, 255, 255))
    np.testing.assert_array_equal(to_mnist(on_white), to_mnist(cross))


# Real digits


def test_mnists_own_digits_come_back_as_they_were(full_mnist: tuple[Digits, Digits]) -> None:
    _, (images, _) = full_mnist
    differences = np.array(
        [np.abs(to_mnist(transparent(image)) - image / 255).mean() for image in images[:1000]]
    )
    assert np.mean(differences < 1 / 255) > 0.97
    assert differences.mean() < 0.5 / 255


@pytest.fixture(scope="module")
def reader() -> MLPClassifier:
    """A network trained on embedded digits as they are."""
    split = splits.load_split(splits.DataSpec("embedded"))
    model = MLPClassifier(
        (100,), solver="adam", learning_rate_init=0.002, batch_size=64, max_iter=15, random_state=0
    )
    return model.fit(split.x_train, split.y_train)


def enlarged(image: Array, rng: np.random.Generator) -> Array:
    """A digit of MNIST somewhere on a large pad, 90 to 240 pixels tall or wide."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    digit = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    scale = rng.uniform(90, 240) / max(digit.size)
    digit = digit.resize((round(digit.width * scale), round(digit.height * scale)), Image.Resampling.BICUBIC)
    pad = Image.new("L", (280, 280))
    pad.paste(digit, (int(rng.integers(281 - digit.width)), int(rng.integers(281 - digit.height))))
    return transparent(np.asarray(pad))


def test_digits_of_mnist_drawn_large_are_read_as_well_as_the_originals(reader: MLPClassifier) -> None:
    split, images = splits.load_split(splits.DataSpec("embedded")), mnist.embedded().images
    rng = np.random.default_rng(0)
    redrawn = np.array([to_mnist(enlarged(images[i], rng)) for i in split.test_index]).reshape(-1, 784)
    assert np.abs(redrawn - split.x_test).mean() < 7 / 255
    assert reader.score(redrawn, split.y_test) > reader.score(split.x_test, split.y_test) - 0.01


def test_digits_written_with_a_pen_are_read(reader: MLPClassifier) -> None:
    path = Path(os.environ.get("NNVIZ_DATA", "")) / "pendigits-train.unipen"
    if not path.is_file():
        pytest.skip("the pen strokes are not here: set NNVIZ_DATA to the folder of pendigits-train.unipen")
    rng = np.random.default_rng(0)
    written = [digit for number, digit in enumerate(unipen.read(path)) if number % 15 == 0]
    images = np.array(
        [
            to_mnist(unipen.render(digit.strokes, rng.uniform(8, 28), rng.uniform(90, 220)))
            for digit in written
        ]
    )
    labels = np.array([digit.label for digit in written])
    assert reader.score(images.reshape(-1, 784), labels) > 0.8
    assert 70 < images.sum(axis=(1, 2)).mean() < 130  # MNIST's digits have 100 on average


def test_a_preparation_says_where_everything_is() -> None:
    prepared = prepare(lit((slice(10, 50), slice(30, 50))))
    assert prepared.corner == (10, 30)
    assert prepared.offset == (4, 9)
    assert preprocessing.fitted(40, 20) == prepared.scaled.shape == (20, 10)


# Steps left out


@given(st.integers(-60, 60), st.integers(-60, 60))
def test_a_digit_that_is_not_centred_lies_where_it_was_drawn(right: int, down: int) -> None:
    drawn = seven(offset=(right, down))
    middle = [140 + down, 140 + right]
    for fit in (True, False):
        prepared = prepare(drawn, centre=False, fit=fit)
        for at, length, wanted in zip(prepared.offset, prepared.scaled.shape, middle, strict=True):
            free = 28 * wanted / 280 - length / 2
            assert at == pytest.approx(min(max(free, 0), 28 - length), abs=0.6)
        assert prepared.centred.max() == 1


def test_without_the_fit_a_digit_is_as_large_as_it_was_drawn() -> None:
    small, large = (prepare(unipen.render(SEVEN, 10, height), fit=False) for height in (50, 200))
    assert small.scaled.shape == pytest.approx(np.array(small.cropped.shape) / 10, abs=0.5)
    assert large.scaled.shape == pytest.approx(np.array(large.cropped.shape) / 10, abs=0.5)
    assert all(13.5 - 1e-3 <= coordinate < 14.5 for coordinate in centre(small.centred))


def test_without_any_step_the_canvas_is_averaged_as_it_is() -> None:
    ink = np.zeros((280, 280), np.uint8)
    ink[30:70, 100:150] = 255
    expected = box_means(ink, 28, 28) / 255
    np.testing.assert_allclose(to_mnist(transparent(ink), centre=False, fit=False), expected, atol=1e-6)
