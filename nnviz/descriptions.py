"""What a run was made with, in words: its settings, which of them are not the usual ones, and the rest.

Pages, comparisons and downloads say it in the same words.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from nnviz import axes
from nnviz.records import Kind, ModelCard
from nnviz.run import Run

PAGES = {
    "mlp": "MLP",
    "cnn": "CNN",
    "autoencoder": "Autoencoder",
    "experiments": "Experiments",
    "representations": "Representations",
}
_TITLES = {
    "learning_rate": "rate from epoch to epoch",  # not to be taken for the rate itself
    "tol": "ε",
    "n_iter_no_change": "epochs within ε",
    "dense": "units of the dense layer",
    "code_size": "numbers in the code",
    "decay": "rate falls to 0",
}
_IDLE = {"random_state"}  # told by the seed


@dataclass(frozen=True)
class Setting:
    """One setting of a run as text. usual: what it is when nobody asks for anything else, or ""."""

    name: str
    title: str
    text: str
    usual: str

    @property
    def changed(self) -> bool:
        """Whether it is another than the usual one."""
        return self.text != self.usual


def settings(card: ModelCard) -> tuple[Setting, ...]:
    """The settings of a card, in its order; those that say nothing are left out."""
    usual = _usual(card.kind)
    return tuple(
        Setting(
            name,
            _TITLES.get(name) or axes.title(name),
            axes.label(name, value),
            axes.label(name, usual[name]) if usual.get(name) is not None else "",
        )
        for name, value in card.settings.items()
        if name not in _IDLE and value is not None
    )


def page(run: Run) -> str:
    """The title of the page that the run was asked for on."""
    return PAGES.get(run.page, run.page or PAGES[run.card.kind])


def when(run: Run) -> str:
    """The day and minute of a run, UTC."""
    return run.card.created[:16].replace("T", " ")


def ending(run: Run) -> str:
    """How it ended, in a word or two."""
    if run.failure:
        return "failed"
    return {"early": "stopped early by its own rule", "running": ""}.get(
        run.card.history.ending, run.card.history.ending
    )


def facts(run: Run) -> tuple[tuple[str, str], ...]:
    """What else is known of a run, as titles and texts."""
    card = run.card
    told = {
        "page": page(run),
        "kind of network": PAGES[card.kind],
        "library": run.library,
        "data": card.data,
        "data digest": card.data_digest,
        "digits learned from": f"{card.n_train:,}",
        "digits judged by": f"{card.n_test:,}",
        "fold": str(run.fold or ""),
        "seed": str(card.seed),
        "measured on": card.measured_on,
        "epochs": str(len(card.history.epochs) or ""),
        "ending": ending(run),
        "seconds": f"{card.seconds:.2f}",
        "time": f"{when(run)} UTC",
        "versions": ", ".join(f"{name} {version}" for name, version in card.versions.items()),
        "run": run.id,
    }
    return tuple((title, text) for title, text in told.items() if text)


@cache
def _usual(kind: Kind) -> dict[str, Any]:
    """The settings of a network of that kind of which nothing is asked."""
    if kind == "mlp":
        from nnviz.mlp import MLPClassifier  # and scikit-learn with it

        return dict(MLPClassifier().get_params(deep=False))
    from nnviz import autoencoder, cnn

    return asdict(cnn.Settings() if kind == "cnn" else autoencoder.Settings())
