"""What runs inside a Dask worker: one task, which tells its story as events and can be asked to stop.

A worker reports through the scheduler's topics, a handful of messages a second however fast its epochs are.
Being asked to stop is a name in a set of this process, so that a training may look after every batch at no
cost: no round trip to the scheduler is in its way.

The scheduler imports this module too, to read what it passes on: so the trainers are imported in functions.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from nnviz.core.records import Array, Epoch, Split
from nnviz.jobs.records import EmbeddingSpec, Until
from nnviz.jobs.window import Seen, Window

if TYPE_CHECKING:
    from nnviz.core.landscapes import Landscape
    from nnviz.inspection.landscape import Survey
    from nnviz.inspection.race import Race
    from nnviz.representations.embedding import Map
    from nnviz.trainers.base import Outcome, TrainingRefused, Watch

EVERY = 0.2  # seconds between two messages of a task

Message = dict[str, Any]

_asked_to_stop: set[str] = set()
_NICENESS = 10  # a tenth of the processor where both want all of it
_LONG_NICENESS = 19  # and then an eighth of that, beside a short task
_LOOK = 0.2  # seconds between two looks of a task that waits


class Turn:
    """Whether it is a task's turn to work.

    Its task waits where it is while it is not, with all that it has in memory, so that it goes on as if
    nothing had been.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._told = 0
        self._goes_on = True
        self._until: Until = ""

    def tell(self, told: int, goes_on: bool, until: Until = "") -> None:
        """Hear whose turn it is; what was said before something that is known already is not heard.

        Parameters
        ----------
        until
            The end of the turn, if it is known: that of the batch, or of the epoch.
        """
        with self._changed:
            if told > self._told:
                self._told, self._goes_on, self._until = told, goes_on, until
                self._changed.notify_all()

    def passed(self, what: Until) -> None:
        """A batch or an epoch is over, and so perhaps the turn."""
        with self._changed:
            if self._until and what in ("epoch", self._until):  # an epoch ends with a batch
                self._goes_on = False

    def wait(self, waits: Callable[[int], object], stop: Callable[[], bool]) -> None:
        """Return when it is its turn, or when it is to stop.

        Parameters
        ----------
        waits
            waits(number of the request) is told as the waiting begins.
        """
        said = 0
        with self._changed:
            while not self._goes_on and not stop():
                if said != self._told:
                    said = self._told
                    waits(said)
                self._changed.wait(_LOOK)


_turns: dict[str, Turn] = {}  # of the tasks that are here
_windows: dict[str, Window] = {}


def is_here() -> bool:
    """That this worker answers."""
    return True


def give_turn(job: str, told: int, goes_on: bool, until: Until = "") -> None:
    """Have the task of that job wait from its next batch on, or go on; run on the worker that is at it."""
    if job in _turns:
        _turns[job].tell(told, goes_on, until)


def look(job: str, have: int) -> Seen | None:
    """What that job's network is like by now, as far as it is newer than number `have`.

    Run on the worker that is at it, which goes on taking its weights for a few seconds more.
    """
    return _windows[job].look(have) if job in _windows else None


def _is_no_lost_heartbeat(record: logging.LogRecord) -> bool:
    return "during heartbeat" not in record.getMessage()


def _give_way() -> None:
    """Have whoever waits for a page or a stroke come before a training on the same machine."""
    own = psutil.Process()
    with suppress(psutil.Error, OSError):
        own.nice(_NICENESS if psutil.POSIX else psutil.BELOW_NORMAL_PRIORITY_CLASS)


def _let_others_first() -> None:
    """Have this thread, which ends with its task, come after the shorter tasks of its own process too."""
    if psutil.LINUX:  # where a thread has a niceness of its own
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LONG_NICENESS)


def dask_setup(_: Any) -> None:
    """Dask calls this in a worker process of ours as it starts."""
    _give_way()
    # A training that is cut off when the app closes is no news to whoever closed it.
    logging.getLogger("distributed.worker.state_machine").setLevel(logging.ERROR)
    # A scheduler that has gone is how a worker's end begins, and no fault to tell of with a traceback.
    logging.getLogger("distributed.worker").addFilter(_is_no_lost_heartbeat)

    from nnviz.trainers import mlp  # noqa: F401  # two seconds, better now than at the first training


def ask_to_stop(job: str) -> None:
    """Have the task of that job stop at its next batch; run on the worker that is at it."""
    _asked_to_stop.add(job)


@dataclass(frozen=True)
class Failure:
    """A task that raised what it should not have.

    Attributes
    ----------
    name
        Of the exception.
    details
        Its traceback.
    """

    name: str
    details: str


def train(
    watch: Watch,
    kind: str,
    split: Split,
    settings: Mapping[str, Any],
    title: str,
    start: Array | None = None,
) -> Outcome | TrainingRefused:
    """The task of a training, which goes on from the weights `start`, if there are any."""
    from nnviz.trainers import base

    try:
        more = {} if start is None else {"start": start}
        return base.trainer_of(kind).train(split, settings, watch, title, **more)
    except base.TrainingRefused as refusal:
        return refusal


def embed(watch: Watch, spec: EmbeddingSpec, codes: Array) -> Map | None:
    """The task of an embedding.

    Parameters
    ----------
    codes
        (n, d).

    Returns
    -------
    Map | None
        None when it was stopped.
    """
    from nnviz.representations import embedding

    watch.batch(0, 1)  # UMAP takes half a minute to load
    try:
        return embedding.draw(spec.method, codes, value=spec.value, seed=spec.seed, on_batch=watch.batch)
    except embedding.Stopped:
        return None


def find_landscape(watch: Watch, asked: Survey | Race) -> Landscape | str | None:
    """The task of a landscape: None when it was stopped, a sentence when there is none to be found."""
    from nnviz.inspection import landscape, race

    try:
        if isinstance(asked, race.Race):
            return race.hold(asked, watch.batch)
        return landscape.draw(asked, watch.batch)
    except landscape.Stopped:
        return None
    except landscape.NoPlane as error:
        return str(error)


def carry_out(task: Callable[..., Any], job: str, topic: str, long: bool, *arguments: Any) -> Any:
    """What Dask runs: the task, which is told who listens, and then its arguments; what is long gives way.

    Whatever a task does is an answer; an exception is a fault of the cluster. None counts among those that
    the worker has threads for: whose turn it is, the app decides, and a task that waits is in nobody's way.

    Notes
    -----
    Messages to the topic all have "job" and "run", the attempt. The first has "began", the address of the
    worker; one with "waits" that it has given way; the others what Reporter sends. ("worker" is put into all
    of them by Dask.)
    """
    from distributed import get_worker, secede

    from nnviz.experiments.executor import abandonment

    here = get_worker()
    run = f"{here.address} {os.getpid()} {time.time_ns()}"  # tells this attempt from one before it
    abandoned = abandonment()
    turn, window = Turn(), Window()
    _turns[job], _windows[job] = turn, window

    def send(message: Message) -> None:
        here.log_event(topic, {"job": job, "run": run, **message})

    def stop() -> bool:
        window.offer()
        return job in _asked_to_stop or abandoned()

    def waits(told: int) -> None:
        reporter.send_rest()
        send({"waits": told})

    def stop_or_wait() -> bool:
        turn.wait(waits, stop)
        return stop()

    reporter = Reporter(send, stop_or_wait, turn=turn, window=window)
    secede()  # type: ignore[no-untyped-call]
    if long:
        _let_others_first()
    send({"began": here.address})
    try:
        return task(reporter, *arguments)
    except Exception as error:
        return Failure(type(error).__name__, traceback.format_exc())
    finally:
        _asked_to_stop.discard(job)
        if _turns.get(job) is turn:
            del _turns[job], _windows[job]


class Reporter:
    """A trainers.Watch that sends what it hears in at most one message every `EVERY` seconds.

    Parameters
    ----------
    send
        send(message) gets "epochs", the new ones as rows of Epoch's fields, and "batch", (done, total) of the
        running one.
    stop
        Asked each time.
    turn
        Told of every batch and epoch that is over.
    window
        Through which the network is looked at meanwhile.
    """

    def __init__(
        self,
        send: Callable[[Message], None],
        stop: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
        turn: Turn | None = None,
        window: Window | None = None,
    ) -> None:
        self._send, self.stop, self._clock = send, stop, clock
        self._turn, self._window = turn, window
        self._epochs: list[list[float | None]] = []
        self._batch = (0, 0)
        self._sent = -EVERY

    def let_look(self, pack: Callable[[], tuple[bytes, str]], weights: Callable[[], Sequence[Array]]) -> None:
        """As `trainers.base.Visible`."""
        if self._window is not None:
            self._window.open(pack, weights)

    def epoch(self, epoch: Epoch) -> bool:
        """Hear of an epoch that has ended; whether to stop."""
        self._epochs.append(to_row(epoch))
        if self._window is not None:
            self._window.reached(epoch.number, (0, 0))
        return self._heard((0, 0), "epoch")

    def batch(self, done: int, total: int) -> bool:
        """Hear of the digits done in the running epoch; whether to stop."""
        if self._window is not None:
            self._window.reached(None, (done, total))
        return self._heard((done, total), "batch")

    def send_rest(self) -> None:
        """Send what has not been sent, as nothing will be heard for a while."""
        self._sent = self._clock()
        self._send({"epochs": self._epochs, "batch": self._batch})
        self._epochs = []

    def _heard(self, batch: tuple[int, int], over: Until) -> bool:
        self._batch = batch
        if self._turn is not None:
            self._turn.passed(over)
        if self._clock() - self._sent >= EVERY:
            self.send_rest()
        return self.stop()


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
