"""A race of optimizers as a landscape: all of them on the plane that holds most of their movement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from nnviz.core.landscapes import Landscape
from nnviz.core.records import Array, Split
from nnviz.core.words import say
from nnviz.inference import flat, graph
from nnviz.inference.graph import Network
from nnviz.inspection import landscape
from nnviz.inspection.landscape import DIGITS, NoPlane, OnPoint, Stopped
from nnviz.numpy_nn import race, settings
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.race import Racer, Run

_SHARE = 60  # points of the landscape that a training counts for, in the progress
_LEARNING = 1.5e-10  # seconds of one worker for a product, there and back
_LOOKS = 40  # at each racer, about: all of their weights are in memory together
MOST_WEIGHTS = 200_000  # of a network that can race, for that reason
_FARTHEST = 10.0  # lengths of the start that a racer may go from it: what goes farther has lost its way


@dataclass(frozen=True, eq=False)
class Race:
    """Who runs, with what, and how finely the plane is looked at.

    Attributes
    ----------
    settings
        Of the network, all but what a racer has of its own; `max_iter` counts the epochs.
    split
        They learn from its training digits. The losses are those of the first of these, which they make
        small, and the accuracies those of its test digits.
    side
        Points along each side of the plane.
    """

    racers: tuple[Racer, ...]
    settings: Mapping[str, Any]
    split: Split
    side: int

    @property
    def seconds(self) -> float:
        """How long one worker has to do with it, about."""
        network = network_of(self.settings)
        learned = len(self.racers) * int(self.settings["max_iter"]) * len(self.split.x_train)
        training = learned * graph.products(network) * _LEARNING
        return training + landscape.seconds(network, DIGITS, self.side**2)


def hold(asked: Race, on_point: OnPoint | None = None) -> Landscape:
    """Let them run, and find the landscape.

    Parameters
    ----------
    on_point
        on_point(done, total) is told how far it is; answering True stops.

    Raises
    ------
    Stopped
        When it was stopped.
    NoPlane
        When no racer got far enough for a plane.
    ValueError
        For settings that make no sense.
    """
    x, labels = asked.split.x_train, asked.split.y_train
    before = _SHARE * len(asked.racers)
    total = before + asked.side**2
    runs = []
    for i, racer in enumerate(asked.racers):

        def told(done: int, all_of_them: int, first: int = i * _SHARE) -> bool:
            return bool(on_point and on_point(first + _SHARE * done // all_of_them, total))

        looks = min(race.LOOKS, max(1, _LOOKS // int(asked.settings["max_iter"])))
        found = race.run(racer, asked.settings, x, labels, looks=looks, on_step=told)
        if found is None:
            raise Stopped
        runs.append(_within(found))
    if max(len(run.rows) for run in runs) < 3:
        raise NoPlane(say("No optimizer got far enough. Lower the learning rates."))
    plane = landscape.principal(np.concatenate([run.rows for run in runs]))
    network = network_of(asked.settings)
    survey = landscape.survey(
        network,
        x[:DIGITS],
        labels[:DIGITS],
        plane,
        [(racer.name, run.steps, run.rows) for racer, run in zip(asked.racers, runs, strict=True)],
        side=asked.side,
    )
    drawn = landscape.draw(survey, on_point and (lambda done, count: on_point(before + done, before + count)))
    right = [_right(flat.with_values(network, run.rows[-1]), asked.split) for run in runs]
    return replace(drawn, accuracies=np.array(right))


def network_of(asked: Mapping[str, Any]) -> Network:
    """The network that races, with no weights yet.

    Raises
    ------
    ValueError
        For settings that make no sense.
    """
    own = settings.checked(asked)
    sizes = [784, *own.sizes, 10]
    weights = [np.zeros((given, units), np.float32) for given, units in pairwise(sizes)]
    biases = [np.zeros(units, np.float32) for units in sizes[1:]]
    return graph.dense(weights, biases, ACTIVATIONS[own.activation].keras)


def _within(run: Run) -> Run:
    """A run up to where its weights leave all bounds."""
    start = run.rows[0].astype(np.float64)
    way = np.linalg.norm(run.rows - start, axis=1)
    n = int((way <= _FARTHEST * np.linalg.norm(start)).cumprod().sum())
    return Run(run.steps[:n], run.rows[:n])


def _right(network: Network, split: Split) -> float:
    with np.errstate(all="ignore"):
        answers: Array = network.predict(split.x_test).argmax(axis=1)
    return float(np.mean(answers == split.y_test))
