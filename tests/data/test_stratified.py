"""Digits cut in two are scikit-learn's cut, and are found again without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from nnviz.core import paths
from nnviz.data import stratified

LABELS = np.random.default_rng(0).integers(0, 10, 400)
INDEX = np.random.default_rng(1).permutation(400)[:350]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNVIZ_HOME", str(tmp_path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(n_second=st.integers(10, 300), seed=st.integers(0, 2**32 - 1))
def test_the_first_and_the_second_time_it_is_scikit_learn_s_cut(n_second: int, seed: int) -> None:
    theirs = train_test_split(INDEX, test_size=n_second, stratify=LABELS[INDEX], random_state=seed)
    for _ in range(2):
        for ours, expected in zip(stratified.cut(INDEX, LABELS, n_second, seed), theirs, strict=True):
            np.testing.assert_array_equal(ours, expected)


def test_a_process_that_finds_it_needs_no_scikit_learn() -> None:
    stratified.cut(INDEX, LABELS, 50, 7)
    program = (
        "import sys; import numpy as np; from nnviz.data import stratified;"
        "labels = np.random.default_rng(0).integers(0, 10, 400);"
        "index = np.random.default_rng(1).permutation(400)[:350];"
        "first, second = stratified.cut(index, labels, 50, 7);"
        "assert len(second) == 50; assert 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("content", [b"", b"PK nothing", None])
def test_a_damaged_file_is_drawn_again(content: bytes | None) -> None:
    expected = stratified.cut(INDEX, LABELS, 60, 3)
    (path,) = (paths.home() / "cuts").glob("*.npz")
    if content is None:
        np.savez(path, order=np.zeros(350, np.int32))
    else:
        path.write_bytes(content)
    for ours, first in zip(stratified.cut(INDEX, LABELS, 60, 3), expected, strict=True):
        np.testing.assert_array_equal(ours, first)


def test_those_used_longest_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stratified, "_MOST", 2)
    for seed in range(4):
        stratified.cut(INDEX, LABELS, 60, seed)
    stratified.tidy()
    assert len(list((paths.home() / "cuts").glob("*.npz"))) == 2
