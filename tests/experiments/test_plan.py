"""A plan says what is trained, in one way only, and refuses what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import ParameterGrid

from nnviz.data.splits import DataSpec
from nnviz.experiments import executor
from nnviz.experiments import plan as plans
from nnviz.experiments.plan import PlanRefused
from tests.experimenting import plan


def test_a_plan_has_every_combination_once_for_every_seed() -> None:
    asked = plan(grid=({"alpha": (0.0, 0.5), "activation": ("relu", "tanh")},), seeds=(1, 2, 3))
    trials = asked.trials()
    seen = {(t.settings["alpha"], t.settings["activation"], t.spec.seed) for t in trials}
    assert len(trials) == len(asked) == len(seen) == 12
    assert [t.number for t in trials] == list(range(12))
    assert {t.spec.seed for t in trials[:4]} == {1}, (
        "the first seed's curve is whole before the second begins"
    )
    assert all(t.settings["batch_size"] == 30 for t in trials)


def test_the_choices_are_those_of_scikit_learn_s_grid_in_its_order() -> None:
    grid = (
        {"solver": ("sgd", "adam"), "alpha": (0.0, 0.5, 5.0)},
        {"alpha": (1.0,), "init": ("he", "glorot")},
    )
    assert [t.varied for t in plan(grid=grid).trials()] == list(ParameterGrid([dict(part) for part in grid]))
    assert [t.varied for t in plan().trials()] == [{}]


def test_a_cross_validation_has_every_fold_of_every_choice() -> None:
    trials = plan(grid=({"alpha": (0.0, 0.5)},), folds=3).trials()
    assert sorted((t.settings["alpha"], t.fold) for t in trials) == [
        (alpha, fold) for alpha in (0.0, 0.5) for fold in (1, 2, 3)
    ]


def test_a_library_varies_like_a_setting_without_being_one() -> None:
    trials = plan(grid=({"library": ("nnviz", "keras")},)).trials()
    assert [t.library for t in trials] == ["nnviz", "keras"]
    assert all("library" not in t.settings for t in trials)


settings_values = st.one_of(st.floats(0, 9), st.integers(1, 9), st.sampled_from(["relu", "tanh"]), st.none())
layer_sizes = st.lists(st.integers(1, 99), max_size=3).map(tuple)


@given(
    alphas=st.lists(st.floats(0, 9), min_size=1, max_size=4, unique=True),
    sizes=st.lists(layer_sizes, min_size=1, max_size=3, unique=True),
    other=settings_values,
    seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3, unique=True),
    folds=st.sampled_from([0, 2, 5]),
)
def test_a_plan_comes_back_from_json_as_it_was(
    alphas: list[float], sizes: list[tuple[int, ...]], other: Any, seeds: list[int], folds: int
) -> None:
    grid = ({"alpha": tuple(alphas), "hidden_layer_sizes": tuple(sizes)}, {"init": ("he",)})
    asked = plan(grid=grid, settings={"x": other}, seeds=tuple(seeds), folds=folds)
    back = plans.from_json(plans.to_json(asked))
    assert back == asked
    assert back.trials() == asked.trials()
    assert back.key == asked.key


def test_the_key_of_a_plan_is_its_question_not_its_title() -> None:
    assert plan(title="a").key == plan(title="b").key
    assert plan(seeds=(1,)).key != plan(seeds=(2,)).key
    assert plan(grid=({"alpha": (0.1,)},)).key != plan(grid=({"alpha": (0.2,)},)).key


@pytest.mark.parametrize("nonsense", [None, [], {}, {"title": "x"}, {"title": 1, "spec": 2}, "plan"])
def test_what_is_not_a_plan_is_refused(nonsense: object) -> None:
    with pytest.raises(PlanRefused):
        plans.from_json(nonsense)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"seeds": ()}, "1 to 50 different seeds"),
        ({"seeds": (1, 1)}, "different seeds"),
        ({"folds": 1}, "2 to 20 folds"),
        ({"spec": DataSpec("full"), "folds": 5}, "stay apart"),
        ({"spec": DataSpec("unseen")}, "judged by"),
        ({"grid": ({"alpha": ()},)}, "no values"),
        ({"grid": ({"alpha": (1.0, 1.0)},)}, "differ"),
        ({"grid": ({"alpha": tuple(range(501))},)}, "up to 500 trainings"),
        ({"grid": ({"alpha": (0.1, -1.0)},)}, "λ: expected"),
        ({"grid": ({"activation": ("relu", "cubic")},)}, "Activation: expected one of"),
        ({"grid": ({"nonsense": (1,)},)}, "nonsense"),
        ({"grid": ({"library": ("torch",)},)}, "trained by one of"),
        ({"spec": DataSpec("study", n=5001)}, "20 to 5,000 digits"),
        ({"spec": DataSpec("upload", digest="0" * 16)}, "upload them again"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused_before_it_begins(
    changed: dict[str, Any], expected: str
) -> None:
    with pytest.raises(PlanRefused, match=expected):
        executor.check(plan(**changed))


def test_a_plan_that_can_be_made_passes() -> None:
    executor.check(plan(grid=({"alpha": (0.0, 0.5), "hidden_layer_sizes": ((), (5,))},), seeds=(1, 2)))
