"""The tab "One step": a digit on its way through the network and back, and the step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from nnviz import components
from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import browser, conv_chain
from nnviz.inference.conv_step import ConvWeights
from nnviz.inspection import layer_names
from nnviz.model_store import store
from nnviz.model_store.store import Entry
from nnviz.numpy_nn import one_step
from nnviz.numpy_nn.one_step import Step, Weights
from nnviz.ui.shared import caches, layer_activations, model_menu, step_check
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import escaped
from nnviz.ui.shared.step_way import Subject, Way


def view(opened: Opened, way: Way) -> None:
    """Choose a digit, walk through the five stations, take steps; below it the check."""
    st.fragment(_view)(opened, way)


def _view(opened: Opened, way: Way) -> None:
    entry, key = opened.entry, way.key
    try:
        start = way.weights_of(opened)
    except ValueError as reason:
        st.info(way.needed.format(reason=escaped(str(reason))))
        _offer(way, entry)
        return
    program = _program(entry, start)
    if not program.digest:
        st.info(escaped(program.why))
        return
    if entry.brought and not way.worked_out:
        st.caption(say("This network came as a file. Its weight penalty is not known, so λ is 0 here."))
    if isinstance(start, ConvWeights) and start.normalises:
        st.caption(
            say(
                "One digit makes no batch, so the mean and variance kept from training are used. They stay "
                "as they are; γ and β are learned."
            )
        )
    images = opened.split.x_test.reshape(-1, 28, 28)
    picked = layer_activations.pick_digit(opened.evaluation, images, key)
    if picked is None:
        return
    image, label, _ = picked
    name = caches.digest(image)
    if label is None and (label := _ask(key, name)) is None:
        return
    file = caches.file_of(entry)
    about = (*file, name, label)
    if st.session_state.get(f"{key}.about") != about:
        st.session_state[f"{key}.about"], st.session_state[f"{key}.rates"] = about, ()
    x = np.asarray(image, np.float32).ravel()
    subject = Subject(way, file, name, start, x, label, st.session_state[f"{key}.rates"])
    now, taken = _walked(subject)
    step = now.take_apart(x, label)
    titles = _titles(start)
    _stations(opened, program, subject, now, taken, step, titles)
    step_check.view(subject, now, step, titles)


def _program(entry: Entry, start: Weights) -> caches.BrowserProgram:
    """What a browser is sent of the weights: with normalising as layers of its own, where there is any."""
    if not isinstance(start, ConvWeights):
        return caches.program(entry.name)
    found = start.program()
    return caches.BrowserProgram(found.digest, browser.pack_program(found), "")


def _offer(way: Way, entry: Entry) -> None:
    """The way to a network of the app that can be taken apart."""
    found = [each for each in store.entries(entry.card.kind) if each.name == way.offered]
    for other in found:
        if st.button(say("Open {title}", title=other.card.title), key=f"{way.key}_open"):
            model_menu.choose(f"{entry.card.kind}_model", other.name)
            st.rerun()


def _ask(key: str, name: str) -> int | None:
    """Which digit the drawing is; without it there is no loss."""
    said: int | None = st.segmented_control(
        say("Which digit did you draw?"), range(10), key=f"{key}_label_{name[:16]}", persist_state="session"
    )
    if said is None:
        st.info(say("Say first which digit it is. The loss compares the answer with the truth."))
    return said


def _titles(weights: Weights) -> list[str]:
    if isinstance(weights, ConvWeights):
        parts = weights.network.parts[1:]
        named = layer_names.plain_names([(part.name, part.kind) for part in parts])
        return [name for name, part in zip(named, parts, strict=True) if part.kind in conv_chain.LEARNS]
    return layer_names.plain_names([(f"layer {i}", "Dense") for i in range(len(weights.coefs))])


def _stations(
    opened: Opened,
    program: caches.BrowserProgram,
    subject: Subject,
    now: Weights,
    taken: Sequence[Step],
    step: Step,
    titles: Sequence[str],
) -> None:
    way = subject.way
    others, labels = _others(opened, subject.x, way.of_each(subject.start))
    start, x, label = subject.start, subject.x, subject.label

    def served(rate: float) -> components.Served:
        after = one_step.moved(now, step, rate)
        single, _ = one_step.walk(start, x, label, [*subject.rates, rate])
        counts = one_step.effect(now, after, others, labels).counts
        double, rounded = (each.take_apart(x, label).loss for each in (after, single))
        return components.Served(rate, double, rounded, **counts)

    def pressed(press: components.Press) -> None:
        rates = subject.rates
        rates = rates[:-1] if press.what == "back" else (*rates, *[press.rate] * press.n)
        st.session_state[f"{way.key}.rates"] = rates

    components.one_step(
        components.Shown(
            network=components.Slot("mlp", "", False, program.digest, program.message),
            weights=start,
            names=titles,
            activations=[*(conv_chain.TITLES[name] for name in start.activations), ""],
            step=step,
            slopes=() if way.worked_out else one_step.slopes(now, step),
            taken=list(zip(subject.rates, taken, strict=True)),
            finite=bool(np.isfinite(step.loss)) and now.finite,
            label=label,
            others=others,
            labels=labels,
            batch=way.batch_of(opened),
            codes=way.codes(),
            worked_out=way.worked_out,
        ),
        served,
        pressed,
        key=f"{way.key}_stations",
    )


def _others(opened: Opened, x: Array, of_each: int) -> tuple[Array, Array]:
    """Other digits that the network has not learned from, as many of each label."""
    given, labels = opened.split.x_test, opened.split.y_test
    same = (given == x).all(axis=1)
    chosen = np.concatenate([np.flatnonzero((labels == k) & ~same)[:of_each] for k in range(10)])
    return given[chosen], labels[chosen]


def _walked(subject: Subject) -> tuple[Weights, tuple[Step, ...]]:
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
