"""Small changes of digits: what they may do to a digit, and what SciPy makes of the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from nnviz.core.records import Array
from nnviz.data import augmentation
from nnviz.data.augmentation import AUGMENTATIONS, affine, elastic, stroke

NOTHING = {"shift": 0.0, "turn": 0.0, "scale": 0.0, "shear": 0.0}
CHANGING = sorted(set(AUGMENTATIONS) - {"none"})


@pytest.fixture(scope="module")
def digits() -> Array:
    """(200, 784) float32: real digits."""
    from nnviz.data.mnist import embedded, to_rows

    return to_rows(embedded().images[::25])


def read_at(digit: Array, matrix: Array, shift: Array) -> Array:
    """What SciPy reads at matrix @ place + shift, counted from the digit's centre, on endless blank paper."""
    centre = np.array([13.5, 13.5])
    offset = centre + shift - matrix @ centre
    picture = digit.reshape(28, 28).astype(np.float64)
    read: Array = ndimage.affine_transform(picture, matrix, offset, order=1, mode="grid-constant")
    return read.ravel()


@given(
    st.integers(0, 2**32 - 1),
    st.floats(-0.5, 0.5),
    st.floats(0.7, 1.4),
    st.tuples(st.floats(-4, 4), st.floats(-4, 4)),
)
def test_a_digit_is_read_where_scipy_reads_it(
    seed: int, angle: float, size: float, shift: tuple[float, float]
) -> None:
    rng = np.random.default_rng(seed)
    digit = np.zeros((28, 28), np.float32)
    digit[4:24, 4:24] = rng.random((20, 20))  # MNIST's digits leave a margin of 4
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * size
    found = augmentation._sample(
        digit.reshape(1, 784), matrix[:, :, None].astype(np.float32), np.array(shift)[:, None]
    )
    np.testing.assert_allclose(found[0], read_at(digit, matrix, np.array(shift)), atol=2e-4)


def test_every_digit_of_many_is_read_by_its_own_matrix(digits: Array) -> None:
    n = 150  # more than are changed at once
    rng = np.random.default_rng(0)
    matrices = rng.normal(0, 0.1, (2, 2, n)) + np.eye(2)[:, :, None]
    shifts = rng.uniform(-2, 2, (2, n))
    found = augmentation._sample(digits[:n], matrices, shifts)
    for i in (0, 1, 77, n - 1):
        np.testing.assert_allclose(found[i], read_at(digits[i], matrices[:, :, i], shifts[:, i]), atol=2e-4)


def test_changing_nothing_gives_the_same_digits(digits: Array) -> None:
    np.testing.assert_array_equal(affine(digits, np.random.default_rng(0), **NOTHING), digits)


def centres(digits: Array) -> Array:
    """(n, 2): row and column of each digit's centre of mass."""
    pictures = digits.reshape(-1, 28, 28).astype(np.float64)
    places = np.arange(28)
    rows, columns = pictures.sum(axis=2) @ places, pictures.sum(axis=1) @ places
    middle: Array = np.stack([rows, columns], axis=1) / pictures.sum(axis=(1, 2))[:, None]
    return middle


def test_a_shift_moves_digits_evenly_over_its_whole_range(digits: Array) -> None:
    many = np.tile(digits, (5, 1))
    moved = affine(many, np.random.default_rng(0), **NOTHING | {"shift": 2.0})
    way = centres(moved) - centres(many)
    assert np.abs(way).max() <= 2.01
    assert (np.abs(way).max(axis=0) > 1.9).all()
    np.testing.assert_allclose(way.mean(axis=0), 0, atol=0.15)
    np.testing.assert_allclose(way.std(axis=0), 2 / np.sqrt(3), atol=0.1)  # of evenly drawn numbers
    np.testing.assert_allclose(moved.sum(axis=1), many.sum(axis=1), rtol=0.05)  # the ink is still there


def test_a_scale_changes_how_much_ink_there_is_by_its_square(digits: Array) -> None:
    changed = affine(digits, np.random.default_rng(0), **NOTHING | {"scale": 0.15})
    ink = changed.sum(axis=1) / digits.sum(axis=1)
    assert 0.85**2 - 0.03 < ink.min() < 0.8
    assert 1.25 < ink.max() < 1.15**2 + 0.03


def lean(digits: Array) -> Array:
    """(n,): the slope of each digit's main upright axis, in columns a row."""
    pictures = digits.reshape(-1, 28, 28).astype(np.float64)
    middle = centres(digits)
    rows = np.arange(28)[None, :, None] - middle[:, 0, None, None]
    columns = np.arange(28)[None, None, :] - middle[:, 1, None, None]
    slope: Array = (pictures * rows * columns).sum(axis=(1, 2)) / (pictures * rows**2).sum(axis=(1, 2))
    return slope


@pytest.mark.parametrize(
    ("change", "most"), [({"shear": 0.2}, 0.2), ({"turn": 10.0}, np.tan(np.deg2rad(10)))]
)
def test_a_turn_and_a_shear_make_an_upright_line_lean_either_way(
    change: dict[str, float], most: float
) -> None:
    line = np.zeros((28, 28), np.float32)
    line[4:24, 13:15] = 1
    leaning = lean(
        affine(np.tile(line.reshape(1, 784), (400, 1)), np.random.default_rng(0), **NOTHING | change)
    )
    assert np.abs(leaning).max() == pytest.approx(most, abs=0.02)
    assert leaning.min() < -0.9 * most
    assert leaning.max() > 0.9 * most


def test_rubber_moves_every_pixel_as_far_as_it_is_told_to_and_neighbours_alike() -> None:
    ramp = np.tile((np.arange(28, dtype=np.float32) / 27).reshape(1, 28), (28, 1)).reshape(1, 784)
    bent = elastic(np.tile(ramp, (500, 1)), np.random.default_rng(0), bend=1.2, smoothness=4)
    moved = 27 * (bent - ramp).reshape(500, 28, 28)[:, 6:22, 6:22]  # of a ramp, how much brighter is how far
    assert moved.std() == pytest.approx(1.2, rel=0.05)
    assert moved.mean() == pytest.approx(0, abs=0.05)
    beside = np.corrcoef(moved[:, 8, 8], moved[:, 8, 9])[0, 1]
    assert beside == pytest.approx(np.exp(-1 / (4 * 4**2)), abs=0.01)
    assert abs(np.corrcoef(moved[:, 0, 0], moved[:, 15, 15])[0, 1]) < 0.15


def test_rubber_that_is_only_stretched_changes_widths_and_leaves_heights() -> None:
    box = np.zeros((28, 28), np.float32)
    box[4:24, 8:20] = 1
    boxes = np.tile(box.reshape(1, 784), (300, 1))
    wider = elastic(boxes, np.random.default_rng(0), bend=0, stretch=0.25).reshape(-1, 28, 28)
    widths = wider[:, 14].sum(axis=1) / 12
    assert 0.74 < widths.min() < 0.78
    assert 1.22 < widths.max() < 1.26
    np.testing.assert_allclose(wider[:, :, 14].sum(axis=1), 20, atol=1e-3)


def test_another_pen_mixes_a_digit_with_what_scipy_calls_its_dilation_or_erosion(digits: Array) -> None:
    changed = stroke(digits, np.random.default_rng(0), thinner=0.5, thicker=0.8)
    cross = ndimage.generate_binary_structure(2, 1)
    amounts = []
    for before, after in zip(digits, changed, strict=True):
        picture = before.reshape(28, 28)
        thicker = after.sum() > before.sum()
        extreme = ndimage.grey_dilation if thicker else ndimage.grey_erosion
        way = extreme(picture, footprint=cross, mode="constant").ravel() - before
        amount = float((after - before) @ way / (way @ way))  # how far the digit has gone that way
        np.testing.assert_allclose(after, before + amount * way, atol=1e-5)
        amounts.append(amount if thicker else -amount)
    assert -0.5 <= min(amounts) < -0.45
    assert 0.75 < max(amounts) <= 0.8
    assert np.mean(amounts) == pytest.approx(0.15, abs=0.06)


@pytest.mark.parametrize("name", CHANGING)
def test_a_changed_digit_is_still_a_digit_on_clean_paper(digits: Array, name: str) -> None:
    before = digits.copy()
    changed = AUGMENTATIONS[name].value(digits, np.random.default_rng(1))
    assert changed.shape == digits.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 1
    np.testing.assert_array_equal(digits, before)
    assert not np.shares_memory(changed, digits)
    assert (np.abs(changed - digits).max(axis=1) > 0.05).all(), "every digit is changed"
    ink = changed.sum(axis=1) / digits.sum(axis=1)
    assert ink.min() > 0.3
    assert ink.max() < 3


@pytest.mark.parametrize("name", CHANGING)
def test_chance_is_the_generator_s_alone(digits: Array, name: str) -> None:
    change = AUGMENTATIONS[name].value
    first = change(digits, np.random.default_rng(1))
    np.testing.assert_array_equal(first, change(digits, np.random.default_rng(1)))
    rng = np.random.default_rng(1)
    change(digits, rng)
    assert (change(digits, rng) != first).any(), "the next epoch has other digits"


@pytest.mark.parametrize("name", CHANGING)
def test_blank_paper_stays_blank(name: str) -> None:
    blank = np.zeros((3, 784), np.float32)
    assert not AUGMENTATIONS[name].value(blank, np.random.default_rng(0)).any()


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_no_digits_are_no_trouble(name: str) -> None:
    none = np.zeros((0, 784), np.float32)
    assert AUGMENTATIONS[name].value(none, np.random.default_rng(0)).shape == (0, 784)
