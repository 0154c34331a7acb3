"""The layers of an ONNX network put in a row, and where each value of the file is to be found among them.

ONNX has channels first, networks here have them last. Nothing is turned for that: of every value it is kept
which axis of a layer's output each of its axes is, and a layer that moves numbers is only put where ONNX's
own order matters.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import keras_rows
from nnviz.inference.flattening import MOST_LAYERS, Place
from nnviz.inference.graph import BadNetwork, Part
from nnviz.inference.keras_config import MOST_WEIGHTS
from nnviz.inference.kind import Shape
from nnviz.inference.layers import KINDS
from nnviz.inference.onnx_graph import Node
from nnviz.inference.option_checks import BadLayer, brief

_SUMMING = ("Dense", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D")
PLAIN: Mapping[str, Any] = {"data_format": "channels_last"}


@dataclass(frozen=True)
class Value:
    """What an operator puts out, as a look at a layer's output.

    Attributes
    ----------
    part
        The layer.
    axes
        For each of the value's axes behind that of the digits which axis of the layer's output it is.
    flat
        Whether all of them are one axis.
    alone
        Whether nothing else looks at that layer, so that it may still be changed.
    """

    part: str
    axes: tuple[int, ...]
    flat: bool = False
    alone: bool = True


@dataclass(frozen=True)
class _Made:
    """A layer as it was asked for, so that it can be made again with more weights."""

    kind: str
    config: Mapping[str, Any]
    inputs: tuple[str, ...]
    weights: tuple[Array, ...]


class OnnxRow:
    """Layers in a row, with what `keras_config.plan_of` wants to know of them.

    Attributes
    ----------
    parts, places, models, within, local, idle, twice, said, logarithms, answer
        As `flattening.Flattened` has them.
    constants, values
        What has a name in the file.
    uses
        How often each name is used.
    opset, batch
        Which version of the operators is meant, and how many digits the file says that it is given.
    """

    def __init__(self, constants: Mapping[str, Array], uses: Counter[str]) -> None:
        self.parts: dict[str, Part] = {}
        self.places: dict[str, Place] = {}
        self.models: list[tuple[str, str]] = []
        self.within: dict[str, tuple[str, ...]] = {}
        self.local: dict[str, str] = {}
        self.idle: list[str] = []
        self.twice: list[str] = []
        self.said: list[str] = []
        self.logarithms: list[str] = []
        self.answer = ""
        self.constants = dict(constants)
        self.values: dict[str, Value] = {}
        self.uses = uses
        self.opset = 0
        self.batch: int | None = None
        self._made: dict[str, _Made] = {}
        self._room = MOST_WEIGHTS
        self._folded = 0
        self._counted: Counter[str] = Counter()

    # What operators are given

    def value(self, node: Node, at: int = 0) -> Value:
        """The value that an operator is given there."""
        name = node.inputs[at] if at < len(node.inputs) else ""
        if name in self.constants:
            raise BadLayer(say("is given weights where the values of a digit were expected"))
        if name not in self.values:
            raise BadLayer(say("is given {name}, which is not there before it", name=brief(name)))
        found = self.values[name]
        return replace(found, alone=found.alone and self.uses[name] == 1)

    def there(self, node: Node, at: int) -> bool:
        """Whether an operator is given something there."""
        return at < len(node.inputs) and bool(node.inputs[at])

    def is_constant(self, node: Node, at: int) -> bool:
        """Whether that is known without a digit."""
        return self.there(node, at) and node.inputs[at] in self.constants

    def constant(self, node: Node, at: int) -> Array:
        """The numbers that an operator is given there, whatever the digit."""
        if not self.is_constant(node, at):
            raise BadLayer(say("has no fixed numbers where weights were expected"))
        return self.constants[node.inputs[at]]

    def dims(self, value: Value) -> Shape:
        """Lengths of a value's axes."""
        shape = self.parts[value.part].shape
        return (math.prod(shape),) if value.flat else tuple(shape[axis] for axis in value.axes)

    # Layers

    def layer(
        self,
        kind: str,
        config: Mapping[str, Any],
        inputs: Sequence[str],
        weights: Sequence[Array] = (),
        name: str = "",
    ) -> str:
        """The name of a layer behind others, which is put in the place of the one of that name."""
        self._check_number()
        inputs, base = tuple(inputs), name or self._name(kind)
        shapes = [self.parts[one].shape for one in inputs]
        said = keras_rows.read_row({"class_name": kind, "config": {"activation": "linear", **config}}, shapes)
        for before, options in said.before:
            inputs = (self._add(self._name(before), before, options, inputs),)
        part = self._add(base, said.kind, said.options, inputs)
        own = KINDS[said.kind].weights(said.options, [self.parts[one].shape for one in inputs])
        stored = own if said.stored is None else said.stored
        if own:
            if [w.shape for w in weights] != list(stored.values()):
                raise BadLayer(say("has weights of other shapes than it needs"))
            self.places[part] = Place((part,), (part,), stored, said.adapt)
            self._made[part] = _Made(kind, config, inputs, tuple(weights))
        if said.remark and said.remark not in self.said:
            self.said.append(said.remark)
        for behind, options in said.behind:
            part = self._add(self._name(behind), behind, options, (part,))
        return part

    def weights(self) -> dict[str, list[Array]]:
        """As `places` has them, by their layers' names."""
        return {name: list(self._made[name].weights) for name in self.places}

    def charge(self, *weights: Array) -> None:
        """Count weights before anything is made of them."""
        self._room -= sum(each.size for each in weights)
        if self._room < 0:
            raise BadNetwork(
                say("The network is too large: taken are up to {most:,} weights.", most=MOST_WEIGHTS)
            )

    def charge_folded(self, size: int) -> None:
        """Count numbers that are laid out anew before any digit is read."""
        self._folded += size
        if self._folded > 2 * MOST_WEIGHTS:
            raise BadLayer(say("calculates with weights, which is not known here"))

    def begin(self, name: str, shape: Shape) -> None:
        """Put the input first, or give it another shape."""
        self._put(Part(name, keras_rows.INPUT, (), {}, shape, {}))

    def _add(self, name: str, kind: str, options: Mapping[str, Any], inputs: Sequence[str]) -> str:
        shape = KINDS[kind].shape(options, [self.parts[one].shape for one in inputs])
        self._put(Part(name, kind, tuple(inputs), options, shape, {}))
        return name

    def _put(self, part: Part) -> None:
        self.parts[part.name] = part
        self.within[part.name], self.local[part.name] = (), part.name

    def _name(self, kind: str) -> str:
        self._counted[kind] += 1
        return f"{kind.lower()}_{self._counted[kind]}"

    def _check_number(self) -> None:
        if len(self.parts) >= MOST_LAYERS:
            raise BadNetwork(say("Expected were 2 to {most_layers} layers.", most_layers=MOST_LAYERS))

    # Order

    def in_order(self, value: Value) -> bool:
        """Whether the numbers of a value lie behind each other as those of its layer do."""
        shape = self.parts[value.part].shape
        longer = [axis for axis in value.axes if shape[axis] > 1]
        return longer == sorted(longer)

    def order(self, value: Value) -> Array:
        """For each number of a value, as ONNX counts them, which one of its layer's output it is."""
        shape = self.parts[value.part].shape
        return np.arange(math.prod(shape)).reshape(shape).transpose(value.axes).ravel()

    def plain(self, value: Value) -> Value:
        """The value as the output of a layer, axis by axis."""
        part, shape = value.part, self.parts[value.part].shape
        if value.axes != tuple(range(len(shape))):
            turned = tuple(shape[axis] for axis in value.axes)
            if not self.in_order(value):
                part = self.layer("Permute", {"dims": [axis + 1 for axis in value.axes]}, [part])
            elif not value.flat:
                part = self.layer("Reshape", {"target_shape": turned}, [part])
        if value.flat and len(shape) > 1:
            part = self.layer("Flatten", PLAIN, [part])
        found = self.whole(part)
        return found if part != value.part else replace(found, alone=value.alone)

    def picture(self, value: Value) -> Value:
        """The value with its channels first, as what slides wants them: its layer has them last."""
        if value.flat or len(value.axes) != 3:
            raise BadLayer(say("is given something else than maps of rows and columns"))
        if value.axes == (2, 0, 1):
            return value
        back = [value.axes[1] + 1, value.axes[2] + 1, value.axes[0] + 1]
        return Value(self.layer("Permute", {"dims": back}, [value.part]), (2, 0, 1))

    def whole(self, part: str) -> Value:
        """All that a layer puts out, as it does."""
        return Value(part, tuple(range(len(self.parts[part].shape))))

    def behind(self, part: str, value: Value) -> Value:
        """What a layer puts out that keeps the axes of the one before."""
        return Value(part, value.axes, value.flat)

    def shaped(self, value: Value, dims: Shape) -> Value:
        """The value with axes of other lengths."""
        if math.prod(dims) != math.prod(self.dims(value)) or not dims:
            raise BadLayer(say("makes the shape {dims} of {given}", dims=brief(dims), given=self.dims(value)))
        if dims == self.dims(value):
            return value
        first = self.parts[value.part]
        if first.kind == keras_rows.INPUT and value.alone and self.in_order(value):
            if len(dims) == 1:  # a digit may be given in either shape
                self.begin(first.name, dims)
                return self.whole(first.name)
            if dims in ((28, 28, 1), (1, 28, 28)):
                self.begin(first.name, (28, 28, 1))
                return Value(first.name, (0, 1, 2) if dims[2] == 1 else (2, 0, 1))
        if len(dims) == 1:
            return replace(value, flat=True)
        source = value if self.in_order(value) else self.plain(value)
        target, axes = dims, tuple(range(len(dims)))
        if len(dims) == 3 and dims[0] == 1:  # a picture of one channel
            target, axes = (dims[1], dims[2], 1), (2, 0, 1)
        return Value(self.layer("Reshape", {"target_shape": target}, [source.part]), axes)

    # What is done to each number

    def bent(self, value: Value, activation: str) -> Value:
        """The value behind an activation of that name, in its layer where it can be."""
        part = self.parts[value.part]
        if value.alone and part.kind in _SUMMING and part.options["activation"] == "linear":
            self.parts[part.name] = replace(part, options={**part.options, "activation": activation})
            return self.behind(part.name, value)
        made = self.layer("Activation", {}, [value.part])
        self.parts[made] = replace(self.parts[made], options={"activation": activation})
        return self.behind(made, value)

    def scaled(self, value: Value, factor: Array, shift: Array) -> Value:
        """The value times some numbers, plus some: the same for all, or one for each channel."""
        bias = self._sums_alone(value) and bool((factor == 1).all())
        if factor.size == 1 and shift.size == 1 and not bias:
            return self._rescaled(value, float(factor.ravel()[0]), float(shift.ravel()[0]))
        along = self._along(value, factor, shift)
        if along is None:
            value = self.plain(value)
            along = self._along(value, factor, shift)
        if along is None:
            raise BadLayer(say("has other numbers for each place; expected was one for each channel, or one"))
        factor, shift = along
        if bias and self._sums_alone(value):
            made = self._made[value.part]
            config = {**made.config, "use_bias": True}
            self.layer(made.kind, config, made.inputs, [*made.weights, shift], value.part)
            return self.behind(value.part, value)
        self.charge(factor, shift)
        ones = np.ones_like(factor)
        before, name = self.parts[value.part], ""
        inputs: tuple[str, ...] = (before.name,)
        if value.alone and before.kind == "BatchNormalization":
            gamma, beta, mean, variance = self._made[before.name].weights
            if not mean.any() and (variance == 1).all() and before.options["epsilon"] == 0:
                factor, shift = gamma * factor, beta * factor + shift
                name, inputs = before.name, before.inputs
        return self.behind(
            self.layer("BatchNormalization", norm(0.0), inputs, [factor, shift, 0 * ones, ones], name), value
        )

    def _sums_alone(self, value: Value) -> bool:
        """Whether it is sums to which a bias can still be added."""
        part = self.parts[value.part]
        return (
            value.alone
            and part.kind in _SUMMING
            and part.name in self._made
            and not part.options["use_bias"]
            and part.options["activation"] == "linear"
        )

    def _rescaled(self, value: Value, scale: float, offset: float) -> Value:
        before, name = self.parts[value.part], ""
        inputs: tuple[str, ...] = (before.name,)
        if value.alone and before.kind == "Rescaling":
            offset += before.options["offset"] * scale
            scale *= before.options["scale"]
            name, inputs = before.name, before.inputs
        return self.behind(
            self.layer("Rescaling", {"scale": scale, "offset": offset}, inputs, name=name), value
        )

    def _along(self, value: Value, *numbers: Array) -> list[Array] | None:
        """Each as one number for every channel of the layer; None where they differ along other axes."""
        channels = self.parts[value.part].shape[-1]
        found = []
        for array in numbers:
            given = self.dims(value)
            if array.ndim == len(given) + 1 and array.shape[0] == 1:
                array = array[0]
            if array.ndim > len(given):
                return None
            array = array.reshape((1,) * (len(given) - array.ndim) + array.shape)
            if any(mine not in (1, theirs) for mine, theirs in zip(array.shape, given, strict=True)):
                raise BadLayer(say("has numbers that do not fit to what it is given"))
            if not value.flat:
                array = array.transpose(np.argsort(value.axes))
            elif array.size > 1 and len(value.axes) > 1:
                return None
            if array.size != array.shape[-1]:
                return None
            found.append(np.broadcast_to(array.ravel(), (channels,)))
        return found


def norm(epsilon: float) -> dict[str, Any]:
    """The options of a BatchNormalization along the last axis."""
    return {"axis": -1, "momentum": 0.99, "epsilon": epsilon, "center": True, "scale": True}
