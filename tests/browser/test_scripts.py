"""The components' JavaScript by itself, against what Python says: lines, colours, the list of strokes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
import pytest

from nnviz.components import pad_message, registry
from nnviz.core.records import Array
from nnviz.data import preprocessing

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def scripts(page: Page) -> Page:
    """An empty page that knows the functions shared by the components."""
    for name in (
        "shared/dom.js",
        "shared/colors.js",
        "pad/strokes.js",
        "pad/layer_picture.js",
        "pad/layer_panels.js",
    ):
        page.add_script_tag(content=(registry.FRONTEND / name).read_text(encoding="utf-8"))
    return page


def painted(page: Page, strokes: list[dict[str, Any]]) -> Array:
    """(280, 280) float in [0, 1]: the ink of strokes as the browser paints them."""
    pixels = page.evaluate(
        """(strokes) => {
            const canvas = element("canvas", { width: PAPER, height: PAPER });
            const context = canvas.getContext("2d");
            paintDrawing(context, strokes, "black");
            return [...context.getImageData(0, 0, PAPER, PAPER).data];
        }""",
        strokes,
    )
    opacity: Array = np.array(pixels).reshape(280, 280, 4)[:, :, 3] / 255
    return opacity


def stroke(*points: float, width: int = 96, erase: bool = False, **more: Any) -> dict[str, Any]:
    return {"width": width, "erase": erase, "points": [round(4 * n) for n in points], **more}


ANGLES = np.linspace(-np.pi / 2, 2 * np.pi, 60)
ROUND = stroke(*np.column_stack([140 + 70 * np.cos(ANGLES), 130 + 90 * np.sin(ANGLES)]).ravel())
DRAWINGS = {
    "a dot": [stroke(100, 60)],
    "two points": [stroke(60, 60, 200, 220)],
    "a corner": [stroke(60, 60, 220, 60, 120, 240)],
    "a curve": [ROUND],
    "a thin line": [stroke(30, 250, 90, 40, 160, 230, 250, 60, width=56)],
    "a cross, half erased": [
        stroke(50, 140, 230, 140),
        stroke(140, 50, 140, 230, width=144),
        stroke(40, 200, 240, 200, width=144, erase=True),
    ],
    "a pen that is pressed": [{**ROUND, "pressures": [round(128 + 120 * np.sin(a)) for a in ANGLES]}],
    "off the paper": [stroke(-60, 140, 340, 180)],
}


@pytest.mark.parametrize("strokes", DRAWINGS.values(), ids=DRAWINGS)
def test_browser_and_server_draw_the_same_line(scripts: Page, strokes: list[dict[str, Any]]) -> None:
    here, there = painted(scripts, strokes), pad_message.picture(pad_message.strokes(strokes))[:, :, 3] / 255
    edge = (here > 0) & (here < 1)
    uneven = (
        3 if "pressures" in strokes[-1] else 1
    )  # the browser steps from width to width, the server glides
    assert np.abs(here - there).sum() < 0.35 * uneven * edge.sum()
    rgba = np.zeros((280, 280, 4), np.uint8)
    rgba[:, :, 3] = (255 * here).round()
    read_here, read_there = (
        preprocessing.to_mnist(rgba),
        preprocessing.to_mnist(pad_message.picture(pad_message.strokes(strokes))),
    )
    assert np.abs(read_here - read_there).mean() < 0.01, "a network would see another digit"


@pytest.mark.parametrize(("name", "theirs"), [("CIVIDIS", "cividis"), ("RED_BLUE", "RdBu")])
def test_colours_are_those_of_the_published_maps(scripts: Page, name: str, theirs: str) -> None:
    places = np.linspace(0, 1, 101)
    ours = scripts.evaluate(f"(places) => places.map((t) => colourAt({name}, t))", places.tolist())
    rgb = np.array([[int(part) for part in colour[4:-1].split()] for colour in ours])
    assert np.abs(rgb - 255 * matplotlib.colormaps[theirs](places)[:, :3]).max() < 6


@pytest.mark.parametrize(
    ("values", "low", "top"),
    [([0, 1, 3], 0, 3), ([-1, 0, 0.5], -1, 1), ([0, 0], 0, 0), ([-2, 4], -4, 4)],
)
def test_amounts_are_coloured_from_nought_and_signed_values_evenly_to_both_sides(
    scripts: Page, values: list[float], low: float, top: float
) -> None:
    scale = scripts.evaluate("(v) => { const s = scaleOf(v); return [s.low, s.top, s.colour(0)]; }", values)
    assert scale[:2] == [low, top]
    nought = "CIVIDIS, 0" if low == 0 else "RED_BLUE, 0.5"
    assert scale[2] == scripts.evaluate(f"colourAt({nought})")


def story(page: Page, *acts: str) -> list[int]:
    """The widths of the strokes on the paper after some acts; each stroke has a width of its own."""
    script = "".join(
        f"d.begin(9, 9, {{width: {act}}}); d.end();" if act.isdigit() else f"d.{act}();" for act in acts
    )
    widths: list[int] = page.evaluate(
        f"() => {{ const d = new Drawing(); {script} return d.strokes().map((s) => s.width / 4); }}"
    )
    return widths


def test_strokes_are_taken_back_and_drawn_again_in_order(scripts: Page) -> None:
    assert story(scripts, "1", "2", "3", "undo", "undo") == [1]
    assert story(scripts, "1", "2", "3", "undo", "undo", "redo") == [1, 2]
    assert story(scripts, "1", "2", "undo", "3", "redo") == [1, 3]
    assert story(scripts, "1", "2", "clear") == []
    assert story(scripts, "1", "2", "clear", "undo") == [1, 2]
    assert story(scripts, "1", "clear", "2") == [2]
    assert story(scripts, "1", "clear", "2", "undo", "undo", "undo", "undo") == []
    assert story(scripts, "1", "clear", "2", "undo", "undo", "redo", "redo") == [2]
    assert story(scripts, "clear", "1", "undo", "redo") == [1]


def test_a_drawing_that_was_sent_and_loaded_is_the_very_same(scripts: Page) -> None:
    there_and_back = """() => {
        const d = new Drawing();
        d.begin(10.13, 20.77, {width: 24, pressure: 0.333});
        for (let i = 0; i < 50; i += 1) d.extend(10 + 4.321 * i, 20 + 3.7 * Math.sin(i), i / 50);
        d.end();
        const sent = JSON.stringify(d.strokes());
        const again = new Drawing();
        again.load(JSON.parse(sent));
        return [sent, JSON.stringify(again.strokes())];
    }"""
    sent, again = scripts.evaluate(there_and_back)
    assert sent == again
    (stroke,) = pad_message.strokes(json.loads(sent))
    assert stroke.points[0] == pytest.approx([10.25, 20.75])


def test_the_fullest_pad_is_one_the_server_accepts(scripts: Page) -> None:
    scribble = """() => {
        const d = new Drawing();
        d.begin(0, 0, {width: 36});
        for (let i = 0; i < 20000; i += 1) d.extend(1e6 * Math.sin(i), 1e6 * Math.cos(i));
        d.end();
        return [d.full, d.strokes()];
    }"""
    full, strokes = scripts.evaluate(scribble)
    assert full
    assert len(pad_message.strokes(strokes)[0].points) == 6000


@pytest.mark.parametrize(
    ("rows", "columns", "maps"), [(26, 26, 32), (13, 13, 32), (1, 1, 7), (4, 9, 5), (3, 3, 1)]
)
def test_every_unit_of_every_map_has_one_place_in_the_picture(
    scripts: Page, rows: int, columns: int, maps: int
) -> None:
    places = scripts.evaluate(
        """(layer) => {
            const mosaic = mosaicOf(layer);
            const at = (r, c) => mosaic.unitAt(r * mosaic.columns + c);
            const row = (r) => Array.from({ length: mosaic.columns }, (_, c) => at(r, c));
            return Array.from({ length: mosaic.rows }, (_, r) => row(r));
        }""",
        {"rows": rows, "columns": columns, "maps": maps},
    )
    units = np.array([[-1 if unit is None else unit for unit in line] for line in places])
    assert sorted(units[units >= 0]) == list(range(rows * columns * maps))
    corner = maps * np.arange(rows * columns).reshape(rows, columns)
    assert np.array_equal(units[:rows, :columns], corner), "the first map is on top at the left"
    assert (units[:rows, columns : columns + 1] == -1).all(), "a gap lies between a map and the next"


@pytest.mark.parametrize(
    ("units", "grid"), [(100, [10, 10]), (64, [8, 8]), (1, [1, 1]), (10, [3, 4]), (90, [9, 10])]
)
def test_units_stand_as_square_as_they_can(scripts: Page, units: int, grid: list[int]) -> None:
    assert scripts.evaluate("squarish", units) == grid


def test_a_pad_is_full_where_the_server_takes_no_more(scripts: Page) -> None:
    dots = """(n) => {
        const d = new Drawing();
        for (let i = 0; i < n; i += 1) { d.begin(i % 280, 9, { width: 22 }); d.end(); }
        return [d.full, d.strokes()];
    }"""
    for count, full in ((999, False), (1000, True)):
        found, strokes = scripts.evaluate(dots, count)
        assert found == full
        assert len(pad_message.strokes(strokes)) == count
