"""A new activation is one entry of one table: menus, training, files, inference and the browser follow."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from nnviz.core import paths
from tests.components.javascript import evaluate
from tests.processes import unwatched

ROOT = paths.root()


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The toy's network for browsers, and what it should answer."""
    folder = tmp_path_factory.mktemp("toy")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.numpy_nn.toy_activation", str(folder / "program.json")],
        cwd=ROOT,
        env=unwatched(NNVIZ_HOME=str(folder), TF_CPP_MIN_LOG_LEVEL="3"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads((folder / "program.json").read_text(encoding="utf-8"))
    return told


@pytest.mark.slow
def test_a_toy_activation_is_offered_trains_is_kept_and_computed_everywhere(program: dict[str, Any]) -> None:
    answer = evaluate(
        {"network/interpreter": "createNetwork"},
        "({ steps, numbers, digit }) => [...createNetwork(steps, new Float32Array(numbers)).run(digit)]",
        program,
    )
    np.testing.assert_allclose(answer, program["answer"], atol=1e-6)
