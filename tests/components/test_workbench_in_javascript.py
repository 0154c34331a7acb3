"""A network changed by hand in the browser, against the same changes in NumPy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.components import workbench
from nnviz.components.pad import Slot
from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.data import mnist
from nnviz.inference import browser
from nnviz.inference.graph import Network
from nnviz.model_store import formats
from nnviz.ui.shared.workbench import judges
from tests.components.javascript import evaluate

N = 60


def in_javascript(
    folder: Path, network: Network, edits: list[dict[str, Any]], digits: Array, labels: Array
) -> Any:
    """How many of each digit are right, and the last answer."""
    program = browser.program_of(network)
    program.numbers.astype("<f4").tofile(folder / "numbers")
    np.ascontiguousarray(digits, "<f4").tofile(folder / "digits")
    return evaluate(
        {"workbench/reading": "Bench", "workbench/edits": "edited"},
        """async ({ steps, edits, labels, files }) => {
            const [numbers, digits] = files.map((path) => new Float32Array(Deno.readFileSync(path).buffer));
            const bench = new Bench(steps, numbers);
            bench.take(edited(steps, numbers, edits));
            let last;
            await bench.judge(digits, labels, null, (score) => { last = structuredClone(score); });
            return [last, [...bench.read(digits.subarray(0, 784))]];
        }""",
        {
            "steps": program.steps,
            "edits": edits,
            "labels": labels.tolist(),
            "files": [str(folder / "numbers"), str(folder / "digits")],
        },
    )


def changed(network: Network, share: float, bits: int) -> Network:
    """Pruned, then rounded, as it is said in words."""
    parts = browser.folded(network).parts
    kernels = [part.weights["kernel"] for part in parts if "kernel" in part.weights]
    flat = np.abs(np.concatenate([kernel.ravel() for kernel in kernels]))
    smallest = np.zeros(len(flat), bool)
    smallest[np.argsort(flat, kind="stable")[: int(share * len(flat))]] = True
    made, at = [], 0
    for part in parts:
        weights = dict(part.weights)
        if "kernel" in weights:
            kernel = weights["kernel"]
            gone = smallest[at : at + kernel.size].reshape(kernel.shape)
            at += kernel.size
            weights["kernel"] = np.where(gone, np.float32(0), kernel)
        for name, values in weights.items():
            step = float(np.abs(values).max()) / (2 ** (bits - 1) - 1)
            rounded = np.floor(values.astype(np.float64) / step + 0.5) * step if step else values
            weights[name] = rounded.astype(np.float32)
        made.append(replace(part, weights=weights))
    return Network(network.name, tuple(made), network.code)


@pytest.mark.parametrize("name", ["mlp.npz", "cnn_k3.keras"])
def test_pruned_and_rounded_a_network_answers_as_it_does_in_numpy(tmp_path: Path, name: str) -> None:
    network = formats.read_network(paths.root() / "models" / name)
    data = mnist.embedded()
    digits = data.images[:: len(data.labels) // N].reshape(-1, 784).astype(np.float32) / 255
    labels = data.labels[:: len(data.labels) // N]
    edits = [{"what": "prune", "share": 0.6}, {"what": "round", "bits": 3}]
    score, answer = in_javascript(tmp_path, network, edits, digits, labels)
    expected = changed(network, 0.6, 3).predict(digits)
    right = expected.argmax(axis=1) == labels
    assert score["read"] == len(labels)
    assert score["rightOf"] == [int(right[labels == k].sum()) for k in range(10)]
    assert answer == pytest.approx(expected[0].tolist(), abs=1e-4)
    assert not np.allclose(answer, network.predict(digits[:1])[0], atol=1e-3), "nothing was changed"


def test_at_most_500_digits_judge_from_the_whole_of_them() -> None:
    digits, labels = judges(np.zeros((5000, 784), np.float32), np.arange(5000))
    assert digits.shape == (500, 784)
    assert labels[[0, 1, -1]].tolist() == [0, 10, 4990]
    assert judges(np.zeros((3, 784), np.float32), np.arange(3))[1].tolist() == [0, 1, 2]


def test_what_is_no_digit_is_refused() -> None:
    slot = Slot("mlp", "", False)
    with pytest.raises(ValueError, match="28 x 28"):
        workbench(slot, np.zeros((8, 8)), None, np.zeros((1, 784)), np.zeros(1), key="x")
