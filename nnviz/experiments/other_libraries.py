"""The same network trained by others, and by us without complaint, for experiments to put side by side.

Each is our `MLPClassifier` in all but `fit`: scikit-learn or Keras trains a network of the same settings from
a start of its own making, and its weights are taken over, so that all of them answer, are judged and are
looked into in one and the same way. Neither knows all of our settings; what one lacks is refused.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np

from nnviz.core.records import Array, Ending, Epoch, History
from nnviz.core.words import say
from nnviz.experiments import libraries
from nnviz.keras_models import backend, training_loop
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.classifier import Diverged, MLPClassifier, OnWeights
from nnviz.numpy_nn.fast import Parameters, one_blas_thread

OnEpoch = Callable[[Epoch], "bool | None"]
OnBatch = Callable[[int, int], "bool | None"]
Weights = tuple[list[Array], list[Array]]
_EVERY_BATCHES = 50  # of Keras' between two questions whether to stop


class OurMLP(MLPClassifier):
    """Our network as an experiment wants it: to diverge is a result, told in `history_`, and no exception."""

    def fit(self, X: Any, y: Any, **watching: Any) -> Self:
        """As MLPClassifier's; after divergence it answers with the last finite weights."""
        with contextlib.suppress(Diverged):
            super().fit(X, y, **watching)
        return self


class _LibraryAdapter(MLPClassifier):
    """What the networks of other libraries share: checks, the curves, and taking over the weights."""

    _library: str

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        on_epoch: OnEpoch | None = None,
        on_batch: OnBatch | None = None,
        on_weights: OnWeights | None = None,
        validation: tuple[Any, Any] | None = None,
        start: Sequence[Array] | None = None,
        classes: Any = None,
    ) -> Self:
        """As MLPClassifier's; training losses and accuracies are the whole network's after each epoch.

        Raises ValueError for settings that the library lacks.
        """
        self._check_settings()
        if named := libraries.lacking(self._library, self.get_params(deep=False)):
            raise ValueError(say("The other libraries are compared without {named}.", named=named))
        X, y = np.asarray(X, np.float32), np.asarray(y)
        self.classes_ = np.unique(y) if classes is None else np.union1d(y, classes)
        labels = np.searchsorted(self.classes_, y)
        self.n_features_in_ = X.shape[1]
        self._reset_story()
        judged = None if validation is None else self._checked_validation(*validation)
        self._began = time.perf_counter()
        ending: Ending = "finished"
        note = ""

        def ended(weights: Weights) -> bool:
            """To be told of the weights after every epoch; True when the training should end."""
            nonlocal ending
            self._take_over(weights, X, labels, judged)
            if on_epoch is not None and on_epoch(self.history_.epochs[-1]):
                ending = "stopped"
            return ending == "stopped"

        def asked(done: int) -> bool:
            """To be asked now and then within an epoch; True when the training should end."""
            nonlocal ending
            if on_batch is not None and on_batch(done, len(X)):
                ending = "stopped"
            return ending == "stopped"

        try:
            with np.errstate(over="ignore", invalid="ignore"):
                self._learn(X, labels, ended, asked)
        except Diverged as divergence:
            ending, note = "diverged", str(divergence)
            if not hasattr(self, "coefs_"):
                self._start(X.shape[1])  # it never was finite: an untrained network stands in
        self.history_ = History(self.history_.epochs, ending, note)
        return self

    def _take_over(
        self, weights: Weights, x: Array, labels: Array, judged: tuple[Array, Array] | None
    ) -> None:
        """The weights become this network's and their epoch is judged. Raises Diverged."""
        number = len(self.history_.epochs) + 1
        parameters = Parameters.of(*weights)
        if not np.isfinite(parameters.flat).all():
            raise _diverged(number)
        trainer = self._trainer(parameters)
        with one_blas_thread():
            loss, accuracy = trainer.judge(x, labels)
            held = trainer.judge(*judged) if judged else (None, None)
        epoch = Epoch(number, loss, accuracy, *held)
        epoch = replace(epoch, seconds=time.perf_counter() - self._began)
        self.coefs_, self.intercepts_ = parameters.coefs, parameters.intercepts
        self.n_iter_ = number
        self.loss_curve_.append(loss)
        self.history_ = History((*self.history_.epochs, epoch))

    def _learn(
        self, x: Array, labels: Array, ended: Callable[[Weights], bool], asked: Callable[[int], bool]
    ) -> None:
        """Train on x (n, features) float32 and labels 0..k-1 until `ended` or `asked` says stop."""
        raise NotImplementedError


class ScikitLearnMLP(_LibraryAdapter):
    """Trained by `sklearn.neural_network.MLPClassifier`, an epoch at a time."""

    _library = libraries.SCIKIT_LEARN

    def _learn(
        self, x: Array, labels: Array, ended: Callable[[Weights], bool], asked: Callable[[int], bool]
    ) -> None:
        from sklearn.neural_network import MLPClassifier as Theirs

        model = Theirs(
            self.hidden_layer_sizes,
            activation=self.activation,
            solver="sgd",
            momentum=self.momentum,
            nesterovs_momentum=False,
            alpha=self.alpha,
            batch_size=min(self.batch_size, len(x)),
            learning_rate_init=self.learning_rate_init,
            random_state=self.random_state,
        )
        for number in range(1, self.max_iter + 1):
            try:
                with one_blas_thread():
                    model.partial_fit(x, labels, classes=np.arange(len(self.classes_)))
            except ValueError as error:
                if "non-finite" not in str(error):
                    raise
                raise _diverged(number) from error
            if ended((model.coefs_, model.intercepts_)) or asked(len(x)):
                break


class KerasMLP(_LibraryAdapter):
    """Trained by Keras' own `fit`, as most people would write it."""

    _library = libraries.KERAS

    def _learn(
        self, x: Array, labels: Array, ended: Callable[[Weights], bool], asked: Callable[[int], bool]
    ) -> None:
        keras = backend.keras()
        seed = self.random_state if isinstance(self.random_state, int) else 0
        rows = min(self.batch_size, len(x))  # of a batch
        # alpha's share of a batch, as the factor of the summed squares that Keras adds to the mean loss
        penalty = keras.regularizers.L2(self.alpha / (2 * rows)) if self.alpha else None
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, np.int64)).tolist()
        activation = ACTIVATIONS[self.activation].keras
        with backend.seeded(seed):
            network = keras.Sequential(
                [
                    keras.Input((x.shape[1],)),
                    *(keras.layers.Dense(units, activation, kernel_regularizer=penalty) for units in sizes),
                    keras.layers.Dense(len(self.classes_), "softmax", kernel_regularizer=penalty),
                ]
            )
            digits = training_loop.shuffled((x, labels), rows, seed)
        network.compile(
            keras.optimizers.SGD(self.learning_rate_init, momentum=self.momentum),
            "sparse_categorical_crossentropy",
        )

        def after_epoch(epoch: int, logs: Any) -> None:
            weights = network.get_weights()
            network.stop_training |= ended((weights[0::2], weights[1::2]))

        def after_batch(batch: int, logs: Any) -> None:
            if batch % _EVERY_BATCHES == 0:
                network.stop_training |= asked(batch * rows)

        listener = keras.callbacks.LambdaCallback(on_epoch_end=after_epoch, on_train_batch_end=after_batch)
        network.fit(digits, shuffle=False, epochs=self.max_iter, verbose=0, callbacks=[listener])


def _diverged(epoch: int) -> Diverged:
    return Diverged(
        say(
            "The training diverged in epoch {epoch}: its weights are no longer finite numbers. Lower "
            "the learning rate or alpha.",
            epoch=epoch,
        ),
        epoch,
    )


NETWORKS: dict[str, type[MLPClassifier]] = {
    libraries.OURS: OurMLP,
    libraries.SCIKIT_LEARN: ScikitLearnMLP,
    libraries.KERAS: KerasMLP,
}
