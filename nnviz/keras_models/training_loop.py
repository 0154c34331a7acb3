"""How a Keras model learns: digits shuffled, changed if so wished, a step a batch, watched, stopped, kept.

This does what `model.fit` does, but faster for networks as small as these, because much of an epoch in `fit`
is spent between the batches. Here TensorFlow is handed many batches at once and comes back a few times a
second, which is when progress is told and somebody may say stop. XLA is left out: on a processor it made an
epoch two to three times slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from nnviz.core.protocols import KerasModel, KerasOptimizer, Tensor
from nnviz.core.records import Array, Ending, Epoch, History
from nnviz.core.words import say
from nnviz.data.augmentation import AUGMENTATIONS
from nnviz.keras_models import autoencoder, backend, cnn, compiled

OnEpoch = Callable[[Epoch], "bool | None"]
OnBatch = Callable[[int, int], "bool | None"]
OnWeights = Callable[[int, Sequence[Array]], None]
Change = Callable[[Array, np.random.Generator], Array]
Weights = list[Array]

_ASK_EVERY = 0.25  # seconds, about, that TensorFlow is left alone
_CHUNK = 512  # digits, about, that are fetched and changed together
_MOST_CHUNKS = 8  # in one go: more bring nothing


def learning_rate(settings: cnn.Settings | autoencoder.Settings, n: int) -> Any:
    """What a Keras optimizer is to take as its learning rate, for `n` training digits."""
    if settings.learning_rate == "constant":
        return settings.learning_rate_init
    steps = -(-n // settings.batch_size) * settings.max_iter
    return backend.keras().optimizers.schedules.CosineDecay(settings.learning_rate_init, steps)


def optimizer(settings: cnn.Settings, n: int) -> KerasOptimizer:
    """The Keras optimizer of these settings, for `n` training digits."""
    keras = backend.keras()
    rate = learning_rate(settings, n)
    made: dict[cnn.Solver, Callable[[], KerasOptimizer]] = {
        "sgd": lambda: keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
        "adam": lambda: keras.optimizers.Adam(rate),
        "rmsprop": lambda: keras.optimizers.RMSprop(rate),
    }
    return made[settings.solver]()


def changing(augmentation: str) -> Change | None:
    """What to hand to `fit` as `change`, by the name of an augmentation; None for "none"."""
    return None if augmentation == "none" else AUGMENTATIONS[augmentation].value


def shuffled(arrays: Sequence[Array], batch_size: int, seed: int) -> Any:
    """A tf.data.Dataset of batches of rows, in another order at every epoch, for Keras' own `fit`.

    The order is the seed's alone, whatever else is trained in this process. Made within `backend.seeded`.
    """
    tf = backend.tensorflow()
    whole = tuple(tf.constant(array) for array in arrays)
    order = tf.data.Dataset.range(len(arrays[0])).shuffle(len(arrays[0]), seed, reshuffle_each_iteration=True)
    rows = order.batch(batch_size).map(lambda chosen: tuple(tf.gather(array, chosen) for array in whole))
    return rows.prefetch(1)


def fit(
    model: KerasModel,
    optimizer: KerasOptimizer,
    x: Array,
    y: Array,
    *,
    batch_size: int,
    epochs: int,
    rng: np.random.Generator,
    change: Change | None = None,
    smoothing: float = 0.0,
    averaging: float = 0.0,
    parts: int | None = None,
    validation: tuple[Array, Array] | None = None,
    keep: Literal["best", "last"] = "best",
    on_epoch: OnEpoch | None = None,
    on_batch: OnBatch | None = None,
    on_weights: OnWeights | None = None,
) -> History:
    """Learn from labeled digits; the model ends with the best weights it had, or with the last.

    Best is the epoch with the highest accuracy on `validation`, of several the one with the lowest loss;
    without validation it is the last. An epoch that is broken off counts for nothing, unless it is the first:
    then its weights are kept.

    Parameters
    ----------
    x, y
        Digits (n, 784) in [0, 1], or with `change` whatever that makes such digits of; labels (n,).
    change
        Makes other digits of a chunk of digits, anew at every epoch.
    smoothing
        The part of the truth that is spread over all ten digits (Szegedy et al. 2016).
    averaging
        If not 0, what is judged and kept is the running mean of the weights, an older mean counting by this
        factor a step (Polyak and Juditsky 1992).
    parts
        Into how many parts a batch is split, which are worked at side by side. Digits are normalised by those
        of their own part alone, and sums are added part by part: another number gives other weights. Unless
        told, as many as TensorFlow has threads, and one where digits are normalised by one another.
    validation
        Digits and labels like `x` and `y`.
    keep
        Which epoch's weights the model ends with.
    on_epoch
        on_epoch(epoch) is told of every epoch and stops the training by answering True.
    on_batch
        on_batch(done, total) is told of an epoch's digits so far, a few times a second; it stops likewise.
    on_weights
        on_weights(number, weights) is given what the model has after each epoch, and at the start, epoch 0.

    Notes
    -----
    The training loss and accuracy are, as in Keras, those of each batch before its step, with dropout and
    changes at work. A loss that is no longer finite ends the training as "diverged", with the reason in the
    history's note; the weights are then the best finite ones, or those before the first step.
    """
    course = Course(model, optimizer, batch_size, smoothing, averaging, parts)
    best: Weights | None = None
    best_score = (-1.0, 0.0)
    told: list[Epoch] = []
    ending: Ending = "finished"
    note = ""
    started = time.monotonic()
    before = model.get_weights()
    if on_weights is not None:
        on_weights(0, before)

    if on_batch is not None and on_batch(0, len(x)):  # asked to stop while TensorFlow was on its way
        return History((), "stopped")
    for number in range(1, epochs + 1):
        outcome = course.epoch(x, y, rng, change, on_batch)
        if outcome is None:
            ending = "stopped"
            break
        if not np.isfinite(outcome[0]):
            ending, note = (
                "diverged",
                say(
                    "The loss was no longer a number in epoch {number}: lower the learning rate.",
                    number=number,
                ),
            )
            best = best or before
            break
        with course.mean_weights():
            loss, accuracy = (None, None) if validation is None else judge(model, *validation)
            score = (accuracy or 0.0, -(loss or 0.0))
            weights = model.get_weights()
            if validation is None or keep == "last" or score > best_score:
                best, best_score = weights, score
        if on_weights is not None:
            on_weights(number, weights)
        told.append(Epoch(number, *outcome, loss, accuracy, time.monotonic() - started))
        if on_epoch is not None and on_epoch(told[-1]) and number < epochs:
            ending = "stopped"
            break
    if best is not None:
        model.set_weights(best)
    return History(tuple(told), ending, note)


def judge(model: KerasModel, x: Array, y: Array) -> tuple[float, float]:
    """How a model does on labeled digits.

    Parameters
    ----------
    x, y
        Digits (n, 784), labels (n,).

    Returns
    -------
    tuple[float, float]
        Mean cross-entropy in nats, and accuracy.
    """
    probabilities = compiled.predict(model, x)
    true = np.clip(probabilities[np.arange(len(y)), y], 1e-7, 1)
    return float(-np.log(true).mean()), float((probabilities.argmax(1) == y).mean())


class Course:
    """A model and its optimizer on their way through the epochs."""

    def __init__(
        self,
        model: KerasModel,
        optimizer: KerasOptimizer,
        batch_size: int,
        smoothing: float = 0.0,
        averaging: float = 0.0,
        parts: int | None = None,
    ) -> None:
        self.model, self.batch_size = model, batch_size
        tf = backend.tensorflow()
        self._means = [tf.Variable(weight.value) for weight in model.weights] if averaging else []
        parts = min(parts or _parts(model), batch_size)
        # A graph takes TensorFlow a quarter of a second to make: one, where both would be the same.
        graphs = {
            n: _learning(model, optimizer, smoothing, averaging, self._means, parts=n) for n in {parts, 1}
        }
        self._learn, self._learn_whole = graphs[parts], graphs[1]
        # How many digits are changed together must not depend on the clock, or the same seed would not give
        # the same changes; how many such chunks TensorFlow is given in one go may.
        self._chunk = batch_size * max(1, _CHUNK // batch_size)
        self._at_once = 1

    def epoch(
        self,
        x: Array,
        y: Array,
        rng: np.random.Generator,
        change: Change | None = None,
        on_batch: OnBatch | None = None,
    ) -> tuple[float, float] | None:
        """One pass over all digits.

        Returns
        -------
        tuple[float, float] | None
            Their mean loss and accuracy, or None when it was broken off.
        """
        loss = right = 0.0
        done = 0
        for chosen in self._goes(rng.permutation(len(x))):
            began = time.monotonic()
            digits = x[chosen]
            if change is not None:
                ends = range(self._chunk, len(chosen), self._chunk)
                digits = np.concatenate([change(chunk, rng) for chunk in np.split(digits, ends)])
            batch = min(self.batch_size, len(chosen))
            # The last batch may be of fewer digits than there are parts.
            learn = self._learn if batch == self.batch_size else self._learn_whole
            losses, hits = learn(
                digits.reshape(-1, batch, cnn.SIDE, cnn.SIDE, 1),
                y[chosen].reshape(-1, batch).astype(np.int32),
            )
            loss, right, done = loss + float(losses), right + float(hits), done + len(chosen)
            if not np.isfinite(loss):
                break
            self._pace(time.monotonic() - began)
            told = time.monotonic()
            if on_batch is not None and on_batch(done, len(x)) and done < len(x):
                return None
            if time.monotonic() - told > _ASK_EVERY:
                self._at_once = 1  # it was made to wait, perhaps by somebody who goes step by step
        return loss / len(x), right / len(x)

    def _goes(self, order: Array) -> Iterator[Array]:
        """The positions of an epoch's digits, several chunks at a time; what fills no batch comes last."""
        whole = len(order) // self.batch_size * self.batch_size
        at = 0
        while at < whole:
            go = order[at : min(at + self._at_once * self._chunk, whole)]
            at += len(go)
            yield go
        if whole < len(order):
            yield order[whole:]

    def _pace(self, seconds: float) -> None:
        if seconds < _ASK_EVERY / 2:
            self._at_once = min(2 * self._at_once, _MOST_CHUNKS)
        elif seconds > 2 * _ASK_EVERY:
            self._at_once = max(self._at_once // 2, 1)

    @contextmanager
    def mean_weights(self) -> Iterator[None]:
        """The model with the running mean of its weights, if there is one; then it goes on as it was."""
        if not self._means:
            yield
            return
        now = self.model.get_weights()
        self.model.set_weights([mean.numpy() for mean in self._means])
        yield
        self.model.set_weights(now)


def _parts(model: KerasModel) -> int:
    """In how many parts a batch is worked at side by side; their gradients are added up before the step.

    One, where digits of a batch are normalised by one another and have to stay together.
    """
    together = any(type(layer).__name__ == "BatchNormalization" for layer in model.layers)
    return 1 if together else backend.side_by_side()


def _learning(
    model: KerasModel,
    optimizer: KerasOptimizer,
    smoothing: float,
    averaging: float,
    means: list[Any],
    *,
    parts: int,
) -> Callable[[Array, Array], tuple[Tensor, Tensor]]:
    """The steps themselves, as one TensorFlow graph: a batch after the other, weights changed after each.

    It takes (steps, batch, 28, 28, 1) digits with (steps, batch) labels, and gives the sum of their losses
    and how many were right.
    """
    tf = backend.tensorflow()
    variables = model.trainable_variables
    optimizer.build(variables)
    answer = cnn.pool_before_relu(model) or (lambda x: model(x, training=True))

    def average() -> None:
        # Early on the mean forgets faster, or it would long remember the random start.
        taken = tf.cast(optimizer.iterations.value, tf.float32)
        keep = tf.minimum(averaging, taken / (taken + 10))
        for mean, weight in zip(means, model.weights, strict=True):
            mean.assign(keep * mean + (1 - keep) * weight.value)

    def part(digits: Tensor, labels: Tensor, batch: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
        """What digits of a batch of that many have to say: summed loss, how many are right, the gradients."""
        truth = tf.one_hot(labels, cnn.DIGITS) * (1 - smoothing) + smoothing / cnn.DIGITS
        with tf.GradientTape() as tape:
            probabilities = answer(digits)
            # Cross-entropy in fewer operations than Keras' own, which cannot know that these sum to 1.
            losses = -tf.reduce_sum(truth * tf.math.log(tf.maximum(probabilities, 1e-7)), axis=-1)
            loss = tf.reduce_sum(losses) / tf.cast(batch, tf.float32)
        hits = tf.argmax(probabilities, -1, tf.int32) == labels
        return tf.reduce_sum(losses), tf.reduce_sum(tf.cast(hits, tf.float32)), tape.gradient(loss, variables)

    def learn(digits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        steps, batch = tf.shape(labels)[0], tf.shape(labels)[1]
        ends = [batch * i // parts for i in range(parts + 1)]

        def step(i: Tensor, losses: Tensor, right: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            found = [part(digits[i, a:b], labels[i, a:b], batch) for a, b in pairwise(ends)]
            loss, hits, gradients = zip(*found, strict=True)
            optimizer.apply([tf.add_n(each) for each in zip(*gradients, strict=True)], variables)
            if means:
                average()
            return i + 1, losses + tf.add_n(loss), right + tf.add_n(hits)

        _, losses, right = tf.while_loop(lambda i, *_: i < steps, step, (0, 0.0, 0.0), parallel_iterations=1)
        return losses, right

    shapes = [
        tf.TensorSpec((None, None, cnn.SIDE, cnn.SIDE, 1), tf.float32),
        tf.TensorSpec((None, None), tf.int32),
    ]
    # Nothing here needs TensorFlow to rewrite Python, which would take a second.
    graph: Callable[[Array, Array], tuple[Tensor, Tensor]] = tf.function(
        learn, input_signature=shapes, autograph=False
    )
    return graph
