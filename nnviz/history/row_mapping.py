"""Records as rows of the tables, and rows as records again, believing no more of them than makes sense."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, make_dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, get_type_hints

import numpy as np
from msgspec import Meta

from nnviz.core import json_records, safe_files
from nnviz.core.json_records import BadRecord, Settings, clean
from nnviz.core.records import Ending, History
from nnviz.core.results import MOST_NOTED, Answers, Run
from nnviz.core.words import say
from nnviz.experiments import plan as plans
from nnviz.experiments.plan import Plan, PlanRefused
from nnviz.model_store import cards

State = Literal["running", "done", "stopped", "failed", "interrupted"]

HEARTBEAT_TIMEOUT = 15.0  # seconds after which an experiment that gives no sign of life counts as interrupted
_GONE = say("The app was closed or restarted while this experiment ran; the rows so far are kept.")


@dataclass(frozen=True)
class Experiment:
    """A plan that is or was carried out.

    Attributes
    ----------
    study
        The name of the one in `studies`, or "".
    total
        How many trainings.
    done
        How many of them are in the history.
    state
        "interrupted" when the process that ran it is gone.
    message
        A sentence, or "".
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
    """An experiment as a new row, but for when it was heard of: its plan as JSON."""
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
    }


def experiment_from_row(row: Mapping[str, Any]) -> Experiment | None:
    """The experiment of a row; None when it makes no sense, as after a change by another program."""
    try:
        plan = plans.from_json(json_records.parse(row["plan"]))
    except (json_records.BadRecord, PlanRefused):
        return None
    state: State = row["state"]
    message = row["message"]
    if state == "running" and row["silent"] > HEARTBEAT_TIMEOUT:
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
    own = {name: getattr(run, name) for name in _own_fields()}
    return {
        **{name: _cleaned(name, value) for name, value in own.items()},
        "id": run.id,
        "experiment": run.experiment or None,
        "created": run.card.created,
        "kind": run.card.kind,
        "ending": run.card.history.ending,
        "test_accuracy": run.score("test_accuracy"),
        "seconds": run.card.seconds,
        "card": cards.to_json(card),
        "history": json.dumps(json_records.to_plain(asdict(run.card.history))),
        "answers": None if run.answers is None else pack_answers(run.answers),
        "title": clean(run.card.title),
        "data": clean(run.card.data),
        "test_error": run.score("test_error"),
    }


@cache
def _own_fields() -> dict[str, Any]:
    """The fields of a run that a row has as they are, and their types."""
    hints = get_type_hints(Run, include_extras=True)
    return {each.name: hints[each.name] for each in fields(Run) if each.name not in ("card", "id", "answers")}


def _cleaned(name: str, value: Any) -> Any:
    if name == "note":  # the one text of several lines
        return json_records.clean_lines(value)[:MOST_NOTED]
    return json_records.read_leniently(_own_fields()[name], value) if isinstance(value, str) else value


@cache
def _row_type() -> type:
    """What is read of a row: the rest of its columns repeat the card, to be searched by."""
    defaults = {each.name: each.default for each in fields(Run)}
    own = [(name, hint, defaults[name]) for name, hint in _own_fields().items()]
    return make_dataclass(
        "RunRow",
        [
            ("id", Annotated[str, Meta(min_length=1, max_length=16)]),
            ("card", str),
            ("ending", Ending, "running"),
            ("history", str | None, None),
            ("answers", bytes | None, None),  # base64 in JSON
            *((name, hint | None if name == "experiment" else hint, usual) for name, hint, usual in own),
        ],
    )


def run_from_row(row: object) -> Run:
    """The run of a row, with the curves and answers if they are in it.

    Columns that it lacks have their defaults, and those that are not known are ignored.

    Raises
    ------
    BadRecord
        When the card or the curve makes no sense.
    """
    told: Any = json_records.read(_row_type(), row)
    try:
        card = cards.from_json(told.card)
        history = History(ending=told.ending)
        if told.history is not None:
            history = json_records.read_leniently(History, json_records.parse(told.history))
    except ValueError as error:
        raise BadRecord(say("makes no sense: its card or its curve {error}", error=error)) from error
    own = {name: getattr(told, name) for name in _own_fields()}
    return Run(
        **own | {"experiment": told.experiment or ""},
        card=replace(card, history=history),
        id=told.id,
        answers=None if told.answers is None else unpack_answers(told.answers),
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
        spec = json_records.read_leniently(Settings, json_records.parse(str(arrays["spec"])))
    except (KeyError, ValueError):
        return None
    whole = index.shape == labels.shape == probabilities.shape[:1] and probabilities.shape[1:] == (10,)
    return Answers(index, labels, probabilities, spec) if whole else None
