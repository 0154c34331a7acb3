"""What an experiment asks: which settings stay, which vary, on which digits, with which seeds.

A plan is a frozen value that a form makes, a job carries and the history keeps as JSON. Its trials are
scikit-learn's `ParameterGrid` over the settings that vary, for every seed, and for every fold of a
cross-validation. The same plan has the same trials in the same order on every machine, so a row is known by
its number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import pairwise, product
from math import prod
from typing import Any

from nnviz.core import json_records, kinds
from nnviz.core.json_records import Count, Setting, Settings, clean
from nnviz.core.words import say
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.representations import features

MOST_TRIALS = 500
MOST_SEEDS = 50
MOST_FOLDS = 20
MOST_HYPOTHESIS = 200  # letters
_REPORT_WEIGHTS = 784 * 100 + 100 * 64 + 64 * 10
# What varies like a setting, but is none of the network's:
LIBRARY = "library"  # who trains it, "nnviz", "keras" or "scikit-learn"
FEATURES = "features"  # what it is given of a digit, a word of `representations.features`
_NOT_OF_NETWORK = (LIBRARY, FEATURES, *splits.SPOILS)  # the rest is of the digits

Grid = tuple[Mapping[str, tuple[Setting, ...]], ...]


class PlanRefused(ValueError):
    """An experiment that cannot be made; one sentence that says what was expected."""


@dataclass(frozen=True)
class Trial:
    """One training of an experiment.

    Attributes
    ----------
    number
        Its place in the plan, from 0.
    spec
        Its digits, whose seed is also that of the weights and the order.
    settings
        All of the network's but the seed.
    varied
        The part of them (and of the library and the digits) that the plan varies.
    features
        What the network is given.
    fold, folds
        1 to folds in a cross-validation, else both 0.
    keep
        Whether its network is wanted as well.
    experiment
        Its id.
    kind
        Of the network, a name in `core.kinds`.
    stop_at
        The epoch after which it is stopped, 0 to go to the end.
    """

    number: int
    spec: DataSpec
    settings: Settings
    varied: Settings
    library: str = "nnviz"
    features: str = features.RAW
    fold: int = 0
    folds: int = 0
    keep: bool = False
    experiment: str = ""
    kind: str = kinds.MLP.name
    stop_at: int = 0

    @property
    def work(self) -> float:
        """How long it takes, in epochs of the report's network: what is left of an experiment is told by it.

        Notes
        -----
        Steps cost more than the digits in them, weights more than either, and other libraries take several
        times as long. Measured; what it says of a whole experiment is right within a factor of two.
        """
        if self.kind != kinds.MLP.name:
            return float(self.settings.get("max_iter", 10) * _keras_epoch(self.kind, self.settings))
        batch = self.settings.get("batch_size", 16)
        hidden = self.settings.get("hidden_layer_sizes", (100, 64))
        sizes = (features.width(self.features), *((hidden,) if isinstance(hidden, int) else hidden), 10)
        weights = sum(one * other for one, other in pairwise(sizes))
        cost = (0.4 + 0.6 * 16 / max(batch, 1)) * (0.25 + 0.75 * weights / _REPORT_WEIGHTS)
        cost *= {"keras": 9.0, "scikit-learn": 4.5}.get(self.library, 1.0)
        cost *= 1.0 if self.settings.get("solver", "sgd") == "sgd" else 2.0
        cost *= 1.0 if self.settings.get("augment", "none") == "none" else 2.5
        return float(self.settings.get("max_iter", 100) * cost)


@dataclass(frozen=True)
class Plan:
    """An experiment before it is made.

    Attributes
    ----------
    spec
        The digits.
    settings
        What all trainings share.
    grid
        What varies, as `ParameterGrid` takes it, each value a tuple of choices.
    seeds
        A repeat each, of the split as well as of the network.
    folds
        0 to judge by the digits that `spec` holds back, k to cross-validate over them and those learned from
        together.
    keep
        Whether the networks of the first seed go into the store.
    kind
        Of all its networks, a name in `core.kinds`.
    budget
        How many choices were drawn by luck (`search.drawn`), 0 where the grid is of all combinations.
    halving
        0 to train all to the end, k to stop hopeless ones early: the best of k go on (`search.Race`).
    hypothesis
        What somebody thought before it began, or "".
    """

    title: str
    spec: DataSpec = field(default_factory=DataSpec)
    settings: Settings = field(default_factory=dict)
    grid: Grid = ()
    seeds: tuple[Count, ...] = (42,)
    folds: Count = 0
    keep: bool = False
    kind: str = kinds.MLP.name
    budget: Count = 0
    halving: Count = 0
    hypothesis: str = ""

    @property
    def score(self) -> kinds.Score:
        """What its networks are judged by."""
        return kinds.kind_of(self.kind).score

    @property
    def varied(self) -> tuple[str, ...]:
        """The settings that vary, in the order of the grid."""
        return tuple(dict.fromkeys(name for part in self.grid for name in part))

    @property
    def key(self) -> str:
        """16 hex characters that are the same for the same question, whatever its title and what is kept."""
        # An MLP's key is what it was before there were other kinds: links and rows from then are found by it.
        left_out = {"keep", "hypothesis"} | ({"kind"} if self.kind == kinds.MLP.name else set())
        left_out |= {name for name in ("budget", "halving") if not getattr(self, name)}
        asked = {name: value for name, value in to_json(self).items() if name not in left_out}
        question = json.dumps({**asked, "title": "", "spec": splits.compact(self.spec)}, sort_keys=True)
        return hashlib.sha256(question.encode()).hexdigest()[:16]

    def trials(self, experiment: str = "") -> tuple[Trial, ...]:
        """Every training of it, those of the first seed first, so that a whole curve is there early."""
        choices: list[dict[str, Any]] = []
        for part in self.grid or ({},):
            names = sorted(part)  # the last of them varies first, as ParameterGrid has it
            choices += [
                dict(zip(names, values, strict=True)) for values in product(*(part[name] for name in names))
            ]
        folds = range(1, self.folds + 1) if self.folds else (0,)
        asked = [(seed, varied, fold) for seed in self.seeds for varied in choices for fold in folds]
        return tuple(
            Trial(
                number=number,
                spec=replace(self.spec, seed=seed, **{k: v for k, v in varied.items() if k in splits.SPOILS}),
                settings={k: v for k, v in {**self.settings, **varied}.items() if k not in _NOT_OF_NETWORK},
                varied=varied,
                library={**self.settings, **varied}.get(LIBRARY, kinds.kind_of(self.kind).library),
                features={**self.settings, **varied}.get(FEATURES, features.RAW),
                fold=fold,
                folds=self.folds,
                keep=self.keep and seed == self.seeds[0],
                experiment=experiment,
                kind=self.kind,
            )
            for number, (seed, varied, fold) in enumerate(asked)
        )

    def __len__(self) -> int:
        """How many trainings it takes, without listing them."""
        points = sum(prod(map(len, part.values())) for part in self.grid or ({},))
        return points * len(self.seeds) * max(self.folds, 1)


_NEW = {"keep", "kind", "budget", "halving", "hypothesis"}  # which older ones lack
_FIELDS = {each.name for each in fields(Plan)} - _NEW


def _keras_epoch(kind: str, settings: Mapping[str, Any]) -> float:
    """How long an epoch of a Keras network takes beside one of the report's network on the same digits."""
    if kind == kinds.AUTOENCODER.name:
        return 83.0 if settings.get("architecture") == "convolutional" else 2.5
    # Kernels of 3 and of 8 pixels take as long, one of 24 a quarter less: measured, 0.13 s on 2,700 digits.
    cost = 5.0 * (0.5 + 0.5 * float(settings.get("filters", 32)) / 32)
    return cost * (1.0 if settings.get("augment", "none") == "none" else 1.5)


def check(plan: Plan) -> None:
    """Check that the plan can be carried out, settings and all.

    Raises
    ------
    PlanRefused
        When it cannot.
    """
    if plan.kind not in kinds.KINDS:
        raise PlanRefused(
            say(
                "There is no kind of network {kind!r}: choose from {kinds}.",
                kind=plan.kind,
                kinds=", ".join(kinds.KINDS),
            )
        )
    if not plan.seeds or len(set(plan.seeds)) < len(plan.seeds) or len(plan.seeds) > MOST_SEEDS:
        raise PlanRefused(
            say(
                "An experiment takes 1 to {most_seeds} different seeds, not {n}.",
                most_seeds=MOST_SEEDS,
                n=len(plan.seeds),
            )
        )
    if plan.folds and not 2 <= plan.folds <= MOST_FOLDS:
        raise PlanRefused(
            say(
                "A cross-validation has 2 to {most_folds} folds, not {folds}.",
                most_folds=MOST_FOLDS,
                folds=plan.folds,
            )
        )
    if plan.folds and (plan.spec.added or plan.spec.hand >= 0):
        raise PlanRefused(
            say("Here whole hands are held back: repeat it with more seeds instead of a cross-validation.")
        )
    if plan.spec.source in ("unseen", "judges") or (plan.folds and plan.spec.source in ("full", "honest")):
        raise PlanRefused(
            say(
                "Cross-validation takes the study set, the embedded digits or an upload; of the full "
                "MNIST the 10,000 test digits stay apart."
            )
            if plan.folds
            else say("The unseen digits are there to be judged by, not to be learned from.")
        )
    if "kept" in plan.varied and plan.spec.scarce < 0:
        raise PlanRefused(say("Choose the digit that becomes scarce, under “Spoil the digits”."))
    for name, choices in ((name, choices) for part in plan.grid for name, choices in part.items()):
        if not choices:
            raise PlanRefused(say("{name} should vary, but no values are given for it.", name=name))
        if len(set(map(str, choices))) < len(choices):
            raise PlanRefused(say("The values of {name} have to differ from one another.", name=name))
    if plan.halving not in (0, 2, 3, 4):
        raise PlanRefused(say("Of 2, 3 or 4 trainings one goes on, not of {n}.", n=plan.halving))
    if not 1 <= len(plan) <= MOST_TRIALS:
        raise PlanRefused(
            say(
                "An experiment is up to {most_trials} trainings, and these values make {n:,}: give fewer "
                "values or fewer seeds.",
                most_trials=MOST_TRIALS,
                n=len(plan),
            )
        )


def to_json(plan: Plan) -> dict[str, Any]:
    """The plan as what `json.dumps` takes."""
    return dict(json.loads(json.dumps(asdict(plan))))


def from_json(content: object) -> Plan:
    """The plan that `to_json` wrote.

    Raises
    ------
    PlanRefused
        On anything else.
    """
    try:
        if not isinstance(content, dict) or not content.keys() >= _FIELDS:
            raise json_records.BadRecord(say("lacks fields of a plan"))
        plan = json_records.read(Plan, content)
    except json_records.BadRecord as error:
        raise PlanRefused(say("This is not the plan of an experiment.")) from error
    if plan.kind not in kinds.KINDS:
        raise PlanRefused(say("This is not the plan of an experiment."))
    return replace(plan, title=clean(plan.title), hypothesis=clean(plan.hypothesis, MOST_HYPOTHESIS))
