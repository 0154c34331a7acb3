"""The report's experiments, ready to be made again, each with the one thing to notice in it.

They start from the report's weights, standard normal. Each table over λ has a twin that starts from He's, for
much of the overfitting that the report saw was its initialisation, and it never looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from nnviz.data.splits import DataSpec
from nnviz.experiments.plan import LIBRARY, Grid, Plan
from nnviz.numpy_nn.presets import PRESETS

ONE, TWO = (100,), (100, 64)  # the report's hidden layers
LAMBDAS = (1e-14, 1e-10, 1e-6, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 1e2, 1e6)
RATES = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 2e-3, 3e-3, 4e-3, 5e-3, 6e-3, 7e-3, 1e-2)
BATCHES = (8, 16, 32, 64)
SEED = 42  # the report's


@dataclass(frozen=True)
class Study:
    """One of the report's experiments.

    Attributes
    ----------
    notice
        One line.
    plan
        What is trained.
    table
        Of `report`, whose numbers stand beside ours, or "".
    twin
        The name of the study that asks the same from He's weights, or "".
    like
        Of a twin, the study it is the twin of.
    """

    name: str
    title: str
    notice: str
    plan: Plan
    table: str = ""
    twin: str = ""
    like: str = ""


def _study(
    name: str,
    title: str,
    notice: str,
    *grid: Mapping[str, tuple[Any, ...]],
    table: str,
    twin: str = "",
    folds: int = 0,
    **changed: Any,
) -> Study:
    """A study by what it does otherwise than the report's chosen setting."""
    settings = dict(PRESETS["report"].settings) | changed
    plan = Plan(title, DataSpec("study", SEED), settings, tuple(grid), (SEED,), folds)
    return Study(name, title, notice, plan, table, twin)


def _he(study: Study, notice: str) -> Study:
    """The same study from He's weights, which the report never used: none of its numbers stand beside it."""
    title = f"{study.title}, from He's weights"
    plan = replace(study.plan, title=title, settings={**study.plan.settings, "init": "he"})
    return replace(
        study, name=study.twin, title=title, notice=notice, plan=plan, table="", twin="", like=study.name
    )


_LAMBDA_2 = _study(
    "lambda-2",
    "λ, two hidden layers",
    "Small λ overfits: almost every digit learned from is right, and a fifth of the others wrong. Large λ "
    "underfits, until the network answers every digit alike.",
    {"alpha": LAMBDAS},
    table="lambda",
    twin="lambda-2-he",
    hidden_layer_sizes=TWO,
)
_LAMBDA_1 = _study(
    "lambda-1",
    "λ, one hidden layer",
    "The same story with one layer less, and less of it: without λ fewer of the others are wrong, and λ = 5 "
    "weighs the network down but does not silence it yet.",
    {"alpha": LAMBDAS},
    table="lambda",
    twin="lambda-1-he",
    hidden_layer_sizes=ONE,
)

STUDIES: Mapping[str, Study] = MappingProxyType(
    {
        study.name: study
        for study in (
            _LAMBDA_2,
            _he(
                _LAMBDA_2,
                "Weights that start at the right size read 93 of 100 digits without any λ, and λ = 0.5 "
                "already costs them a point: most of the overfitting that the report saw was its "
                "initialisation.",
            ),
            _LAMBDA_1,
            _he(
                _LAMBDA_1,
                "With one layer too: on the flat left of the curve stands 92 or 93 of 100 where the report "
                "has 83, and there is no peak left for λ to find.",
            ),
            _study(
                "rate-2",
                "Learning rate, two hidden layers",
                "With too small a rate a hundred epochs are not enough to learn anything; from 0.003 or "
                "0.004 on there is a plateau, and no more to gain.",
                {"learning_rate_init": RATES},
                table="rate",
                hidden_layer_sizes=TWO,
            ),
            _study(
                "rate-1",
                "Learning rate, one hidden layer",
                "The same plateau, reached from a smaller rate on: one layer is easier to train than two.",
                {"learning_rate_init": RATES},
                table="rate",
                hidden_layer_sizes=ONE,
            ),
            _study(
                "batch-2",
                "Batch size, two hidden layers",
                "Larger batches make fewer steps in the same epochs, and divide λ as well: at the same rate "
                "they learn less and are held less.",
                {"batch_size": BATCHES},
                table="batch",
                hidden_layer_sizes=TWO,
            ),
            _study(
                "batch-1",
                "Batch size, one hidden layer",
                "The same with one layer: the loss from fewer steps is smaller.",
                {"batch_size": BATCHES},
                table="batch",
                hidden_layer_sizes=ONE,
            ),
            _study(
                "grid",
                "Grid search: activation, λ, depth",
                "At the top of the table nearly everything has λ = 0.5: here λ matters more than the "
                "activation or the depth, and on 300 digits the best few cannot be told apart.",
                {
                    "activation": ("relu", "logistic", "tanh"),
                    "alpha": (1e-8, 1e-4, 1e-2, 5e-2, 1e-1, 5e-1),
                    "hidden_layer_sizes": (ONE, TWO),
                },
                table="grid",
            ),
            _study(
                "folds",
                "5-fold cross-validation",
                "Every digit is judged once. The folds differ by as much as rows of the other tables do: "
                "so much is luck of the draw.",
                table="folds",
                folds=5,
            ),
            _study(
                "libraries",
                "The same network, other libraries",
                "Another library changes the speed, not the network: the same settings end at the same "
                "accuracy within noise. Only the report's large starting weights take another way there.",
                {LIBRARY: ("nnviz",), "init": ("normal", "glorot")},
                {LIBRARY: ("scikit-learn", "keras"), "init": ("glorot",)},
                table="libraries",
            ),
        )
    }
)

# What a representation is worth: the report's other table, made again on five seeds.
REPRESENTATIONS = "representations"  # the study's name, and its table's
SEEDS = (1, 2, 3, 4, 5)
# The settings that did best on other digits than those that are reported: on MNIST's test digits, seeds 101
# to 105; see `benchmarks.representations`.
BEST: Grid = (
    {"features": ("pca-40",), "hidden_layer_sizes": ((256, 128),), "dropout": (0.2,)},
    {"features": ("codes-autoencoder_conv",), "hidden_layer_sizes": ((256, 128),), "dropout": (0.2,)},
)


def representations(
    components: int = 25,
    autoencoder: str = "autoencoder",
    *,
    seeds: tuple[int, ...] = SEEDS,
    epochs: int | None = None,
    best: bool = False,
) -> Plan:
    """The report's rows in its order.

    The networks of the first seed are kept.

    Parameters
    ----------
    components
        Of PCA.
    autoencoder
        Whose codes.
    best
        And the rows of BEST.
    """
    reported: Grid = (
        {"features": ("raw",), "hidden_layer_sizes": (TWO,)},
        {"features": (f"pca-{components}",), "hidden_layer_sizes": ((), ONE, TWO)},
        {"features": (f"codes-{autoencoder}",), "hidden_layer_sizes": (TWO,)},
    )
    if best:
        reported = (*({**part, "dropout": (0.0,)} for part in reported), *BEST)
    settings = dict(PRESETS["plain"].settings)
    settings["max_iter"] = epochs or settings["max_iter"]
    return Plan("Representations", DataSpec("study", seeds[0]), settings, reported, seeds, keep=True)
