"""Workers of another cluster that cannot do our work are told in a sentence before they are given any."""

from __future__ import annotations

from importlib import metadata
from importlib.metadata import PackageNotFoundError
from typing import Any

import pytest

from nnviz.jobs import cluster

HERE = metadata.version("nnviz")


class Client:
    """Stands for Dask's: what each worker answers to a question, by the question's name."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = answers

    def run(self, ask: Any, *_: Any, workers: list[str] | None = None, on_error: str) -> dict[str, Any]:
        assert on_error == "return"
        assert not ask.__module__.startswith("nnviz"), "a worker without this project could not read it"
        told = self.answers[ask.__name__]
        return {address: told[address] for address in workers or ()}


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"version": {"tcp://a": HERE, "tcp://b": HERE}}, ""),
        (
            {
                "version": {"tcp://a": HERE, "tcp://b": PackageNotFoundError()},
                "find_spec": {"tcp://b": ModuleNotFoundError()},
            },
            f"The worker at tcp://b has no nnviz: install version {HERE} there",
        ),
        ({"version": {"tcp://b": PackageNotFoundError()}, "find_spec": {"tcp://b": "on a path"}}, ""),
        (
            {"version": {"tcp://a": "0.0.1"}},
            f"The worker at tcp://a has version 0.0.1 of nnviz and this app has {HERE}: install the same",
        ),
    ],
    ids=["all well", "not installed", "on a path", "another version"],
)
def test_what_keeps_a_worker_from_our_tasks_is_said(answers: dict[str, Any], words: str) -> None:
    said = cluster._fault_of_workers(Client(**answers), list(answers["version"]))
    assert said.startswith(words)
    assert bool(said) == bool(words)
    if said:
        assert said.endswith("unset NNVIZ_DASK_SCHEDULER to train here.")
