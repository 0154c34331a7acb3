"""What makes the shipped models makes them again to the last bit, wherever and however often it runs."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from nnviz.core import blas
from training import pen_pictures
from training.unipen import PenDigit

CNN = """
import dataclasses, hashlib
from nnviz.data import splits
from tests.training import test_recipes
from training import cnn_best
split = splits.load_split(splits.DataSpec("study", n=600, n_test=100))
split = dataclasses.replace(split, x_validation=split.x_test, y_validation=split.y_test)
settings = cnn_best.SETTINGS | {"max_iter": 2, "batch_size": 32, "drawings": 1, "scans": 1}
model, history = cnn_best.trained(split, test_recipes.pen_digits(), settings)
weights = model.get_weights()
"""
MLP = """
import hashlib
from nnviz.data import splits
from nnviz.model_store import mlp_file
from nnviz.trainers import mlp as train_mlp
from training import mlp
split = splits.load_split(splits.DataSpec("study", n=600, n_test=100))
settings = mlp.RECIPES["mlp"].settings | {"max_iter": 3}
model = mlp_file.read_model(train_mlp.train_mlp(split, settings, mlp.Telling(), "").model)
weights = model.coefs_ + model.intercepts_
"""
SAY = "print('bits', hashlib.sha256(b''.join(w.tobytes() for w in weights)).hexdigest())"


def pen_digits() -> tuple[PenDigit, ...]:
    """A 0, a 1 and a 7, five of each, as a pen may have written them."""
    turn = np.linspace(0, 2 * np.pi, 20)
    shapes = {
        0: 100 * np.stack([np.sin(turn), -1.5 * np.cos(turn)], 1),
        1: np.array([[0, 0], [5, 150], [8, 300]]),
        7: np.array([[0, 0], [150, 0], [60, 300]]),
    }
    return tuple(PenDigit(label, 1, (shape.astype(np.float32),)) for label, shape in shapes.items()) * 5


@pytest.mark.parametrize("code", [CNN, MLP], ids=["cnn_best", "mlp"])
def test_two_processes_train_the_same_bits_on_however_many_threads_they_are_told(code: str) -> None:
    found = []
    for threads in ("1", "2"):
        told = {name: value for name, value in os.environ.items() if name not in blas.THREADS}
        told |= {"TF_NUM_INTEROP_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"}
        run = subprocess.run(
            [sys.executable, "-c", code + SAY], env=told, capture_output=True, text=True, check=True
        )
        found.append([line for line in run.stdout.splitlines() if line.startswith("bits")])
    assert found[0] == found[1] != []


def test_a_reader_of_forms_makes_a_broad_bar_of_a_1_and_nothing_grey_but_edges() -> None:
    bars = [digit for digit in pen_digits() if digit.label == 1] * 20
    read = pen_pictures.scanned(bars, np.random.default_rng(0)).reshape(-1, 28, 28)
    width = (read > 128).any(axis=1).sum(axis=1)
    assert (read.max(axis=(1, 2)) == 255).all()
    assert ((read > 128).any(axis=2).sum(axis=1) >= 18).all(), "all are as high as MNIST's"
    drawn = pen_pictures.varied(bars, np.random.default_rng(0)).reshape(-1, 28, 28)
    assert np.median(width) > 1.2 * np.median((drawn > 128).any(axis=1).sum(axis=1))
    assert np.median(width[:50]) >= 4
