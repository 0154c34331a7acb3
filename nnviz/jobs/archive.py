"""What the history hears of trainings: one run each, also of those that were stopped, diverged or failed.

A run has the id of its job. It is safe on the disk before anybody is told that the training has ended, and
the database, which may be slow or away, is given it afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from nnviz import cards, runs
from nnviz.jobs.job import Job
from nnviz.jobs.line import Training
from nnviz.records import ModelCard, Work
from nnviz.run import Answers, Run
from nnviz.runs import RunsMissing

_LIBRARIES: dict[Work, str] = {"mlp": "nnviz", "representations": "nnviz"}  # all others are Keras'

log = logging.getLogger(__name__)


def of_network(training: Training, card: ModelCard, answers: Answers | None) -> Run:
    """The run of a training that has left a network. card: as the store has it, name and all."""
    if answers is not None:
        answers = replace(answers, spec=asdict(training.spec))
    if training.job.kind == "representations":
        card = replace(card, settings={**_given(training.settings), **card.settings})
    return _run(training, card, answers=answers)


def of_failure(training: Training, job: Job) -> Run:
    """The run of a training that has left none; job: as it ended, with a sentence why."""
    card = ModelCard(
        name="",
        kind="mlp" if job.kind == "representations" else job.kind,
        title=job.title,
        created=cards.now(),
        data="",
        data_digest="",
        n_train=0,
        n_test=0,
        seed=training.spec.seed,
        settings=dict(training.settings),
        seconds=job.history.seconds,
        history=job.history,
        note=job.message,
        spec=asdict(training.spec),
    )
    return _run(training, card, failure=job.message)


def keep(run: Run, message: str) -> str:
    """Make the run safe; what the user is told then: `message`, and a word if the disk cannot take it."""
    try:
        runs.keep(run)
    except (OSError, cards.BadCard) as error:
        log.exception("The run %s could not be kept", run.id)
        why = getattr(error, "strerror", None) or str(error)
        return f"{message} The history could not be written: {why}.".strip()
    return message


def catch_up() -> None:
    """Give the database what waits for it, if it is there."""
    try:
        runs.catch_up()
    except RunsMissing as error:
        log.warning("%s The runs wait until it is back.", error)
    except OSError:
        log.exception("The runs that wait could not be looked through")


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a network was given instead of pixels, of which its own settings do not tell."""
    features = settings["features"]
    more = {"pca": {"components": settings["components"]}, "codes": {"autoencoder": settings["model"]}}
    return {"features": features, **more.get(features, {})}


def _run(training: Training, card: ModelCard, *, failure: str = "", answers: Answers | None = None) -> Run:
    job = training.job
    return Run(
        card=card,
        id=job.id,
        page=job.kind,
        owner=job.owner,
        library=_LIBRARIES.get(job.kind, "keras"),
        failure=failure,
        answers=answers,
    )
