"""Every kind of network there is, an entry each: whoever needs to know what a kind is like asks here.

Data only. What an entry needs from the packages above it names as "module:NAME", which is imported when it is
asked for, so that nobody loads Keras to train an MLP. ARCHITECTURE.md, "The doors", walks through a new kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.core import numbers
from nnviz.core.words import say


@dataclass(frozen=True)
class Score:
    """What networks of a kind are judged by.

    Attributes
    ----------
    name
        How it is called in `ModelCard.metrics`, behind "train_", "test_" and so on.
    label
        To stand before "on held-back digits".
    higher_is_better
        Its direction.
    percent
        Whether it is a share, from 0 to 1.
    """

    name: str
    label: str
    higher_is_better: bool
    percent: bool

    @property
    def metric(self) -> str:
        """The metric of the digits that were held back: "test_accuracy"."""
        return f"test_{self.name}"

    @property
    def written(self) -> str:
        """How `format` writes a value: "97.15%", "0.0123"."""
        return numbers.ACCURACY if self.percent else numbers.ERROR

    def told(self, value: float) -> str:
        """A value with as many places as such a score has: "97.15%", "0.0123"."""
        return f"{value:{self.written}}"

    def brief(self, value: float) -> str:
        """A value for a menu: "97.15%", "error 0.0123"."""
        return f"{value:{self.written}}" if self.percent else f"{self.label.lower()} {value:{self.written}}"


ACCURACY = Score("accuracy", say("Right"), higher_is_better=True, percent=True)
ERROR = Score("error", say("Error"), higher_is_better=False, percent=False)  # mean squared error a pixel


@dataclass(frozen=True)
class NetworkKind:
    """A kind of network.

    Attributes
    ----------
    name
        In cards, addresses, and the keys of state.
    title
        In menus and tables.
    library
        That trains it, "nnviz" or "keras".
    score
        What it is judged by.
    page
        The file of its page, from the project's folder.
    heading, icon, teaches
        Of the page in the list of lessons.
    default
        The network that the page opens with.
    trainer
        Address of its `trainers.base.Trainer`.
    suffix
        Of its files.
    file_format
        Address of the module that reads and writes those, a `model_store.formats.Format`.
    classifies
        Whether it names digits, and so has answers, mistakes and a confusion matrix, or else draws digits
        again.
    encodes
        Whether it has a code in its middle.
    on_pad
        The network in its place on the pad at first, "" when it has no place of its own.
    """

    name: str
    title: str
    library: str
    score: Score
    page: str
    heading: str
    icon: str
    teaches: str
    default: str
    trainer: str
    suffix: str
    file_format: str
    classifies: bool = True
    encodes: bool = False
    on_pad: str = ""


MLP = NetworkKind(
    name="mlp",
    title="MLP",
    library="nnviz",
    score=ACCURACY,
    page="pages/1_MLP.py",
    heading=say("A network from scratch"),
    icon=":material/hub:",
    teaches=say("Train a network, see its mistakes, and look inside."),
    default="mlp_study",
    trainer="nnviz.trainers.mlp:MLP",
    suffix=".npz",
    file_format="nnviz.model_store.mlp_file",
    on_pad="mlp",
)
CNN = NetworkKind(
    name="cnn",
    title="CNN",
    library="keras",
    score=ACCURACY,
    page="pages/2_CNN.py",
    heading=say("A convolutional network"),
    icon=":material/grid_view:",
    teaches=say("See what every kernel finds, and check any of its numbers."),
    default="cnn_k3",
    trainer="nnviz.trainers.cnn:CNN",
    suffix=".keras",
    file_format="nnviz.model_store.keras_file",
    on_pad="cnn_best",
)
AUTOENCODER = NetworkKind(
    name="autoencoder",
    title=say("Autoencoder"),
    library="keras",
    score=ERROR,
    page="pages/3_Autoencoder.py",
    heading=say("An autoencoder"),
    icon=":material/compress:",
    teaches=say("Squeeze a digit into 32 numbers, change each of them, and find the digit on a map."),
    default="autoencoder",
    trainer="nnviz.trainers.autoencoder:AUTOENCODER",
    suffix=".keras",
    file_format="nnviz.model_store.keras_file",
    classifies=False,
    encodes=True,
    on_pad="autoencoder",
)

KINDS: dict[str, NetworkKind] = {kind.name: kind for kind in (MLP, CNN, AUTOENCODER)}


def kind_of(name: str) -> NetworkKind:
    """The kind of that name, as a card has it.

    Raises
    ------
    ValueError
        When there is none; its message is one sentence.
    """
    if name not in KINDS:
        raise ValueError(
            say(
                "There is no kind of network {name!r}: choose from {kinds}.",
                name=name,
                kinds=", ".join(KINDS),
            )
        )
    return KINDS[name]


def scores() -> tuple[Score, ...]:
    """What networks of any kind are judged by, each score once."""
    return tuple(dict.fromkeys(kind.score for kind in KINDS.values()))
