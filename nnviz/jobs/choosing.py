"""Which worker is given a task: of those that answer, the one with the least to do."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from nnviz.core.words import say
from nnviz.jobs import dispatch, job_files
from nnviz.jobs.cluster import Cluster, ClusterMissing
from nnviz.jobs.live_job import Lane

_FROZEN = 20.0  # seconds for which a worker that did not answer is passed over
_ASKING = 3.0  # seconds for a worker to say which version it has
_AGAIN = 0.5  # seconds until it is looked again whether there is one

log = logging.getLogger(__name__)


class Chooser:
    """Knows which workers did not answer lately.

    Parameters
    ----------
    cluster
        The way to the workers.
    begun
        The lanes whose task is with a worker, as they are now.
    closed
        Whether no job is carried out any more.
    """

    def __init__(
        self, cluster: Cluster, begun: Callable[[], Iterable[Lane]], closed: Callable[[], bool]
    ) -> None:
        self._cluster, self._begun, self._closed = cluster, begun, closed
        self._silent: dict[str, float] = {}  # by address, and when

    def pass_over(self, address: str) -> None:
        """That worker did not answer."""
        self._silent[address] = time.monotonic()

    def choose(self, client: Any, lane: Lane) -> str:
        """The address of the worker for a lane's task.

        Raises
        ------
        ClusterMissing
            When none of them can do our work, or the job is stopped while there is none.
        """
        while True:
            others = [other for other in self._begun() if other is not lane]
            ours = Counter(other.worker for other in others if other.holds)
            waiting = Counter(other.worker for other in others if not other.holds)
            since = time.monotonic() - _FROZEN
            silent = {address for address, at in list(self._silent.items()) if at > since}
            addresses = dispatch.by_load(client, ours, waiting)
            faults: list[str] = []
            for address in [each for each in addresses if each not in silent]:
                if fault := self._fault(client, address):
                    faults.append(fault)
                    continue
                if dispatch.answers(client, address):
                    return address
                if self._closed():
                    raise ClusterMissing(job_files.GONE)
                log.warning("The worker at %s does not answer; another one is taken", address)
                self.pass_over(address)
            if faults and len(faults) == len(addresses):
                raise ClusterMissing(faults[0])
            if addresses and silent.issuperset(addresses):
                return addresses[0]  # busy rather than frozen, if it is all of them
            if lane.live.stopping is not None or self._closed():
                raise ClusterMissing(say("Stopped while no worker was connected to the cluster."))
            time.sleep(_AGAIN)

    def _fault(self, client: Any, address: str) -> str:
        """What keeps a worker of somebody else's cluster from our tasks; "" also where it does not answer."""
        with suppress(Exception):
            return dispatch.within(_ASKING, lambda: self._cluster.fault(client, address))
        return ""
