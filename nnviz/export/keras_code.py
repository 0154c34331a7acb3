"""CNN and autoencoder as plain Keras: the same layers, starts, order of digits and steps as in the app.

The app hands TensorFlow many batches at once, to hear of them and to be able to stop; here Keras' own `fit`
does the same steps. TensorFlow rounds a little otherwise from one program to another, so these come near the
app's numbers, and the code says how near.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnviz.core import kinds
from nnviz.core.words import say
from nnviz.data import augmentation
from nnviz.export import keras_text, sources
from nnviz.export.files import Cell
from nnviz.export.recipes import NotPlain, Recipe, own_way
from nnviz.keras_models import autoencoder, cnn
from nnviz.keras_models.settings import CheckedSettings

PACKAGES = "keras tensorflow"
_KINDS: Mapping[str, type[CheckedSettings]] = {
    kinds.CNN.name: cnn.Settings,
    kinds.AUTOENCODER.name: autoencoder.Settings,
}


def asked(recipe: Recipe) -> Any:
    """All settings of the network. Raises NotPlain for a training of another sort."""
    if recipe.diverged:
        raise NotPlain(say("This training diverged. What Keras does then is not written out."))
    try:
        return _KINDS[recipe.kind].from_mapping(recipe.settings)
    except (TypeError, ValueError, KeyError) as error:
        raise NotPlain(own_way()) from error


def arguments(recipe: Recipe, recipes: Sequence[Recipe]) -> dict[str, Any]:
    """What `train` is called with for a recipe, one of `recipes` that are written together."""
    settings = vars(asked(recipe))
    idle = _idle([asked(each) for each in recipes])
    given = {"seed": settings["random_state"]}
    return given | {name: value for name, value in settings.items() if name not in ("random_state", *idle)}


def imports() -> str:
    """The first code of a program with Keras."""
    return keras_text.IMPORTS


def cells(recipes: Sequence[Recipe]) -> list[Cell]:
    """The network and its training, with those parts that any of the recipes needs."""
    chosen = [asked(recipe) for recipe in recipes]
    write: Callable[[Sequence[Any]], tuple[str, str]]
    write = _cnn if recipes[0].kind == kinds.CNN.name else _autoencoder
    network, training = write(chosen)
    return [
        Cell("markdown", keras_text.NETWORK),
        Cell("code", network),
        Cell("markdown", keras_text.TRAINING),
        Cell("code", training),
    ]


def loop(kind: str) -> str:
    """The code that trains all runs and holds them against the app."""
    return keras_text.CNN_LOOP if kind == kinds.CNN.name else keras_text.AUTOENCODER_LOOP


def _idle(chosen: Sequence[Any]) -> list[str]:
    """The settings that the code does not have to ask for."""
    falls = {settings.learning_rate for settings in chosen}
    changes = {getattr(settings, "augment", "none") for settings in chosen}
    return [*(["learning_rate"] if len(falls) == 1 else []), *(["augment"] if changes == {"none"} else [])]


def _without(code: str, chosen: Sequence[Any]) -> str:
    """The code without the arguments that it does not ask for."""
    for name in _idle(chosen):
        code = code.replace(f"    {name},\n", "", 1)
    return code


def _rate(chosen: Sequence[Any]) -> str:
    """The lines that say which learning rate the optimizer gets."""
    falls = {settings.learning_rate for settings in chosen}
    if falls == {"constant"}:
        return "    rate = learning_rate_init"
    cosine = [
        "steps = -(-len(x) // batch_size) * max_iter  # it falls to 0 along half a cosine",
        "rate = keras.optimizers.schedules.CosineDecay(learning_rate_init, steps)",
    ]
    if falls == {"cosine"}:
        return "\n".join(f"    {line}" for line in cosine)
    return "\n".join(
        [
            "    rate = learning_rate_init",
            '    if learning_rate == "cosine":',
            *(f"        {line}" for line in cosine),
        ]
    )


def _cnn(chosen: Sequence[cnn.Settings]) -> tuple[str, str]:
    changes = {
        settings.augment: sources.expression(augmentation, "AUGMENTATIONS", settings.augment)
        for settings in chosen
        if settings.augment != "none"
    }
    network = keras_text.CNN
    change = ""
    if changes:
        called = {used for text in changes.values() for used in sources.names_in(text)}
        needed = [name for name in ("affine", "elastic", "stroke") if name in called]
        table = "\n".join(["CHANGES = {", *(f'    "{name}": {text},' for name, text in changes.items()), "}"])
        network = "\n\n\n".join([network, sources.definitions(augmentation, needed), table])
        every = all(settings.augment != "none" for settings in chosen)
        lines = (
            keras_text.CHANGED
            if every
            else ['if augment != "none":', *(f"    {x}" for x in keras_text.CHANGED)]
        )
        change = "".join(f"        {line}\n" for line in lines)
    known = {settings.solver for settings in chosen}
    solvers = [
        f'        "{name}": lambda: {made},' for name, made in keras_text.SOLVERS.items() if name in known
    ]
    training = keras_text.CNN_TRAINING.replace("#RATE#", _rate(chosen)).replace("#CHANGE#\n", change)
    return network, _without(training.replace("#SOLVERS#", "\n".join(solvers)), chosen)


def _autoencoder(chosen: Sequence[autoencoder.Settings]) -> tuple[str, str]:
    kept = {settings.architecture for settings in chosen}
    parts = {"dense": keras_text.DENSE, "convolutional": keras_text.CONVOLUTIONAL}
    network = [keras_text.CODE, *(parts[name] for name in sorted(kept)), keras_text.AUTOENCODER]
    network.append("\n".join(["PARTS = {", *(f'    "{name}": {name},' for name in sorted(kept)), "}"]))
    return "\n\n\n".join(network), _without(
        keras_text.AUTOENCODER_TRAINING.replace("#RATE#", _rate(chosen)), chosen
    )
