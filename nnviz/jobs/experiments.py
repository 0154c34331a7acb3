"""Experiments in the background: start one, look at it from anywhere, stop it, take it up again.

    experiment = lab.start(plan, owner="somebody")
    lab.look(experiment).runs            # as often as you like; rows are there as they arrive
    lab.stop(experiment)                 # the rows so far stay

Each runs in a thread of the process that was asked, on the workers that trainings use, and every row goes
into the history at once. So a page finds its experiment by the id in its address, after a reload, in another
process of the app, or after a restart, when it can be taken up where it was interrupted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from nnviz import jobs
from nnviz.core.records import History
from nnviz.core.results import Run
from nnviz.data.mnist import DataError
from nnviz.experiments import executor
from nnviz.experiments.plan import Plan, PlanRefused, Trial
from nnviz.history import repository
from nnviz.history.repository import DatabaseUnavailable, Experiment, State
from nnviz.jobs.cluster import ClusterMissing

MOST_LIVE = 40  # experiments of all owners together
MOST_OWN = 2  # of one owner: a study and its twin
MOST_ENDED = 20  # that are remembered here because the history could not take them
EPOCH = 0.026  # seconds that an epoch of the report's network takes on its 2,700 digits, all told
STARTING = 3.0  # seconds until the workers are there and have the digits
_BEAT, _RETRY = 3.0, 10.0  # seconds: between two signs of life, and until a missing history is asked again

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Standing:
    """An experiment as it stands at one moment.

    runs: those that have ended, by number, perhaps without curves and answers (`find` has them); left:
    seconds to the end at the pace so far, None while there is no telling.
    """

    experiment: Experiment
    runs: tuple[Run, ...]
    left: float | None = None

    @property
    def live(self) -> bool:
        """Whether more rows may come by themselves."""
        return self.experiment.state == "running"


@dataclass(eq=False)
class _Live:
    """An experiment of this process. Times are of `time.monotonic`.

    runs: by number; begun: whether the history knows of it; unsaved: rows that it has not taken yet; retry:
    not to be asked before; new: numbers of the rows that came since `began`.
    """

    experiment: Experiment
    trials: tuple[Trial, ...]
    runs: dict[int, Run]
    begun: bool = True
    stopping: threading.Event = field(default_factory=threading.Event)
    unsaved: list[Run] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    beaten: float = field(default_factory=time.monotonic)
    retry: float = 0.0
    new: set[int] = field(default_factory=set)

    def left(self, now: float) -> float | None:
        """Seconds to the end, told by the work that is done and the work that is not."""
        done = sum(trial.work for trial in self.trials if trial.number in self.new)
        open_ = sum(trial.work for trial in self.trials if trial.number not in self.runs)
        so_far = now - self.began
        return so_far / done * open_ if done and so_far > 1 else None


class Lab:
    """All the experiments of this process. connect(): the distributed.Client of the workers."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = threading.RLock()
        self._live: dict[str, _Live] = {}
        self._ended: OrderedDict[str, Standing] = OrderedDict()

    def start(self, plan: Plan, *, owner: str, study: str = "") -> str:
        """As `experiments.start`."""
        executor.check(plan)
        started = repository.new_experiment(plan, owner=owner, study=study)
        live = _Live(started, plan.trials(started.id), {})
        self._enter(live)
        try:
            repository.begin_experiment(started)
        except DatabaseUnavailable as error:
            live.begun = False
            words = f"{error} The rows will be gone when the app is closed."
            live.experiment = replace(started, message=words)
        self._launch(live)
        return started.id

    def running(self, plan: Plan) -> str:
        """As `experiments.running`."""
        with self._lock:
            same = (id_ for id_, live in self._live.items() if live.experiment.plan.key == plan.key)
            return next(same, "")

    def resume(self, experiment_id: str) -> None:
        """As `experiments.resume`."""
        standing = self.look(experiment_id)
        known = {run.number: run for run in standing.runs if not run.failure}
        if standing.live or len(known) == standing.experiment.total:
            return
        taken_up = replace(standing.experiment, state="running", message="")
        live = _Live(taken_up, taken_up.plan.trials(experiment_id), known)
        self._enter(live)
        try:
            for run in standing.runs:
                if run.failure:
                    repository.delete_run(run.id)
            repository.end_experiment(experiment_id, "running")
        except DatabaseUnavailable:
            self._leave(live)
            raise
        self._launch(live)

    def look(self, experiment_id: str) -> Standing:
        """As `experiments.look`."""
        with self._lock:
            if experiment_id in self._live:
                return _standing(self._live[experiment_id])
            if experiment_id in self._ended:
                return self._ended[experiment_id]
        return Standing(
            repository.find_experiment(experiment_id), repository.runs_of_experiment(experiment_id)
        )

    def find(self, run_id: str) -> Run:
        """As `experiments.find`."""
        with self._lock:
            ours = [run for live in self._live.values() for run in live.runs.values()]
            ours += [run for standing in self._ended.values() for run in standing.runs]
        for run in ours:
            if run.id == run_id and run.answers is not None:
                return run
        return repository.find_run(run_id)

    def stop(self, experiment_id: str) -> None:
        """As `experiments.stop`."""
        with self._lock:
            live = self._live.get(experiment_id)
        if live is not None:
            live.stopping.set()
        elif self.look(experiment_id).live:
            repository.end_experiment(experiment_id, "stopped", "Stopped.")  # its process will notice

    def close(self) -> None:
        """As `experiments.close`."""
        with self._lock:
            every = list(self._live.values())
        for live in every:
            live.stopping.set()

    def _enter(self, live: _Live) -> None:
        """Take an experiment in, which is not running yet. Raises PlanRefused when it is one too many."""
        with self._lock:
            if live.experiment.id in self._live:
                raise PlanRefused("This experiment is running already.")
            others = [other.experiment for other in self._live.values()]
            own = [other for other in others if other.owner == live.experiment.owner]
            if len(own) >= MOST_OWN:
                raise PlanRefused(
                    f"{MOST_OWN} of your experiments are still running, one is {own[0].title!r}: "
                    "wait for it, or stop it."
                )
            if len(others) >= MOST_LIVE:
                raise PlanRefused("Too many experiments are running; please try again when some have ended.")
            self._live[live.experiment.id] = live
            self._ended.pop(live.experiment.id, None)

    def _leave(self, live: _Live) -> None:
        """It runs no more; what the history does not know of it is remembered here."""
        with self._lock:
            del self._live[live.experiment.id]
            if not live.begun or live.unsaved:
                self._ended[live.experiment.id] = replace(_standing(live), left=None)
                while len(self._ended) > MOST_ENDED:
                    self._ended.popitem(last=False)

    def _launch(self, live: _Live) -> None:
        live.began = live.beaten = time.monotonic()
        name = f"nnviz-experiment-{live.experiment.id}"
        threading.Thread(target=self._work, args=(live,), name=name, daemon=True).start()

    def _work(self, live: _Live) -> None:
        """The thread of an experiment: whatever happens in it, the experiment ends."""
        state: State = "done"
        message = ""
        todo = [trial for trial in live.trials if trial.number not in live.runs]
        try:
            executor.run(
                todo, self._connect, lambda run: self._arrived(live, run), lambda: self._stopping(live)
            )
            if live.stopping.is_set() and len(live.runs) < len(live.trials):
                state, message = "stopped", "Stopped; the rows so far are kept."
        except (ClusterMissing, DataError) as error:
            state, message = "failed", str(error)
        except Exception as error:
            log.exception("Experiment %s", live.experiment.id)
            state = "failed"
            message = f"The experiment failed unexpectedly ({type(error).__name__}); the log has the details."
        self._end(live, state, message)

    def _arrived(self, live: _Live, run: Run) -> None:
        """Take in a row: into the history if that can be, and into what is told of the experiment."""
        run = replace(run, id=repository.new_id(), owner=live.experiment.owner)
        with self._lock:
            live.runs[run.number] = run
            live.new.add(run.number)
            live.unsaved.append(run)
        self._save(live)

    def _save(self, live: _Live) -> None:
        """Write down the rows that are not yet. While the history is missing they stay here, and whole."""
        if not live.begun or time.monotonic() < live.retry:
            return
        try:
            while live.unsaved:
                kept = repository.record_run(live.unsaved[0])
                with self._lock:
                    live.runs[kept.number] = _light(kept)
                    live.unsaved.pop(0)
        except DatabaseUnavailable as error:
            log.warning("%s", error)
            live.retry = time.monotonic() + _RETRY

    def _stopping(self, live: _Live) -> bool:
        """Whether to stop; now and then gives a sign of life, and hears whether another process says stop."""
        now = time.monotonic()
        if live.begun and now - live.beaten > _BEAT and now > live.retry:
            live.beaten = now
            try:
                if not repository.record_heartbeat(live.experiment.id):
                    live.stopping.set()
            except DatabaseUnavailable as error:
                log.warning("%s", error)
                live.retry = now + _RETRY
        return live.stopping.is_set()

    def _end(self, live: _Live, state: State, message: str) -> None:
        live.retry = 0.0
        self._save(live)
        if live.unsaved:
            message = " ".join([message, f"{len(live.unsaved)} rows could not be written down."]).strip()
        try:
            if live.begun:
                repository.end_experiment(live.experiment.id, state, message)
        except DatabaseUnavailable as error:
            log.warning("%s", error)
        with self._lock:
            message = message or live.experiment.message
            live.experiment = replace(live.experiment, state=state, message=message)
            self._leave(live)


def _standing(live: _Live) -> Standing:
    rows = tuple(run for _, run in sorted(live.runs.items()))
    return Standing(replace(live.experiment, done=len(rows)), rows, live.left(time.monotonic()))


def _light(run: Run) -> Run:
    """The run without what the history has anyway."""
    return replace(run, answers=None, card=replace(run.card, history=History((), run.card.history.ending)))


_opening = threading.Lock()
_lab: Lab | None = None


def start(plan: Plan, *, owner: str, study: str = "") -> str:
    """Begin an experiment on the workers that trainings use, and return its id. Returns at once.

    study: its name in `studies`, or "". Raises PlanRefused, with one sentence for the user, for a plan that
    cannot be carried out, or when MOST_OWN of the owner's are still running.
    """
    return _open().start(plan, owner=owner, study=study)


def estimate(plan: Plan, learn: int) -> float:
    """About how many seconds an experiment takes on the workers there are, each training with so many digits.

    Right within a factor of two or so: nobody knows what else the machine has to do.
    """
    works = [trial.work for trial in plan.trials()]
    work = max(max(works), sum(works) / jobs.threads())  # one training is one worker's
    return STARTING + work * EPOCH * learn / 2700


def resume(experiment_id: str) -> None:
    """Take up an experiment that was stopped or interrupted: its rows stay, those that are missing or could
    not be trained are tried again.

    One that runs or is complete is left alone. Raises PlanRefused, RecordNotFound, DatabaseUnavailable.
    """
    _open().resume(experiment_id)


def look(experiment_id: str) -> Standing:
    """The experiment, wherever and whenever it ran. Raises RecordNotFound, DatabaseUnavailable."""
    return _open().look(experiment_id)


def before(plan: Plan) -> Standing | None:
    """What is known of the same question from before, whoever asked it: the experiment with the most rows.

    Raises DatabaseUnavailable.
    """
    experiment = repository.find_answered_experiment(plan)
    return None if experiment is None else look(experiment.id)


def running(plan: Plan) -> str:
    """The id of an experiment of this process that asks the same question and is still running, or ""."""
    return _open().running(plan)


def find(run_id: str) -> Run:
    """A run with its curves and answers. Raises RecordNotFound, DatabaseUnavailable."""
    return _open().find(run_id)


def stop(experiment_id: str) -> None:
    """End an experiment within a second or so; its rows stay. Raises RecordNotFound, DatabaseUnavailable."""
    _open().stop(experiment_id)


def close() -> None:
    """Stop every experiment of this process."""
    global _lab
    with _opening:
        lab, _lab = _lab, None
    if lab is not None:
        lab.close()


def _open() -> Lab:
    global _lab
    with _opening:
        if _lab is None:
            _lab = Lab(jobs.client)
        return _lab
