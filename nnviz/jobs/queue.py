"""The waiting line: what is known of trainings that have not ended, and whose turn is next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nnviz.core.records import Epoch, History
from nnviz.data.splits import DataSpec
from nnviz.jobs.job import Job
from nnviz.jobs.worker import Message


@dataclass(eq=False)
class Training:
    """A job that has not ended. Times are of `time.monotonic`.

    number: in the order of asking. future: the distributed.Future, once it was sent to a worker; worker: that
    one's address. run: the attempt that messages are heard of, "" until it has begun; begun: attempts so far.
    stopping: since when it has been asked to stop. written: the epochs that the ledger knows of.
    """

    job: Job
    spec: DataSpec
    settings: Mapping[str, Any]
    number: int
    future: Any = None
    worker: str = ""
    run: str = ""
    begun: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    batch: tuple[int, int] = (0, 0)
    began: float = 0.0
    heard: float = 0.0
    stopping: float | None = None
    written: int = 0

    def hear(self, message: Message, now: float) -> None:
        """Take in what a worker says (see `worker.train`): that it has begun, or how far it is."""
        if "began" in message:
            self.run, self.worker, self.began = message["run"], message["began"], now
            self.begun += 1
            self.epochs, self.batch = [], (0, 0)
            again = "A worker process died, so this training was begun again." if self.begun > 1 else ""
            self.job = replace(self.job, attempt=self.begun, message=again)
        elif message["run"] != self.run:
            return  # an attempt that was given up still talks
        else:
            self.epochs += [Epoch(*row) for row in message["epochs"]]
            done, total = message["batch"]
            self.batch = (int(done), int(total))
        self.heard = now

    def told(self, now: float) -> Job:
        """The job as it stands, without its place in the line."""
        history = History(tuple(self.epochs))
        return replace(self.job, history=history, batch=self.batch, left=self.left(now))

    def left(self, now: float) -> float | None:
        """Seconds to the last epoch at the pace so far; None while there is no pace to speak of."""
        done = len(self.epochs) + (self.batch[0] / self.batch[1] if self.batch[1] else 0.0)
        so_far = self.heard - self.began
        if not done or so_far < 0.5:
            return None
        return max(0.0, so_far / done * (self.job.total_epochs - done) - (now - self.heard))


def turns(trainings: Iterable[Training]) -> list[Training]:
    """Those that wait, in the order of their turns.

    First come those whose owners have the fewest trainings before them, then those that asked first: somebody
    who queues twenty does not keep a class waiting.
    """
    before: Counter[str] = Counter()
    waiting = []
    for training in sorted(trainings, key=lambda t: (t.job.state != "running", t.number)):
        if training.job.state == "queued":
            waiting.append((before[training.job.owner], training.number, training))
        before[training.job.owner] += 1
    return [training for _, _, training in sorted(waiting, key=lambda entry: entry[:2])]


def next_up(trainings: Iterable[Training], threads: int) -> list[Training]:
    """Those that may begin now: one an owner at a time, and no more in all than there are threads."""
    known = list(trainings)
    running = [training for training in known if training.job.state == "running"]
    busy = {training.job.owner for training in running}
    chosen: list[Training] = []
    for training in turns(known):
        if len(running) + len(chosen) < threads and training.job.owner not in busy:
            chosen.append(training)
            busy.add(training.job.owner)
    return chosen
