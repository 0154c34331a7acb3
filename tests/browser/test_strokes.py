"""Strokes as the browser paints them, against what the server makes of the same strokes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nnviz.components import pad_message, registry
from nnviz.core.records import Array
from nnviz.data import preprocessing
from tests.browser.acting import CHANNEL, unpacked

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route


@pytest.fixture
def modules(page: Page) -> Page:
    """An empty page whose scripts can use what paints a drawing."""

    def serve(route: Route) -> None:
        path = registry.FRONTEND / route.request.url.partition("/frontend/")[2]
        route.fulfill(path=path) if path.is_file() else route.fulfill(body="<title>Empty</title>")

    page.route("**/*", serve)
    page.goto("http://127.0.0.1/")
    page.evaluate(
        """async (paths) => {
            for (const path of paths) Object.assign(globalThis, await import(`/frontend/${path}.js`));
        }""",
        ["shared/dom", "pad/strokes", "pad/preprocessing"],
    )
    return page


def painted(page: Page, strokes: list[dict[str, Any]]) -> Array:
    """(280, 280) float in [0, 1]: the ink of strokes as the browser paints them."""
    alpha = page.evaluate(
        f"""(strokes) => {{
            const canvas = element("canvas", {{ width: PAPER, height: PAPER }});
            paintDrawing(canvas.getContext("2d"), strokes, "black");
            return ({CHANNEL})(canvas, 3);
        }}""",
        strokes,
    )
    opacity: Array = unpacked(alpha) / 255
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
def test_browser_and_server_draw_the_same_line(modules: Page, strokes: list[dict[str, Any]]) -> None:
    here, there = painted(modules, strokes), pad_message.picture(pad_message.strokes(strokes))[:, :, 3] / 255
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


def test_strokes_are_the_same_digit_whether_painted_at_once_or_one_after_the_other(modules: Page) -> None:
    differences = modules.evaluate(
        """() => {
            const strokes = [[300, 200, 700, 200, 500, 900], [320, 560, 640, 560], [100, 100, 160, 110]].map(
                (points, i) => ({ width: 60 + 20 * i, erase: i === 1, points }));
            const grown = new InkCanvas();
            const found = [];
            for (const n of [1, 2, 3, 2, 1, 3, 0, 2]) {
                const now = strokes.slice(0, n);
                const [one, other] = [grown, new InkCanvas()].map((sheet) => sheet.picture(now).data);
                found.push(one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0));
            }
            const replaced = grown.picture([{ ...strokes[2] }, strokes[0]]).data;
            const anew = new InkCanvas().picture([strokes[2], strokes[0]]).data;
            found.push(replaced.reduce((most, value, i) => Math.max(most, Math.abs(value - anew[i])), 0));
            return found;
        }"""
    )
    assert max(differences) <= 1
