"""Which embedded digits a network has learned from, by its card alone."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.data import mnist, unseen
from nnviz.model_store import store


@pytest.mark.parametrize("source", ["study", "embedded"])
def test_what_a_network_learned_from_is_what_its_split_trains_on(source: mnist.Source) -> None:
    spec = mnist.DataSpec(source, seed=7)
    learned = unseen.learned({"source": source, "seed": 7, "digest": "", "n": 3000, "n_test": 300})
    assert learned is not None
    split = mnist.load(spec)
    rows = mnist.to_rows(mnist.embedded().images[learned])
    np.testing.assert_array_equal(rows, split.x_train)
    assert not set(learned) & set(split.test_index)


@pytest.mark.parametrize(
    "spec", [{}, {"source": "full"}, {"source": "upload"}, {"source": "study", "n": "3"}]
)
def test_where_a_card_does_not_tell_it_is_not_known(spec: dict[str, object]) -> None:
    assert unseen.learned(spec) is None


def test_no_shipped_network_has_learned_from_a_digit_that_is_called_unseen() -> None:
    shipped = [entry.card.spec for entry in store.entries() if entry.origin == "shipped"]
    pool = unseen.by_all(shipped)
    study = mnist.load(mnist.DataSpec("study", seed=42))
    seen = {row.tobytes() for row in study.x_train}
    assert len(pool) == 5000 - len(study.x_train)
    assert not any(row.tobytes() in seen for row in mnist.to_rows(mnist.embedded().images[pool]))
    assert {spec["source"] for spec in shipped} == {"honest", "study"}, "another source wants another proof"
