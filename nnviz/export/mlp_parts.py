"""Which parts of the NumPy network's code some networks need, and what `train` is called with for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnviz.export.recipes import Recipe
from nnviz.numpy_nn import settings as mlp_settings
from nnviz.numpy_nn.settings import MLPSettings

_ALWAYS = ("hidden_layer_sizes", "activation", "init", "learning_rate_init", "batch_size", "max_iter")


def asked(recipe: Recipe) -> MLPSettings:
    """All settings of the network. Raises ValueError or TypeError when they make no sense."""
    return mlp_settings.checked(recipe.settings)


class Parts:
    """Which parts of the code some networks need."""

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self.all = [asked(recipe) for recipe in recipes]
        self.diverged = any(recipe.diverged for recipe in recipes)
        self.solvers = sorted({_solver(each) for each in self.all})
        self.activations = sorted({each.activation for each in self.all})
        self.inits = sorted({each.init for each in self.all})
        self.penalties = sorted({each.penalty for each in self.all if each.alpha})
        self.changes = sorted({each.augment for each in self.all if each.augment != "none"})

    def some(self, name: str) -> bool:
        """Whether any of them has that setting on."""
        return any(is_on(name, each) for each in self.all)

    def every(self, name: str) -> bool:
        """Whether all of them have."""
        return all(is_on(name, each) for each in self.all)

    def when(self, name: str, condition: str, lines: Sequence[str]) -> list[str]:
        """The lines: as they are if all networks need them, behind a question if some do, else none."""
        if not self.some(name):
            return []
        return list(lines) if self.every(name) else [f"if {condition}:", *("    " + line for line in lines)]

    @property
    def settings(self) -> list[str]:
        """The settings that the code asks for, in the order of `train`'s arguments."""
        names = list(_ALWAYS)
        names += ["solver"] if len(self.solvers) > 1 else []
        names += ["momentum"] if "momentum" in self.solvers else []
        names += ["alpha"] if self.penalties else []
        names += ["penalty"] if len(self.penalties) > 1 else []
        names += ["learning_rate"] if self.some("falling") and not self.every("falling") else []
        names += ["tol", "n_iter_no_change"] if self.some("tol") else []
        names += ["dropout"] if self.some("dropout") else []
        names += ["augment"] if self.changes else []
        return names


def _solver(settings: MLPSettings) -> str:
    return "adam" if settings.solver == "adam" else "momentum" if settings.momentum else "sgd"


def is_on(name: str, settings: MLPSettings) -> bool:
    """Whether a network has that setting on; a solver, or that its rate falls, counts as one."""
    if name == "falling":
        return settings.learning_rate == "falling"
    if name == "augment":
        return settings.augment != "none"
    if name in ("adam", "momentum", "sgd"):
        return _solver(settings) == name
    return bool(getattr(settings, name))


def arguments(recipe: Recipe, parts: Parts) -> dict[str, Any]:
    """What `train` is called with for a recipe."""
    settings = asked(recipe)
    given: dict[str, Any] = {"seed": recipe.seed}
    for name in parts.settings:
        value = getattr(settings, name)
        if name == "hidden_layer_sizes":
            value = settings.sizes
        elif name == "solver":
            value = _solver(settings)
        elif name in ("learning_rate_init", "alpha", "momentum", "dropout"):
            value = float(value)
        elif name == "tol":
            value = float(value or 0)
        given[name] = value
    return given
