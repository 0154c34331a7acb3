"""A view: a page, its tab, and how its controls stand. What a lesson's step shows, and what a link holds.

Lessons and links come from anywhere. So whatever they may name is in the tables here, by the words that stand
on the page: pages and tabs, controls and what each takes, and spots that can be pointed at or hidden.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from nnviz.core.kinds import CNN, KINDS, MLP
from nnviz.core.words import say
from nnviz.experiments.studies import OFFERED
from nnviz.numpy_nn.presets import PRESETS

LONGEST_NAME = 80  # of a network
ANOTHER = 10_000  # how often another digit may have been asked for
_TABS: Mapping[str, Mapping[str, str]] = {
    MLP.title: {
        "Network": say("Network"),
        "Train": say("Train"),
        "Mistakes": say("Mistakes"),
        "When learned": say("When learned"),
        "Inside": say("Inside"),
        "Weights": say("Weights"),
        "One step": say("One step"),
        "Workbench": say("Workbench"),
        "Signals": say("Signals"),
        "Landscape": say("Landscape"),
        "Race": say("Race"),
        "Layers": say("Layers"),
        "The code": say("The code"),
    },
    CNN.title: {
        "Network": say("Network"),
        "Train": say("Train"),
        "Maps": say("Maps"),
        "One step": say("One step"),
        "Why this answer": say("Why this answer"),
        "Kernel sizes": say("Kernel sizes"),
        "Mistakes": say("Mistakes"),
        "When learned": say("When learned"),
        "Workbench": say("Workbench"),
        "Signals": say("Signals"),
        "Landscape": say("Landscape"),
        "Layers": say("Layers"),
    },
    "Autoencoder": {
        "Network": say("Network"),
        "Reconstructions": say("Reconstructions"),
        "Code": say("Code"),
        "Morph": say("Morph"),
        "Map": say("Map"),
        "Noise": say("Noise"),
        "Weights": say("Weights"),
        "Landscape": say("Landscape"),
        "Train": say("Train"),
        "Layers": say("Layers"),
        "Worth": say("Worth"),
    },
    "History": {"Runs": say("Runs"), "Experiments": say("Experiments")},
}
# The place in which a tab's digit is chosen.
_DIGITS = {
    MLP.title: {"Network": "mlp_network", "Inside": "mlp_inside", "One step": "mlp_step"},
    CNN.title: {
        "Network": "cnn_network",
        "Maps": "cnn_maps",
        "One step": "cnn_step",
        "Why this answer": "cnn_why",
        "Kernel sizes": "cnn_kernels",
    },
    "Autoencoder": {
        "Network": "autoencoder_network",
        "Reconstructions": "autoencoder_rows",
        "Code": "autoencoder_bars",
        "Noise": "autoencoder_noise",
    },
}


class Refused(ValueError):
    """A view names something that there is not, or a value that is not taken; one sentence."""


@dataclass(frozen=True)
class Control:
    """Something on a page that can be set.

    Attributes
    ----------
    key
        Of its value in the session.
    choices
        Its values by the words that stand for them; none for numbers.
    low, high
        The least and the greatest number; whole ones only where both are whole.
    written
        Whether it is kept as a text: "0.004".
    spot
        Where it stands, as a key of the page, if not at `key`.
    named
        Whether it may also be the name of a network that is none of the choices.
    """

    key: str
    choices: Mapping[str, Any] = field(default_factory=dict)
    low: float = 0
    high: float = 0
    written: bool = False
    spot: str = ""
    named: bool = False

    def read(self, text: str) -> Any:
        """The value that somebody wrote.

        Raises
        ------
        Refused
            When it is none; the sentence says what is taken.
        """
        if self.choices:
            by_words = {words.lower(): value for words, value in self.choices.items()}
            if text.strip().lower() in by_words:
                return by_words[text.strip().lower()]
            raise Refused(say("“{text}” is no choice: {of}.", text=text, of=", ".join(self.choices)))
        try:
            value = float(text.replace(",", "").replace("−", "-"))
        except ValueError:
            value = math.nan
        return self.taken(value)

    def taken(self, value: Any) -> Any:
        """The value as its control has it.

        Raises
        ------
        Refused
            When it is none that the control takes.
        """
        if self.choices:
            if self.named and isinstance(value, str) and len(value) <= LONGEST_NAME:
                return value
            if any(type(each) is type(value) and each == value for each in self.choices.values()):
                return value
            raise Refused(say("That is no choice: {of}.", of=", ".join(self.choices)))
        whole = isinstance(self.low, int) and isinstance(self.high, int)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high or (whole and value != int(value)):
            raise Refused(
                say("It takes whole numbers from {low} to {high}.", low=self.low, high=self.high)
                if whole
                else say("It takes numbers from {low:g} to {high:g}.", low=self.low, high=self.high)
            )
        return int(value) if whole else float(value)


@dataclass(frozen=True)
class Place:
    """A page that can be shown.

    Attributes
    ----------
    name
        As it is called in a lesson: "MLP".
    path
        Its file, from the project's folder.
    section
        The key of its open tab; "" for a page without tabs.
    tabs
        What stands on each tab, by its English name.
    controls
        By what they are called.
    spots
        Keys of what can be pointed at or hidden, by what it is called.
    digits
        The place in which the digit of a tab is chosen.
    """

    name: str
    path: str
    section: str = ""
    tabs: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, Control] = field(default_factory=dict)
    spots: Mapping[str, str] = field(default_factory=dict)
    digits: Mapping[str, str] = field(default_factory=dict)

    def every_spot(self) -> Mapping[str, str]:
        """Everything that can be pointed at, its controls too."""
        own = {name: each.spot or each.key for name, each in self.controls.items()}
        return {**{name: spot for name, spot in own.items() if spot}, **self.spots}


def _of_kind(kind: str) -> dict[str, str]:
    return {
        "network menu": "network_menu",
        "Use on the pad": f"{kind}_model_use",
        "tabs": TABS,
        "head": "head",
        "Train button": f"{kind}_train",
        "training": "training",
        "Spoil the digits": f"{kind}_spoil",
        "epochs": "epochs",
        "digits to choose": "*_strip_place",
        "another digit": "*_next",
        "matrix": f"{kind}_confusion",
        "digits of the cell": f"{kind}_gallery",
    }


TABS = "@tabs"
"""A spot of every page that has tabs: their row."""
_SOURCES = {"report": "study", "app": "embedded", "MNIST": "full", "mine": "upload"}
_SEED = 0, 2**32 - 1


def _data(kind: str) -> dict[str, Control]:
    return {
        "Digits": Control(f"{kind}_source", _SOURCES),
        "Seed": Control(f"{kind}_seed", low=0, high=2**32 - 1),
        "Wrong labels": Control(f"{kind}_mislabelled", low=0, high=100),
        "Take away digits": Control(f"{kind}_scarce", {"none": None, **{str(d): d for d in range(10)}}),
    }


def _networks(kind: str) -> dict[str, Control]:
    return {"Network": Control(f"{kind}_model", NETWORKS[kind], spot="network_menu", named=True)}


NETWORKS: Mapping[str, Mapping[str, str]] = {
    "mlp": {"MLP of the report": "mlp_study", "MLP for drawn digits": "mlp"},
    "cnn": {"CNN for drawn digits": "cnn_best", **{f"CNN {k}×{k}": f"cnn_k{k}" for k in (2, 3, 4, 8, 24)}},
    "autoencoder": {"Autoencoder": "autoencoder", "Convolutional autoencoder": "autoencoder_conv"},
}
"""The app's own networks, by what a lesson calls them."""


def _named(titles: Mapping[str, str]) -> dict[str, str]:
    """Choices by their own names, which are the same in every language, and by their titles."""
    return {**{name: name for name in titles}, **{title: name for name, title in titles.items()}}


PRESET = "mlp_set_preset"
_MLP = {
    "Start from": Control(PRESET, _named({name: preset.title for name, preset in PRESETS.items()})),
    "Hidden layers": Control("mlp_set_layers", low=0, high=4),
    **{f"Units, layer {i + 1}": Control(f"mlp_set_units_{i}", low=1, high=2048) for i in range(4)},
    "Learning rate": Control("mlp_set_learning_rate_init", low=1e-8, high=10.0, written=True),
    "Epochs": Control("mlp_set_max_iter", low=1, high=1000),
    "Batch size": Control("mlp_set_batch_size", low=1, high=4096),
    "λ": Control("mlp_set_alpha", low=0.0, high=1e6),
    **_data("mlp"),
    **_networks("mlp"),
}
_CNN = {
    "Kernel size": Control("cnn_set_kernel", low=2, high=24),
    "Filters": Control("cnn_set_filters", low=1, high=128),
    "Dense units": Control("cnn_set_dense", low=1, high=1024),
    "Epochs": Control("cnn_set_epochs", low=1, high=200),
    "Learning rate": Control("cnn_set_rate", low=1e-8, high=10.0, written=True),
    **_data("cnn"),
    **_networks("cnn"),
}
_AUTOENCODER = {
    "Numbers in the code": Control("autoencoder_set_size", low=1, high=784),
    "Epochs": Control("autoencoder_set_epochs", low=1, high=1000),
    "Noise on the digits it sees": Control("autoencoder_set_noise", low=0.0, high=2.0),
    "Map drawn by": Control("code_map_method", {"PCA": "pca", "t-SNE": "tsne", "UMAP": "umap"}),
    **_data("autoencoder"),
    **_networks("autoencoder"),
}
_EXPERIMENTS = {
    "Experiment": Control(
        "study_looked_at",
        _named({**{name: each.title for name, each in OFFERED.items() if not each.like}, "own": "own"}),
        spot="study_menu",
    )
}
_PAD = {
    "First network": Control("pad_mlp", NETWORKS["mlp"], spot="pad_choices", named=True),
    "Second network": Control("pad_cnn", NETWORKS["cnn"], spot="pad_choices", named=True),
    "Third network": Control("pad_autoencoder", NETWORKS["autoencoder"], spot="pad_choices", named=True),
}


def _page(name: str, path: str, controls: Mapping[str, Control], section: str = "", **more: Any) -> Place:
    return Place(name, path, section, _TABS.get(name, {}), controls, digits=_DIGITS.get(name, {}), **more)


PLACES: Mapping[str, Place] = MappingProxyType(
    {
        place.name: place
        for place in (
            _page(
                "Draw",
                "app.py",
                _PAD,
                spots={
                    "pad": "pad_place",
                    "Test digit": "pad_test_digit",
                    "buttons above the pad": "pad_choices",
                    "inside": "pad_inside",
                },
            ),
            _page("MLP", KINDS["mlp"].page, _MLP, "mlp_section", spots=_of_kind("mlp")),
            _page("CNN", KINDS["cnn"].page, _CNN, "cnn_section", spots=_of_kind("cnn")),
            _page(
                "Autoencoder",
                KINDS["autoencoder"].page,
                _AUTOENCODER,
                "autoencoder_section",
                spots={**_of_kind("autoencoder"), "map": "code_map"},
            ),
            _page("Experiments", "pages/4_Experiments.py", _EXPERIMENTS, spots={"head": "head"}),
            _page(
                "History", "pages/5_History.py", {}, "history_section", spots={"head": "head", "tabs": TABS}
            ),
            _page("Compare", "pages/6_Compare.py", {}, spots={"head": "head"}),
        )
    }
)
# What a page is asked for by its address, besides its tab and its controls.
QUERY: Mapping[str, tuple[str, ...]] = {
    "MLP": ("epoch", "landscape"),
    "CNN": ("epoch", "landscape"),
    "Autoencoder": ("epoch", "landscape"),
    "Experiments": ("study", "experiment", "run"),
    "History": ("run",),
    "Compare": ("runs", "compare_section"),
    "Draw": ("epoch",),
}
LONGEST_QUERY = 300


@dataclass(frozen=True)
class View:
    """What is to be seen.

    Attributes
    ----------
    page
        The name of its place.
    tab
        English name of the open one; "" for whichever is.
    settings
        Values by the names of the page's controls.
    query
        Parameters of the page's address, those of `QUERY`.
    digit
        The name of the digit that is looked at on the tab, and how often another one was asked for; "" for
        whichever is.
    drawing
        What is on the pad: 784 bytes, row by row, 255 for ink; none to leave it as it is.
    hidden
        Spots that are not shown.
    """

    page: str
    tab: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    digit: tuple[str, int] = ("", 0)
    drawing: bytes = b""
    hidden: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Its page."""
        return PLACES[self.page]


def place_of(name: str) -> Place:
    """The page of that name; capitals do not count.

    Raises
    ------
    Refused
        When there is none.
    """
    return PLACES[_found(name, PLACES, say("page"))]


def tab_of(place: Place, name: str) -> str:
    """The English name of a page's tab. Raises Refused."""
    if not place.tabs:
        raise Refused(say("The page {page} has no tabs.", page=place.name))
    return _found(name, place.tabs, say("tab of the page {page}", page=place.name))


def control_of(place: Place, name: str) -> tuple[str, Control]:
    """A page's control by its name. Raises Refused."""
    found = _found(name, place.controls, say("control of the page {page}", page=place.name))
    return found, place.controls[found]


def spot_of(place: Place, name: str) -> str:
    """The name of something on a page that can be pointed at; a tab is "tab Train". Raises Refused."""
    first, _, rest = name.strip().partition(" ")
    if first.lower() == "tab" and rest:
        return f"tab {tab_of(place, rest)}"
    return _found(name, place.every_spot(), say("spot of the page {page}", page=place.name))


@cache
def digit_names() -> tuple[str, ...]:
    """What digits are called where one is chosen."""
    numbered = tuple(say("an {label}", label=d) if d == 8 else say("a {label}", label=d) for d in range(10))
    return (*numbered, say("a mistake"), say("my drawing"))


def digit_of(place: Place, tab: str, name: str) -> str:
    """The name of a digit to look at: "7", "mistake", "drawing", or as it stands there. Raises Refused."""
    if tab not in place.digits:
        raise Refused(say("No digit is chosen on this tab."))
    names = (*"0123456789", "mistake", "drawing")
    short: dict[str, str] = dict(zip(names, digit_names(), strict=True))
    if name in digit_names():
        return name
    return short[_found(name, short, say("digit"))]


def _found(name: str, among: Iterable[str], what: str) -> str:
    """The one of these that is meant, whatever its capitals; else a sentence with what is alike."""
    plain = " ".join(name.split()).lower()
    by_words = {each.lower(): each for each in among}
    if plain in by_words:
        return by_words[plain]
    alike = difflib.get_close_matches(plain, by_words, n=1, cutoff=0.6)
    shown = name.strip()[:40]
    if alike:
        raise Refused(
            say(
                "There is no {what} “{name}”. Do you mean “{alike}”?",
                what=what,
                name=shown,
                alike=by_words[alike[0]],
            )
        )
    raise Refused(
        say(
            "There is no {what} “{name}”. There are: {of}.",
            what=what,
            name=shown,
            of=", ".join(by_words.values()),
        )
    )
