"""Who may ask for one more job: so many of a kind an owner, half of the whole queue an address.

And nobody while the app's folder is full.
"""

from __future__ import annotations

from collections.abc import Iterable

from nnviz.core import quotas
from nnviz.core.words import say, say_many
from nnviz.jobs.live_job import LiveJob
from nnviz.jobs.records import JobError


def check(live: LiveJob, every: Iterable[LiveJob]) -> LiveJob | None:
    """Check that there is room for a job; the same one, if there is one that its owner may as well wait for.

    Parameters
    ----------
    every
        The jobs that have not ended.

    Raises
    ------
    JobError
        When there is no room; it says what to do.
    """
    if quotas.left_at_home() <= 0:
        raise JobError(quotas.full_home())
    owner = live.job.owner
    same = [other for other in every if type(other) is type(live)]
    own = [other for other in same if other.waits_for(owner)]
    twin = next((other for other in same if other.same_as(live)), None)
    if twin not in own and len(own) >= live.most_own:
        which = say_many(len(own), "A {noun} of yours is", "{n} of your {noun}s are", noun=live.noun)
        raise JobError(
            say(
                "{which} waiting or running: wait, or stop {title!r}.",
                which=which,
                title=own[0].job.title,
            )
        )
    if twin is not None:
        return twin
    there = [other for other in same if live.address and other.address == live.address]
    if len(there) >= live.most_live // 2:
        raise JobError(
            say(
                "{n} {noun}s from your network are waiting or running; please try again when some "
                "have ended.",
                n=len(there),
                noun=live.noun,
            )
        )
    if len(same) >= live.most_live:
        raise JobError(
            say("There are too many {noun}s; please try again when some have ended.", noun=live.noun)
        )
    return None
