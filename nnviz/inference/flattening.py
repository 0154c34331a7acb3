"""A configuration of networks within networks becomes one row of layers.

Models may stand in models, as Keras lets them: their layers come into the row in their place, and what only
gives back what it is given is left out. Where the weights of each are in the file, its `Place` says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nnviz.core.words import say
from nnviz.inference import keras_rows, own_input
from nnviz.inference.graph import BadNetwork, Part
from nnviz.inference.keras_rows import INPUT, LONGEST_NAME, MODELS, Adapt, name_of
from nnviz.inference.kind import Shape, Shapes
from nnviz.inference.layers import IDLE, KINDS
from nnviz.inference.option_checks import BadLayer

MOST_LAYERS = 64
DIGITS: Sequence[Shape] = ((28, 28, 1), (28, 28), (784,))


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
    cell
        What in a file of Keras 3 holds them, within the layer; "" for the layer itself.
    """

    names: tuple[str, ...]
    counted: tuple[str, ...]
    stored: Shapes
    adapt: Adapt | None = None
    cell: str = ""


class Row(Protocol):
    """What is known of layers in a row, as `Flattened` has it."""

    parts: dict[str, Part]
    places: dict[str, Place]
    models: list[tuple[str, str]]
    within: dict[str, tuple[str, ...]]
    local: dict[str, str]
    idle: list[str]
    twice: list[str]
    said: list[str]
    logarithms: list[str]
    answer: str


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
    idle
        The classes of the layers that do nothing when a network reads.
    twice
        The layers that are used more than once, and stand here as often.
    said
        What else was done, as sentences.
    logarithms
        The parts with a softmax in the place of its logarithm.
    """

    def __init__(self, config: Mapping[str, Any], class_name: str, built: Any = None) -> None:
        self.parts: dict[str, Part] = {}
        self.places: dict[str, Place] = {}
        self.models: list[tuple[str, str]] = []
        self.within: dict[str, tuple[str, ...]] = {}
        self.local: dict[str, str] = {}
        self.idle: list[str] = []
        self.twice: list[str] = []
        self.said: list[str] = []
        self.logarithms: list[str] = []
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
        places = self._places(rows, counted)
        if class_name == "Sequential":
            return self._behind_each_other(config, places, names, feed, built)
        ends = keras_end(config["output_layers"], say("outputs"))
        start = keras_end(config["input_layers"], say("inputs"))[0]
        if [row["config"]["name"] for row in rows if row["class_name"] == INPUT] != [start]:
            raise BadNetwork(say("Expected was one input layer, before all others."))
        uses = _Uses(rows, ends)
        known: dict[tuple[str, int], str] = {}  # the parts that put out what the layers of this model do
        waiting = [(row, here, number) for row, here in places for number in range(uses.of(row))]
        while waiting:
            ready = [each for each in waiting if all(one in known for one in uses.before(each[0], each[2]))]
            # Layers stand behind what they need, but for those that are used a second time.
            if not ready or not (uses.twice or ready[0] is waiting[0]):
                raise BadNetwork(
                    say(
                        "The layer {name!r} comes before the layers that it needs.",
                        name=waiting[0][0]["config"]["name"],
                    )
                )
            row, here, number = ready[0]
            waiting.remove(ready[0])
            inputs = tuple(known[one] for one in uses.before(row, number))
            known[row["config"]["name"], number] = self._one(row, inputs, names, here, feed)
        if idle := [name for name, number in known if not uses.leads_on(name, number)]:
            raise BadNetwork(say("The layer {idle!r} leads nowhere.", idle=idle[0]))
        if twice := [name for name in uses.twice if name not in self.twice]:
            self.twice += twice
        return known[uses.end]

    def _places(
        self, rows: Sequence[Mapping[str, Any]], counted: tuple[str, ...]
    ) -> list[tuple[Mapping[str, Any], tuple[str, ...]]]:
        """The layers of a model, each with where its weights are in a file of Keras 3."""
        seen: Counter[str] = Counter()
        found, names = [], set()
        for row in rows:
            kind, name = row["class_name"], name_of(row["config"]["name"])
            place = _snake(str(kind))
            here = f"{place}_{seen[place]}" if seen[place] else place
            seen[place] += 1
            if name in names:
                raise BadNetwork(say("Two layers are called {name!r}.", name=name))
            names.add(name)
            if kind != INPUT and not _is_model(row):
                self._check_kind(row, name)
            found.append((row, (*counted, here)))
        return found

    def _behind_each_other(
        self,
        config: Mapping[str, Any],
        places: Sequence[tuple[Mapping[str, Any], tuple[str, ...]]],
        names: tuple[str, ...],
        feed: str | None,
        built: Any,
    ) -> str:
        """The layers of a Sequential model."""
        first = places[0][0]
        before: tuple[str, ...] = ()
        if first["class_name"] != INPUT:
            if feed is None:
                feed = self._input("digit", keras_rows.input_shape(first["config"]) or _built(config, built))
            before = (feed,)
        for row, here in places:
            before = (self._one(row, before, names, here, feed),)
        return before[0]

    def _one(
        self,
        row: Mapping[str, Any],
        inputs: tuple[str, ...],
        names: tuple[str, ...],
        counted: tuple[str, ...],
        feed: str | None,
    ) -> str:
        """One layer or model where it is used; the part that puts out its values."""
        kind, name = row["class_name"], row["config"]["name"]
        if kind == INPUT:
            if inputs:
                raise BadNetwork(
                    say("The layer {name!r} is an input that comes from another layer.", name=name)
                )
            return self._begun(row, name, feed)
        if not _is_model(row):
            return self._layer(row, name, inputs, names, counted)
        if len(inputs) != 1:
            raise BadNetwork(say("The network {name!r} takes something else than one input.", name=name))
        made = self._walk(row["config"], kind, (*names, name), counted, inputs[0], row.get("build_config"))
        if not names:
            self.models.append((name, made))
        return made

    def _check_kind(self, row: Mapping[str, Any], name: str) -> None:
        """That comes first: of a class that is not known here nothing else can be told."""
        try:
            keras_rows.check_own(row)
        except BadLayer as error:
            raise BadNetwork(say("The layer {name!r} {error}.", name=name, error=error)) from error

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
        found = keras_rows.fitting(shape, DIGITS)
        if found is not None:
            self._add(Part(name, INPUT, (), {}, found, {}), (), name)
            return name
        steps = own_input.fitting(shape)
        if steps is None:
            raise BadNetwork(
                say(
                    "The network takes inputs of the shape {shape}; expected was a digit, {given}.",
                    shape=str(shape)[:LONGEST_NAME],
                    given=DIGITS[0],
                )
            )
        before = own_input.DIGIT
        self._add(Part(before, INPUT, (), {}, DIGITS[0], {}), (), before)
        for kind, options in steps:
            several = options.pop("times", 1)
            before = self._part(own_input.FITTED + kind.lower(), kind, (before,) * several, options, ()).name
        self.said.append(
            say(
                "The network takes inputs of the shape {shape}: digits were {done}.",
                shape=tuple(shape),
                done=own_input.done(steps),
            )
        )
        return before

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
            if said.remark and said.remark not in self.said:
                self.said.append(said.remark)
            if (said.idle or said.kind in IDLE) and row["class_name"] not in self.idle:
                self.idle.append(row["class_name"])
            if not said.kind:
                if len(inputs) != 1:
                    raise BadLayer(say("takes one input"))
                return inputs[0]
            for kind, options in said.before:
                inputs = (self._part(f"{name}_line"[:LONGEST_NAME], kind, inputs, options, around).name,)
            shapes = [self.parts[one].shape for one in inputs]
            part = self._part(name, said.kind, inputs, said.options, around)
            own = KINDS[said.kind].weights(said.options, shapes)
            if own:
                stored = own if said.stored is None else said.stored
                self.places[part.name] = Place((*around, name), counted, stored, said.adapt, said.cell)
            if said.logarithm:
                self.logarithms.append(part.name)
            if said.bend is not None:
                kind, options = said.bend
                options = KINDS[kind].settled(options, [part.shape])
                part = self._part(f"{name}_bend"[:LONGEST_NAME], kind, (part.name,), options, around)
            for kind, options in said.behind:
                part = self._part(f"{name}_line"[:LONGEST_NAME], kind, (part.name,), options, around)
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


class _Uses:
    """Where the layers of a Functional model are used, and what each of them takes there."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], end: tuple[str, int]) -> None:
        self._taken = {row["config"]["name"]: keras_rows.inputs_of(row) or ((),) for row in rows}
        models = {row["config"]["name"] for row in rows if _is_model(row)}
        told = [one for taken in self._taken.values() for use in taken for one in use]
        self._numbers: dict[str, list[int]] = {}
        for name, node in sorted({*told, end}):
            if name not in self._taken:  # it comes before nothing that is there
                continue
            # A model within a model was used once before, when it was made: its nodes count from another
            # number.
            if name not in models and not 0 <= node < len(self._taken[name]):
                raise BadNetwork(say("A layer is used in a way that is not known here."))
            self._numbers.setdefault(name, []).append(node)
        if any(len(nodes) > len(self._taken[name]) for name, nodes in self._numbers.items()):
            raise BadNetwork(say("A layer is used in a way that is not known here."))
        self._models = models
        if end[0] not in self._taken:
            raise BadNetwork(say("The layer {name!r} is not there.", name=end[0]))
        self.end = self._at(*end)
        self.twice = [name for name, taken in self._taken.items() if len(taken) > 1]

    def of(self, row: Mapping[str, Any]) -> int:
        """How often a layer is used."""
        return len(self._taken[row["config"]["name"]])

    def before(self, row: Mapping[str, Any], number: int) -> list[tuple[str, int]]:
        """What it takes there: layers, each with the number of its use."""
        return [self._at(*one) for one in self._taken[row["config"]["name"]][number]]

    def leads_on(self, name: str, number: int) -> bool:
        """Whether what it puts out there is taken by another layer, or is the answer."""
        return number in [self._at(name, node)[1] for node in self._numbers.get(name, ())]

    def _at(self, name: str, node: int) -> tuple[str, int]:
        return name, self._numbers[name].index(node) if name in self._models else node


def keras_end(given: Any, what: str) -> tuple[str, int]:
    """The layer that Keras names as a model's end, and at which of its uses.

    In the file it is [name, 0, 0], or a list of one of those.

    Raises
    ------
    BadNetwork
        When there are several.
    """
    several = list(given.values()) if isinstance(given, Mapping) else given
    if len(several) == 1 or (len(several) > 1 and isinstance(several[0], list)):
        if len(several) > 1:
            raise BadNetwork(
                say(
                    "The network has {n} {what} ({names}); expected was one input and one output.",
                    n=len(several),
                    what=what,
                    names=", ".join(str(one[0]) for one in several)[:LONGEST_NAME],
                )
            )
        several = several[0]
    name, node, output = several
    if output != 0:
        raise BadNetwork(say("A layer has several outputs, which is not known here."))
    return name_of(name), int(node)


def _is_model(row: Mapping[str, Any]) -> bool:
    return row["class_name"] in MODELS and keras_rows.is_own(row.get("module"))


def _built(config: Mapping[str, Any], built: Any) -> tuple[Any, ...] | None:
    """The shape that a Sequential model without an input was built for."""
    shape = config.get("build_input_shape") or (built or {}).get("input_shape")
    return tuple(shape[1:]) if isinstance(shape, list | tuple) else None


def _snake(name: str) -> str:
    """A class as Keras names its objects: global_average_pooling2d for GlobalAveragePooling2D."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
