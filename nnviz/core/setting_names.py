"""What the settings of networks are called for people: the one table for menus, charts and refusals."""

from __future__ import annotations

from nnviz.core.words import say

TITLES: dict[str, str] = {
    "activation": say("activation"),
    "alpha": "λ",
    "architecture": say("layers"),
    "augment": say("changes of the digits"),
    "batch_size": say("batch size"),
    "code_size": say("code size"),
    "dense": say("dense units"),
    "dropout": say("dropout"),
    "filters": say("filters"),
    "hidden_layer_sizes": say("hidden layers"),
    "init": say("starting weights"),
    "kept": say("part of the scarce digit"),
    "kernel_size": say("kernel size"),
    "learning_rate": say("learning rate from epoch to epoch"),  # not to be taken for the rate itself
    "learning_rate_init": say("learning rate"),
    "loss": say("loss"),
    "max_iter": say("epochs"),
    "mislabelled": say("wrong labels"),
    "momentum": say("momentum"),
    "n_train": say("digits to learn from"),
    "n_iter_no_change": say("epochs within ε"),
    "noise": say("noise"),
    "penalty": say("kind of regularisation"),
    "random_state": say("seed"),
    "solver": say("solver"),
    "sparsity": say("sparsity"),
    "tol": say("stop early within ε"),
}
LONGER = {  # where there is room to say what a word alone does not
    "code_size": say("numbers in the code"),
    "noise": say("noise on the digits it sees"),
    "sparsity": say("sparsity of the code"),
}


def title(name: str) -> str:
    """The setting's name for people; one that is not in the table keeps its own, without underscores."""
    return TITLES.get(name, name.replace("_", " "))


def first_word(name: str) -> str:
    """The same to begin a sentence with: "Kernel size", "λ"."""
    told = title(name)
    return told if name == "alpha" else told[:1].upper() + told[1:]
