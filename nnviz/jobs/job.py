"""A training as the outside sees it, and what can go wrong with asking for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nnviz.core.records import History, Work

State = Literal["queued", "running", "done", "failed"]


class JobError(RuntimeError):
    """A training that cannot be started; one sentence for the user."""


class JobMissing(LookupError):
    """No job of that id; one sentence for the user."""


@dataclass(frozen=True)
class Job:
    """A training as it stands at one moment.

    state: "done" also when it was stopped, stopped early or diverged, which `lesson.ending` tells.
    place: in the queue, 1 is next; 0 when it does not wait. batch: (done, total) digits of the running epoch.
    total_epochs: the most it will take. started: Unix time, None while it waits. left: seconds, None while
    there is nothing to tell it by. attempt: 2 and more after a worker process died. message: a sentence for
    the user, or "". result: the name of the store's entry, once there is one.
    """

    id: str
    owner: str
    kind: Work
    title: str
    state: State = "queued"
    place: int = 0
    history: History = field(default_factory=History)
    batch: tuple[int, int] = (0, 0)
    total_epochs: int = 0
    started: float | None = None
    left: float | None = None
    attempt: int = 1
    message: str = ""
    result: str = ""

    @property
    def live(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in ("queued", "running")
