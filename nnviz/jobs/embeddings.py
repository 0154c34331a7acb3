"""Embeddings: maps of codes, drawn by a worker, so that neither t-SNE nor UMAP is in the way of a page.

    jobs.start_embedding(spec, codes, owner="somebody")
    jobs.embedding_status(spec)          # how far it is, as often as you like
    jobs.find_embedding(spec)            # the map, once there is one, also after a restart

The spec is all there is to a map: who asks for the same one waits for the same job, and finds the map for as
long as it is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnviz.core.identity import Actor
from nnviz.core.json_records import clean
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.jobs import background, estimates, job_files, wanted, worker
from nnviz.jobs.records import EmbeddingSpec, EmbeddingStatus, Job, JobError
from nnviz.jobs.wanted import WantedJob
from nnviz.jobs.worker import Message
from nnviz.representations import embedding, embedding_files
from nnviz.representations.embedding import Map

log = logging.getLogger(__name__)


def start_embedding(spec: EmbeddingSpec, codes: Array, *, owner: str, address: str = "") -> str:
    """Queue a map of codes, or join the one that is being drawn, and return its id. Returns at once.

    Parameters
    ----------
    codes
        (n, d).
    address
        From where it is asked for, "" when that is not known.

    Raises
    ------
    JobError
        One sentence for the user, for what cannot be drawn, or when another map of the owner's has not ended.
    """
    try:
        embedding.check(spec.method, codes, spec.value)
    except ValueError as error:
        raise JobError(str(error)) from error
    title = say(
        "{title} {value:g}, seed {seed}",
        title=embedding.METHODS[spec.method].title,
        value=spec.value,
        seed=spec.seed,
    )
    job = Job(job_files.new_id(), clean(owner), "embedding", title, total_epochs=1)
    seconds = estimates.seconds_of_map(spec.method, len(codes))
    live = EmbeddingJob(job=job, spec=spec, codes=codes, address=address, estimate=seconds)
    return background.scheduler().enter(live)


def embedding_status(spec: EmbeddingSpec) -> EmbeddingStatus | None:
    """How far a map is, or how it ended; None when this process has not heard of it."""
    return _status(wanted.of_spec(EmbeddingJob, spec))


def embedding_of_owner(*owners: str) -> EmbeddingStatus | None:
    """The map that one of these owners waits for, if there is one."""
    return _status(wanted.of_owner(EmbeddingJob, *owners))


def find_embedding(spec: EmbeddingSpec) -> Map | None:
    """The map, if it came with the project or has been drawn before; else None."""
    kept = embedding_files.find_map(spec.method, spec.of, value=spec.value, seed=spec.seed)
    if kept is not None:
        return kept
    return next((live.drawn for live in wanted.known(EmbeddingJob) if live.spec == spec and live.drawn), None)


def stop_embedding(spec: EmbeddingSpec, *, by: Actor) -> None:
    """The actor waits for that map no more; when nobody does, it is given up. Returns at once.

    Raises
    ------
    NotYours
        When it is others who wait for it.
    """
    wanted.stop(EmbeddingJob, spec, by=by)


@dataclass(eq=False, kw_only=True)
class EmbeddingJob(WantedJob):
    """A map that is wanted.

    Attributes
    ----------
    first
        When its first step was heard of, and which.
    drawn
        The map.
    """

    noun = say("map")
    most_own = 1
    most_live = 80
    gives_way = False  # what draws it listens to its own process's output, which is nobody else's meanwhile

    spec: EmbeddingSpec
    codes: Array
    first: tuple[float, int] | None = None
    drawn: Map | None = None

    def hear(self, message: Message, now: float) -> None:
        """As of every job; the time until the first step is that of loading the method."""
        super().hear(message, now)
        if "began" in message:
            self.first = None
        elif self.first is None and self.batch[0]:
            self.first = now, self.batch[0]

    def left(self, now: float) -> float | None:
        """Seconds to the last step, at the pace of the steps so far."""
        done, total = self.batch
        if self.first is None or done <= self.first[1]:
            return None
        return (self.heard - self.first[0]) / (done - self.first[1]) * (total - done)

    def task(self, client: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Draw it."""
        return worker.embed, (self.spec, self.codes)

    def take_in(self, outcome: Map | None) -> Job:
        """Keep the map."""
        self.drawn = outcome
        if outcome is not None:
            try:
                embedding_files.keep_map(outcome, self.spec.of)
            except OSError as error:
                log.warning("A map could not be kept: %s", error)  # it is remembered all the same
        return self.ended("done")

    def make_safe(self, job: Job) -> Job:
        """Nothing more to keep; the codes are not wanted any more."""
        self.codes = np.empty(0, np.float32)
        return job


def _status(live: EmbeddingJob | None) -> EmbeddingStatus | None:
    return None if live is None else EmbeddingStatus(live.spec, background.find_job(live.job.id))
