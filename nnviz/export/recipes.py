"""What is to be done again: digits, settings, and the app's numbers beside it; or why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnviz.core import kinds
from nnviz.core.records import ModelCard, current_settings
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import search
from nnviz.experiments.plan import FEATURES
from nnviz.representations import features


class NotPlain(ValueError):
    """A training that cannot be written out; one sentence that says why."""


def own_way() -> str:
    """Why a training whose settings are not those of its kind is not written out."""
    return say("This network was trained in a way of its own, which is not written out.")


@dataclass(frozen=True)
class Recipe:
    """One training, written down.

    Attributes
    ----------
    title
        For people; it may come from anybody.
    spec
        Which digits, whose seed is that of the cut.
    digest
        Of its data set.
    components
        Of PCA, which the network was given instead of pixels; 0 for pixels.
    settings
        All of the network's.
    score, found
        The name of the score that the code prints, and what the app found.
    loss
        That the app found in the last epoch, None without one.
    epochs
        That the app trained.
    diverged
        Whether the app's training ended because it diverged.
    fold, folds
        1 to folds in a cross-validation, else both 0.
    versions
        Of the libraries in the app.
    """

    title: str
    kind: str
    spec: DataSpec
    digest: str
    components: int
    settings: Mapping[str, Any]
    score: str
    found: float
    loss: float | None
    epochs: int
    diverged: bool
    fold: int
    folds: int
    versions: Mapping[str, str]

    @property
    def seed(self) -> int:
        """Of the weights and of the order."""
        return int(self.settings["random_state"])


def of_run(run: Run, *, folds: int = 0) -> Recipe:
    """The recipe of a run.

    Parameters
    ----------
    folds
        Of the cross-validation that it is part of.

    Raises
    ------
    NotPlain
        When it cannot be written out so that it gives the same numbers.
    """
    if run.failure:
        raise NotPlain(say("There is no network: {failure}", failure=run.failure))
    if run.library != kinds.kind_of(run.card.kind).library:
        raise NotPlain(
            say("Another library trained this network, and only the app's own trainings are written out.")
        )
    if run.parent:
        raise NotPlain(
            say("This network went on from another network's weights, which code alone does not have.")
        )
    if run.fold and not folds:
        raise NotPlain(
            say("This is one part of a cross-validation. Open its experiment and take the notebook there.")
        )
    return of_card(run.card, title=run.title, fold=run.fold, folds=folds)


def of_card(card: ModelCard, *, title: str = "", fold: int = 0, folds: int = 0) -> Recipe:
    """The recipe of a network that was trained from fresh weights. Parameters and errors as of `of_run`."""
    if search.STOPPED in card.metrics:
        raise NotPlain(say("A search stopped this training early, which plain code does not do."))
    if card.history.ending in ("stopped", "running"):
        raise NotPlain(
            say("This training was stopped by hand. Code cannot know when, so it would give other numbers.")
        )
    given = str(card.settings.get(FEATURES, features.RAW))
    known, detail = features.kind_and_detail(given) if features.is_known(given) else ("", "")
    if known not in (features.RAW, "pca"):
        raise NotPlain(say("This network was given codes of an autoencoder, which code alone does not have."))
    spec = splits.told(card.spec)
    if spec is None or spec.source in ("unseen", "judges"):
        raise NotPlain(say("Nobody knows which digits this network learned from."))
    if spec.brought:
        raise NotPlain(
            say("It learned from digits that somebody brought. They are only here, so code cannot get them.")
        )
    kind = kinds.kind_of(card.kind)
    score = kind.score.metric
    if score not in card.metrics:
        raise NotPlain(say("This network has no score that code could be held against."))
    settings = {name: value for name, value in current_settings(card.settings).items() if name != FEATURES}
    return Recipe(
        title=title or card.title,
        kind=card.kind,
        spec=spec,
        digest=card.data_digest,
        components=int(detail or 0),
        settings={**settings, "random_state": settings.get("random_state", card.seed)},
        score=score,
        found=card.metrics[score],
        loss=card.history.epochs[-1].loss if card.history.epochs else None,
        epochs=len(card.history.epochs),
        diverged=card.history.ending == "diverged",
        fold=fold,
        folds=folds,
        versions=dict(card.versions),
    )
