"""Experiments: the trials of a plan spread over a Dask cluster, and their rows as they arrive.

    executor.run(plan.trials(), connect, on_run=print)

The digits go to every worker once. A few trials more than there are threads are under way at any time: enough
that no worker waits, few enough that a stop is soon done and several experiments take turns. Every trial has
exactly one row: a worker that dies has its trials run again by another, rows are known by their numbers, and
what cannot be trained is a row that says so.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from nnviz.core import kinds
from nnviz.core.records import Dataset
from nnviz.core.results import Run
from nnviz.core.words import say
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import axes, libraries, search, trial_runs
from nnviz.experiments import plan as plans
from nnviz.experiments.libraries import LIBRARIES
from nnviz.experiments.plan import Plan, PlanRefused, Trial
from nnviz.model_store import store
from nnviz.representations import features
from nnviz.trainers import base
from nnviz.trainers.base import Outcome

MOST_ATTEMPTS = 4  # Dask's own measure as well
PRIORITY = -10  # among the tasks of the cluster: a training that somebody waits for goes first
_LOOK = 0.2  # seconds between two looks whether to stop
_FETCH = 1.0  # seconds for the row of a trial that has ended to arrive
_DIED = say("It broke off again and again. Perhaps it needs more memory than there is.")

Connect = Callable[[], Any]  # () -> a connected distributed.Client
OnRun = Callable[[Run], object]
Stop = Callable[[], bool]


class Lanes(Protocol):
    """Turns at the workers that others have as well: a trial is sent in a lane, one at a time."""

    def free(self) -> Sequence[str]:
        """The lanes whose turn it is and that carry no trial."""

    def send(self, lane: str, client: Any, task: Callable[..., Any], *arguments: Any, key: str) -> Any:
        """A distributed.Future of task(watch, *arguments); watch.stop() waits while it is not its turn."""

    def over(self, lane: str) -> None:
        """What that lane carried has ended."""


log = logging.getLogger(__name__)


def check(plan: Plan) -> int:
    """Check that every trial of the plan can be trained.

    Returns
    -------
    int
        How many digits the largest of them learns from.

    Raises
    ------
    PlanRefused
        One sentence for the user, when one of them cannot.
    """
    plans.check(plan)
    kind = kinds.kind_of(plan.kind)
    if other := [
        name for name in plan.varied if plan.kind != kinds.MLP.name and name not in axes.of(plan.kind)
    ]:
        raise PlanRefused(
            say(
                "This kind of network, {kind}, has no {setting} that could vary.",
                setting=axes.title(other[0]),
                kind=kind.title,
            )
        )
    for each in plan.trials():
        if each.library not in LIBRARIES:
            raise PlanRefused(
                say(
                    "A network is trained by one of {libraries}, not {library!r}.",
                    libraries=", ".join(LIBRARIES),
                    library=each.library,
                )
            )
        try:
            seed = each.spec.seed if plan.kind == kinds.MLP.name else each.spec.seed % 2**31
            base.trainer_of(plan.kind).epochs({**each.settings, "random_state": seed})
        except base.TrainingRefused as error:
            raise PlanRefused(str(error)) from error
        if plan.kind != kinds.MLP.name:
            continue
        if named := libraries.lacking(each.library, dict(each.settings)):
            raise PlanRefused(
                say(
                    "{library} is compared without {named}: set it otherwise, or leave it out.",
                    library=each.library,
                    named=named,
                )
            )
    search.check(plan)
    try:
        whole = splits.load_dataset(pool_of(plan.spec))
        first = {each.spec: each for each in plan.trials() if each.spec.seed == plan.seeds[0]}
        learn = max(_learned(each, whole) for each in first.values())
        for given in dict.fromkeys(each.features for each in plan.trials()):
            features.check(given, learn)
        return learn
    except ValueError as error:  # DataError among them
        raise PlanRefused(str(error)) from error


def run(
    trials: Sequence[Trial],
    connect: Connect,
    on_run: OnRun,
    stop: Stop = lambda: False,
    *,
    owner: str = "",
    lanes: Lanes | None = None,
    race: search.Race | None = None,
) -> None:
    """Every trial on the workers of a Dask cluster.

    Parameters
    ----------
    connect
        connect(): a distributed.Client, asked for again after its cluster died.
    on_run
        Hears of each run as it ends, in this thread.
    stop
        Asked a few times a second; trials under way are then given up.
    owner
        Whose the networks are that are kept.
    lanes
        In which trials are sent; without, there are always two on their way for each thread.
    race
        Who decides which trials are stopped early; without, all go to the end.

    Raises
    ------
    ClusterMissing
        Or what else `connect` raises.
    DataError
        For digits that are not there.
    Exception
        What `on_run` raises.
    """
    trials = list(trials) if race is None else race.begin(trials)
    _Execution(trials, connect, stop, owner, lanes, race).run(on_run)


def pool_of(spec: DataSpec) -> DataSpec:
    """The digits that a spec is cut from, whatever its seed: what is sent to the workers."""
    return spec.pool


def _learned(trial: Trial, whole: Dataset) -> int:
    """How many digits that trial learns from."""
    parts, spec = trial_runs.parts_of(trial, whole), trial.spec
    everyone, _ = splits.learned(replace(spec, n_train=splits.EVERY), whole, parts.train)
    if spec.added and whole.hands is not None:
        everyone = everyone[whole.hands[everyone] >= 0]
    there = len(everyone)
    if spec.n_train > there:
        raise PlanRefused(
            say(
                "There are {n:,} digits to learn from, so {asked:,} are too many.",
                n=there,
                asked=spec.n_train,
            )
        )
    return len(splits.learned(spec, whole, parts.train)[0])


@dataclass(eq=False)
class _Execution:
    """Trials on their way. waiting: not sent yet; under_way: future -> trial; attempts: by place."""

    trials: list[Trial]
    connect: Connect
    stop: Stop
    owner: str
    lanes: Lanes | None
    race: search.Race | None = None
    waiting: deque[int] = field(default_factory=deque)  # places in `trials`
    under_way: dict[Any, int] = field(default_factory=dict)
    attempts: Counter[int] = field(default_factory=Counter)
    carried: dict[Any, str] = field(default_factory=dict)  # future -> its lane
    pools: dict[DataSpec, Any] = field(default_factory=dict)  # futures of what was sent
    ended: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)
    client: Any = None

    def run(self, on_run: OnRun) -> None:
        self.waiting.extend(range(len(self.trials)))
        try:
            while (self.waiting or self.under_way) and not self.stop():
                self._send()
                try:
                    future = self.ended.get(timeout=_LOOK)
                except queue.Empty:
                    continue
                finished = self._result(future)
                if finished is not None:
                    for row in self._decided(finished):
                        on_run(row)
        finally:
            futures = list(self.under_way)
            self.under_way, self.pools = {}, {}
            if futures:
                with contextlib.suppress(Exception):  # the cluster may be gone, and the trials with it
                    self.client.cancel(futures, force=True)

    def _decided(self, run: Run) -> list[Run]:
        """The rows that are known for good; who goes on in a race waits for its turn again."""
        if self.race is None:
            return [run]
        rows, on = self.race.ended(run, self.trials)
        places = {trial.number: place for place, trial in enumerate(self.trials)}
        for trial in on:
            self.trials[places[trial.number]] = trial
            self.waiting.append(places[trial.number])
        return rows

    def _send(self) -> None:
        """Fill up what is under way: the lanes, or two trials a thread, of which one waits at its worker."""
        client = self.connect()
        if client is not self.client:
            self.client, self.pools = client, {}
            self.waiting.extendleft(self.under_way.values())
            for future in list(self.under_way):
                self._over(future)
        try:
            if self.lanes is not None:
                for lane in self.lanes.free():
                    if self.waiting:
                        self._submit(self.waiting.popleft(), lane)
                return
            room = 2 * sum(client.nthreads().values()) - len(self.under_way)
            while self.waiting and room > 0:
                self._submit(self.waiting.popleft())
                room -= 1
        except OSError as error:  # the scheduler is going: `connect` will find out
            log.warning("The cluster does not answer: %s", error)
            time.sleep(_LOOK)

    def _submit(self, place: int, lane: str = "") -> None:
        each = self.trials[place]
        key = f"trial-{each.experiment or 'here'}-{each.number}-{time.monotonic_ns()}"
        try:
            pool = self._pool(each.spec)
            if self.lanes is not None:
                future = self.lanes.send(lane, self.client, _task_of_lane, pool, each, key=key)
                self.carried[future] = lane
            else:
                future = self.client.submit(_task, pool, each, key=key, priority=PRIORITY, pure=False)
        except OSError:
            self.waiting.appendleft(place)
            raise
        self.under_way[future] = place
        future.add_done_callback(self.ended.put)

    def _over(self, future: Any) -> None:
        """That future is not waited for any more."""
        del self.under_way[future]
        if self.lanes is not None:
            self.lanes.over(self.carried.pop(future))

    def _pool(self, spec: DataSpec) -> Any:
        """The digits, in the memory of every worker; one that joins later gets them from another."""
        name = pool_of(spec)
        pool = self.pools.get(name)
        if pool is None or pool.status != "finished":
            pool = self.client.scatter(splits.load_dataset(name), broadcast=True, hash=False)
            self.pools[name] = pool
        return pool

    def _result(self, future: Any) -> Run | None:
        """The run of a future that has ended; None when there is none yet, or it is not wanted any more."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        if future not in self.under_way:
            return None
        try:
            run: Run | None = _shelved(*future.result(timeout=_FETCH), owner=self.owner)
        except TimeoutError:
            self.ended.put(future)  # the worker that had it has died since, and another one is at it
            return None
        except KilledWorker:
            # The trial itself may have done it, or one that waited beside it at the same worker.
            run = self._again(self.under_way[future], attempts=MOST_ATTEMPTS // 2)
        except (FutureCancelledError, OSError) as error:
            log.warning("A trial is run again: %s", error)  # its digits were lost with a worker
            run = self._again(self.under_way[future])
        except Exception as error:  # a worker of somebody else's cluster that lacks a library, or this app
            log.warning("A trial could not be run: %s", error)
            message = say(
                "The worker could not run it ({name}); the log has the details.", name=type(error).__name__
            )
            run = trial_runs.failed(self.trials[self.under_way[future]], message)
        self._over(future)
        return run

    def _again(self, place: int, attempts: int = 1) -> Run | None:
        """Have a trial run again; once it has been tried too often, the run that says so."""
        self.attempts[place] += attempts
        if self.attempts[place] >= MOST_ATTEMPTS:
            return trial_runs.failed(self.trials[place], _DIED)
        self.waiting.appendleft(place)
        return None


def _shelved(run: Run, network: Outcome | None, *, owner: str) -> Run:
    """The run, which knows its network by name once that is in the store."""
    if network is None:
        return run
    try:
        entry = store.put(network.model, network.suffix, network.card, "recent", owner=owner)
    except OSError:
        log.exception("The network of trial %d could not be kept", run.number)
        return run
    return replace(run, card=replace(run.card, name=entry.name))


def _task(whole: Dataset, each: Trial) -> tuple[Run, Outcome | None]:
    """What Dask runs: the run and, if it is to be kept, the network.

    A trial that nobody waits for any more ends within a moment.
    """
    return _carried_out(whole, each, abandonment())


def _task_of_lane(watch: Any, whole: Dataset, each: Trial) -> tuple[Run, Outcome | None]:
    """What is run in a lane."""
    return _carried_out(whole, each, watch.stop)


def _carried_out(whole: Dataset, each: Trial, stop: Stop) -> tuple[Run, Outcome | None]:
    from nnviz.experiments import trial  # with scikit-learn, which workers have

    kept: list[Outcome] = []
    run = trial.execute(whole, each, stop, kept.append)
    return run, kept[0] if kept else None


def abandonment() -> Stop:
    """Within a task of Dask's: tells whether nobody waits for that task any more.

    That is so when the process that sent it is gone or has given it up.
    """
    from distributed import get_worker

    here = get_worker()
    task = here.get_current_task()

    def abandoned() -> bool:
        known = here.state.tasks.get(task)
        return known is None or known.state == "cancelled"

    return abandoned
