"""A race of optimizers: the same start, the same batches, and who is down first."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import streamlit as st

from nnviz import figures, jobs
from nnviz.core import numbers
from nnviz.core.landscapes import Landscape
from nnviz.core.words import say
from nnviz.data.splits import DataSpec
from nnviz.inspection.race import MOST_WEIGHTS, Race
from nnviz.jobs import LandscapeSpec
from nnviz.numpy_nn import settings as mlp_settings
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.initializers import INITIALIZERS
from nnviz.numpy_nn.optimizers import SGD, Adam
from nnviz.numpy_nn.race import Racer
from nnviz.ui.shared import caches, landscape_queue
from nnviz.ui.shared.fields import Fields
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import figure, table

_KEY = "mlp_race"
_MOMENTUM = 0.9
_SIDE = 21
_OPTIMIZERS, _STARTS = "optimizers", "starts"
_WHO = {_OPTIMIZERS: say("Optimizers"), _STARTS: say("Starting weights")}
_PICTURES = {"curves": say("Loss over the steps"), "plane": say("Ways on a plane")}
_TITLES = {
    "sgd": say("Gradient descent"),
    "momentum": say("With momentum {momentum}", momentum=_MOMENTUM),
    "adam": "Adam",
    **{start.name: start.title for start in INITIALIZERS.values()},
}
_SAYS = {
    "sgd": say("Each step goes straight against the gradient."),
    "momentum": say("A part of the step before carries on."),
    "adam": Adam.note,
    **{start.name: start.note for start in INITIALIZERS.values()},
}
_RATES = {"sgd": 0.02, "momentum": 0.005, "adam": 0.001, **dict.fromkeys(INITIALIZERS, 0.01)}
_DATA = DataSpec()


def view(opened: Opened) -> None:
    """The race, and beside it who runs."""
    st.fragment(_view)(opened)


def _view(opened: Opened) -> None:
    choices = st.container(horizontal=True, key=f"{_KEY}_choice")
    with choices:
        who = _chosen(say("What is compared"), _WHO, "who")
    left, right = st.columns([3, 2], gap="medium")
    with right:
        told = st.container()  # the button is at hand before the form is, and so is how it ended
        racers, settings, refused = _form(opened, who)
    spec = _spec(racers, settings)
    with told:
        found = jobs.find_landscape(spec)
        on_its_way = landscape_queue.follow(spec, _KEY)
        if found is None and not on_its_way:
            landscape_queue.offer(
                spec,
                lambda: Race(racers, settings, caches.split(_DATA), _SIDE),
                say("Race: {who}", who=_WHO[who]),
                button=say("Start the race"),
                why=refused,
                key=_KEY,
            )
    if found is None:
        with left:
            _table(racers, None)
        return
    with choices:
        picture = _chosen(say("Picture"), _PICTURES, "picture")
    _show(found, racers, picture, left, told)


def _chosen(label: str, titles: dict[str, str], name: str) -> str:
    chosen = st.segmented_control(
        label,
        list(titles),
        default=next(iter(titles)),
        required=True,
        format_func=lambda each: titles[each],
        label_visibility="collapsed",
        key=f"{_KEY}_{name}",
    )
    return str(chosen)


def _show(found: Landscape, racers: tuple[Racer, ...], picture: str, left: Any, told: Any) -> None:
    curves, plane = figures.race_curves(found, _TITLES), figures.loss_plane(found, _TITLES)
    with left:
        figure(curves if picture == "curves" else plane, key=f"{_KEY}_{picture}")
        if picture == "plane":
            st.caption(
                say(
                    "The plane holds {share:.1%} of all movement of the three: it is made of the two "
                    "directions in which they move most.",
                    share=float(found.explained.sum()),
                )
            )
    with told:
        _table(racers, found)
        pictures = {say("Curves (HTML)"): curves, say("Plane (HTML)"): plane}
        landscape_queue.take_along(found, pictures, name="race", key=_KEY)


def _form(opened: Opened, who: str) -> tuple[tuple[Racer, ...], dict[str, Any], str]:
    """Who runs, the settings of their network, and what is wrong with these, if anything is."""
    fields = Fields(f"{_KEY}_")
    names = ("sgd", "momentum", "adam") if who == _OPTIMIZERS else tuple(INITIALIZERS)
    racers = []
    if who == _STARTS:
        rate = fields.rate("rate_starts", say("Learning rate"), 1e-6, 10.0, _RATES["he"])
        racers = [Racer(name, SGD.name, rate, 0.0, name) for name in names]
    else:
        for name in names:
            label = say("Learning rate: {title}", title=_TITLES[name])
            rate = fields.rate(f"rate_{name}", label, 1e-6, 10.0, _RATES[name])
            solver = Adam.name if name == "adam" else SGD.name
            racers.append(Racer(name, solver, rate, _MOMENTUM if name == "momentum" else 0.0))
    columns = st.columns(2)
    with columns[0]:
        epochs = fields.number("epochs", say("Epochs"), 1, 20, 5)
    with columns[1]:
        seed = fields.number("seed", say("Seed"), 0, 2**32 - 1, 42)
    settings = {**_settings(opened), "max_iter": int(epochs), "random_state": int(seed)}
    sizes = (784, *mlp_settings.sizes(settings["hidden_layer_sizes"]), 10)
    st.caption(
        say(
            "All of them: {sizes}, {activation}, batches of {batch}, no weight penalty. They learn from "
            "{n:,} digits.",
            sizes=" → ".join(map(str, sizes)),
            activation=ACTIVATIONS[settings["activation"]].title,
            batch=settings["batch_size"],
            n=_DATA.n - _DATA.n_test,
        )
    )
    return tuple(racers), settings, " ".join(fields.refused)


def _settings(opened: Opened) -> dict[str, Any]:
    """Layers, activation and batches of the network on the page, or the usual ones; He's start."""
    usual = mlp_settings.usual()
    entry = opened.entry
    own = usual if entry.brought or entry.card.parameters > MOST_WEIGHTS else {**usual, **entry.card.settings}
    wanted = ("hidden_layer_sizes", "activation", "batch_size")
    return {**{name: own[name] for name in wanted}, "alpha": 0.0, "init": "he"}


def _spec(racers: tuple[Racer, ...], settings: dict[str, Any]) -> LandscapeSpec:
    told = f"{racers} {sorted(settings.items())} {_DATA} {_SIDE}"
    return LandscapeSpec(hashlib.sha256(told.encode()).hexdigest()[:16], "race")


def _table(racers: tuple[Racer, ...], found: Landscape | None) -> None:
    """Who runs, and how they did."""
    if found is None:
        rows = [(_TITLES[each.name], numbers.written(each.rate), _SAYS[each.name]) for each in racers]
        header = (say("racer"), say("learning rate"), say("how it goes"))
        table(header, rows, alt=say("Who runs in the race"))
        return
    results = []
    for racer, track, right in zip(racers, found.tracks, found.accuracies.tolist(), strict=True):
        lost = track.steps[-1] < max(int(other.steps[-1]) for other in found.tracks)
        loss = say("lost its way") if lost else f"{float(track.losses[-1]):.4f}"
        results.append((_TITLES[racer.name], loss, f"{right:.2%}" if np.isfinite(right) else "–"))
    header = (say("racer"), say("loss at the end"), say("right on held-back digits"))
    table(header, results, alt=say("How the race ended"))
