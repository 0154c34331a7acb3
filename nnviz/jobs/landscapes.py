"""Landscapes and races in the background: each is hundreds of networks, all read by a worker.

As with a map, the spec is all there is to it: who asks for the same one waits for the same job.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nnviz.core.identity import Actor
from nnviz.core.json_records import clean
from nnviz.core.landscapes import Landscape
from nnviz.core.words import say
from nnviz.inspection import landscape_files
from nnviz.inspection.landscape import Survey
from nnviz.inspection.race import Race
from nnviz.jobs import background, dispatch, estimates, job_files, wanted, worker
from nnviz.jobs.records import Job, LandscapeSpec, LandscapeStatus
from nnviz.jobs.wanted import WantedJob

log = logging.getLogger(__name__)


def start_landscape(
    spec: LandscapeSpec, asked: Survey | Race, *, owner: str, title: str, address: str = ""
) -> str:
    """Queue a landscape, or join the one that is on its way, and return its id. Returns at once.

    Parameters
    ----------
    title
        For people.
    address
        From where it is asked for, "" when that is not known.

    Raises
    ------
    JobError
        One sentence for the user, when another one of the owner's has not ended, or when it takes hours.
    """
    estimates.check(LandscapeJob.noun, asked.seconds, confirmed=False)
    job = Job(job_files.new_id(), clean(owner), "landscape", clean(title), total_epochs=1)
    live = LandscapeJob(job=job, spec=spec, asked=asked, address=address, estimate=asked.seconds)
    return background.scheduler().enter(live)


def landscape_status(spec: LandscapeSpec) -> LandscapeStatus | None:
    """How far it is, or how it ended; None when this process has not heard of it."""
    return _status(wanted.of_spec(LandscapeJob, spec))


def landscape_of_owner(*owners: str) -> LandscapeStatus | None:
    """The one that one of these owners waits for, if there is one."""
    return _status(wanted.of_owner(LandscapeJob, *owners))


def find_landscape(spec: LandscapeSpec) -> Landscape | None:
    """The landscape, if it has been found before; else None."""
    kept = landscape_files.find(spec.of)
    if kept is not None:
        return kept
    return next((live.found for live in wanted.known(LandscapeJob) if live.spec == spec and live.found), None)


def stop_landscape(spec: LandscapeSpec, *, by: Actor) -> None:
    """The actor waits for it no more; when nobody does, it is given up. Returns at once.

    Raises
    ------
    NotYours
        When it is others who wait for it.
    """
    wanted.stop(LandscapeJob, spec, by=by)


@dataclass(eq=False, kw_only=True)
class LandscapeJob(WantedJob):
    """A landscape, or a race, that is wanted.

    Attributes
    ----------
    asked
        What a worker needs for it.
    found
        It.
    sent
        The distributed.Future of what is asked, at a worker.
    """

    noun = say("landscape")
    most_own = 1
    most_live = 40  # each with its weights and digits in memory

    spec: LandscapeSpec
    asked: Survey | Race | None
    found: Landscape | None = None
    sent: Any = None

    def task(self, client: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Find it, from what is sent before."""
        self.sent = dispatch.sent_before(client, self.asked, self.worker)
        return worker.find_landscape, (self.sent,)

    def take_in(self, outcome: Landscape | str | None) -> Job:
        """Keep the landscape; a sentence instead of one says why there is none."""
        if isinstance(outcome, str):
            return self.ended("failed", outcome)
        self.found = outcome
        if outcome is not None:
            try:
                landscape_files.keep(outcome, self.spec.of)
            except OSError as error:
                log.warning("A landscape could not be kept: %s", error)  # it is remembered all the same
        return self.ended("done")

    def make_safe(self, job: Job) -> Job:
        """Nothing more to keep; weights and digits are not wanted any more."""
        self.asked = self.sent = None
        return job


def _status(live: LandscapeJob | None) -> LandscapeStatus | None:
    return None if live is None else LandscapeStatus(live.spec, background.find_job(live.job.id))
