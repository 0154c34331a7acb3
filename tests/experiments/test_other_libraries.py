"""Keras and scikit-learn train the very network that ours is, and are told about in the same way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.data import splits
from nnviz.experiments.other_libraries import KerasMLP, ScikitLearnMLP
from nnviz.numpy_nn.classifier import MLPClassifier
from tests.experimenting import FEW, SMALL, here, plan

FAIR = SMALL | {"init": "glorot", "alpha": 0.3, "max_iter": 25}


@pytest.mark.parametrize("library", [ScikitLearnMLP, pytest.param(KerasMLP, marks=pytest.mark.slow)])
def test_other_libraries_train_the_same_network_about_as_well(library: type[MLPClassifier]) -> None:
    split = splits.load_split(FEW)
    seen: list[int] = []
    theirs = library(**FAIR, random_state=1)
    theirs.fit(
        split.x_train,
        split.y_train,
        on_epoch=lambda epoch: seen.append(epoch.number),
        validation=(split.x_test, split.y_test),
    )
    ours = MLPClassifier(**FAIR, random_state=1).fit(split.x_train, split.y_train)
    assert [w.shape for w in theirs.coefs_] == [w.shape for w in ours.coefs_]
    assert seen == list(range(1, 26))
    last = theirs.history_.epochs[-1]
    assert last.accuracy == theirs.score(split.x_train, split.y_train)
    assert last.validation_accuracy == theirs.score(split.x_test, split.y_test)
    # Another start and another order, but the same descent on the same loss.
    assert last.loss == pytest.approx(ours.history_.epochs[-1].loss, rel=0.25)
    size = [float(np.abs(np.concatenate([w.ravel() for w in m.coefs_])).mean()) for m in (theirs, ours)]
    assert size[0] == pytest.approx(size[1], rel=0.1)


def test_scikit_learns_network_gives_its_own_answers_through_ours() -> None:
    from sklearn.neural_network import MLPClassifier as Theirs

    split = splits.load_split(FEW)
    guest = ScikitLearnMLP(**FAIR, random_state=3).fit(split.x_train, split.y_train)
    own = Theirs((12,), solver="sgd", momentum=0.9, nesterovs_momentum=False, alpha=0.3, batch_size=30,
                 learning_rate_init=0.02, random_state=3)  # fmt: skip
    for _ in range(FAIR["max_iter"]):
        own.partial_fit(split.x_train, split.y_train, classes=np.arange(10))
    np.testing.assert_allclose(guest.predict_proba(split.x_test), own.predict_proba(split.x_test), atol=1e-5)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"dropout": 0.2}, "dropout 0.2"),
        ({"learning_rate": "falling"}, "learning_rate 'falling'"),
        ({"activation": "gelu"}, "activation 'gelu'"),
    ],
)
def test_a_library_that_lacks_a_setting_says_which(changed: dict[str, Any], named: str) -> None:
    (run,) = here(plan(settings=FAIR | changed, grid=({"library": ("scikit-learn",)},)))
    assert f"without {named}" in run.failure


def test_scikit_learns_divergence_is_told_like_ours() -> None:
    changed = FAIR | {"learning_rate_init": 1e5, "activation": "identity"}
    (run,) = here(plan(settings=changed, grid=({"library": ("scikit-learn",)},)))
    assert run.diverged
    assert "diverged in epoch" in run.card.note
