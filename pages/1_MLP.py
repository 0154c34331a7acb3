"""The network from scratch: train or open one, watch it learn, see where it errs and what is inside."""

from nnviz.core.kinds import MLP
from nnviz.core.words import say
from nnviz.ui.mlp import lesson, one_step, race
from nnviz.ui.shared import landscape, learned, model_page, signals, whole_network, workbench

SECTIONS = {
    say("Network"): (
        whole_network.view,
        "network.md",
        say("Press any unit to see where its number comes from."),
    ),
    say("Train"): (
        lesson.train,
        "mlp_learning.md",
        say("Press Train and watch the network learn, or change a setting first."),
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
    say("Inside"): (
        lesson.inside,
        "mlp_inside.md",
        say("Choose a digit and see what each layer makes of it."),
    ),
    say("Weights"): (
        lesson.weights,
        "mlp_weights.md",
        say("Press a picture to see it large: it shows what one unit looks for."),
    ),
    say("One step"): (
        one_step.view,
        "mlp_step.md",
        say("Go from station to station, then take the step."),
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
    say("Race"): (
        race.view,
        "mlp_race.md",
        say("Choose the learning rates, then start the race."),
    ),
    say("Layers"): (
        model_page.layers,
        "mlp_layers.md",
        say("Compare the layers: where are most of the numbers?"),
    ),
    say("The code"): (
        lesson.code,
        "mlp_code.md",
        say("Open a part of the code and read it from top to bottom."),
    ),
}

opened = model_page.head(MLP, model_page.open_network, model_page.key_figures)
model_page.sections(MLP, SECTIONS, opened)
