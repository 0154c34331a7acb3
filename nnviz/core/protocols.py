"""What is asked of a network, whatever it is made with: by those who train it, read with it, or look inside.

Keras and TensorFlow come without types. What is used of a model here is said once; its layers are of many
classes with attributes of their own, and its tensors are only ever handed on, so both stay `Any`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Protocol, runtime_checkable

from nnviz.core.records import Array

Tensor = Any  # of TensorFlow, symbolic or not


class Classifier(Protocol):
    """Whatever reads digits once it has been fitted."""

    def predict_proba(self, X: Array, /) -> Array:
        """(n, 784) float32 in [0, 1] -> (n, classes) probabilities."""


@runtime_checkable
class DenseNetwork(Classifier, Protocol):
    """Dense layers behind each other, as an MLPClassifier has them."""

    coefs_: list[Array]
    intercepts_: list[Array]
    classes_: Array

    def forward(self, X: Array, /) -> list[Array]:
        """What goes in, what every hidden layer puts out, and the probabilities, each (n, units)."""


class KerasModel(Protocol):
    """A built keras.Model of one input and one output; it is callable with arrays and with tensors."""

    name: str
    layers: list[Any]
    inputs: list[Tensor]
    outputs: list[Tensor]
    input_shape: tuple[int, ...]  # of which the first, the batch's, is None; so are the output's
    output_shape: tuple[int, ...]
    weights: list[Any]
    trainable_variables: list[Any]

    def __call__(self, x: Tensor, /, *, training: bool = False) -> Tensor:
        """The output for inputs x; dropout and the like act only in training."""

    def get_layer(self, name: str, /) -> Any:
        """The layer of that name."""

    def get_weights(self) -> list[Array]:
        """All weights, in the order of `weights`."""

    def set_weights(self, weights: Sequence[Array], /) -> None:
        """Replace all weights by arrays in the order of `get_weights`."""

    def get_config(self) -> Mapping[str, Any]:
        """What Keras needs to build the model again, without its weights."""

    def count_params(self) -> int:
        """How many numbers the weights are."""

    def save(self, path: PathLike[str], /, *, include_optimizer: bool) -> None:
        """Write the model to a .keras file."""


Trained = DenseNetwork | KerasModel  # what the store keeps


class KerasOptimizer(Protocol):
    """What turns gradients into steps."""

    iterations: Any

    def build(self, variables: Sequence[Any], /) -> None:
        """Make the state that the optimizer keeps for each of these variables."""

    def apply(self, gradients: Sequence[Tensor], variables: Sequence[Any], /) -> None:
        """Take one step: change the variables by their gradients."""
