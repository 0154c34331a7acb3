"""A training in somebody's hand: paused, let go on for a batch or an epoch, and let go.

It waits as one that has given way does (`worker.Turn`), with everything in memory, so it comes out to the
last bit as if it had not waited. It holds no worker meanwhile, and one that was forgotten goes on by itself.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nnviz.core.words import say
from nnviz.jobs import dispatch
from nnviz.jobs.live_job import PAUSE, Lane, LiveJob
from nnviz.jobs.records import Job, JobError, Steering

if TYPE_CHECKING:
    from nnviz.jobs.cluster import Cluster

_FORGOTTEN = say("It was paused, and went on by itself after {minutes:.0f} minutes.", minutes=PAUSE / 60)


class Pauses:
    """What a scheduler does about pauses.

    Parameters
    ----------
    lock, live, cluster
        The scheduler's own.
    take_turns
        Has those begin and give way whose turn it is; called with the lock held.
    """

    def __init__(
        self,
        lock: threading.RLock,
        live: Mapping[str, LiveJob],
        cluster: Cluster,
        take_turns: Callable[[], None],
    ) -> None:
        self._lock, self._live, self._cluster, self._take_turns = lock, live, cluster, take_turns

    def steer(self, job: Job, how: Steering) -> None:
        """Have a training pause, or go on. Whoever asks may do so.

        Raises
        ------
        JobError
            When it is not under way here.
        """
        with self._lock:
            live = self._live.get(job.id)
            if live is None and job.live:
                raise JobError(say("Another server looks after this training: it can only be stopped here."))
            if live is None or not live.steered or live.job.state != "running" or live.stopping is not None:
                raise JobError(say("Only a training that is under way can be paused."))
            live.paused = None if how == "go on" else time.monotonic()
            live.until = how if how in ("batch", "epoch") else ""
            self._tell(live)

    def heard(self, lane: Lane, told: int) -> bool:
        """A lane's task says that it waits, since it was told that; whether its turn is over with it."""
        if told != lane.told:
            return False
        if lane.state == "running" and lane.live.paused is not None:
            lane.live.until = ""  # it has done what it was to do
            return True
        return lane.state == "asked"

    def end_forgotten(self, now: float) -> None:
        """Have those go on that were paused long ago. The lock is held."""
        for live in self._live.values():
            if live.paused is not None and now - live.paused > PAUSE:
                live.paused, live.until = None, ""
                live.job = dataclasses.replace(live.job, message=_FORGOTTEN)
                self._tell(live)

    def _tell(self, live: LiveJob) -> None:
        """Pass on what has changed: at once to a task at work, else when its turn comes."""
        for lane in live.lanes:
            if lane.state == "running" and lane.begun and not live.rests:
                dispatch.pass_on_turn(self._cluster, lane, goes_on=True)
        self._take_turns()
