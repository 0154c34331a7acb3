"""Networks written from scratch in NumPy: a textbook in small modules, and the same arithmetic made fast.

Read in this order: `activations`, `losses`, `initializers`, `regularizers`, `optimizers`, `backprop`; then
`fast`, `training_loop` and `classifier`, which trains. `settings` says what may be asked for, `presets` what
is worth asking for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnviz.numpy_nn.classifier import Diverged, MLPClassifier

_FROM_CLASSIFIER = ("Diverged", "MLPClassifier")  # scikit-learn comes with it and takes a second

__all__ = [
    "Diverged",
    "MLPClassifier",
    "activations",
    "backprop",
    "classifier",
    "fast",
    "gradient_check",
    "initializers",
    "losses",
    "one_step",
    "optimizers",
    "presets",
    "race",
    "regularizers",
    "settings",
    "training_loop",
]


def __getattr__(name: str) -> Any:
    if name not in _FROM_CLASSIFIER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nnviz.numpy_nn import classifier

    return getattr(classifier, name)
