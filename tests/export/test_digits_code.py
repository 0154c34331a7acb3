"""The code that fetches all of MNIST cuts it as the app does, and takes no other file for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnviz.core.results import Run
from nnviz.data import mnist, splits
from nnviz.data.splits import DataSpec
from nnviz.export import digits, recipes
from nnviz.trainers import base

Trained = Callable[..., tuple[Run, base.Outcome]]
pytestmark = pytest.mark.usefixtures("quick_digits")


def cut(run: Run, spec: DataSpec, digest: str) -> tuple[Any, ...]:
    recipe = recipes.of_card(run.card)
    recipe = recipes.Recipe(**{**vars(recipe), "spec": spec, "digest": digest})
    left: dict[str, Any] = {"np": np}
    exec(digits.loading(recipe), left)
    exec(digits.cutting([recipe]), left)
    train, y, validation, test = left["cut"](**digits.arguments(recipe, [recipe]))
    return left["rows"](train[:50]), y, left["labels"][validation], left["rows"](test[:50]), test


@pytest.mark.skipif(mnist.full_mnist_path() is None, reason="needs all of MNIST")
@pytest.mark.parametrize("source", ["full", "honest"])
def test_all_of_mnist_is_cut_as_in_the_app(
    trained: Trained, source: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = mnist.full_mnist_path()
    assert there is not None
    (tmp_path / "mnist.npz").symlink_to(there)
    monkeypatch.chdir(tmp_path)
    spec = DataSpec(source, seed=7, n_train=2000, mislabelled=0.1)
    split = splits.load_split(spec)
    run, _ = trained(max_iter=1, hidden_layer_sizes=())
    x, y, y_validation, x_test, test = cut(run, spec, split.digest)
    assert np.array_equal(y, split.y_train)
    assert np.array_equal(test, split.test_index)
    assert np.array_equal(y_validation, split.y_validation)
    for ours, theirs in ((x, split.x_train), (x_test, split.x_test)):
        assert ours.dtype == np.float32
        assert np.array_equal(ours, theirs[:50])


def test_other_digits_are_not_taken_for_mnist(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels, labels = np.zeros((20, 28, 28), np.uint8), np.zeros(20, np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=pixels, x_test=pixels, y_train=labels, y_test=labels)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="not the digits"):
        cut(trained(max_iter=1, hidden_layer_sizes=())[0], DataSpec("full"), "0" * 16)


def test_code_leaves_out_the_digits_that_the_app_left_out(trained: Trained) -> None:
    spec = DataSpec(n=300, n_test=60, seed=7, mislabelled=0.1)
    train = splits.cut(spec, splits.load_dataset(spec)).train
    spec = replace(spec, without=(int(train[3]), int(train[70])))
    split = splits.load_split(spec)
    run, _ = trained(max_iter=1, hidden_layer_sizes=())
    x, y, _, _, test = cut(run, spec, split.digest)
    assert len(y) == 238
    assert np.array_equal(y, split.y_train)
    assert np.array_equal(x, split.x_train[:50])
    assert np.array_equal(test, split.test_index)
