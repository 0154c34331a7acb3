"""The hues of all pages and what each means: for figures, for components, and for their style sheets."""

from __future__ import annotations

# One meaning a colour, on every page; told apart by every kind of colour vision.
MEANINGS = {
    "right": "#2f7fd0",  # read as what it is
    "wrong": "#d9661f",
    "answer": "#14788f",  # what a network says, unless it is known to be wrong
    "added": "#2166ac",  # ink that was not there: the ends of the scale for values with a sign
    "missing": "#b2182b",
    "training": "#0072b2",  # digits that were learned from, and digits that were held back
    "test": "#d55e00",
    "others": "#009e73",  # digits that were neither
    "report": "#6b7280",  # the report's mean
    "pca": "#5f6b73",  # what an autoencoder is compared with
}
# Runs that are compared, whose hues mean nothing else and show on light and dark pages.
RUNS = ("#8a5fc7", "#8a8420", "#c4568f", "#7a7f85", "#a5703f", "#558a4d")


def style_sheet() -> str:
    """The meanings as custom properties of style sheets: `var(--right)`."""
    return ".component { " + " ".join(f"--{name}: {hue};" for name, hue in MEANINGS.items()) + " }"
