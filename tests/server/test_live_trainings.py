"""A network in training at its address: whole for who has nothing of it, then a row of numbers."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette

from nnviz import jobs
from nnviz.core.records import Array
from nnviz.data.splits import DataSpec
from nnviz.inference import browser, flat, graph
from nnviz.jobs import Job, JobMissing, Look
from nnviz.server.routes import routes
from tests.server.asking import ask

JOB = Job("0" * 16, "ada", "mlp", "t", state="running", total_epochs=9)


def network(seed: int) -> graph.Network:
    rng = np.random.default_rng(seed)
    shapes = ((784, 6), (6, 10))
    weights = [rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]
    return graph.dense(weights, [np.zeros(shape[1], np.float32) for shape in shapes], "relu")


class Learning:
    """Stands for the jobs: one training, at the look that a test says."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.job, self.look = JOB, Look(1, 2, (30, 100), network(1), DataSpec())
        patch.setattr(jobs, "find_job", self.find)
        patch.setattr(jobs, "look", lambda job_id: self.look)

    def find(self, job_id: str) -> Job:
        if job_id != self.job.id:
            raise JobMissing("There is no such job here.")
        return self.job


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> Learning:
    return Learning(monkeypatch)


def told(query: str = "", job: str = JOB.id) -> tuple[dict[str, Any], bytes]:
    answer = ask(Starlette(routes=routes("/nnviz")), f"/nnviz/trainings/{job}{query}")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    (length,) = struct.unpack_from("<I", answer.body)
    return json.loads(answer.body[4 : 4 + length]), answer.body[4 + length :]


def numbers(packed: bytes) -> Array:
    (length,) = struct.unpack_from("<I", packed)
    return np.frombuffer(packed[4 + length :], "<f4")


def test_it_comes_whole_once_then_as_half_as_many_bytes_and_what_is_there_does_not_come_again(
    learning: Learning,
) -> None:
    said, whole = told()
    assert (said["brings"], said["epoch"], said["batch"], said["number"]) == ("whole", 2, [30, 100], 1)
    assert whole == browser.pack_program(browser.program_of(learning.look.network))
    said, nothing = told("?have=1")
    assert "brings" not in said
    assert nothing == b""
    learned = flat.with_values(network(1), flat.values(network(2)))
    learning.look = replace(learning.look, number=2, network=learned)
    said, row = told("?have=1")
    assert (said["brings"], said["number"]) == ("row", 2)
    np.testing.assert_array_equal(
        np.frombuffer(row, "<f2"), browser.program_of(learned).numbers.astype("<f2")
    )
    assert len(row) == numbers(whole).nbytes / 2


def test_what_has_ended_and_what_never_was_is_said(learning: Learning) -> None:
    learning.job = replace(JOB, state="failed", message="It broke off.")
    assert told() == (
        {"state": "failed", "place": 0, "epochs": 9, "rests": None, "message": "It broke off."},
        b"",
    )
    for strange in ("1" * 16, "..%2f", "x"):
        said, nothing = told("?have=-5", strange)
        assert (said["state"], nothing) == ("missing", b"")
