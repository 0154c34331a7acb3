"""Five sizes of kernel side by side: their maps of one digit, what they score, and all five trained anew."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import streamlit as st

from nnviz import figures, jobs
from nnviz.core.kinds import CNN
from nnviz.core.records import Array, ModelCard
from nnviz.core.words import say
from nnviz.data.splits import DataSpec
from nnviz.inference.graph import Network
from nnviz.model_store import store
from nnviz.model_store.store import Entry, ModelMissing
from nnviz.ui.shared import caches, dataset_form, layer_activations, training
from nnviz.ui.shared.model_page import Opened
from nnviz.ui.shared.show import figure, table
from nnviz.ui.shared.state import Key, actor, address, may_change, owner

KERNELS = (2, 3, 4, 8, 24)
STRONGEST = 12  # maps of each network that are shown large


def view(opened: Opened) -> None:
    """The shipped five, then the button that trains five of one's own."""
    there = {entry.name: entry for entry in store.entries(CNN.name)}
    five = [there[name] for k in KERNELS if (name := f"cnn_k{k}") in there]
    if five:
        st.fragment(_maps)(opened, five)
        _scores(five)
    st.markdown("## " + say("Train all five again"))
    st.fragment(_train)()
    _rows()


def _maps(opened: Opened, five: list[Entry]) -> None:
    images = opened.split.x_test.reshape(-1, 28, 28)
    picked = layer_activations.pick_digit(opened.evaluation, images, "cnn_kernels")
    if picked is None:
        return
    every = st.toggle(say("All maps, smaller"), key="cnn_kernels_all")
    st.caption(
        say("The maps of each network after pooling, each on its own scale")
        + ("." if every else say(": the {strongest} in which most lights up.", strongest=STRONGEST))
    )
    with st.container(key="three_beside_cnn_kernels"):
        columns = st.columns(len(five))
    for column, entry in zip(columns, five, strict=True):
        network: Network = caches.network(entry.name)
        values = network.forward(picked[0])
        name = next(part.name for part in network.parts if part.kind.endswith("Pooling2D"))
        answer = values[network.parts[-1].name][0]
        title = say(
            "{kernel} × {kernel}: reads {digit}", kernel=_kernel(entry.card), digit=int(answer.argmax())
        )
        pooled = values[name][0]
        with column:
            if every:
                tiles = figures.map_tiles(pooled, title=title)
            else:
                tiles = figures.map_tiles(_strongest(pooled), title=title, across=3)
            figure(tiles, key=f"kernels_{entry.name}")


def _strongest(maps: Array) -> Array:
    """Those of (rows, columns, maps) in which most lights up, in their own order."""
    order = np.argsort(-maps.sum(axis=(0, 1)), kind="stable")
    strongest: Array = maps[:, :, np.sort(order[:STRONGEST])]
    return strongest


def _scores(five: list[Entry]) -> None:
    cards = [entry.card for entry in five]
    rows = [
        (
            f"{_kernel(card)} × {_kernel(card)}",
            f"{card.parameters:,}",
            f"{card.metrics['test_accuracy']:.2%}",
            f"{card.metrics['report_test_accuracy']:.2%}",
        )
        for card in cards
    ]
    left, right = st.columns(2)
    with left:
        table(
            (say("kernel"), say("parameters"), say("test accuracy"), say("the report's")),
            rows,
            alt=say("Kernel sizes: parameters, test accuracy, the report's test accuracy"),
        )
        st.caption(say("Ours and the report's, on MNIST's 10,000 test digits."))
    with right:
        ours = {_kernel(card): card.metrics["test_accuracy"] for card in cards}
        report = {_kernel(card): card.metrics["report_test_accuracy"] for card in cards}
        figure(figures.kernel_accuracies(ours, report), key="kernel_accuracies")


def _kernel(card: ModelCard) -> int:
    return int(card.settings["kernel_size"])


def _train() -> None:
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    with left:
        spec = dataset_form.form("cnn_five", default="embedded")
    with right:
        epochs = st.number_input(say("Epochs each"), 1, 50, 5, key="cnn_five_epochs", persist_state="session")
    pressed = st.button(say("Train all five"), icon=":material/play_arrow:", disabled=spec is None)
    if spec is None:
        return

    def start(confirmed: bool) -> None:
        for kernel in KERNELS:  # all of them before the first begins
            jobs.check_training(CNN.name, spec, _settings(spec, kernel, int(epochs)), confirmed=confirmed)
        st.query_params[Key.URL_FIVE] = ",".join(_start(spec, kernel, int(epochs)) for kernel in KERNELS)

    if training.begin("cnn_five_long", (spec, epochs), start, pressed=pressed):
        st.rerun()


def _settings(spec: DataSpec, kernel: int, epochs: int) -> dict[str, int]:
    return {"kernel_size": kernel, "max_iter": epochs, "random_state": spec.seed % 2**31}


def _start(spec: DataSpec, kernel: int, epochs: int) -> str:
    return jobs.start_training(
        CNN.name,
        spec,
        _settings(spec, kernel, epochs),
        owner=owner(),
        title=say("CNN {kernel}×{kernel}", kernel=kernel),
        address=address(),
        confirmed=True,
        by=actor(),
    )


def _rows() -> None:
    """A row for each of the five, filled as they end; found again by the ids in the URL."""
    ids = [each for each in st.query_params.get(Key.URL_FIVE, "").split(",") if each][: len(KERNELS)]
    if ids:
        live = any(job.state in training.LIVE for job in _looked(ids))
        st.fragment(_progress, run_every=training.BEAT if live else None)(ids, live)


def _looked(ids: list[str]) -> list[jobs.Job]:
    found = []
    for job_id in ids:
        try:
            found.append(jobs.find_job(job_id))
        except jobs.JobMissing:
            continue
    return found


def _progress(ids: list[str], was_live: bool) -> None:
    five = _looked(ids)
    if not five:
        st.warning(say("These trainings are no longer there."))
        return
    live = [job for job in five if job.state in training.LIVE]
    if was_live and not live:
        st.rerun()
    if live:
        done = sum(training.fraction_done(job) for job in five) / len(five)
        st.progress(min(1.0, done), say("{n} of {every} trained", n=len(five) - len(live), every=len(five)))
        mine = [job for job in live if may_change(job.owner)]
        if mine and st.button(say("Stop all"), icon=":material/stop_circle:"):
            for job in mine:
                training.stop(job.id)
    table(
        (say("network"), say("state"), say("parameters"), say("test accuracy")),
        map(_row, five),
        alt=say("The five trainings"),
    )


def _row(job: jobs.Job) -> tuple[str, str, str, str]:
    told = job.title, training.status_words(job)
    if job.result:
        with suppress(ModelMissing):  # thrown away since
            card = store.find(job.result).card
            return *told, f"{card.parameters:,}", f"{card.metrics.get('test_accuracy', float('nan')):.2%}"
    return *told, "", ""
