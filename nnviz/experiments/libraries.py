"""Who can train the network of an experiment, and which of our settings each of them lacks.

How they train it is in `other_libraries`, with scikit-learn: only workers need that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.settings import MLPSettings

OURS = "nnviz"
SCIKIT_LEARN = "scikit-learn"
KERAS = "keras"
LIBRARIES: Mapping[str, Collection[str]] = {  # and the activations of each
    OURS: ACTIVATIONS.keys(),
    SCIKIT_LEARN: ("identity", "logistic", "tanh", "relu"),
    KERAS: ACTIVATIONS.keys(),
}


def lacking(library: str, settings: Mapping[str, Any]) -> str:
    """What of these settings of an `MLPClassifier` the library cannot be asked for.

    Returns
    -------
    str
        The first such setting with its value; or "".
    """
    if library == OURS:
        return ""
    asked = MLPSettings(**settings)
    for name, fine in (
        ("activation", asked.activation in LIBRARIES[library]),
        ("penalty", asked.penalty == "l2" or not asked.alpha),
        ("init", asked.init == "glorot"),
        ("dropout", not asked.dropout),
        ("augment", asked.augment == "none"),
        ("solver", asked.solver == "sgd"),
        ("learning_rate", asked.learning_rate == "constant"),
        ("tol", not asked.tol),
    ):
        if not fine:
            return f"{name} {getattr(asked, name)!r}"
    return ""
