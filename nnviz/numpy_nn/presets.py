"""Settings worth starting from: one table for the form, the shipped models and the benchmarks.

"plain" and "augmented" were chosen on the study splits of seeds 101 to 105; `python -m benchmarks.accuracy`
measures them on those of seeds 1 to 5. "everything" was chosen on 9,000 of the 54,000 honest training digits,
and on digits that four writers drew with a pen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nnviz.core.words import say


@dataclass(frozen=True)
class Preset:
    """Settings with a name.

    Attributes
    ----------
    settings
        Keyword arguments of `MLPClassifier`, all but the seed.
    """

    name: str
    title: str
    note: str
    settings: Mapping[str, Any]


_REPORT: dict[str, Any] = {
    "hidden_layer_sizes": (100, 64),
    "activation": "relu",
    "solver": "sgd",
    "momentum": 0.0,
    "alpha": 0.5,
    "penalty": "l2",
    "batch_size": 16,
    "learning_rate_init": 0.004,
    "learning_rate": "constant",
    "max_iter": 100,
    "tol": 0.0,
    "n_iter_no_change": 3,
    "init": "normal",
    "dropout": 0.0,
    "augment": "none",
}


def _preset(name: str, title: str, note: str, **changed: Any) -> Preset:
    """A preset by what it does otherwise than the report."""
    return Preset(name, title, note, MappingProxyType(_REPORT | changed))


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            _preset(
                "report",
                say("As in the report"),
                say("As in a course report from 2021: large random starting weights, and λ = 0.5."),
            ),
            _preset(
                "plain",
                say("Best without tricks"),
                say("Better starting weights, momentum, and a learning rate that falls: faster, and better."),
                init="he",
                momentum=0.9,
                alpha=0.05,
                learning_rate_init=0.02,
                learning_rate="falling",
                max_iter=60,
            ),
            _preset(
                "augmented",
                say("Best from few digits"),
                say("Digits are changed a little in every epoch, and dropout: few digits teach more."),
                init="he",
                momentum=0.9,
                alpha=0.01,
                learning_rate_init=0.02,
                learning_rate="falling",
                dropout=0.1,
                augment="medium",
            ),
            _preset(
                "everything",
                say("For all of MNIST"),
                say("Larger batches for many digits. Each is changed as if somebody else had written it."),
                init="he",
                momentum=0.9,
                alpha=0.01,
                batch_size=64,
                learning_rate_init=0.04,
                learning_rate="falling",
                augment="pens",
                max_iter=60,
            ),
        )
    }
)
