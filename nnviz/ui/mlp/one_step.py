"""The tab "One step": a digit on its way through the network and back, the step, and the check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from nnviz import components, figures
from nnviz.core import numbers
from nnviz.core.records import Array
from nnviz.core.words import say, say_many
from nnviz.inspection import layer_names
from nnviz.inspection.dense_weights import NotDense
from nnviz.numpy_nn import gradient_check, one_step
from nnviz.numpy_nn.activations import ACTIVATIONS
from nnviz.numpy_nn.gradient_check import MISTAKES, Checked, Place
from nnviz.numpy_nn.one_step import Step, Weights
from nnviz.ui.mlp import gradients, step_code
from nnviz.ui.shared import caches, layer_activations
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import escaped, figure

KEY = "mlp_step"
OF_EACH = 10  # other digits of each label
CHECKED = 200  # weights
ENOUGH = 1e-5  # relative difference up to which the two ways agree
_TOO_FAR = say("The steps were far too large: there are no numbers left to check. Take some back.")


@dataclass(frozen=True, eq=False)
class _Subject:
    """A network, a digit, and the steps taken on it.

    Attributes
    ----------
    file, image_digest
        By which caches know them.
    start
        The network's weights before any step, float32.
    x
        (784,) float32.
    """

    file: tuple[str, int, int | None]
    image_digest: str
    start: Weights
    x: Array
    label: int
    rates: tuple[float, ...]


def view(opened: Opened) -> None:
    """Choose a digit, walk through the five stations, take steps; below it the check."""
    st.fragment(_view)(opened)


def _view(opened: Opened) -> None:
    entry = opened.entry
    program = caches.program(entry.name)
    try:
        start = gradients.weights_of(opened)
    except NotDense as reason:
        st.info(
            say(
                "Here only a network of dense layers can be taken apart, with a softmax at its end. This "
                "network {reason}. Choose another one in the menu above.",
                reason=escaped(str(reason)),
            )
        )
        return
    if not program.digest:
        st.info(escaped(program.why))
        return
    if entry.brought:
        st.caption(say("This network came as a file. Its weight penalty is not known, so λ is 0 here."))
    images = opened.split.x_test.reshape(-1, 28, 28)
    picked = layer_activations.pick_digit(opened.evaluation, images, KEY)
    if picked is None:
        return
    image, label, _ = picked
    name = caches.digest(image)
    if label is None and (label := _ask(name)) is None:
        return
    file = caches.file_of(entry)
    about = (*file, name, label)
    if st.session_state.get(f"{KEY}.about") != about:
        st.session_state[f"{KEY}.about"], st.session_state[f"{KEY}.rates"] = about, ()
    x = np.asarray(image, np.float32).ravel()
    subject = _Subject(file, name, start, x, label, st.session_state[f"{KEY}.rates"])
    now, taken = _walked(subject)
    step = one_step.take_apart(now, x, label)
    titles = _titles(start)
    _stations(opened, program, subject, now, taken, step, titles)
    _check(subject, now, step, titles)


def _ask(name: str) -> int | None:
    """Which digit the drawing is; without it there is no loss."""
    said: int | None = st.segmented_control(
        say("Which digit did you draw?"), range(10), key=f"{KEY}_label_{name[:16]}", persist_state="session"
    )
    if said is None:
        st.info(say("Say first which digit it is. The loss compares the answer with the truth."))
    return said


def _titles(weights: Weights) -> list[str]:
    named = [(f"layer {i}", "Dense") for i in range(len(weights.coefs))]
    return layer_names.plain_names(named)


def _stations(
    opened: Opened,
    program: caches.BrowserProgram,
    subject: _Subject,
    now: Weights,
    taken: Sequence[Step],
    step: Step,
    titles: Sequence[str],
) -> None:
    others, labels = _others(opened, subject.x)
    start, x, label = subject.start, subject.x, subject.label

    def served(rate: float) -> components.Served:
        after = one_step.moved(now, step, rate)
        single, _ = one_step.walk(start, x, label, [*subject.rates, rate])
        counts = one_step.effect(now, after, others, labels).counts
        double, rounded = (one_step.take_apart(each, x, label).loss for each in (after, single))
        return components.Served(rate, double, rounded, **counts)

    def pressed(press: components.Press) -> None:
        rates = subject.rates
        rates = rates[:-1] if press.what == "back" else (*rates, *[press.rate] * press.n)
        st.session_state[f"{KEY}.rates"] = rates

    components.one_step(
        components.Shown(
            network=components.Slot("mlp", "", False, program.digest, program.message),
            weights=start,
            names=titles,
            activations=[*(ACTIVATIONS[name].title for name in start.activations), ""],
            step=step,
            slopes=one_step.slopes(now, step),
            taken=list(zip(subject.rates, taken, strict=True)),
            finite=bool(np.isfinite(step.loss)) and now.finite,
            label=label,
            others=others,
            labels=labels,
            batch=gradients.batch_of(opened),
            codes=step_code.stations(),
        ),
        served,
        pressed,
        key=f"{KEY}_stations",
    )


def _others(opened: Opened, x: Array) -> tuple[Array, Array]:
    """Other digits that the network has not learned from, as many of each label."""
    given, labels = opened.split.x_test, opened.split.y_test
    same = (given == x).all(axis=1)
    chosen = np.concatenate([np.flatnonzero((labels == k) & ~same)[:OF_EACH] for k in range(10)])
    return given[chosen], labels[chosen]


def _walked(subject: _Subject) -> tuple[Weights, tuple[Step, ...]]:
    key = (*subject.file, subject.image_digest, subject.label)
    return _walk(*key, subject.rates, _start=subject.start, _x=subject.x)


@st.cache_resource(max_entries=16, show_spinner=False)
def _walk(
    path: str,
    changed: int,
    epoch: int | None,
    image: str,
    label: int,
    rates: tuple[float, ...],
    _start: Weights,
    _x: Array,
) -> tuple[Weights, tuple[Step, ...]]:
    return one_step.walk(_start.astype(np.float64), _x, label, rates)


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
) -> Checked:
    return gradient_check.check(_now, _x, label, places, mistake)


def _check(subject: _Subject, now: Weights, step: Step, titles: Sequence[str]) -> None:
    """Gradients against central differences, and mistakes that are found."""
    st.markdown("## " + say("Checked on this page"))
    if not now.finite or not np.isfinite(step.loss):
        st.info(_TOO_FAR)
        return

    def checked(places: tuple[Place, ...]) -> Checked:
        key = (*subject.file, subject.image_digest, subject.label, subject.rates)
        return _compared(*key, places, mistake, _now=now, _x=subject.x)

    words, chart = st.columns([2, 3], gap="medium")
    with words:
        mistake = st.selectbox(
            say("Mistake in backpropagation"),
            list(MISTAKES),
            format_func=lambda name: MISTAKES[name].title,
            key=f"{KEY}_mistake",
        )
        st.caption(MISTAKES[mistake].note)
        seed = int(st.number_input(say("Seed of the sample"), 0, 10**6, 42, key=f"{KEY}_seed"))
        found = checked(gradient_check.sample(now, CHECKED, seed))
        if not np.isfinite(found.greatest):
            st.info(_TOO_FAR)
            return
        st.metric(say("Greatest relative difference"), numbers.written(found.greatest, 3), width="content")
        _verdict(found, mistake, titles)
    with chart:
        layers = np.array([layer for layer, _, _ in found.places])
        wheres = [_where(place, titles) for place in found.places]
        figure(
            figures.gradient_scatter(found.told, found.measured, layers, titles, wheres), key=f"{KEY}_scatter"
        )
    place = _chosen_weight(now, titles)
    one = checked((place,))
    st.markdown(
        say(
            "**{where}**: by backpropagation {told}, by central differences {measured}. Relative difference "
            "{difference}.",
            where=_where(place, titles),
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


def _where(place: Place, titles: Sequence[str]) -> str:
    layer, given, unit = place
    last = layer == len(titles) - 1
    return say(
        "{layer}, weight from {given} to {unit}",
        layer=titles[layer],
        given=say("pixel {n}", n=given + 1) if layer == 0 else say("unit {n}", n=given + 1),
        unit=say("answer {n}", n=unit) if last else say("unit {n}", n=unit + 1),
    )


def _chosen_weight(now: Weights, titles: Sequence[str]) -> Place:
    """A weight of the visitor's own choice."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = st.selectbox(
            say("Any weight: its layer"),
            range(len(titles)),
            format_func=lambda n: titles[n],
            key=f"{KEY}_layer_{len(titles)}",
            width=220,
        )
        inputs, units = now.coefs[layer].shape
        at = f"{KEY}_{layer}_{inputs}_{units}"
        label = say("From pixel") if layer == 0 else say("From unit")
        middle = 14 * 28 + 14 if inputs == 784 else 1
        given = int(st.number_input(label, 1, inputs, middle, key=f"{at}_given", width=160))
        if layer == len(titles) - 1:
            unit = int(st.number_input(say("To answer"), 0, units - 1, 0, key=f"{at}_unit", width=160))
        else:
            unit = int(st.number_input(say("To unit"), 1, units, 1, key=f"{at}_unit", width=160)) - 1
    return layer, given - 1, unit


def _rounding(subject: _Subject, step: Step) -> str:
    """How far float32, in which the network was trained, is from float64."""
    rounded, _ = one_step.walk(subject.start, subject.x, subject.label, subject.rates)
    single = one_step.take_apart(rounded, subject.x, subject.label)
    gap = max(float(np.abs(a - b).max()) for a, b in zip(step.coefs, single.coefs, strict=True))
    most = max(float(np.abs(a).max()) for a in step.coefs)
    return say(
        "The check runs in float64. Trained is in float32: there no gradient differs by more than {gap}, and "
        "the greatest is {most}.",
        gap=numbers.written(gap, 2),
        most=numbers.written(most, 2),
    )
