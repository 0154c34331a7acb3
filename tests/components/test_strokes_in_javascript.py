"""Strokes, colours and layouts of the components' modules, against what Python says."""

from __future__ import annotations

import json

import matplotlib
import numpy as np
import pytest

from nnviz.components import pad_message
from tests.components.javascript import evaluate

STROKES = {"pad/strokes": "Drawing"}
COLORS = {"shared/colors": "CIVIDIS, RED_BLUE, cssColor"}
PAINTING = {"network_picture/painting": "scaleOf", "shared/colors": "CIVIDIS, DIVERGING"}


@pytest.mark.parametrize(("name", "theirs"), [("CIVIDIS", "cividis"), ("RED_BLUE", "RdBu")])
def test_colours_are_those_of_the_published_maps(name: str, theirs: str) -> None:
    places = np.linspace(0, 1, 101)
    ours = evaluate(COLORS, f"(places) => places.map((t) => cssColor({name}, t))", places.tolist())
    rgb = np.array([[int(part) for part in colour[4:-1].split()] for colour in ours])
    assert np.abs(rgb - 255 * matplotlib.colormaps[theirs](places)[:, :3]).max() < 6


@pytest.mark.parametrize(
    ("values", "low", "top"),
    [([0, 1, 3], 0, 3), ([-1, 0, 0.5], -1, 1), ([0, 0], 0, 0), ([-2, 4], -4, 4)],
)
def test_amounts_are_coloured_from_nought_and_signed_values_evenly_to_both_sides(
    values: list[float], low: float, top: float
) -> None:
    script = """(v) => {
        const { low, top, map } = scaleOf(Float32Array.from(v), "values");
        return [low, top, map === (low ? DIVERGING : CIVIDIS)];
    }"""
    assert evaluate(PAINTING, script, values) == [low, top, True]


def story(*acts: str) -> list[int]:
    """The widths of the strokes on the paper after some acts; each stroke has a width of its own."""
    script = "".join(
        f"d.begin(9, 9, {{width: {act}}}); d.end();" if act.isdigit() else f"d.{act}();" for act in acts
    )
    widths: list[int] = evaluate(
        STROKES, f"() => {{ const d = new Drawing(); {script} return d.strokes().map((s) => s.width / 4); }}"
    )
    return widths


def test_strokes_are_taken_back_and_drawn_again_in_order() -> None:
    assert story("1", "2", "3", "undo", "undo") == [1]
    assert story("1", "2", "3", "undo", "undo", "redo") == [1, 2]
    assert story("1", "2", "undo", "3", "redo") == [1, 3]
    assert story("1", "2", "clear") == []
    assert story("1", "2", "clear", "undo") == [1, 2]
    assert story("1", "clear", "2") == [2]
    assert story("1", "clear", "2", "undo", "undo", "undo", "undo") == []
    assert story("1", "clear", "2", "undo", "undo", "redo", "redo") == [2]
    assert story("clear", "1", "undo", "redo") == [1]


def test_a_drawing_that_was_sent_and_loaded_is_the_very_same() -> None:
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
    sent, again = evaluate(STROKES, there_and_back)
    assert sent == again
    (stroke,) = pad_message.strokes(json.loads(sent))
    assert stroke.points[0] == pytest.approx([10.25, 20.75])


def test_the_fullest_pad_is_one_the_server_accepts() -> None:
    scribble = """() => {
        const d = new Drawing();
        d.begin(0, 0, {width: 36});
        for (let i = 0; i < 20000; i += 1) d.extend(1e6 * Math.sin(i), 1e6 * Math.cos(i));
        d.end();
        return [d.full, d.strokes()];
    }"""
    full, strokes = evaluate(STROKES, scribble)
    assert full
    assert len(pad_message.strokes(strokes)[0].points) == 6000


def test_a_pad_is_full_where_the_server_takes_no_more() -> None:
    dots = """(n) => {
        const d = new Drawing();
        for (let i = 0; i < n; i += 1) { d.begin(i % 280, 9, { width: 22 }); d.end(); }
        return [d.full, d.strokes()];
    }"""
    for count, full in ((999, False), (1000, True)):
        found, strokes = evaluate(STROKES, dots, count)
        assert found == full
        assert len(pad_message.strokes(strokes)) == count
