"""The check below the stations of a step: gradients against central differences, and mistakes found by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from nnviz import figures
from nnviz.core import numbers
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.inference import conv_chain
from nnviz.inference.conv_step import ConvWeights
from nnviz.numpy_nn import gradient_check, one_step
from nnviz.numpy_nn.gradient_check import Checked, Mistake, Place
from nnviz.numpy_nn.one_step import Step, Weights
from nnviz.ui.shared.show import figure
from nnviz.ui.shared.step_way import Subject

CHECKED = 200  # weights
ENOUGH = 1e-5  # relative difference up to which the two ways agree
_TOO_FAR = say("The steps were far too large: there are no numbers left to check. Take some back.")


@st.cache_resource(max_entries=64, show_spinner=say("Moving 200 weights to both sides …"))
def _compared(
    path: str,
    changed: int,
    epoch: int | None,
    image: str,
    label: int,
    rates: tuple[float, ...],
    places: tuple[Place, ...],
    mistake: str,
    _now: Weights,
    _x: Array,
    _mistakes: Mapping[str, Mistake],
) -> Checked:
    return gradient_check.check(_now, _x, label, places, mistake, _mistakes)


def view(subject: Subject, now: Weights, step: Step, titles: Sequence[str]) -> None:
    """Gradients against central differences, and mistakes that are found."""
    at, mistakes = subject.way.key, subject.way.mistakes
    st.markdown("## " + say("Checked on this page"))
    if not now.finite or not np.isfinite(step.loss):
        st.info(_TOO_FAR)
        return

    def checked(places: tuple[Place, ...]) -> Checked:
        key = (*subject.file, subject.image_digest, subject.label, subject.rates)
        return _compared(*key, places, mistake, _now=now, _x=subject.x, _mistakes=mistakes)

    words, chart = st.columns([2, 3], gap="medium")
    with words:
        mistake = st.selectbox(
            say("Mistake in backpropagation"),
            list(mistakes),
            format_func=lambda name: mistakes[name].title,
            key=f"{at}_mistake",
        )
        st.caption(mistakes[mistake].note)
        seed = int(st.number_input(say("Seed of the sample"), 0, 10**6, 42, key=f"{at}_seed"))
        found = checked(gradient_check.sample(now, CHECKED, seed))
        if not np.isfinite(found.greatest):
            st.info(_TOO_FAR)
            return
        st.metric(say("Greatest relative difference"), numbers.written(found.greatest, 3), width="content")
        _verdict(found, mistake, titles)
    with chart:
        layers = np.array([layer for layer, _, _ in found.places])
        wheres = [_where(place, titles, now) for place in found.places]
        figure(
            figures.gradient_scatter(found.told, found.measured, layers, titles, wheres), key=f"{at}_scatter"
        )
    place = _chosen_weight(at, now, titles)
    one = checked((place,))
    st.markdown(
        say(
            "**{where}**: by backpropagation {told}, by central differences {measured}. Relative difference "
            "{difference}.",
            where=_where(place, titles, now),
            told=numbers.written(float(one.told[0]), 9),
            measured=numbers.written(float(one.measured[0]), 9),
            difference=numbers.written(one.greatest, 3),
        )
    )
    st.caption(_rounding(subject, step))


def _verdict(found: Checked, mistake: str, titles: Sequence[str]) -> None:
    n = len(found.places)
    if found.greatest < ENOUGH:
        agree = say_many(n, "Both ways agree for {n} weight.", "Both ways agree for all {n} weights.")
        if mistake == "none":
            st.success(agree)
        else:
            st.info(f"{agree} {_harmless(mistake)}")
        return
    wrong = [place[0] for place, gap in zip(found.places, found.differences, strict=True) if gap >= ENOUGH]
    where = ", ".join(titles[layer] for layer in sorted(set(wrong)))
    st.error(
        say_many(
            len(wrong),
            "The check finds it: {n} gradient of {all} is wrong ({where}).",
            "The check finds it: {n} gradients of {all} are wrong ({where}).",
            all=n,
            where=where,
        )
    )


def _harmless(mistake: str) -> str:
    """Why a mistake changes nothing here."""
    if mistake == "penalty":
        return say("This network has no weight penalty, so there is nothing to forget.")
    return say("In this network, and for this digit, the mistake changes nothing.")


def _where(place: Place, titles: Sequence[str], weights: Weights) -> str:
    layer, given, unit = place
    last = layer == len(titles) - 1
    if _kind(weights, layer) == conv_chain.NORMAL:
        return say("{layer}, γ of map {n}", layer=titles[layer], n=unit + 1)
    if _kind(weights, layer) == "Conv2D":
        return say("{layer}, kernel {n}, weight {given}", layer=titles[layer], n=unit + 1, given=given + 1)
    return say(
        "{layer}, weight from {given} to {unit}",
        layer=titles[layer],
        given=say("pixel {n}", n=given + 1) if layer == 0 else say("unit {n}", n=given + 1),
        unit=say("answer {n}", n=unit) if last else say("unit {n}", n=unit + 1),
    )


def _kind(weights: Weights, layer: int) -> str:
    """Of a layer."""
    return weights.stages[layer].part.kind if isinstance(weights, ConvWeights) else "Dense"


def _chosen_weight(key: str, now: Weights, titles: Sequence[str]) -> Place:
    """A weight of the visitor's own choice."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = st.selectbox(
            say("Any weight: its layer"),
            range(len(titles)),
            format_func=lambda n: titles[n],
            key=f"{key}_layer_{len(titles)}",
            width=220,
        )
        inputs, units = now.coefs[layer].shape
        at = f"{key}_{layer}_{inputs}_{units}"
        kind = _kind(now, layer)
        label = say("From pixel") if layer == 0 else say("From unit")
        to = say("To unit")
        if kind != "Dense":
            label, to = say("Weight"), say("Of kernel") if kind == "Conv2D" else say("Of map")
        middle = 14 * 28 + 14 if inputs == 784 else 1
        given = int(st.number_input(label, 1, inputs, middle, key=f"{at}_given", width=160))
        if layer == len(titles) - 1:
            unit = int(st.number_input(say("To answer"), 0, units - 1, 0, key=f"{at}_unit", width=160))
        else:
            unit = int(st.number_input(to, 1, units, 1, key=f"{at}_unit", width=160)) - 1
    return layer, given - 1, unit


def _rounding(subject: Subject, step: Step) -> str:
    """How far float32, in which the network was trained, is from float64."""
    rounded, _ = one_step.walk(subject.start, subject.x, subject.label, subject.rates)
    single = rounded.take_apart(subject.x, subject.label)
    gap = max(float(np.abs(a - b).max()) for a, b in zip(step.coefs, single.coefs, strict=True))
    most = max(float(np.abs(a).max()) for a in step.coefs)
    return say(
        "The check runs in float64. Trained is in float32: there no gradient differs by more than {gap}, and "
        "the greatest is {most}.",
        gap=numbers.written(gap, 2),
        most=numbers.written(most, 2),
    )
