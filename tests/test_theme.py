"""The theme can be read: contrast of the colours in .streamlit/config.toml, by WCAG's own formula."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from nnviz.core import colours
from nnviz.data import uploads
from nnviz.figures import run_comparison

ROOT = Path(__file__).parent.parent
MATRIX = ROOT / "nnviz" / "components" / "frontend" / "confusion_matrix" / "confusion_matrix.css"
CONFIG = tomllib.loads(
    (Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
)
COLOURS = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
GROUNDS = ("backgroundColor", "secondaryBackgroundColor")


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" in [0, 1]: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = CONFIG["theme"][request.param]
    return chosen


def test_black_on_white_has_the_contrast_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("ground", GROUNDS)
def test_text_reads_well_on_every_background(theme: dict[str, Any], ground: str) -> None:
    assert contrast(theme["textColor"], theme[ground]) >= 7


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", ["linkColor", *(f"{name}Color" for name in COLOURS)])
def test_coloured_words_read_well(theme: dict[str, Any], ground: str, colour: str) -> None:
    assert contrast(theme[colour], theme[ground]) >= 4.5


def test_buttons_and_their_white_labels_stand_out(theme: dict[str, Any]) -> None:
    assert contrast("#ffffff", theme["primaryColor"]) >= 4.5
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= 3


@pytest.mark.parametrize("ground", GROUNDS)
def test_edges_of_fields_can_be_seen(theme: dict[str, Any], ground: str) -> None:
    assert contrast(theme["borderColor"], theme[ground]) >= 3


def test_every_line_of_a_chart_can_be_seen(theme: dict[str, Any]) -> None:
    faint = [c for c in theme["chartCategoricalColors"] if contrast(c, theme["backgroundColor"]) < 3]
    assert not faint


def test_runs_have_hues_that_can_be_seen_and_mean_nothing_else(theme: dict[str, Any]) -> None:
    assert all(contrast(colour, theme["backgroundColor"]) >= 3 for colour in colours.RUNS)
    assert not set(colours.MEANINGS.values()) & set(colours.RUNS)
    assert len(set(colours.RUNS)) == len(run_comparison.DASHES) == 6


def test_amounts_grow_away_from_the_background_step_by_step(theme: dict[str, Any]) -> None:
    contrasts = [contrast(colour, theme["backgroundColor"]) for colour in theme["chartSequentialColors"]]
    assert len(contrasts) == 10
    assert contrasts == sorted(contrasts)


def test_signed_values_have_a_pale_middle_and_dark_ends() -> None:
    light = [luminance(colour) for colour in CONFIG["theme"]["chartDivergingColors"]]
    assert light[:5] == sorted(light[:5])
    assert light[5:] == sorted(light[5:], reverse=True)


def test_no_font_or_theme_is_fetched_from_anywhere() -> None:
    assert "//" not in str(CONFIG["theme"])


def test_users_see_no_traceback_and_nobody_is_counted() -> None:
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["enableXsrfProtection"] is True
    assert CONFIG["server"]["maxUploadSize"] == uploads.MOST_MB
    assert CONFIG["runner"]["postScriptGC"] is False


def mixed(colour: str, ground: str, share: float) -> str:
    """`color-mix(in srgb, colour share, ground)`"""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in pairs)


def test_the_numbers_of_a_confusion_matrix_read_well_on_every_cell(theme: dict[str, Any]) -> None:
    mixes = re.findall(r"color-mix\(in srgb, var\(--(right|wrong)\) calc\(([^;]*)\), var", MATRIX.read_text())
    assert {name for name, _ in mixes} == {"right", "wrong"}
    for name, shares in mixes:
        most = sum(int(each) for each in re.findall(r"(\d+)%", shares)) / 100  # where the share is 1
        assert 0.3 < most < 0.8, shares
        for share in (0.0, most / 2, most):
            cell = mixed(colours.MEANINGS[name], theme["backgroundColor"], share)
            assert contrast(theme["textColor"], cell) >= 4.5, (name, share)
