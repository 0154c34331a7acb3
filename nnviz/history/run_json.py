"""A run as JSON, for programs of one's own: docs/run-json.md says what every field means."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from nnviz.core import json_records
from nnviz.core.results import Run
from nnviz.model_store import parents

FORMAT, VERSION = "nnviz-run", 1
"""The version counts up when a field is taken away or gets another meaning, not when one is added."""


def to_json(run: Run) -> str:
    """All that the history knows of a run, but for whose it is and its answers digit by digit."""
    parent = parents.read(run.parent)
    card: dict[str, Any] = asdict(run.card)
    curve = card.pop("history")
    told = {
        "format": FORMAT,
        "version": VERSION,
        "run": run.id,
        "name": run.name,
        "note": run.note,
        "tags": run.tag_list,
        "starred": run.starred,
        "page": run.page,
        "library": run.library,
        "experiment": None if not run.experiment else _place(run),
        "parent": None if parent is None else {"network": parent.name, "epoch": parent.epoch},
        "failure": run.failure,
        "ending": curve["ending"],
        "epochs": curve["epochs"],
        "ending_note": curve["note"],
        "network": card,
    }
    return json.dumps(json_records.to_plain(told), allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def _place(run: Run) -> dict[str, Any]:
    return {"id": run.experiment, "number": run.number, "fold": run.fold}
