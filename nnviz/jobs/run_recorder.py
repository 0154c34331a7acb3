"""What the history hears of trainings: one run each, also of those that were stopped, diverged or failed.

A run has the id of its job. It is safe on the disk before anybody is told that the training has ended, and
the database, which may be slow or away, is given it afterwards. What is known at a training's beginning is
written down then: if its process is killed, another one makes the run of it that was cut off.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from nnviz.core import kinds
from nnviz.core.records import History, ModelCard
from nnviz.core.results import Answers, Run
from nnviz.core.words import say
from nnviz.history import outbox, repository
from nnviz.history.repository import DatabaseUnavailable
from nnviz.jobs import background, job_files
from nnviz.jobs.records import Job, JobMissing
from nnviz.model_store import cards

if TYPE_CHECKING:
    from nnviz.jobs.trainings import TrainingJob

log = logging.getLogger(__name__)
_held: dict[str, Run] = {}  # by their jobs: those that could be kept nowhere yet


def run_of_network(training: TrainingJob, card: ModelCard, answers: Answers | None) -> Run:
    """The run of a training that has left a network.

    Parameters
    ----------
    card
        As the store has it, name and all.
    """
    if answers is not None:
        answers = replace(answers, spec=asdict(training.spec))
    return _run(training, card, answers=answers)


def run_of_failure(training: TrainingJob, job: Job) -> Run:
    """The run of a training that has left no network.

    Parameters
    ----------
    job
        As it ended, with a sentence why.
    """
    card = cards.new_card(
        job.title,
        kind=training.kind,
        history=job.history,
        seed=training.spec.seed,
        settings=dict(training.settings),
        note=job.message,
        spec=asdict(training.spec),
    )
    return _run(training, card, failure=job.message)


def record_beginning(training: TrainingJob) -> None:
    """Write down what is known of a training that begins now."""
    history = History(ending="stopped")
    cut_off = replace(training.job, history=history, message=job_files.GONE)
    try:
        outbox.write_begun_run(run_of_failure(training, cut_off))
    except (OSError, cards.BadCard):
        log.exception("The beginning of %s could not be written down", training.job.id)


def record_end(job_id: str, run: Run | None, message: str) -> str:
    """A training has ended: make its run safe, if it has left one.

    A run that the disk cannot take goes straight to the database, which may be on another one; if that cannot
    take it either it is held in memory, and `catch_up` tries again.

    Returns
    -------
    str
        What the user is told then: `message`, and a word if the run is not safe yet.
    """
    try:
        if run is not None:
            repository.enqueue_run(run)
        outbox.remove_begun_run(job_id)
    except (OSError, cards.BadCard) as error:
        log.warning("The run %s could not be written down: %s", job_id, error)
        if run is None or _in_database(run):
            return message
        if isinstance(error, OSError):  # what was written down at its beginning stays till then
            _held[job_id] = run
        why = getattr(error, "strerror", None) or str(error)
        return say(
            "{message} The history could not be written ({why}). It is tried again as long as the app runs.",
            message=message,
            why=why,
        ).strip()
    return message


def _in_database(run: Run) -> bool:
    try:
        repository.record_run(run)
    except (DatabaseUnavailable, OSError, cards.BadCard):
        return False
    return True


def write_held() -> None:
    """Try again to keep the runs that neither the disk nor the database could take."""
    for job_id, run in list(_held.items()):
        try:
            if not _in_database(run):
                repository.enqueue_run(run)
            outbox.remove_begun_run(job_id)
        except (OSError, cards.BadCard):
            continue
        _held.pop(job_id, None)


def catch_up() -> None:
    """Give the database what waits for it, if it is there."""
    write_held()
    try:
        repository.drain_outbox()
    except DatabaseUnavailable as error:
        log.warning("%s The runs wait until it is back.", error)
    except OSError:
        log.exception("The runs that wait could not be looked through")


def record_cut_off() -> None:
    """Keep the runs of trainings whose process was killed, with their curves so far."""
    for run in outbox.begun_runs():
        if background.scheduler().looks_after(run.id) or run.id in _held:
            continue
        try:
            job = job_files.read_job(run.id)
        except JobMissing:  # so long ago that its file is gone
            job = None
        if job is not None and job.live:
            continue
        if job is None or job.message == job_files.GONE:
            history = job.history if job else run.card.history
            run = replace(run, card=replace(run.card, history=history, seconds=history.seconds))
            record_end(run.id, run, "")
        else:  # it ended, and only this note was left behind
            record_end(run.id, None, "")


def _run(training: TrainingJob, card: ModelCard, *, failure: str = "", answers: Answers | None = None) -> Run:
    job = training.job
    return Run(
        card=card,
        id=job.id,
        page=training.kind,
        owner=job.owner,
        library=kinds.kind_of(card.kind).library,
        failure=failure,
        parent="" if training.parent is None else str(training.parent),
        answers=answers,
    )
