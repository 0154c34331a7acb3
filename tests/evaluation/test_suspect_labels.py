"""Suspect labels: the confident joint by hand, and the shipped list against what it was made from."""

from __future__ import annotations

import json

import numpy as np

from nnviz.core import paths
from nnviz.data import mnist
from nnviz.evaluation import suspect_labels

LABELS = np.array([0, 0, 1, 1, 2, 2])
SAID = np.array(
    [
        [0.8, 0.1, 0.1],
        [0.2, 0.7, 0.1],  # labelled 0, surely a 1
        [0.1, 0.6, 0.3],
        [0.3, 0.4, 0.3],  # not sure enough to be counted
        [0.1, 0.0, 0.9],
        [0.55, 0.0, 0.45],  # labelled 2; a 0 is said with 0.5 as a rule
    ]
)


def test_the_confident_joint_is_the_one_by_hand() -> None:
    # The usual confidence: 0: (0.8 + 0.2) / 2 = 0.5; 1: (0.6 + 0.4) / 2 = 0.5; 2: (0.9 + 0.45) / 2 = 0.675.
    joint, said = suspect_labels.confident_joint(LABELS, SAID)
    assert said.tolist() == [0, 1, 1, -1, 2, 0]
    assert joint.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]


def test_those_with_the_least_margin_come_first() -> None:
    np.testing.assert_allclose(suspect_labels.margins(LABELS, SAID), [0.7, -0.5, 0.3, 0.1, 0.8, -0.1])
    assert suspect_labels.suspects(LABELS, SAID).tolist() == [1, 5]


def test_the_shipped_list_is_of_the_digits_that_are_there() -> None:
    made = json.loads((paths.assets() / "suspects.json").read_text(encoding="utf-8"))
    digits = mnist.embedded()
    assert made["digits"] == digits.digest
    joint = np.array(made["joint"])
    assert made["suspect"] == joint.sum() - np.trace(joint)
    margins = [margin for _, _, margin in made["first"]]
    assert margins == sorted(margins)
    assert all(digits.labels[i] != suggested for i, suggested, _ in made["first"])
    assert made["spoiled"] == 50
    assert made["found"] >= 30, "the list is of no use"
