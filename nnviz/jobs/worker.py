"""What runs inside a Dask worker: one training, which tells its story as events and can be asked to stop.

A worker reports through the scheduler's topics, a handful of messages a second however fast its epochs are.
Being asked to stop is a name in a set of this process, so that the training may look after every batch at no
cost: no round trip to the scheduler is in its way.

The scheduler imports this module too, to read what it passes on: so the trainers are imported in functions.
"""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnviz.core.records import Epoch, Split, Work

if TYPE_CHECKING:
    from nnviz.trainers.base import Outcome, TrainingRefused

EVERY = 0.2  # seconds between two messages of a training

Message = dict[str, Any]

_asked_to_stop: set[str] = set()


def dask_setup(_: Any) -> None:
    """Dask calls this in a worker process of ours as it starts."""
    from nnviz.trainers import base  # noqa: F401  # two seconds, better now than at the first training

    # A training that is cut off when the app closes is no news to whoever closed it.
    logging.getLogger("distributed.worker.state_machine").setLevel(logging.ERROR)


def ask_to_stop(job: str) -> None:
    """Have the training of that job stop at its next batch; run on the worker that trains it."""
    _asked_to_stop.add(job)


@dataclass(frozen=True)
class Failure:
    """A training that raised what it should not have. name: of the exception; details: its traceback."""

    name: str
    details: str


def train(
    kind: Work, split: Split, settings: Mapping[str, Any], title: str, job: str, topic: str
) -> Outcome | TrainingRefused | Failure:
    """The task that Dask runs. Whatever a training does is an answer; an exception is a fault of the cluster.

    Messages to the topic all have "job" and "run", the attempt. The first has "began", the address of
    the worker; the others what Reporter sends. ("worker" is put into all of them by Dask.)
    """
    from distributed import get_worker

    from nnviz.trainers import base

    here = get_worker()
    task = here.get_current_task()
    run = f"{here.address} {os.getpid()} {time.time_ns()}"  # tells this attempt from one before it

    def abandoned() -> bool:
        # Nobody waits for it any more: the server that started it is gone, or has given it up.
        known = here.state.tasks.get(task)
        return known is None or known.state == "cancelled"

    reporter = Reporter(
        send=lambda message: here.log_event(topic, {"job": job, "run": run, **message}),
        stop=lambda: job in _asked_to_stop or abandoned(),
    )
    here.log_event(topic, {"job": job, "run": run, "began": here.address})
    try:
        return base.of(kind).train(split, settings, reporter, title)
    except base.TrainingRefused as refusal:
        return refusal
    except Exception as error:
        return Failure(type(error).__name__, traceback.format_exc())
    finally:
        _asked_to_stop.discard(job)


class Reporter:
    """A trainers.Watch that sends what it hears in at most one message every `EVERY` seconds.

    send(message) gets "epochs", the new ones as rows of Epoch's fields, and "batch", (done, total) of the
    running one; stop() is asked each time.
    """

    def __init__(
        self,
        send: Callable[[Message], None],
        stop: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send, self._stop, self._clock = send, stop, clock
        self._epochs: list[list[float | None]] = []
        self._sent = -EVERY

    def epoch(self, epoch: Epoch) -> bool:
        self._epochs.append(to_row(epoch))
        return self._heard((0, 0))

    def batch(self, done: int, total: int) -> bool:
        return self._heard((done, total))

    def _heard(self, batch: tuple[int, int]) -> bool:
        now = self._clock()
        if now - self._sent >= EVERY:
            self._sent = now
            self._send({"epochs": self._epochs, "batch": batch})
            self._epochs = []
        return self._stop()


def to_row(epoch: Epoch) -> list[float | None]:
    """An Epoch as what a message can carry; `Epoch(*row)` is the way back."""
    return [
        epoch.number,
        epoch.loss,
        epoch.accuracy,
        epoch.validation_loss,
        epoch.validation_accuracy,
        epoch.seconds,
    ]
