"""The textbook's code as the stations of a step show it: marked are the lines that a station is about."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from nnviz.components import Block
from nnviz.core.words import say
from nnviz.numpy_nn import backprop, losses, optimizers


@cache
def stations() -> tuple[tuple[Block, ...], ...]:
    """Blocks of code for each of the five stations, in order."""
    dense, bend, loss = backprop.Dense, backprop.Nonlinearity, losses.SoftmaxCrossEntropy
    return (
        (
            _block(say("A layer of weights"), dense.forward, "return inputs @"),
            _block(say("Its activation"), bend.forward, "self.activation.value(z)"),
        ),
        (
            _block(say("The loss"), loss.forward, "self.probabilities =", "return cross_entropy"),
            _block(say("How it is worked out"), losses.cross_entropy, "log_of_sum =", "return float"),
        ),
        (
            _block(say("The loss, backward"), loss.backward, "self.probabilities - self.targets"),
            _block(say("A layer of weights, backward"), dense.backward, "return grad @"),
            _block(say("Its activation, backward"), bend.backward, "derivative"),
        ),
        (
            _block(say("A layer of weights, backward"), dense.backward, 'self.grads["w"]', 'self.grads["b"]'),
            _block(say("The weight penalty"), backprop.gradients, "regularizer.derivative"),
        ),
        (
            _block(
                say("A step of gradient descent"), optimizers.SGD.step, "self.rate * grad", "w += velocity"
            ),
        ),
    )


def _block(title: str, function: Callable[..., Any], *marks: str) -> Block:
    """The lines of a function without its docstring; those with one of the marks in them are marked."""
    source = textwrap.dedent(inspect.getsource(function))
    (found,) = ast.parse(source).body
    assert isinstance(found, ast.FunctionDef)
    told = found.body[0]
    lines = source.rstrip().split("\n")
    if ast.get_docstring(found) is not None:
        del lines[told.lineno - 1 : told.end_lineno]
    marked = [i for i, line in enumerate(lines) if any(mark in line for mark in marks)]
    if len(marked) < len(marks):
        raise LookupError(f"{function.__qualname__} has no line for each of {marks}.")
    return Block(title, lines, marked)
