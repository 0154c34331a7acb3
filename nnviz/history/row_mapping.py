"""Records as rows of the tables, and rows as records again, believing no more of them than makes sense."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from nnviz.core import safe_files
from nnviz.core.records import Ending, History
from nnviz.core.results import Answers, Run
from nnviz.experiments import plan as plans
from nnviz.experiments.plan import Plan, PlanRefused
from nnviz.model_store import cards

State = Literal["running", "done", "stopped", "failed", "interrupted"]

HEARTBEAT_TIMEOUT = 15.0  # seconds after which an experiment that gives no sign of life counts as interrupted
_GONE = "The app was closed or restarted while this experiment ran; the rows so far are kept."


@dataclass(frozen=True)
class Experiment:
    """A plan that is or was carried out.

    study: the name of the one in `studies`, or ""; total: how many trainings; done: how many of them are in
    the history; state: "interrupted" when the process that ran it is gone; message: a sentence, or "".
    """

    id: str
    plan: Plan
    owner: str
    study: str
    title: str
    created: str
    total: int
    done: int
    state: State
    message: str = ""

    @property
    def complete(self) -> bool:
        """Whether every training has its row."""
        return self.done >= self.total


def experiment_to_row(found: Experiment) -> dict[str, Any]:
    """An experiment as a new row: its plan as JSON, heard of just now."""
    return {
        "id": found.id,
        "created": found.created,
        "owner": found.owner,
        "study": found.study,
        "title": found.title,
        "key": found.plan.key,
        "plan": json.dumps(plans.to_json(found.plan)),
        "total": found.total,
        "state": found.state,
        "message": found.message,
        "heard": time.time(),
    }


def experiment_from_row(row: Mapping[str, Any]) -> Experiment | None:
    """The experiment of a row; None when it makes no sense, as after a change by another program."""
    try:
        plan = plans.from_json(json.loads(row["plan"]))
    except (ValueError, PlanRefused):
        return None
    state: State = row["state"]
    message = row["message"]
    if state == "running" and time.time() - row["heard"] > HEARTBEAT_TIMEOUT:
        state, message = "interrupted", _GONE
    return Experiment(
        id=row["id"],
        plan=plan,
        owner=row["owner"],
        study=row["study"],
        title=row["title"],
        created=row["created"],
        total=row["total"],
        done=row["done"],
        state=state,
        message=message,
    )


def run_to_row(run: Run) -> dict[str, Any]:
    """A run as a new row of both its tables, the curves apart from the rest of its card."""
    card = replace(run.card, history=History())
    return {
        "id": run.id,
        "created": run.card.created,
        "name": cards.clean(run.name),
        "page": cards.clean(run.page, 40),
        "owner": cards.clean(run.owner),
        "kind": run.card.kind,
        "library": run.library,
        "experiment": run.experiment or None,
        "number": run.number,
        "fold": run.fold,
        "failure": cards.clean(run.failure, 600),
        "ending": run.card.history.ending,
        "test_accuracy": run.score("test_accuracy"),
        "seconds": run.card.seconds,
        "card": cards.to_json(card),
        "history": json.dumps(cards.history_to_json(run.card.history)),
        "answers": None if run.answers is None else pack_answers(run.answers),
        "title": cards.clean(run.card.title),
        "data": cards.clean(run.card.data),
        "test_error": run.score("test_error"),
    }


def run_from_row(row: Mapping[str, Any]) -> Run | None:
    """The run of a row, with the curves and answers if they are in it; None when it makes no sense."""
    endings: tuple[Ending, ...] = get_args(Ending)
    try:
        card = cards.from_json(row["card"])
        curves = row.get("history")
        history = cards.history_from_json(json.loads(curves)) if curves is not None else None
    except (ValueError, RecursionError):
        return None
    ending: Ending = next((known for known in endings if known == row["ending"]), "running")
    packed = row.get("answers")
    return Run(
        card=replace(card, history=history or History((), ending)),
        id=row["id"],
        name=row["name"],
        page=row["page"],
        owner=row["owner"],
        library=row["library"],
        experiment=row["experiment"] or "",
        number=row["number"],
        fold=row["fold"],
        failure=row["failure"],
        answers=None if packed is None else unpack_answers(bytes(packed)),
    )


def pack_answers(answers: Answers) -> bytes:
    """Answers as the bytes of an .npz file: about 40 a digit."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        index=answers.index.astype(np.int32),
        labels=answers.labels.astype(np.uint8),
        probabilities=answers.probabilities.astype(np.float32),
        spec=np.array(json.dumps(dict(answers.spec))),
    )
    return file.getvalue()


def unpack_answers(content: bytes) -> Answers | None:
    """The answers that `pack` packed; None when they are damaged."""
    try:
        arrays = safe_files.read_npz(content)
        index, labels = arrays["index"].astype(np.int64), arrays["labels"].astype(np.int64)
        probabilities = arrays["probabilities"]
        spec = cards.settings_from_json(json.loads(str(arrays["spec"])))
    except (safe_files.BadFile, KeyError, ValueError):
        return None
    whole = index.shape == labels.shape == probabilities.shape[:1] and probabilities.shape[1:] == (10,)
    return Answers(index, labels, probabilities, spec) if whole else None
