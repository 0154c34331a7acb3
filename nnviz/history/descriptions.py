"""What a run was made with, in words: its settings, which of them are not the usual ones, and the rest.

Pages, comparisons and downloads say it in the same words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any

from nnviz.core import csv_text, kinds, setting_names
from nnviz.core.records import ModelCard
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.data.mnist import in_words
from nnviz.experiments import axes
from nnviz.experiments.plan import LIBRARY
from nnviz.model_store import parents, store
from nnviz.model_store.errors import ModelMissing
from nnviz.trainers import base

_OTHER_PAGES = {
    "experiments": say("Experiments"),
    "representations": say("Autoencoder, Worth"),
    "study": say("The whole study"),
}
_IDLE = {"random_state"}  # told by the seed


@dataclass(frozen=True)
class Setting:
    """One setting of a run as text.

    Attributes
    ----------
    usual
        What it is when nobody asks for anything else, or "".
    """

    name: str
    title: str
    text: str
    usual: str

    @property
    def changed(self) -> bool:
        """Whether it is another than the usual one."""
        return self.text != self.usual


def began_from(run: Run) -> str:
    """The network that a run went on from, in words: "epoch 5 of MLP of the report"; "" of a fresh one."""
    parent = parents.read(run.parent)
    if parent is None:
        return ""
    try:
        name = store.find(parent.name).card.title
    except ModelMissing:
        name = parent.name
    if parent.epoch is None:
        return name
    return say("epoch {epoch} of {name}", epoch=parent.epoch, name=name)


def settings(card: ModelCard) -> tuple[Setting, ...]:
    """The settings of a card, in its order; those that say nothing are left out."""
    usual = _usual(card.kind)
    return tuple(
        Setting(
            name,
            setting_title(name),
            _text(name, value),
            _text(name, usual[name]) if usual.get(name) is not None else "",
        )
        for name, value in card.settings.items()
        if name not in _IDLE and value is not None
    )


def _text(name: str, value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else axes.label(name, value)


def setting_title(name: str) -> str:
    """A setting's name for people."""
    return setting_names.LONGER.get(name) or axes.title(name)


def title(run: Run) -> str:
    """What a run is called where several stand together: those of an experiment by their numbers, from 1."""
    if run.name or not run.experiment:
        return run.title
    return say("{title}, no. {number}", title=run.title, number=run.number + 1) + (
        say(", fold {fold}", fold=run.fold) if run.fold else ""
    )


def told_apart(runs: Sequence[Run], zone: tzinfo = UTC) -> list[str]:
    """The titles of runs, those that several have with the minute, and if need be with seed and number."""
    told = [title(run) for run in runs]
    for more in ([when(run, zone) for run in runs], [f"seed {run.card.seed}" for run in runs]):
        several = {each for each, n in Counter(told).items() if n > 1}
        told = [
            f"{each} · {what}" if each in several else each for each, what in zip(told, more, strict=True)
        ]
    seen: Counter[str] = Counter()
    for place, each in enumerate(told):
        seen[each] += 1
        told[place] += say(" · no. {seen}", seen=seen[each]) if seen[each] > 1 else ""
    return told


def page(run: Run) -> str:
    """The title of the page that the run was asked for on."""
    return pages().get(run.page or run.card.kind, run.page)


def pages() -> dict[str, str]:
    """The titles of the pages on which networks are trained, by what `Run.page` has."""
    return {kind.name: kind.title for kind in kinds.KINDS.values()} | _OTHER_PAGES


def when(run: Run, zone: tzinfo = UTC) -> str:
    """The day and minute of a run, by the clocks of that zone."""
    return moment(run.card.created, zone)


def moment(created: str, zone: tzinfo = UTC) -> str:
    """A time in ISO's form, UTC where it names no zone: its day and minute by the clocks of that zone."""
    try:
        told = datetime.fromisoformat(created)
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        return f"{told.astimezone(zone):%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError):  # no time, or one at the world's end that has none in that zone
        return created[:16].replace("T", " ")


def ending(run: Run) -> str:
    """How it ended, in a word or two."""
    if run.failure:
        return say("failed")
    words = {
        "early": say("stopped early by ε"),
        "finished": say("finished"),
        "stopped": say("stopped"),
        "diverged": say("diverged"),
        "running": "",
    }
    return words.get(run.card.history.ending, run.card.history.ending)


def facts(run: Run, zone: tzinfo = UTC) -> tuple[tuple[str, str], ...]:
    """What else is known of a run, as titles and texts; times by the clocks of that zone."""
    card = run.card
    told = {
        say("page"): page(run),
        say("kind of network"): kinds.kind_of(card.kind).title,
        say("library"): axes.label(LIBRARY, run.library),
        say("data"): in_words(card.data),
        say("data digest"): card.data_digest,
        say("digits learned from"): f"{card.n_train:,}",
        say("digits tested with"): f"{card.n_test:,}",
        say("fold"): str(run.fold or ""),
        say("seed"): str(card.seed),
        say("measured on"): in_words(card.measured_on),
        say("epochs"): str(len(card.history.epochs) or ""),
        say("ending"): ending(run),
        say("seconds"): f"{card.seconds:.2f}",
        say("time"): when(run, zone) + (" UTC" if zone is UTC else ""),
        say("versions"): ", ".join(f"{name} {version}" for name, version in card.versions.items()),
        say("run"): run.id,
    }
    return tuple((title, text) for title, text in told.items() if text)


def to_csv(runs: Iterable[Run]) -> str:
    """Runs as a CSV file, a line each: what is known of them, their scores and their settings in full."""
    lines = [_line(run) for run in runs]
    columns = list(dict.fromkeys(name for line in lines for name in line))
    return csv_text.written(columns, ([line.get(name) for name in columns] for line in lines))


def _line(run: Run) -> dict[str, Any]:
    card = run.card
    line: dict[str, Any] = {
        "run": run.id,
        "name": run.name,
        "title": card.title,
        "starred": "yes" if run.starred else "",
        "tags": run.tags.replace(",", ", "),
        "note": run.note,
        "page": page(run),
        "kind": card.kind,
        "library": run.library,
        "experiment": run.experiment,
        "number": run.number if run.experiment else "",
        "fold": run.fold or "",
        "created": card.created,
        "ending": ending(run),
        "data": in_words(card.data),
        "seed": card.seed,
        "train_digits": card.n_train,
        "test_digits": card.n_test,
        "parameters": card.parameters,
        "seconds": card.seconds,
    }
    line |= {f"score: {name}": value for name, value in card.metrics.items()}
    told = {name: value for name, value in card.settings.items() if name not in _IDLE}
    return line | {
        f"setting: {name}": axes.label(name, value) if isinstance(value, tuple) else value
        for name, value in told.items()
    }


@cache
def _usual(kind: str) -> Mapping[str, Any]:
    """The settings of a network of that kind of which nothing is asked."""
    return base.trainer_of(kind).defaults()
