"""A run as JSON says what the run is, and nothing that its description does not tell of."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

from nnviz.core.records import Epoch, History
from nnviz.history import repository, run_json
from nnviz.model_store import cards
from tests.recording import CARD, RUN

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "run-json.md"


def test_the_file_is_the_run_as_the_history_has_it(history: str) -> None:
    told = replace(
        RUN, note="é <b>\nwhy?", tags="deep,9b", starred=True, experiment="e" * 16, number=3, fold=2
    )
    run = repository.find_run(repository.record_run(replace(told, parent="mlp-0a1b2c3d@5")).id)
    found = json.loads(run_json.to_json(run))
    assert (found["format"], found["version"], found["run"]) == ("nnviz-run", 1, run.id)
    assert found["note"] == run.note == "é <b>\nwhy?", "its lines stay in the history too"
    assert (found["tags"], found["starred"]) == (["deep", "9b"], True)
    assert found["experiment"] == {"id": "e" * 16, "number": 3, "fold": 2}
    assert found["parent"] == {"network": "mlp-0a1b2c3d", "epoch": 5}
    assert (found["name"], found["page"], found["library"]) == ("first", "mlp", "nnviz")
    assert "ada" not in json.dumps(found), "whose it is stays here"
    curve = {"epochs": found["epochs"], "ending": found["ending"], "note": found["ending_note"]}
    assert cards.from_json(json.dumps(found["network"] | {"history": curve})) == CARD


def test_what_is_no_number_is_null() -> None:
    diverged = replace(CARD, history=History((Epoch(1, loss=math.inf, accuracy=0.1),), "diverged"))
    found = json.loads(run_json.to_json(replace(RUN, card=diverged)))
    assert (found["epochs"][0]["loss"], found["ending"]) == (None, "diverged")
    assert found["experiment"] is found["parent"] is None


def test_every_field_is_described_and_nothing_else() -> None:
    found = json.loads(run_json.to_json(RUN))
    of_run, of_network = DOCUMENT.read_text(encoding="utf-8").split("The fields of `network`")
    for text, fields in ((of_run, found), (of_network, found["network"])):
        first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
        assert {name for cell in first for name in re.findall(r"`(\w+)`", cell)} == set(fields)
    assert f"`{run_json.VERSION}`" in of_run
    assert f'`"{run_json.FORMAT}"`' in of_run
