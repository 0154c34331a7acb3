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
from nnviz.inference import conv_step, gradients, ops
from nnviz.numpy_nn import backprop, losses, optimizers


@cache
def dense() -> tuple[tuple[Block, ...], ...]:
    """Blocks of code for each of the five stations, in order, of a network of dense layers."""
    layer, bend, loss = backprop.Dense, backprop.Nonlinearity, losses.SoftmaxCrossEntropy
    return (
        (
            _block(say("A layer of weights"), layer.forward, "return inputs @"),
            _block(say("Its activation"), bend.forward, "self.activation.value(z)"),
        ),
        _loss(),
        (
            _block(say("The loss, backward"), loss.backward, "self.probabilities - self.targets"),
            _block(say("A layer of weights, backward"), layer.backward, "return grad @"),
            _block(say("Its activation, backward"), bend.backward, "derivative"),
        ),
        (
            _block(say("A layer of weights, backward"), layer.backward, 'self.grads["w"]', 'self.grads["b"]'),
            _block(say("The weight penalty"), backprop.gradients, "regularizer.derivative"),
        ),
        _step(),
    )


@cache
def convolving() -> tuple[tuple[Block, ...], ...]:
    """The same, of a network with convolutions."""
    back = gradients.BACK
    return (
        (
            _block(say("A convolution"), ops.convolve, "places = windows", "sums = laid_out @"),
            _block(say("A pooling"), ops.pool_most, "np.maximum(greatest", "windows(x"),
        ),
        _loss(),
        (
            _block(say("A dense layer, backward"), back["Dense"], "return step.grad @"),
            _block(say("A pooling, backward"), back["MaxPooling2D"], "flat.argmax"),
            _block(say("The way back"), conv_step.take_apart, "grad[0, label] -= 1", "grad = grad * slope"),
        ),
        (_block(say("Gradients of a kernel"), gradients.of_kernel, "return x.T @", "return rows.T @"),),
        _step(),
    )


def _loss() -> tuple[Block, ...]:
    return (
        _block(
            say("The loss"),
            losses.SoftmaxCrossEntropy.forward,
            "self.probabilities =",
            "return cross_entropy",
        ),
        _block(say("How it is worked out"), losses.cross_entropy, "log_of_sum =", "return float"),
    )


def _step() -> tuple[Block, ...]:
    title = say("A step of gradient descent")
    return (_block(title, optimizers.SGD.step, "self.rate * grad", "w += velocity"),)


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
