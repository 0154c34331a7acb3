"""The convolutional network: train or open one, see every map, work out one step, ask why."""

import streamlit as st

from nnviz.core.kinds import CNN
from nnviz.core.words import say
from nnviz.ui import Key
from nnviz.ui.cnn import kernel_sizes, lesson, one_step
from nnviz.ui.shared import landscape, learned, model_page, signals, whole_network, workbench

SECTIONS = {
    say("Network"): (
        whole_network.view,
        "network.md",
        say("Press any part of the network to see where its numbers come from."),
    ),
    say("Train"): (
        lesson.train,
        "cnn_learning.md",
        say("Press Train and watch the network learn, or change a setting first."),
    ),
    say("Maps"): (lesson.maps, "cnn_maps.md", say("Press any place in a map to work out its number.")),
    say("One step"): (
        one_step.view,
        "cnn_step.md",
        say("Go from station to station, then take the step."),
    ),
    say("Why this answer"): (
        lesson.why,
        "cnn_why.md",
        say("Choose a digit and see which pixels decided the answer."),
    ),
    say("Kernel sizes"): (
        kernel_sizes.view,
        "cnn_kernels.md",
        say("Compare what kernels of five sizes make of one digit."),
    ),
    say("Mistakes"): (
        lesson.mistakes,
        "mlp_mistakes.md",
        say("Press an orange cell to see the digits it read wrong."),
    ),
    say("When learned"): (
        learned.view,
        "learned.md",
        say("Press a digit and see after which epoch the network knew it."),
    ),
    say("Workbench"): (
        workbench.view,
        "workbench.md",
        say("Press a unit and silence it: the answer and the score follow at once."),
    ),
    say("Signals"): (
        signals.view,
        "signals.md",
        say("Compare the layers at the start and at the end: do signals fade or grow?"),
    ),
    say("Landscape"): (
        landscape.view,
        "landscape.md",
        say("Choose what to look at, then find the landscape around the training's way."),
    ),
    say("Layers"): (
        model_page.layers,
        "cnn_layers.md",
        say("Compare the layers: where are most of the numbers?"),
    ),
}

if Key.URL_FIVE in st.query_params:  # opened again while the five are trained
    st.session_state.setdefault(model_page.section_key(CNN), say("Kernel sizes"))
if Key.URL_DRAWN in st.query_params:  # asked on the pad why it read the drawing so
    st.session_state[model_page.section_key(CNN)] = say("Why this answer")
opened = model_page.head(CNN, model_page.open_network, model_page.key_figures)
model_page.sections(CNN, SECTIONS, opened)
