"""Settings worth starting from, as forms and trainings find them."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from nnviz.numpy_nn import settings
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.numpy_nn.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_everything_but_the_seed_and_makes_sense(name: str) -> None:
    preset = PRESETS[name]
    parameters = set(inspect.signature(MLPClassifier).parameters)
    assert set(preset.settings) == parameters - {"random_state"}
    settings.check(preset.settings)
    assert preset.name == name
    assert preset.title
    assert preset.note.endswith(".")


def test_a_preset_is_nobody_s_to_change() -> None:
    with pytest.raises(TypeError):
        PRESETS["report"].settings["alpha"] = 0.0  # type: ignore[index]


def test_the_report_s_settings_are_the_report_s() -> None:
    report = MLPClassifier(**PRESETS["report"].settings)
    assert report.hidden_layer_sizes == (100, 64)
    assert (report.activation, report.solver, report.momentum) == ("relu", "sgd", 0)
    assert (report.learning_rate_init, report.learning_rate) == (0.004, "constant")
    assert (report.alpha, report.penalty, report.batch_size, report.max_iter) == (0.5, "l2", 16, 100)
    assert (report.init, report.dropout, report.augment) == ("normal", 0, "none")
    assert not report.tol


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_trains(name: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 784), np.float32), np.arange(40) % 10
    model = MLPClassifier(**{**PRESETS[name].settings, "max_iter": 2}).fit(x, y)
    assert model.n_iter_ == 2
