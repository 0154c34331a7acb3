"""What the MLP's lesson has of its own: the form, its hidden layers and weights, and the code."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import streamlit as st

from nnviz.core import paths
from nnviz.core.kinds import MLP
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.numpy_nn import backprop, losses, optimizers
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.regularizers import REGULARIZERS
from nnviz.ui.mlp import gradients, suspects
from nnviz.ui.shared import (
    dataset_form,
    layer_activations,
    model_page,
    network_view,
    settings_form,
    training,
)
from nnviz.ui.shared.fields import Fields
from nnviz.ui.shared.model_page import Opened


def train(opened: Opened | None) -> None:
    """The form beside its training: digits, settings, how large the network becomes, and the button."""
    model_page.train(MLP, _form, opened.entry if opened else None)


def _form() -> None:
    start = st.container()  # its button is at hand before the settings are
    spec = dataset_form.form("mlp")
    fields = Fields("mlp_set_")
    chosen = settings_form.mlp_form(fields)
    sizes = (784, *chosen["hidden_layer_sizes"], 10)
    shape = " → ".join(str(n) for n in sizes)
    seeded = {**chosen, "random_state": spec.seed} if spec else chosen
    count = sum((given + 1) * units for given, units in pairwise(sizes))
    with start:
        training.start_button(
            MLP.name,
            spec,
            seeded,
            fields.refused,
            name=say("MLP {shape}", shape=shape),
            shape=shape,
            parameters=count,
        )


def mistakes(opened: Opened) -> None:
    """Confusion matrix, the digits behind it, and the inside of the network for one of them."""

    def closer(image: Array, label: int, title: str) -> None:
        network_view.show(opened.entry, image, label, title, key="mlp_closer")

    model_page.mistakes(opened, "mlp", closer)
    suspects.view(opened)


def inside(opened: Opened) -> None:
    """One digit's way through the layers."""
    images = opened.split.x_test.reshape(-1, 28, 28)
    layer_activations.view(
        opened.network,
        opened.evaluation,
        images,
        lambda image, label: gradients.deltas(opened, image, label),
        key="mlp_inside",
    )


def weights(opened: Opened) -> None:
    """The first layer's weights as pictures."""
    told = gradients.mean(opened)
    title = say("Its gradient, the mean of {n:,} digits", n=len(opened.split.x_test))
    layer_activations.weights(opened.network, told and told.first, title, key="mlp_weights")
    if told:
        gradients.tell_dead(told)


def code(opened: Opened) -> None:
    """The textbook form of what ran: with the activation, optimizer and penalty that this network has."""
    settings = opened.entry.card.settings
    activation = ACTIVATIONS[settings["activation"]]
    penalty = REGULARIZERS[settings["penalty"]]
    optimizer = optimizers.SOLVERS[settings["solver"]]
    sources: dict[str, tuple[Any, ...]] = {
        say("A layer of weights, forward and backward"): (backprop.Dense,),
        say("The activation, {title}", title=activation.title): (
            *_helpers(activation.value),
            activation.value,
            activation.derivative,
            backprop.Nonlinearity,
        ),
        say("The loss: cross-entropy of the softmax"): (
            losses.SoftmaxCrossEntropy,
            losses.softmax,
            losses.cross_entropy,
        ),
        say("Layers behind each other"): (backprop.Network,),
        say("Learning from one batch"): (backprop.gradients, backprop.train_batch),
        say("The weight penalty, {name}", name=penalty.name.upper()): (penalty.value, penalty.derivative),
        say("The step of the optimizer, {name}", name=optimizer.__name__): (optimizer,),
    }
    if settings["dropout"]:
        sources["Dropout"] = (backprop.Dropout,)
    st.markdown(_speed())
    for title, parts in sources.items():
        with st.expander(title, expanded=backprop.Dense in parts):
            st.code("\n\n".join(inspect.getsource(part) for part in parts))


def _helpers(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    """Functions of its own module that a function calls."""
    called = inspect.getclosurevars(function).globals.values()
    return [each for each in called if inspect.isfunction(each) and each.__module__ == function.__module__]


def _speed() -> str:
    """How much faster than what is shown the training was, from the last measurement that was kept."""
    told = json.loads((paths.assets() / "mlp_speed.json").read_text(encoding="utf-8"))
    fast, plain = told["fast_seconds"], told["textbook_seconds"]
    return say(
        "Below is the code that learns, as a textbook writes it. The app trains with a form of it that is "
        "harder to read and **{times:.1f} times as fast**: {epochs} epochs of {digits:,} digits took it "
        "{fast:.1f} s, and the textbook's form {textbook:.1f} s.",
        times=plain / fast,
        fast=fast,
        textbook=plain,
        epochs=told["epochs"],
        digits=told["digits"],
    )
