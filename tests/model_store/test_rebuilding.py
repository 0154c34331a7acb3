"""Networks that people bring are written anew by a process of its own where Keras has not been imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nnviz.core import paths
from nnviz.model_store import keras_file, rebuilding, store
from nnviz.model_store.errors import ModelRefused

LIGHT = """
import json, sys
from pathlib import Path
from nnviz.core.identity import Actor
from nnviz.inference.own_input import OwnInput
from nnviz.model_store.formats import read_network
from nnviz.model_store import store
content = Path(sys.argv[1]).read_bytes()
entry = store.receive("mine.keras", content, owner="ada")
said = read_network(entry.path).predict(__import__("numpy").zeros((1, 784)))
entry = store.give_input(entry, OwnInput(turned_over=True), by=Actor("ada"))
turned = read_network(entry.path).predict(__import__("numpy").ones((1, 784)))
heavy = [name for name in ("keras", "tensorflow") if name in sys.modules]
print(json.dumps([entry.card.title, entry.card.parameters, len(entry.card.layers), said[0].tolist(),
                  turned[0].tolist(), heavy]))
"""


def test_a_server_that_takes_a_network_does_not_import_keras_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    path = paths.shipped() / "cnn_k24.keras"
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, path], capture_output=True, text=True, timeout=300, check=True
    )
    title, parameters, layers, said, turned, heavy = json.loads(done.stdout)
    card = store.find("cnn_k24").card
    assert heavy == []
    assert (title, parameters) == (card.title, card.parameters)
    assert layers >= len(card.layers)
    assert turned == pytest.approx(said), "paper turned over is paper"


def test_what_cannot_be_taken_is_refused_in_the_same_words_by_the_other_process() -> None:
    content = (paths.shipped() / "mlp.npz").read_bytes()
    with pytest.raises(ModelRefused) as here:
        keras_file.receive(content)
    with pytest.raises(ModelRefused) as apart:
        rebuilding._apart(".keras", content, None)
    assert str(apart.value) == str(here.value)


@pytest.mark.parametrize(("code", "expected"), [(-9, MemoryError), (1, ModelRefused)])
def test_a_process_that_ends_without_an_answer_is_told_apart_from_one_that_had_no_memory(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, code: int, expected: type[Exception]
) -> None:
    done = subprocess.CompletedProcess([], code, b"", b"no such module")
    monkeypatch.setattr(rebuilding.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(expected):
        rebuilding._apart(".keras", b"", None)
    assert ("no such module" in caplog.text) == (expected is ModelRefused)
