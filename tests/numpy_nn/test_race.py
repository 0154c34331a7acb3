"""A race: every racer is trained as the app's networks are, from the same start and on the same batches."""

from __future__ import annotations

import numpy as np
import pytest

from nnviz.core.records import Array, Split
from nnviz.inspection import race as landscapes
from nnviz.inspection.landscape import Stopped
from nnviz.numpy_nn import race
from nnviz.numpy_nn.classifier import MLPClassifier
from nnviz.numpy_nn.race import Racer

SGD, MOMENTUM, ADAM = (
    Racer("sgd", "sgd", 0.05),
    Racer("momentum", "sgd", 0.02, 0.9),
    Racer("adam", "adam", 0.01),
)
SETTINGS = {"hidden_layer_sizes": (7,), "batch_size": 16, "alpha": 0.0, "max_iter": 2, "random_state": 5}


def digits(n: int = 100) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    labels = np.concatenate([np.arange(10), rng.integers(0, 10, n - 10)])
    x = rng.random((n, 784), np.float32) * 0.1
    x[np.arange(n), labels * 50] = 1
    return x, labels


def split() -> Split:
    x, labels = digits()
    return Split("toy", OF, x, labels, x[:20], labels[:20], np.arange(20), 0)


OF = "0123456789abcdef"


@pytest.mark.parametrize("racer", [SGD, MOMENTUM, ADAM])
def test_a_racer_ends_where_the_app_s_own_training_does_to_the_last_bit(racer: Racer) -> None:
    x, labels = digits()
    found = race.run(racer, SETTINGS, x, labels, looks=3)
    assert found is not None
    own = {"solver": racer.solver, "learning_rate_init": racer.rate, "momentum": racer.momentum}
    model = MLPClassifier(**SETTINGS, **own).fit(x, labels)
    ends = [each.ravel() for pair in zip(model.coefs_, model.intercepts_, strict=True) for each in pair]
    np.testing.assert_array_equal(found.rows[-1], np.concatenate(ends))
    assert found.steps.tolist() == [0, 2, 5, 7, 9, 12, 14], "seven batches an epoch, looked at three times"


def test_all_begin_at_the_same_place_and_another_start_is_another_place() -> None:
    x, labels = digits()
    rows = [race.run(racer, SETTINGS, x, labels).rows for racer in (SGD, ADAM)]  # type: ignore[union-attr]
    np.testing.assert_array_equal(rows[0][0], rows[1][0])
    other = race.run(Racer("normal", "sgd", 0.01, start="normal"), SETTINGS, x, labels)
    assert other is not None
    assert not np.array_equal(other.rows[0], rows[0][0])


def test_the_race_is_a_landscape_with_the_way_of_each() -> None:
    held = landscapes.Race((SGD, MOMENTUM, ADAM), SETTINGS, split(), side=3)
    told: list[tuple[int, int]] = []
    found = landscapes.hold(held, lambda done, total: told.append((done, total)))
    assert [track.name for track in found.tracks] == ["sgd", "momentum", "adam"]
    assert len({track.losses[0] for track in found.tracks}) == 1
    assert all(track.losses[-1] < track.losses[0] for track in found.tracks)
    assert 0 < found.explained.sum() <= 1
    assert found.accuracies.shape == (3,)
    assert [done for done, _ in told] == sorted(done for done, _ in told), "a bar never goes back"


def test_who_loses_his_way_leaves_the_others_theirs() -> None:
    wild = Racer("momentum", "sgd", 1e6, 0.9)
    found = landscapes.hold(landscapes.Race((SGD, wild, ADAM), SETTINGS, split(), side=2))
    assert len(found.tracks[1].steps) < len(found.tracks[0].steps)
    assert np.isfinite(found.losses).all()


def test_a_race_can_be_stopped() -> None:
    with pytest.raises(Stopped):
        landscapes.hold(landscapes.Race((SGD,), SETTINGS, split(), side=2), lambda done, total: done > 0)
