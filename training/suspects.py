"""Find the labels of the app's digits that may be wrong: `python -m training.suspects`.

Five networks each learn from four fifths of the digits and read the last fifth. The same is done once more
after one label in a hundred was spoiled by a seed, which tells how far the list can be believed.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.data import mnist, spoiling, stratified
from nnviz.evaluation import suspect_labels
from nnviz.numpy_nn import MLPClassifier

SEED, FOLDS, SPOILED, SHOWN = 42, 5, 0.01, 50
SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (100,), "max_iter": 15, "random_state": SEED}


def read_by_others(x: Array, labels: Array) -> Array:
    """(n, 10) probabilities, each row by a network that has not learned from that digit."""
    fold = stratified.folds(labels, FOLDS, SEED)
    said = np.zeros((len(labels), 10))
    for each in range(FOLDS):
        held = fold == each
        said[held] = MLPClassifier(**SETTINGS).fit(x[~held], labels[~held]).predict_proba(x[held])
    return said


def main() -> None:
    """Write assets/suspects.json."""
    digits = mnist.embedded()
    x, labels = mnist.to_rows(digits.images), np.asarray(digits.labels, np.int64)
    said = read_by_others(x, labels)
    found = suspect_labels.suspects(labels, said)
    joint, suggested = suspect_labels.confident_joint(labels, said)
    margin = suspect_labels.margins(labels, said)
    wrong = spoiling.mislabel(labels, SPOILED, "", SEED)
    again = suspect_labels.suspects(wrong, read_by_others(x, wrong))
    spoiled = int((wrong != labels).sum())
    made = {
        "digits": digits.digest,
        "seed": SEED,
        "folds": FOLDS,
        "hidden": list(SETTINGS["hidden_layer_sizes"]),
        "epochs": SETTINGS["max_iter"],
        "suspect": len(found),
        "accuracy": float((said.argmax(axis=1) == labels).mean()),
        "spoiled": spoiled,
        "found": int((wrong != labels)[again[:spoiled]].sum()),
        "joint": joint.tolist(),
        "first": [[int(i), int(suggested[i]), round(float(margin[i]), 4)] for i in found[:SHOWN]],
    }
    path = paths.assets() / "suspects.json"
    path.write_text(json.dumps(made) + "\n", encoding="utf-8")
    print({name: made[name] for name in ("suspect", "accuracy", "spoiled", "found")})


if __name__ == "__main__":
    main()
