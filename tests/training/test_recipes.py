"""What makes the shipped models makes them again to the last bit, wherever and however often it runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnviz.core import blas
from nnviz.model_store import store
from tests.processes import unwatched
from training import __main__ as train
from training import cnn_best, mlp, pen_pictures
from training.unipen import PenDigit

BOTH = """
import dataclasses, hashlib
from nnviz.data import splits
from nnviz.model_store import mlp_file
from nnviz.trainers import mlp as train_mlp
from tests.training import test_recipes
from training import cnn_best, mlp
def tell(weights):
    print("bits", hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest())
split = splits.load_split(splits.DataSpec("study", n=600, n_test=100))
settings = mlp.RECIPES["mlp"].settings | {"max_iter": 3}
model = mlp_file.read_model(train_mlp.train_mlp(split, settings, mlp.Telling(), "").model)
tell(model.coefs_ + model.intercepts_)
split = dataclasses.replace(split, x_validation=split.x_test, y_validation=split.y_test)
settings = cnn_best.SETTINGS | {"max_iter": 2, "batch_size": 32, "drawings": 1, "scans": 1}
model, _ = cnn_best.trained(split, test_recipes.pen_digits(), settings)
tell(model.get_weights())
"""


def pen_digits() -> tuple[PenDigit, ...]:
    """A 0, a 1 and a 7, five of each, as a pen may have written them."""
    turn = np.linspace(0, 2 * np.pi, 20)
    shapes = {
        0: 100 * np.stack([np.sin(turn), -1.5 * np.cos(turn)], 1),
        1: np.array([[0, 0], [5, 150], [8, 300]]),
        7: np.array([[0, 0], [150, 0], [60, 300]]),
    }
    return tuple(PenDigit(label, 1, (shape.astype(np.float32),)) for label, shape in shapes.items()) * 5


def test_two_processes_train_the_pads_networks_to_the_same_bits_whatever_threads_they_are_told() -> None:
    runs = []
    for threads in ("1", "2"):
        told = {name: value for name, value in unwatched().items() if name not in blas.THREADS}
        told |= {"TF_NUM_INTEROP_THREADS": threads, "TF_CPP_MIN_LOG_LEVEL": "3"}
        runs.append(
            subprocess.Popen([sys.executable, "-c", BOTH], env=told, stdout=subprocess.PIPE, text=True)
        )
    said = [run.communicate()[0].splitlines() for run in runs]
    first, second = ([line for line in lines if line.startswith("bits")] for lines in said)
    assert len(first) == 2
    assert first == second


def test_a_reader_of_forms_makes_a_broad_bar_of_a_1_and_nothing_grey_but_edges() -> None:
    bars = [digit for digit in pen_digits() if digit.label == 1] * 20
    read = pen_pictures.scanned(bars, np.random.default_rng(0)).reshape(-1, 28, 28)
    width = (read > 128).any(axis=1).sum(axis=1)
    assert (read.max(axis=(1, 2)) == 255).all()
    assert ((read > 128).any(axis=2).sum(axis=1) >= 18).all(), "all are as high as MNIST's"
    drawn = pen_pictures.varied(bars, np.random.default_rng(0)).reshape(-1, 28, 28)
    assert np.median(width) > 1.2 * np.median((drawn > 128).any(axis=1).sum(axis=1))
    assert np.median(width[:50]) >= 4


def test_a_name_that_nothing_makes_is_refused_with_those_that_are_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert train.main(["mlp", "pad"]) == 2
    assert capsys.readouterr().err.startswith("Nothing here makes pad; choose from: mlp, cnn, cnn_best,")


def test_digits_that_are_missing_are_told_of_and_end_it(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "training", "cnn_best", "mlp"]
    told = subprocess.run(
        call, env=os.environ | {"NNVIZ_DATA": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert "pendigits-orig.tra.Z" in told.stderr
    assert "Traceback" not in told.stderr
    assert "mlp" not in told.stdout


def test_the_settings_on_a_card_are_those_of_its_recipe() -> None:
    assert dict(store.find("cnn_best").card.settings) == cnn_best.SETTINGS
    given = json.loads(json.dumps(mlp.RECIPES["mlp"].settings))
    assert json.loads(json.dumps(dict(store.find("mlp").card.settings))) == given
