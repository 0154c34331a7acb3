"""Layers with a memory, which read a digit step by step: SimpleRNN, LSTM and GRU.

A digit as 28 rows of 28 numbers has 28 steps. What the layer made of the step before it is given together
with the next. The activation is at work within each step, and so is called `within` here: unlike that of
other layers it is not put to what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference.bending import ACTIVATIONS, DERIVATIVES, FLAG
from nnviz.inference.kind import Kind, Options, Shape, Shapes
from nnviz.inference.option_checks import BadLayer, one_of, whole

WITHIN = "within"
GATES: Mapping[str, int] = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
"""Kernels that lie side by side: of a GRU update, reset and new; of an LSTM input, forget, new, output."""

# What older versions of Keras leave out.
_USUAL: Mapping[str, Any] = {
    "recurrent_activation": "sigmoid",
    "return_sequences": False,
    "return_state": False,
    "go_backwards": False,
    "stateful": False,
    "time_major": False,
    "reset_after": False,
}
_FIXED = ("return_state", "stateful", "time_major")
_BEND = one_of(*(name for name in ACTIVATIONS if name in DERIVATIVES))

Weights = Mapping[str, Array]
Back = Callable[[Array], tuple[Array, Array, Array | None]]
Step = Callable[[Options, Weights, Array, Array, Array], tuple[Array, Array, Back]]


def said_plainly(said: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration of Keras with every option, by the names that are used here.

    Raises
    ------
    BadLayer
        For a layer that keeps its memory from digit to digit, or hands it on.
    """
    given = {**_USUAL, **said}
    for name in _FIXED:
        if given[name]:
            raise BadLayer(say("has the option {name}, which is not known here", name=name))
    return given | {WITHIN: given["activation"]}


def for_keras(options: Options) -> dict[str, Any]:
    """The options of any layer, by Keras' names."""
    return {"activation" if name == WITHIN else name: value for name, value in options.items()}


def steps_of(inputs: Sequence[Shape]) -> int:
    """How many steps there are.

    Raises
    ------
    BadLayer
        When the layer is given no steps.
    """
    if len(inputs) != 1 or len(inputs[0]) != 2:
        raise BadLayer(say("was given something else than steps, with numbers at each"))
    return inputs[0][0]


def _shape(options: Options, inputs: Sequence[Shape]) -> Shape:
    steps = steps_of(inputs)
    return (steps, options["units"]) if options["return_sequences"] else (options["units"],)


def _weights(kind: str) -> Callable[[Options, Sequence[Shape]], Shapes]:
    def weights(options: Options, inputs: Sequence[Shape]) -> Shapes:
        steps_of(inputs)
        units, side_by_side = options["units"], GATES[kind] * options["units"]
        shapes: Shapes = {"kernel": (inputs[0][1], side_by_side), "recurrent_kernel": (units, side_by_side)}
        if options["use_bias"]:
            shapes["bias"] = (2, side_by_side) if options.get("reset_after") else (side_by_side,)
        return shapes

    return weights


def _laid_out(kind: str) -> Callable[[Options, Sequence[Shape]], int]:
    """What the steps' inputs become before anything is remembered, and the memory at each step."""
    return lambda options, inputs: (steps_of(inputs) + 6) * (GATES[kind] + 1) * int(options["units"])


def _simple(
    options: Options, weights: Weights, given: Array, h: Array, c: Array
) -> tuple[Array, Array, Back]:
    z = given + h @ weights["recurrent_kernel"]
    a = ACTIVATIONS[options[WITHIN]](z)

    def back(grad: Array) -> tuple[Array, Array, None]:
        delta = grad * DERIVATIVES[options[WITHIN]](z, a)
        return delta, delta @ weights["recurrent_kernel"].T, None

    return a, c, back


def _lstm(options: Options, weights: Weights, given: Array, h: Array, c: Array) -> tuple[Array, Array, Back]:
    gate = options["recurrent_activation"]
    names = gate, gate, options[WITHIN], gate
    z = np.split(given + h @ weights["recurrent_kernel"], 4, axis=-1)
    i, f, g, o = a = [ACTIVATIONS[name](sums) for name, sums in zip(names, z, strict=True)]
    kept = f * c + i * g
    bent = ACTIVATIONS[options[WITHIN]](kept)

    def back(grad: Array, grad_kept: Array | float = 0.0) -> tuple[Array, Array, Array]:
        grad_kept = grad_kept + grad * o * DERIVATIVES[options[WITHIN]](kept, bent)
        grads = grad_kept * g, grad_kept * c, grad_kept * i, grad * bent
        delta = np.concatenate(
            [d * DERIVATIVES[name](*each) for d, name, *each in zip(grads, names, z, a, strict=True)], axis=-1
        )
        return delta, delta @ weights["recurrent_kernel"].T, grad_kept * f

    return o * bent, kept, back


def _gru(options: Options, weights: Weights, given: Array, h: Array, c: Array) -> tuple[Array, Array, Back]:
    gate, bend, units = options["recurrent_activation"], options[WITHIN], options["units"]
    kernel, after = weights["recurrent_kernel"], options["reset_after"]
    before = h @ (kernel if after else kernel[:, : 2 * units])
    if after and "bias" in weights:
        before = before + weights["bias"][1]
    z = given[:, : 2 * units] + before[:, : 2 * units]
    a = ACTIVATIONS[gate](z)
    update, reset = a[:, :units], a[:, units:]
    memory = before[:, 2 * units :] if after else (reset * h) @ kernel[:, 2 * units :]
    sums = given[:, 2 * units :] + (reset * memory if after else memory)
    new = ACTIVATIONS[bend](sums)

    def back(grad: Array) -> tuple[Array, Array, None]:
        of_new = grad * (1 - update) * DERIVATIVES[bend](sums, new)
        if after:
            of_reset, handed = of_new * memory, (of_new * reset) @ kernel[:, 2 * units :].T
        else:
            of_both = of_new @ kernel[:, 2 * units :].T
            of_reset, handed = of_both * h, of_both * reset
        gates = np.concatenate([grad * (h - new), of_reset], axis=-1) * DERIVATIVES[gate](z, a)
        handed = handed + gates @ kernel[:, : 2 * units].T + grad * update
        return np.concatenate([gates, of_new], axis=-1), handed, None

    return update * h + (1 - update) * new, c, back


_STEPS: Mapping[str, Step] = {"SimpleRNN": _simple, "LSTM": _lstm, "GRU": _gru}


def _given(options: Options, weights: Weights, x: Array) -> Array:
    """(n, steps, kernels side by side): what each step is given, times its kernels, as it is read."""
    given = (x[:, ::-1] if options["go_backwards"] else x) @ weights["kernel"]
    if "bias" in weights:
        given += weights["bias"][0] if options.get("reset_after") else weights["bias"]
    return given


def _run(kind: str) -> Callable[[Options, Weights, Sequence[Array]], Array]:
    def run(options: Options, weights: Weights, inputs: Sequence[Array]) -> Array:
        given = _given(options, weights, inputs[0])
        h = c = np.zeros((len(given), options["units"]), given.dtype)
        made = []
        for at in range(given.shape[1]):
            h, c, _ = _STEPS[kind](options, weights, given[:, at], h, c)
            if options["return_sequences"]:
                made.append(h)
        return np.stack(made, axis=1) if made else h

    return run


def back(kind: str, options: Options, weights: Weights, x: Array, grad: Array) -> Array:
    """The gradient of the steps, from that of what comes out: backpropagation through time."""
    given = _given(options, weights, x)
    h = c = np.zeros((len(given), options["units"]), given.dtype)
    backs = []
    for at in range(given.shape[1]):
        h, c, one = _STEPS[kind](options, weights, given[:, at], h, c)
        backs.append(one)
    deltas = np.zeros_like(given)
    handed: Array = np.zeros_like(h)
    of_memory: Array | None = None
    for at in reversed(range(given.shape[1])):
        if options["return_sequences"]:
            handed = handed + grad[:, at]
        elif at == given.shape[1] - 1:
            handed = grad
        more = () if of_memory is None else (of_memory,)
        deltas[:, at], handed, of_memory = backs[at](handed, *more)
    found: Array = deltas @ weights["kernel"].T
    return found[:, ::-1] if options["go_backwards"] else found


def _kind(name: str) -> Kind:
    options = {
        "units": whole(1, 1024),
        WITHIN: _BEND,
        "use_bias": FLAG,
        "return_sequences": FLAG,
        "go_backwards": FLAG,
    }
    if name != "SimpleRNN":
        options["recurrent_activation"] = _BEND
    if name == "GRU":
        options["reset_after"] = FLAG
    return Kind(name, options, _shape, _run(name), _weights(name), lays_out=_laid_out(name))


KINDS: tuple[Kind, ...] = tuple(map(_kind, GATES))
