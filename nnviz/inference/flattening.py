"""A configuration of networks within networks becomes one row of layers.

Models may stand in models, as Keras lets them: their layers come into the row in their place, and what only
gives back what it is given is left out. Where the weights of each are in the file, its `Place` says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnviz.core.words import say
from nnviz.inference import keras_rows
from nnviz.inference.graph import BadNetwork, Part
from nnviz.inference.keras_rows import INPUT, LONGEST_NAME, MODELS, Adapt, name_of
from nnviz.inference.kind import Shape, Shapes
from nnviz.inference.layers import KINDS
from nnviz.inference.option_checks import BadLayer

MOST_LAYERS = 64
_DIGITS: Sequence[Shape] = ((28, 28, 1), (28, 28), (784,))


@dataclass(frozen=True)
class Place:
    """Where a layer's weights are.

    Attributes
    ----------
    names
        Of the models around it, from outside to inside, and its own.
    counted
        The same as files of Keras 3 name them: by class, counted in each model.
    stored
        Shapes of the weights there, by Keras' names and in its order.
    adapt
        Makes the layer's weights of them, where they are not the same.
    """

    names: tuple[str, ...]
    counted: tuple[str, ...]
    stored: Shapes
    adapt: Adapt | None = None


class Flattened:
    """The layers of a configuration, in a row.

    Attributes
    ----------
    parts
        By name, without weights, in order.
    places
        Of those that have weights, by the parts' names.
    models
        The models directly within the outermost: name, and the part whose output is theirs.
    within, local
        For each part the models around it, and its name in the innermost of them.
    """

    def __init__(self, config: Mapping[str, Any], class_name: str, built: Any = None) -> None:
        self.parts: dict[str, Part] = {}
        self.places: dict[str, Place] = {}
        self.models: list[tuple[str, str]] = []
        self.within: dict[str, tuple[str, ...]] = {}
        self.local: dict[str, str] = {}
        self._rows = 0
        if class_name not in MODELS:
            raise BadNetwork(
                say(
                    "Expected was a Functional or Sequential model, not {class_name!r:.60}.",
                    class_name=class_name,
                )
            )
        self.answer = self._walk(config, class_name, (), (), None, built)

    def _walk(
        self,
        config: Mapping[str, Any],
        class_name: str,
        names: tuple[str, ...],
        counted: tuple[str, ...],
        feed: str | None,
        built: Any,
    ) -> str:
        """The layers of one model, fed by the part `feed`; the part whose output is the model's."""
        rows = config["layers"]
        if not isinstance(rows, list) or not rows or self._rows + len(rows) > MOST_LAYERS:
            raise BadNetwork(say("Expected were 2 to {most_layers} layers.", most_layers=MOST_LAYERS))
        self._rows += len(rows)
        sequential = class_name == "Sequential"
        seen: Counter[str] = Counter()
        known: dict[str, str] = {}  # the parts that put out what the layers of this model do
        models: set[str] = set()
        used: set[str] = set()
        before: tuple[str, ...] = ()
        if sequential and rows[0]["class_name"] != INPUT:
            if feed is None:
                shape = keras_rows.input_shape(rows[0]["config"]) or _built(config, built)
                feed = self._input("digit", shape)
            before = (feed,)
        for row in rows:
            kind, name = row["class_name"], name_of(row["config"]["name"])
            place = _snake(str(kind))
            here = f"{place}_{seen[place]}" if seen[place] else place
            seen[place] += 1
            if name in known:
                raise BadNetwork(say("Two layers are called {name!r}.", name=name))
            if kind != INPUT and not (kind in MODELS and keras_rows.is_own(row.get("module"))):
                self._check_kind(row, name)
            if sequential:
                inputs = before
            else:
                inputs = self._inputs(row, name, known, models)
                used |= {one for one, _ in keras_rows.inputs_of(row)}
            if kind == INPUT:
                if before or (inputs and not sequential):
                    raise BadNetwork(
                        say("The layer {name!r} is an input that comes from another layer.", name=name)
                    )
                known[name] = self._begun(row, name, feed)
            elif kind in MODELS and keras_rows.is_own(row.get("module")):
                if len(inputs) != 1:
                    raise BadNetwork(
                        say("The network {name!r} takes something else than one input.", name=name)
                    )
                inner = row["config"]
                known[name] = self._walk(
                    inner, kind, (*names, name), (*counted, here), inputs[0], row.get("build_config")
                )
                models.add(name)
                if not names:
                    self.models.append((name, known[name]))
            else:
                known[name] = self._layer(row, name, inputs, names, (*counted, here))
            before = (known[name],)
        if sequential:
            return before[0]
        start, end = keras_end(config["input_layers"]), keras_end(config["output_layers"])
        inputs_there = [row["config"]["name"] for row in rows if row["class_name"] == INPUT]
        if inputs_there != [start] or rows[0]["class_name"] != INPUT:
            raise BadNetwork(say("Expected was one input layer, before all others."))
        if end != rows[-1]["config"]["name"]:
            raise BadNetwork(say("Expected was one input, the first layer, and one output, the last layer."))
        if idle := [name for name in list(known)[:-1] if name not in used]:
            raise BadNetwork(say("The layer {idle!r} leads nowhere.", idle=idle[0]))
        return known[end]

    def _check_kind(self, row: Mapping[str, Any], name: str) -> None:
        """That comes first: of a class that is not known here nothing else can be told."""
        try:
            keras_rows.check_own(row)
        except BadLayer as error:
            raise BadNetwork(say("The layer {name!r} {error}.", name=name, error=error)) from error

    def _inputs(
        self, row: Mapping[str, Any], name: str, known: Mapping[str, str], models: set[str]
    ) -> tuple[str, ...]:
        """The parts whose outputs a layer of a Functional model takes."""
        found = []
        for one, node in keras_rows.inputs_of(row):
            # A model within a model was used once before, when it was made: its node may have another number.
            if node != 0 and one not in models:
                raise BadNetwork(say("A layer is used twice, or has several outputs."))
            if one not in known:
                raise BadNetwork(say("The layer {name!r} comes before the layers that it needs.", name=name))
            found.append(known[one])
        return tuple(found)

    def _begun(self, row: Mapping[str, Any], name: str, feed: str | None) -> str:
        """The part that stands for a model's input."""
        shape = keras_rows.input_shape(row["config"])
        if feed is None:
            return self._input(name, shape)
        given = self.parts[feed].shape
        if shape is not None and keras_rows.fitting(shape, [given]) is None:
            raise BadNetwork(
                say(
                    "The layer {name!r} takes inputs of the shape {shape}; it is given {given}.",
                    name=name,
                    shape=str(shape)[:LONGEST_NAME],
                    given=given,
                )
            )
        return feed

    def _input(self, name: str, shape: tuple[Any, ...] | None) -> str:
        """The network's own input."""
        if self.parts:
            raise BadNetwork(say("Expected was one input layer, before all others."))
        if shape is None:
            raise BadNetwork(
                say(
                    "The network does not say what it takes. Let it read one digit, then save it with "
                    'model.save("name.keras").'
                )
            )
        found = keras_rows.fitting(shape, _DIGITS)
        if found is None:
            raise BadNetwork(
                say(
                    "The network takes inputs of the shape {shape}; expected was a digit, {given}.",
                    shape=str(shape)[:LONGEST_NAME],
                    given=_DIGITS[0],
                )
            )
        self._add(Part(name, INPUT, (), {}, found, {}), (), name)
        return name

    def _layer(
        self,
        row: Mapping[str, Any],
        name: str,
        inputs: tuple[str, ...],
        around: tuple[str, ...],
        counted: tuple[str, ...],
    ) -> str:
        """One layer, and the part that puts out its values: the one before, where it does nothing."""
        try:
            if not inputs:
                raise BadLayer(say("comes before the layers that it needs"))
            shapes = [self.parts[one].shape for one in inputs]
            said = keras_rows.read_row(row, shapes)
            if not said.kind:
                if len(inputs) != 1:
                    raise BadLayer(say("takes one input"))
                return inputs[0]
            part = self._part(name, said.kind, inputs, said.options, around)
            own = KINDS[said.kind].weights(said.options, shapes)
            if own:
                stored = own if said.stored is None else said.stored
                self.places[part.name] = Place((*around, name), counted, stored, said.adapt)
            if said.bend is not None:
                kind, options = said.bend
                options = KINDS[kind].settled(options, [part.shape])
                part = self._part(f"{name}_bend"[:LONGEST_NAME], kind, (part.name,), options, around)
        except BadLayer as error:
            raise BadNetwork(say("The layer {name!r} {error}.", name=name, error=error)) from error
        return part.name

    def _part(
        self,
        name: str,
        kind: str,
        inputs: tuple[str, ...],
        options: Mapping[str, Any],
        around: tuple[str, ...],
    ) -> Part:
        shape = KINDS[kind].shape(options, [self.parts[one].shape for one in inputs])
        part = Part(self._free(name, around), kind, inputs, options, shape, {})
        self._add(part, around, name)
        return part

    def _add(self, part: Part, around: tuple[str, ...], local: str) -> None:
        self.parts[part.name] = part
        self.within[part.name], self.local[part.name] = around, local

    def _free(self, name: str, around: tuple[str, ...]) -> str:
        """The layer's own name, with those of the models around it where another layer has it."""
        others = (f"{name}_{n}" for n in range(2, MOST_LAYERS + 2))
        for wanted in (name, "_".join((*around, name)), *others):
            if wanted not in self.parts and len(wanted) <= LONGEST_NAME:
                return wanted
        raise BadNetwork(say("Two layers are called {name!r}.", name=name))


def keras_end(given: Any) -> str:
    """The layer that Keras names as a model's end: [name, 0, 0], or a list of one of those.

    Raises
    ------
    BadNetwork
        When there are several, or it is used twice.
    """
    if len(given) == 1:
        given = given[0]
    if len(given) != 3 or isinstance(given[0], list):
        raise BadNetwork(say("Expected was one input, the first layer, and one output, the last layer."))
    name, _, output = given
    if output != 0:
        raise BadNetwork(say("A layer is used twice, or has several outputs."))
    return str(name)


def _built(config: Mapping[str, Any], built: Any) -> tuple[Any, ...] | None:
    """The shape that a Sequential model without an input was built for."""
    shape = config.get("build_input_shape") or (built or {}).get("input_shape")
    return tuple(shape[1:]) if isinstance(shape, list | tuple) else None


def _snake(name: str) -> str:
    """A class as Keras names its objects: global_average_pooling2d for GlobalAveragePooling2D."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
