"""Whatever is sent is read, or refused in a sentence: soon, in little memory, and nothing else happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nnviz.history import repository
from tests.attacks.readers import READERS
from tests.attacks.table import attack

MANY = {
    "digits, CSV": 3_000,
    "digits, NPZ": 4_000,
    "digits, pictures": 4_000,
    "digits, IDX": 3_000,
    "digits, MAT": 3_000,
    "digits, Parquet": 2_000,
    "digits, gzip": 3_000,
    "digits, zip": 3_000,
    "digits, labelled pictures": 2_000,
    "a photo": 1_200,
    "networks, .npz": 4_000,
    "networks, .keras": 3_000,
    "networks, .onnx": 3_000,
    "cards": 8_000,
    "messages of components": 10_000,
    "names in addresses": 5_000,
    "addresses of pages": 1_500,
    "requests to the server": 6_000,
    "codes, keys, nicknames": 2_000,
    "messages to a class": 3_000,
    "lessons": 3_000,
    "sealed links": 6_000,
    "guesses": 6_000,
    "hands": 2_000,
    "kept epochs": 4_000,
    "landscapes on the disk": 4_000,
    "records on the disk": 6_000,
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))
    monkeypatch.delenv("NNVIZ_DATABASE_URL", raising=False)
    yield tmp_path
    repository.close()


@pytest.mark.parametrize("name", READERS)
def test_some_hostile_inputs_are_read_or_refused(name: str) -> None:
    attack(name, READERS[name], range(1, 13 if name == "addresses of pages" else 61))


@pytest.mark.attack
@pytest.mark.parametrize("name", READERS)
def test_thousands_of_hostile_inputs_take_little_time_and_memory(name: str) -> None:
    attack(name, READERS[name], range(MANY[name]), limited=True)
