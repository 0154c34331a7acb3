"""What tests of experiments share: a small plan, its runs made here, and a cluster of processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnviz.core import blas
from nnviz.core.results import Run
from nnviz.data import splits
from nnviz.data.splits import DataSpec
from nnviz.experiments import executor, trial
from nnviz.experiments.plan import Plan

FEW = DataSpec("study", n=300, n_test=60)
SMALL: dict[str, Any] = {
    "hidden_layer_sizes": (12,),
    "momentum": 0.9,
    "learning_rate_init": 0.02,
    "batch_size": 30,
    "max_iter": 4,
}


def plan(**changed: Any) -> Plan:
    """A plan of one short training on few digits, or one changed."""
    return replace(Plan("test", FEW, SMALL), **changed)


def here(asked: Plan) -> list[Run]:
    """The runs of a plan, one after the other in this process: what `executor.run` has to give as well."""
    return [trial.execute(splits.load_dataset(executor.pool_of(each.spec)), each) for each in asked.trials()]


def wait_until(true: Callable[[], object], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class Outside:
    """A scheduler and two workers as processes of their own on loopback. folder: for their logs."""

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "log").open("w")
        self._environment = os.environ | dict.fromkeys(blas.THREADS, "1")
        self.processes: list[subprocess.Popen[bytes]] = []
        told = folder / "scheduler.json"
        self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)
        )
        wait_until(lambda: told.is_file() and told.read_text().endswith("}"))
        self.address: str = json.loads(told.read_text())["address"]
        self.workers = [self.add_worker(), self.add_worker()]

    def add_worker(self) -> subprocess.Popen[bytes]:
        arguments = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        return self._start("worker", self.address, *arguments)

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self._log.close()

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
        process = subprocess.Popen(command, stderr=self._log, env=self._environment)
        self.processes.append(process)
        return process
