"""What a kind of layer is: which options it has, what shape it makes of a shape, and what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.option_checks import BadLayer, Check, brief

Shape = tuple[int, ...]
Options = Mapping[str, Any]
Shapes = dict[str, Shape]


def _as_they_are(options: Options, inputs: Sequence[Shape]) -> Options:
    return options


@dataclass(frozen=True)
class Kind:
    """One kind of layer.

    Attributes
    ----------
    options
        What a configuration may say of it, each with a check that gives the value back or raises BadLayer.
    shape
        shape(options, inputs): the output's shape, without the axis of digits.
    value
        value(options, weights, inputs): its output.
    weights
        weights(options, inputs): the shapes of its weights by name, in Keras' order.
    extras
        Options that a configuration may leave out, and that are left out where their check gives None.
    lays_out
        lays_out(options, inputs): how many numbers it puts down for one digit on the way to its output.
    settled
        settled(options, inputs): the options as they are for these shapes, where a configuration counts axes
        from the end or leaves a length open. Raises BadLayer.
    moves
        Whether its values are its inputs' in other places, and zero.
    """

    name: str
    options: Mapping[str, Check]
    shape: Callable[[Options, Sequence[Shape]], Shape]
    value: Callable[[Options, Mapping[str, Array], Sequence[Array]], Array]
    weights: Callable[[Options, Sequence[Shape]], Shapes] = lambda options, inputs: {}
    extras: Mapping[str, Check] = field(default_factory=dict)
    lays_out: Callable[[Options, Sequence[Shape]], int] = lambda options, inputs: 0
    settled: Callable[[Options, Sequence[Shape]], Options] = _as_they_are
    moves: bool = False

    def read(self, said: Options) -> dict[str, Any]:
        """The options in a layer's configuration.

        Raises
        ------
        BadLayer
            For an option that cannot be.
        KeyError
            For one that is missing.
        """
        options = {key: _checked(key, check, said[key]) for key, check in self.options.items()}
        extras = {key: _checked(key, check, said.get(key)) for key, check in self.extras.items()}
        return options | {key: value for key, value in extras.items() if value is not None}


def _checked(key: str, check: Check, value: Any) -> Any:
    try:
        return check(value)
    except BadLayer as error:
        raise BadLayer(say("{error} ({key})", error=error, key=key)) from error


def picture(inputs: Sequence[Shape]) -> Shape:
    """The shape of the one picture that a layer is given.

    Raises
    ------
    BadLayer
        When it is given something else.
    """
    if len(inputs) != 1 or len(inputs[0]) != 3:
        raise BadLayer(say("was given something else than one picture of rows, columns and channels"))
    return inputs[0]


def same_shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    """The shape of the one input, which the output has too.

    Raises
    ------
    BadLayer
        When there are several.
    """
    if len(inputs) != 1:
        raise BadLayer(say("takes one input"))
    return inputs[0]


def positive_axis(axis: int, shape: Shape) -> int:
    """An axis that may be counted from the end, counted from the start, the axis of digits being 0.

    Raises
    ------
    BadLayer
        When there is no such axis.
    """
    found = axis if axis > 0 else len(shape) + 1 + axis
    if not 1 <= found <= len(shape):
        raise BadLayer(
            say(
                "works along the axis {brief}, which its input of the shape {shape} has not",
                brief=brief(axis),
                shape=shape,
            )
        )
    return found


def with_axis(options: Options, inputs: Sequence[Shape]) -> Options:
    """The same options, the axis -1 where it is the last, else counted from the start."""
    shape = same_shape(options, inputs)
    axis = positive_axis(options["axis"], shape)
    return {**options, "axis": -1 if axis == len(shape) else axis}
