"""Maps: what they keep of distances between codes, when they are refused, stopped, kept and found again."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from nnviz.core import paths, safe_files
from nnviz.core.records import Array
from nnviz.data import mnist
from nnviz.evaluation import nearest_neighbours
from nnviz.representations import embedding, embedding_files
from nnviz.representations.embedding import METHODS, Map

EVERY = pytest.mark.parametrize("method", METHODS)
OF = "0123456789abcdef"


def groups(n: int = 60, apart: float = 20.0) -> tuple[Array, Array]:
    """Three clouds of n codes each, eight numbers a code, and which cloud each is of."""
    rng = np.random.default_rng(0)
    centres = np.eye(8, dtype=np.float32)[:3] * apart
    labels = np.repeat(np.arange(3), n)
    return (centres[labels] + rng.normal(0, 1, (3 * n, 8))).astype(np.float32), labels


@pytest.fixture(scope="module")
def drawn() -> dict[str, Map]:
    """A map of the clouds by each method. The first one by UMAP brings TensorFlow and is compiled, which
    takes half as long again while coverage looks on; the tests below draw each of them once more.
    """
    codes, _ = groups()
    with untraced():
        return {method: embedding.draw(method, codes) for method in METHODS}


@contextmanager
def untraced() -> Iterator[None]:
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(trace)


@EVERY
def test_what_is_alike_lies_together(drawn: dict[str, Map], method: str) -> None:
    codes, labels = groups()
    points = drawn[method].points
    assert points.shape == (180, 2)
    assert points.dtype == np.float32
    assert np.isfinite(points).all()
    assert KNeighborsClassifier(5).fit(points[::2], labels[::2]).score(points[1::2], labels[1::2]) > 0.98
    assert trustworthiness(codes, points, n_neighbors=10) > 0.75


def test_the_plane_is_pcas(drawn: dict[str, Map]) -> None:
    codes, _ = groups()
    np.testing.assert_allclose(
        np.abs(drawn["pca"].points), np.abs(PCA(2, svd_solver="full").fit_transform(codes)), atol=1e-4
    )


@EVERY
def test_the_same_seed_draws_the_same_map(drawn: dict[str, Map], method: str) -> None:
    codes, _ = groups()
    np.testing.assert_array_equal(embedding.draw(method, codes).points, drawn[method].points)


@EVERY
def test_codes_of_a_single_number_have_a_map_too(method: str) -> None:
    points = embedding.draw(method, np.linspace(0, 1, 40, dtype=np.float32)[:, None]).points
    assert points.shape == (40, 2)
    assert np.isfinite(points).all()


@EVERY
def test_progress_is_told_to_the_end(method: str) -> None:
    codes, _ = groups(20)
    told: list[tuple[int, int]] = []
    embedding.draw(method, codes, on_batch=lambda done, total: told.append((done, total)))
    assert told[0][0] == 0
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    if method != "pca":
        assert len(told) > 3
        assert told[-1][0] == told[-1][1] > 100


@EVERY
def test_saying_stop_ends_it(method: str) -> None:
    codes, _ = groups(20)
    told: list[int] = []

    def stop(done: int, total: int) -> bool:
        told.append(done)
        return done > 0 or method == "pca"

    with pytest.raises(embedding.Stopped):
        embedding.draw(method, codes, on_batch=stop)
    assert len(told) <= 2, "nothing more is told after it"


@EVERY
def test_nothing_is_printed(method: str, capfd: pytest.CaptureFixture[str]) -> None:
    codes, _ = groups(20)
    embedding.draw(method, codes)
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("method", "n", "value", "expected"),
    [
        ("tsne", 180, 180.0, "perplexity has to be at least 2 and less than the 180 digits, not 180"),
        ("tsne", 180, 1.0, "perplexity"),
        ("tsne", 180, float("nan"), "perplexity"),
        ("umap", 180, 200.0, "number of neighbours has to be"),
        ("umap", 9, 5.0, "at least 10 digits, not 9"),
        ("isomap", 180, 5.0, "one of pca, tsne, umap"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_it_is(
    method: str, n: int, value: float, expected: str
) -> None:
    codes, _ = groups()
    with pytest.raises(ValueError, match=expected):
        embedding.draw(method, codes[:n], value=value)
    if method in METHODS:
        with pytest.raises(ValueError, match=expected):
            METHODS[method].check(n, value)


def test_codes_that_are_no_numbers_are_refused() -> None:
    codes, _ = groups()
    codes[3, 3] = np.nan
    with pytest.raises(ValueError, match="finite"):
        embedding.draw("pca", codes)
    with pytest.raises(ValueError, match="finite numbers"):
        embedding.draw("pca", codes[0])


@EVERY
def test_a_digit_of_the_map_is_placed_where_it_lies_and_another_among_its_like(
    drawn: dict[str, Map], method: str
) -> None:
    codes, labels = groups()
    here = drawn[method]
    np.testing.assert_allclose(embedding.place(here, codes, codes[::20]), here.points[::20], atol=1e-4)
    rng = np.random.default_rng(1)
    for cloud in range(3):
        new = codes[labels == cloud].mean(axis=0) + rng.normal(0, 1, (1, 8))
        (place,) = embedding.place(here, codes, new.astype(np.float32))
        centres = [here.points[labels == other].mean(axis=0) for other in range(3)]
        assert int(np.argmin([np.linalg.norm(place - centre) for centre in centres])) == cloud


def test_neighbours_are_the_nearest_first() -> None:
    codes, _ = groups()
    positions, distances = nearest_neighbours.of_new(codes, codes[7:9] + np.float32(0.01), count=5)
    by_hand = np.linalg.norm(codes - (codes[8] + np.float32(0.01)), axis=1)
    assert positions.shape == (2, 5)
    assert positions[0, 0] == 7
    np.testing.assert_array_equal(positions[1], np.argsort(by_hand)[:5])
    np.testing.assert_allclose(distances[1], np.sort(by_hand)[:5], rtol=1e-5)
    assert nearest_neighbours.of_new(codes[:3], codes[:1])[0].shape == (1, 3), "no more than there are"


def test_a_map_is_found_again_by_its_subject_method_value_and_seed() -> None:
    points = np.random.default_rng(0).normal(size=(12, 2)).astype(np.float32)
    drawn = Map("tsne", 30.0, 42, points, 1.5)
    assert embedding_files.find_map("tsne", OF) is None
    embedding_files.keep_map(drawn, OF)
    found = embedding_files.find_map("tsne", OF)
    assert found is not None
    np.testing.assert_array_equal(found.points, points)
    assert (found.method, found.value, found.seed, found.seconds) == ("tsne", 30.0, 42, 1.5)
    assert embedding_files.find_map("tsne", OF, value=31) is None
    assert embedding_files.find_map("tsne", OF, seed=1) is None
    assert embedding_files.find_map("umap", OF) is None
    assert embedding_files.find_map("tsne", OF[::-1]) is None


def test_maps_that_came_with_the_project_are_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path)
    points = np.zeros((12, 2), np.float32)
    maps = [Map("pca", 0.0, 42, points, 0.0), Map("umap", 15.0, 42, points + 1, 9.0)]
    embedding_files.write_maps(tmp_path / "something_maps.npz", OF, maps)
    found = embedding_files.find_map("umap", OF)
    assert found is not None
    assert (found.points == 1).all()


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"subject": np.array(OF), "maps": np.array("not json")},
        {"subject": np.array(OF), "maps": np.array('[{"method": "tsne"}]')},
        {
            "subject": np.array(OF),
            "maps": np.array('[{"method": "tsne", "value": 30, "seed": 42, "seconds": 0}]'),
            "points_0": np.zeros((5, 3), np.float32),
        },
    ],
    ids=["empty", "no json", "half", "three columns"],
)
def test_a_damaged_file_of_maps_is_as_good_as_none(
    arrays: dict[str, Array], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path)
    path = tmp_path / "broken_maps.npz"
    safe_files.write_npz(path, **arrays)
    with pytest.raises(safe_files.BadFile):
        embedding_files.read_maps(path)
    assert embedding_files.find_map("tsne", OF, seed=7) is None


@pytest.mark.parametrize("of", ["", "../../etc/passwd", "0123456789ABCDEF", OF + "0"])
def test_a_subject_is_never_a_path(of: str) -> None:
    with pytest.raises(ValueError, match="16 hex characters"):
        embedding_files.find_map("tsne", of)


def test_a_subject_is_told_by_the_model_and_the_digits(tmp_path: Path) -> None:
    digits = mnist.embedded()
    (tmp_path / "a").write_bytes(b"model")
    (tmp_path / "b").write_bytes(b"other")
    of = embedding_files.subject(tmp_path / "a", digits)
    assert of == hashlib.sha256(b"model" + digits.digest.encode()).hexdigest()[:16]
    assert of != embedding_files.subject(tmp_path / "b", digits)


def test_codes_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(ValueError, match="same code"):
        embedding.draw("tsne", np.ones((40, 8), np.float32))
