"""The app, served while one pupil has asked for all that can be asked for, so that its queue is full."""

from __future__ import annotations

import sys
import threading
import time

from nnviz import cli
from nnviz.core import paths
from nnviz.jobs import JobError

SIGN = "now"  # a file in the home


def ask_for_all() -> None:
    """An experiment of long trials, 40 maps, and 150 long trainings of 15 sessions, at a sign."""
    from tests.attacks import test_greed as greed

    while not (paths.home() / SIGN).exists():
        time.sleep(0.05)
    for ask in (greed.greedy_experiment, greed.forty_maps, greed.fifteen_sessions):
        try:
            ask()
        except JobError as refusal:
            print(refusal, flush=True)
    print("asked for all", flush=True)


if __name__ == "__main__":
    threading.Thread(target=ask_for_all, daemon=True).start()
    sys.exit(cli.main(sys.argv[1:]))
