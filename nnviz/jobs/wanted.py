"""Jobs that are all told by a spec: who asks for the same one waits for the same job, with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from nnviz.core.identity import Actor
from nnviz.jobs import background
from nnviz.jobs.live_job import LiveJob


@dataclass(eq=False, kw_only=True)
class WantedJob(LiveJob):
    """A job of which there is nothing to keep before its end."""

    patient = False

    spec: Any

    def same_as(self, other: LiveJob) -> bool:
        """Whether it is of the same spec."""
        return type(other) is type(self) and bool(self.spec == getattr(other, "spec", None))


W = TypeVar("W", bound=WantedJob)


def known(kind: type[W]) -> list[W]:
    """All of that kind that this process has heard of, the newest first."""
    return background.scheduler().known(kind)


def of_spec(kind: type[W], spec: Any) -> W | None:
    """The newest job of that spec, ended or not."""
    return next((live for live in known(kind) if live.spec == spec), None)


def of_owner(kind: type[W], *owners: str) -> W | None:
    """The one that one of these owners waits for, if there is one."""
    return next((live for live in known(kind) if live.job.live and live.waits_for(*owners)), None)


def stop(kind: type[W], spec: Any, *, by: Actor) -> None:
    """The actor waits for it no more; when nobody does, it is given up. Returns at once.

    Raises
    ------
    NotYours
        When it is others who wait for it.
    """
    for live in known(kind):
        if live.spec == spec and live.job.live:
            background.scheduler().stop(live.job.id, by=by)
