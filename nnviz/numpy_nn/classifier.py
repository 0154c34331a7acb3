"""The from-scratch network as a scikit-learn estimator: what is learned, and in which order things happen.

The arithmetic is in `fast`, which does quickly what `backprop` and `optimizers` do plainly; an epoch of it is
in `training_loop`. Here one epoch after the other is trained, told to whoever listens, and the training is
stopped in time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from nnviz.core.numbers import written
from nnviz.core.records import Array, Ending, Epoch, History
from nnviz.core.words import say
from nnviz.data.augmentation import AUGMENTATIONS, SIDE
from nnviz.numpy_nn import settings as limits
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.fast import FAST_SOLVERS, FastSolver, Parameters, forward, one_blas_thread
from nnviz.numpy_nn.initializers import initialize
from nnviz.numpy_nn.losses import softmax
from nnviz.numpy_nn.optimizers import SCHEDULES
from nnviz.numpy_nn.regularizers import REGULARIZERS
from nnviz.numpy_nn.training_loop import AT_ONCE, OnBatch, Trainer, throttled

__all__ = ["Diverged", "MLPClassifier", "OnWeights"]

OnEpoch = Callable[[Epoch], bool | None]
OnWeights = Callable[[int, Sequence[Array]], None]
_USUAL = limits.MLPSettings()


class Diverged(ArithmeticError):
    """The loss or the weights of `epoch` (1 is the first) were no longer finite numbers."""

    def __init__(self, message: str, epoch: int = 0) -> None:
        super().__init__(message)
        self.epoch = epoch


class MLPClassifier(ClassifierMixin, BaseEstimator):
    """A multi-layer perceptron with softmax output, trained by mini-batch gradient descent in float32.

    Names and meaning of the parameters are scikit-learn's where it has them.

    Parameters
    ----------
    hidden_layer_sizes
        Units of each hidden layer; () is softmax regression.
    activation
        Of the hidden layers, a name in ACTIVATIONS.
    init
        Of the weights, a name in INITIALIZERS.
    solver
        A name in SOLVERS.
    momentum
        In [0, 1); of "sgd".
    learning_rate_init
        Size of the solver's steps.
    learning_rate
        How that goes from epoch to epoch, a name in SCHEDULES.
    alpha, penalty
        Strength and kind (a name in REGULARIZERS) of the weight penalty; the gradient of a batch is (its
        digits' summed gradients + alpha * derivative of the penalty) / its digits.
    batch_size
        Digits a step.
    max_iter
        Most epochs.
    tol, n_iter_no_change
        Stop when the last `n_iter_no_change` training accuracies lie within `tol` of one another; 0 or None
        trains all epochs.
    dropout
        Part of each hidden layer silenced at random in training, in [0, 1); the others are multiplied by 1 /
        (1 - dropout), so that nothing needs to change afterwards [1]_.
    augment
        A name in AUGMENTATIONS, small changes of the training digits, new ones at every epoch.
    random_state
        Seed of start, order, dropout and changes; the same seed gives the same bits.

    Attributes
    ----------
    classes_
        (classes,) labels, in order.
    coefs_, intercepts_
        A float32 array a layer.
    n_iter_, loss_curve_, history_
        Epochs so far, their losses, and all that they ended with.

    Notes
    -----
    The training loss and accuracy of an epoch are those of each digit as its batch was about to be learned
    from, which costs nothing. With dropout or changed digits that would be another network or other digits,
    and they are measured when the epoch is over, by the whole network on the digits as they are.

    References
    ----------
    .. [1] Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting.
    """

    coefs_: list[Array]
    intercepts_: list[Array]
    classes_: Array
    history_: History

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = _USUAL.hidden_layer_sizes,
        *,
        activation: str = _USUAL.activation,
        solver: str = _USUAL.solver,
        momentum: float = _USUAL.momentum,
        alpha: float = _USUAL.alpha,
        penalty: str = _USUAL.penalty,
        batch_size: int = _USUAL.batch_size,
        learning_rate_init: float = _USUAL.learning_rate_init,
        learning_rate: str = _USUAL.learning_rate,
        max_iter: int = _USUAL.max_iter,
        tol: float | None = _USUAL.tol,
        n_iter_no_change: int = _USUAL.n_iter_no_change,
        init: str = _USUAL.init,
        dropout: float = _USUAL.dropout,
        augment: str = _USUAL.augment,
        random_state: int | np.random.Generator | None = _USUAL.random_state,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.momentum = momentum
        self.alpha = alpha
        self.penalty = penalty
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.init = init
        self.dropout = dropout
        self.augment = augment
        self.random_state = random_state

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
        """Learn from X and y, from fresh weights.

        Parameters
        ----------
        X
            (n, features).
        y
            n labels of any sort.
        on_epoch
            on_epoch(epoch) is told of every epoch; answering True stops the training.
        on_batch
            on_batch(done, total) is told, a few times a second, of the epoch's digits so far; answering True
            stops the training.
        on_weights
            on_weights(number, weights) is given every layer's weights and intercepts after each epoch, and
            before the first, as epoch 0; it has to copy what it keeps.
        validation
            (X, y) judged after every epoch.
        start
            Weights and intercepts of each layer to begin with, in the same order; fresh ones unless told.
        classes
            All labels, if y lacks some that the network should have an output for.

        Raises
        ------
        ValueError
            For settings or data that make no sense.
        Diverged
            When loss or weights are no longer finite; the last finite weights are kept and the network still
            answers.
        """
        self._check_settings()
        X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        self.classes_ = np.unique(y) if classes is None else np.union1d(y, classes)
        self._start(X.shape[1])
        if start is not None:
            for target, source in zip(self._weights(), start, strict=True):
                target[...] = source
        self._train(X, y, self.max_iter, on_epoch, on_batch, validation, on_weights)
        return self

    def _weights(self) -> list[Array]:
        return [each for pair in zip(self.coefs_, self.intercepts_, strict=True) for each in pair]

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """One more epoch, on these digits.

        Parameters
        ----------
        classes
            All labels, which the first call has to be told if its y lacks any.

        Raises
        ------
        ValueError
            For settings or data that make no sense, and for labels that are not in `classes`.
        """
        self._check_settings()
        first = not hasattr(self, "coefs_")
        X, y = validate_data(self, X, y, dtype=np.float32, reset=first)
        check_classification_targets(y)
        if first:
            self.classes_ = np.unique(y if classes is None else classes)
            self._start(X.shape[1])
        strangers = np.setdiff1d(y, self.classes_)
        if len(strangers):
            raise ValueError(f"The labels {strangers.tolist()} are not among the classes of the first call.")
        self._train(X, y, 1)
        return self

    def predict(self, X: Any) -> Array:
        """(n,) most probable labels."""
        best = self.predict_proba(X).argmax(axis=1)
        labels: Array = self.classes_[best]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """(n, classes) float32 probabilities in the order of `classes_`; rows sum to 1."""
        return _joined([layers[-1] for layers in self._layers(X)])

    def forward(self, X: Any) -> list[Array]:
        """What every layer makes of X.

        Parameters
        ----------
        X
            (n, features).

        Returns
        -------
        list[Array]
            X, each hidden layer's (n, units), and the (n, classes) probabilities.
        """
        return [_joined(parts) for parts in zip(*self._layers(X), strict=True)]

    def _layers(self, X: Any) -> Iterator[list[Array]]:
        """`forward` of AT_ONCE digits after the other."""
        check_is_fitted(self)
        if not self._is_plain(X):
            X = validate_data(self, X, dtype=np.float32, reset=False)
        for start in range(0, len(X), AT_ONCE):
            x = X[start : start + AT_ONCE]
            layers = [x, *(np.empty((len(x), w.shape[1]), np.float32) for w in self.coefs_)]
            forward(self.coefs_, self.intercepts_, ACTIVATIONS[self.activation], layers)
            softmax(layers[-1], out=layers[-1])
            yield layers

    def _is_plain(self, X: Any) -> bool:
        """Whether X needs no more checks: scikit-learn's take five times as long as reading a digit does."""
        if type(X) is not np.ndarray or X.dtype != np.float32 or hasattr(self, "feature_names_in_"):
            return False
        if X.ndim != 2 or len(X) == 0 or X.shape[1] != self.n_features_in_:
            return False
        with np.errstate(over="ignore", invalid="ignore"):
            return bool(np.isfinite(X.sum()))  # finite only if every number is

    @classmethod
    def from_weights(
        cls, coefs: Sequence[Array], intercepts: Sequence[Array], classes: Any = None, **settings: Any
    ) -> Self:
        """A network with these weights, as read from a file.

        Parameters
        ----------
        classes
            0, 1, ... unless told.
        settings
            Other keyword arguments of the network.
        """
        model = cls(**{"hidden_layer_sizes": tuple(w.shape[1] for w in coefs[:-1]), **settings})
        model._check_settings()
        parameters = Parameters.of(coefs, intercepts)
        model.coefs_, model.intercepts_ = parameters.coefs, parameters.intercepts
        model.classes_ = np.arange(coefs[-1].shape[1]) if classes is None else np.asarray(classes)
        model.n_features_in_ = coefs[0].shape[0]
        model._reset_story()
        return model

    def _reset_story(self) -> None:
        self.n_iter_ = 0
        self.loss_curve_: list[float] = []
        self.history_ = History()
        self._rng = np.random.default_rng(self.random_state)
        self._solver: FastSolver | None = None

    def _start(self, features: int) -> None:
        """Fresh weights, and nothing learned yet."""
        self._reset_story()
        sizes = [features, *limits.sizes(self.hidden_layer_sizes), len(self.classes_)]
        parameters = Parameters(sizes)
        initialize(parameters.coefs, parameters.intercepts, self.init, self._rng)
        self.coefs_, self.intercepts_ = parameters.coefs, parameters.intercepts

    def _train(
        self,
        x: Array,
        y: Array,
        epochs: int,
        on_epoch: OnEpoch | None = None,
        on_batch: OnBatch | None = None,
        validation: tuple[Any, Any] | None = None,
        on_weights: OnWeights | None = None,
    ) -> None:
        """At most `epochs` more epochs on x (n, features) float32 and labels y, told to the listeners."""
        labels = np.searchsorted(self.classes_, y)
        if validation is not None:
            validation = self._checked_validation(*validation)
        # Weights that were loaded or unpickled are separate arrays; here they become one vector (again), and
        # what listeners find in coefs_ are views of it.
        parameters = Parameters.of(self.coefs_, self.intercepts_)
        self.coefs_, self.intercepts_ = parameters.coefs, parameters.intercepts
        trainer = self._trainer(parameters)
        stop = throttled(on_batch, len(x))
        with one_blas_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            ending = self._epochs(trainer, x, labels, epochs, on_epoch, stop, validation, on_weights)
        self.history_ = replace(self.history_, ending=ending)

    def _epochs(
        self,
        trainer: Trainer,
        x: Array,
        labels: Array,
        epochs: int,
        on_epoch: OnEpoch | None,
        stop: Callable[[int], bool],
        validation: tuple[Array, Array] | None,
        on_weights: OnWeights | None,
    ) -> Ending:
        """Train one epoch after the other; says how it ended. Raises Diverged."""
        began = time.perf_counter() - self.history_.seconds
        at_first = trainer.parameters.flat.copy()
        if on_weights is not None:
            on_weights(self.n_iter_, self._weights())
        lately: deque[Array] = deque(maxlen=2)  # the weights before this epoch, and before the last
        for number in range(self.n_iter_ + 1, self.n_iter_ + epochs + 1):
            lately.appendleft(trainer.parameters.flat.copy())
            trainer.solver.set_rate(self._rate(number))
            score = trainer.epoch(x, labels, stop)
            judged = None if validation is None else trainer.judge(*validation)
            if not trainer.is_finite(score, judged):
                trainer.go_back((*lately, at_first), x, labels)
                self._diverged(number)
            if score is None:
                return "stopped"
            epoch = Epoch(number, *score, *(judged or (None, None)))
            epoch = replace(epoch, seconds=time.perf_counter() - began)
            self.n_iter_ = number
            self.loss_curve_.append(epoch.loss)
            self.history_ = replace(self.history_, epochs=(*self.history_.epochs, epoch))
            if on_weights is not None:
                on_weights(number, self._weights())
            if on_epoch is not None and on_epoch(epoch):
                return "stopped"
            if self._settled():
                return "early"
        return "finished"

    def _rate(self, number: int) -> float:
        """The learning rate of epoch `number`; after the planned epochs it stays what it was in the last."""
        done = min(number, self.max_iter) - 1
        share = SCHEDULES[self.learning_rate].share(done / self.max_iter)
        return float(self.learning_rate_init * share)

    def _trainer(self, parameters: Parameters) -> Trainer:
        features = parameters.sizes[0]
        if self.augment != "none" and features != SIDE * SIDE:
            raise ValueError(
                f"augment={self.augment!r} changes digits of {SIDE * SIDE} pixels, "
                f"but there are {features} features here; choose augment='none'."
            )
        if self._solver is None:
            self._solver = FAST_SOLVERS[self.solver](parameters, self._rate(1), float(self.momentum))
        return Trainer(
            parameters,
            ACTIVATIONS[self.activation],
            self._solver,
            REGULARIZERS[self.penalty],
            alpha=float(self.alpha),  # NumPy's float64 would make every product one of float64s
            batch_size=self.batch_size,
            dropout=self.dropout,
            change=None if self.augment == "none" else AUGMENTATIONS[self.augment].value,
            rng=self._rng,
        )

    def _settled(self) -> bool:
        """The report's rule: the training accuracy has stayed within `tol` for `n_iter_no_change` epochs."""
        late = [epoch.accuracy for epoch in self.history_.epochs[-self.n_iter_no_change :]]
        return len(late) == self.n_iter_no_change and max(late) - min(late) <= (self.tol or -1)

    def _diverged(self, epoch: int) -> NoReturn:
        """End the story of a training whose numbers have left the finite ones."""
        shrink = self.learning_rate_init * self.alpha / self.batch_size
        if self.solver == "sgd" and shrink > 2:
            # Each step then takes away more than twice a weight: it grows with the other sign.
            cure = say(
                "Lower λ ({alpha}): it is too large for this learning rate and batch size.",
                alpha=written(self.alpha),
            )
        else:
            cure = say(
                "Lower the learning rate ({learning_rate_init}).",
                learning_rate_init=written(self.learning_rate_init),
            )
        message = say(
            "The training diverged in epoch {epoch}: the loss is no longer a number. {cure}",
            epoch=epoch,
            cure=cure,
        )
        self.history_ = replace(self.history_, ending="diverged", note=message)
        raise Diverged(message, epoch)

    def _checked_validation(self, X: Any, y: Any) -> tuple[Array, Array]:
        """The digits to judge by as float32, their labels as positions in `classes_`."""
        X, y = validate_data(self, X, y, dtype=np.float32, reset=False)
        strangers = np.setdiff1d(y, self.classes_)
        if len(strangers):
            raise ValueError(f"The validation labels {strangers.tolist()} are not among the training labels.")
        return X, np.searchsorted(self.classes_, y)

    def _check_settings(self) -> None:
        limits.check(self.get_params(deep=False))


def _joined(parts: Sequence[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
