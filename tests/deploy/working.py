"""A replica's work without its pages: told what to do by its arguments, it says each thing that is kept.

`train` starts a long training, `experiment` an experiment of ten short ones, and `resume <id>` takes one
up and sees it through; `take-up <id>` takes up a training that another has left behind. It writes a line
of JSON for each thing: what, and its id.
"""

from __future__ import annotations

import json
import sys
import time

from nnviz import jobs
from nnviz.core.identity import PROGRAM
from nnviz.history import repository
from nnviz.jobs import trainings
from tests.experimenting import FEW, SMALL, plan

SWEEP = plan(settings=SMALL | {"max_iter": 60}, grid=({"alpha": (0.0, 0.1, 0.2, 0.3, 0.4)},), seeds=(1, 2))


def main(words: list[str]) -> None:
    if words[0] in ("train", "take-up"):
        if words[0] == "train":
            job = jobs.start_training("mlp", FEW, SMALL | {"max_iter": 20_000}, owner="me", confirmed=True)
            tell("job", job)
        else:
            job = words[1]
            trainings.take_up()
        while True:
            found = jobs.find_job(job)
            if found.live and found.history.epochs:
                tell("epochs", job)
            time.sleep(0.2)
    experiment = words[1] if words[0] == "resume" else jobs.start_experiment(SWEEP, owner="me")
    if words[0] == "resume":
        jobs.resume_experiment(experiment, by=PROGRAM)
    tell("experiment", experiment)
    told: set[str] = set()
    while len(told) < len(SWEEP.trials()):
        for run in repository.runs_of_experiment(experiment):
            if run.id not in told:
                told.add(run.id)
                tell("row", run.id)
        time.sleep(0.05)
    jobs.close()


def tell(what: str, name: str) -> None:
    print(json.dumps([what, name]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
