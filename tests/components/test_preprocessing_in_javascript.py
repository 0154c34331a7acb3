"""The preparation in JavaScript, against the one in NumPy: every pixel of every step."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from nnviz.core.records import Array
from nnviz.data import preprocessing
from tests.components.javascript import evaluate
from training import unipen

INKS = (None, ((0, 0, 0), (255, 255, 255)), ((240, 240, 200), (20, 40, 30)), ((70, 70, 90), (205, 200, 190)))
STEPS = ("ink", "cropped", "scaled", "centred")
MODULES = {"pad/preprocessing": "prepare", "shared/text": "bytesFromBase64"}
PREPARE = """async ([pictures, options]) => {
    const list = (picture) => picture && Object.fromEntries(Object.entries(picture).map(
        ([name, value]) => [name, value instanceof Float32Array ? packed(value) : value]));
    const packed = (floats) => {
        const bytes = new Uint8Array(floats.slice().buffer);
        let text = "";
        for (let i = 0; i < bytes.length; i += 1) text += String.fromCharCode(bytes[i]);
        return btoa(text);
    };
    const found = [];
    for (const [height, width, zipped] of pictures) {
        const bytes = new Blob([bytesFromBase64(zipped)]);
        const stream = bytes.stream().pipeThrough(new DecompressionStream("deflate"));
        const data = new Uint8ClampedArray(await new Response(stream).arrayBuffer());
        const all = prepare({ data, width, height }, options);
        if (all && data.length > 100000) [all.ink, all.cropped] = [null, null]; // much to carry
        found.push(list(all));
    }
    return found;
}"""


def prepared(pictures: list[Array], **options: bool) -> list[dict[str, Any] | None]:
    """What JavaScript makes of (h, w, 4) uint8 pictures."""
    sent = [[*p.shape[:2], base64.b64encode(zlib.compress(p.tobytes(), 1)).decode()] for p in pictures]
    found: list[dict[str, Any] | None] = evaluate(MODULES, PREPARE, [sent, options])
    for each in filter(None, found):
        for name in filter(each.get, STEPS):
            each[name] = np.frombuffer(base64.b64decode(each[name]), "<f4").reshape(each["sizes"][name])
    return found


def a_digit(rng: np.random.Generator) -> tuple[Array, ...]:
    """Some strokes, as a hand makes them: arcs and lines, slanted."""
    strokes = []
    for _ in range(rng.integers(1, 4)):
        turn = rng.uniform(0, 2 * np.pi) + np.linspace(0, rng.uniform(0.1, 2 * np.pi), 25)
        middle, reach = rng.uniform(100, 400, 2), rng.uniform(5, 150, 2)
        strokes.append(middle + reach * np.column_stack([np.cos(turn), np.sin(turn)]))
    slant = np.array([[1, 0], [rng.uniform(-0.4, 0.4), 1]])
    return tuple((stroke @ slant).astype(np.float32) for stroke in strokes)


def varied(n: int) -> Iterator[Array]:
    """Drawings of many sizes, widths, slants, places, inks and papers, some off the edge, some dots."""
    rng = np.random.default_rng(6)
    for number in range(n):
        strokes = a_digit(rng) if number % 10 else (np.zeros((1, 2), np.float32),)
        ink, paper = INKS[number % 4] or ((0, 0, 0), None)
        size = int(rng.choice([280, 280, 280, 97, 560]))
        yield unipen.render(
            strokes,
            size * rng.uniform(0.02, 0.13),
            size * rng.uniform(0.15, 0.95),
            size=size,
            offset=tuple(size * rng.uniform(-0.4, 0.4, 2)),
            ink=ink,
            paper=paper,
        )


def expected(picture: Array, **options: bool) -> preprocessing.Preparation | None:
    try:
        return preprocessing.prepare(picture, **options)
    except preprocessing.EmptyDrawing:
        return None


@pytest.mark.parametrize(
    "options",
    [{}, {"centre": False}, {"fit": False}, {"centre": False, "fit": False}],
    ids=["all steps", "not centred", "not fitted", "neither"],
)
def test_the_browser_prepares_two_hundred_drawings_as_numpy_does(options: dict[str, bool]) -> None:
    pictures = list(varied(50 if options else 200))
    empty = 0
    for picture, here in zip(pictures, prepared(pictures, **options), strict=True):
        there = expected(picture, **options)
        assert (here is None) == (there is None)
        if here is None or there is None:
            empty += 1
            continue
        assert np.abs(here["centred"] - there.centred).max() < 2 / 255
        assert np.abs(here["scaled"] - there.scaled).max() < 2 / 255
        assert (tuple(here["corner"]), tuple(here["offset"])) == (there.corner, there.offset)
        assert tuple(here["sizes"]["cropped"]) == there.cropped.shape
    assert empty < len(pictures) / 10, "drawings off the paper altogether prove little"


def test_awkward_pictures_are_prepared_alike() -> None:
    rng = np.random.default_rng(1)
    grain = rng.integers(200, 212, (90, 70, 3), "u1")
    noisy = np.dstack([grain, np.full((90, 70), 255, "u1")])
    noisy[30:60, 30:35, :3] = 40
    pictures = [
        np.zeros((280, 280, 4), np.uint8),
        np.full((280, 280, 4), 255, np.uint8),
        np.full((1, 1, 4), 255, np.uint8),
        np.dstack([np.zeros((50, 30, 3), np.uint8), np.eye(50, 30, dtype=np.uint8) * 255]),
        np.dstack(
            [np.zeros((3, 200, 3), np.uint8), np.repeat(np.array([[0], [9], [90]], "u1"), 200, axis=1)]
        ),
        np.dstack([rng.integers(0, 256, (41, 33, 3), "u1"), np.full((41, 33), 99, "u1")]),
        rng.integers(0, 256, (29, 31, 4), "u1"),
        noisy,
    ]
    for picture, here in zip(pictures, prepared(pictures), strict=True):
        there = expected(picture)
        assert (here is None) == (there is None)
        if here is not None and there is not None:
            for name in STEPS:
                np.testing.assert_allclose(here[name], getattr(there, name), atol=2 / 255)
            assert tuple(here["offset"]) == there.offset
