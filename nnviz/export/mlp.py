"""The from-scratch network as plain NumPy: only the parts that are used, in the order the app computes them.

Additions of rounded numbers depend on their order, so "the same to the last bit" asks for the same
operations: what `numpy_nn.fast` hands to BLAS, this hands to BLAS. The tests hold it to the trainer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnviz.data import augmentation
from nnviz.export import mlp_text, sources
from nnviz.export.mlp_parts import Parts, is_on
from nnviz.numpy_nn import activations, initializers, losses, regularizers


def functions(parts: Parts) -> str:
    """The functions of the network: those of `numpy_nn` that it uses, and the way forward."""
    found = [
        sources.definitions(
            activations,
            [function.__name__ for name in parts.activations
             for function in (activations.ACTIVATIONS[name].value, activations.ACTIVATIONS[name].derivative)],
        ),
        _table(
            "ACTIVATIONS",
            {name: f"({activations.ACTIVATIONS[name].value.__name__}, "
                   f"{activations.ACTIVATIONS[name].derivative.__name__})" for name in parts.activations},
        ),
        sources.definitions(
            initializers, [initializers.INITIALIZERS[name].draw.__name__ for name in parts.inits]
        ),
        _table("STARTS", {name: initializers.INITIALIZERS[name].draw.__name__ for name in parts.inits}),
    ]  # fmt: skip
    if parts.penalties:
        slopes = {name: regularizers.REGULARIZERS[name].derivative.__name__ for name in parts.penalties}
        found.append(sources.definitions(regularizers, slopes.values()))
        if len(slopes) > 1:
            found.append(_table("PENALTIES", slopes))
    if parts.changes:
        changes = {name: sources.expression(augmentation, "AUGMENTATIONS", name) for name in parts.changes}
        called = {used for text in changes.values() for used in sources.names_in(text)}
        known = [name for name in ("affine", "elastic", "stroke") if name in called]
        found.append(sources.definitions(augmentation, known))
        found.append(_table("CHANGES", changes))
    found.append(sources.definitions(losses, ["softmax", "cross_entropy"]))
    found += [mlp_text.PRODUCT, mlp_text.ROOM, mlp_text.FORWARD]
    if {"sgd", "momentum"} & set(parts.solvers):
        found.append(mlp_text.SUBTRACT)
    return "\n\n\n".join(found)


def imports(parts: Parts) -> list[str]:
    """Lines that import what the code needs beside NumPy."""
    blas = ["sgemm"] if {"sgd", "momentum"} & set(parts.solvers) else []
    if parts.penalties and {"adam", "momentum"} & set(parts.solvers):
        blas.insert(0, "saxpy")
    return [
        *(["import math", ""] if "adam" in parts.solvers else []),
        "import numpy as np",
        *([f"from scipy.linalg.blas import {', '.join(blas)}"] if blas else []),
        *(["", mlp_text.SILENT] if parts.diverged else []),
    ]


def training(parts: Parts) -> str:
    """The function `train`."""
    lines = [
        "def train(",
        "    x,\n    y,\n    x_test,\n    y_test,\n    *,",
        *(f"    {name}," for name in ("seed", *parts.settings)),
        "):",
        '    """Learn from x and y; gives the weights, the biases, and a row of the curve for each epoch."""',
    ]
    body = [
        "rng = np.random.default_rng(seed)",
        "function, slope = ACTIVATIONS[activation]",
        "sizes = [x.shape[1], *hidden_layer_sizes, 10]",
        "everything, weights, coefs, intercepts = room(sizes)",
        "for i, w in enumerate(coefs):",
        "    w[...] = STARTS[init](rng, *w.shape, i == len(coefs) - 1)",
        *_memory(parts),
        "chunk = batch_size * max(1, 512 // batch_size)  # digits that are fetched at a time",
        "curve = []",
        *(["at_first, before = everything.copy(), []"] if parts.diverged else []),
        "for epoch in range(max_iter):",
        *_indented(_epoch(parts)),
        "return coefs, intercepts, curve",
    ]
    return "\n".join([*lines, *_indented(body)])


def _memory(parts: Parts) -> list[str]:
    """What a solver remembers from step to step."""
    momentum = ["velocity, velocity_weights, velocity_coefs, velocity_intercepts = room(sizes)"]
    adam = [
        "gradient, gradient_weights, gradient_coefs, gradient_intercepts = room(sizes)",
        "first, second, steps = np.zeros_like(gradient), np.zeros_like(gradient), 0",
    ]
    return [
        *parts.when("momentum", 'solver == "momentum"', momentum),
        *parts.when("adam", 'solver == "adam"', adam),
    ]


def _epoch(parts: Parts) -> list[str]:
    falling = ["rate = learning_rate_init * (1.0 - epoch / max_iter)"]
    judged = [
        "# By the whole network, on the digits as they are.",
        "loss, accuracy = judge(coefs, intercepts, function, x, y)",
    ]
    told = [
        "loss = cross_entropy(logits, y[order])",
        "accuracy = float(np.mean(logits.argmax(axis=1) == y[order]))",
    ]
    some = parts.some("dropout") or bool(parts.changes)
    every = all(is_on("dropout", each) or is_on("augment", each) for each in parts.all)
    conditions = [
        *(["dropout"] if parts.some("dropout") else []),
        *(['augment != "none"'] if parts.changes else []),
    ]
    if some and not every:
        told = [f"if {' or '.join(conditions)}:", *_indented(judged), "else:", *_indented(told)]
    elif some:
        told = judged
    lines = [
        *(["before = [everything.copy(), *before[:1]]"] if parts.diverged else []),
        "rate = learning_rate_init",
        *(
            falling
            if parts.every("falling")
            else parts.when("falling", 'learning_rate == "falling"', falling)
        ),
        "order = rng.permutation(len(x))",
        "targets = np.eye(10, dtype=np.float32)[y[order]]  # 1 at the true digit",
        "logits = np.empty_like(targets)",
        "for start in range(0, len(x), chunk):",
        "    digits = x[order[start : start + chunk]]",
        *_indented(parts.when("augment", 'augment != "none"', ["digits = CHANGES[augment](digits, rng)"])),
        "    for begin in range(0, len(digits), batch_size):",
        "        batch = digits[begin : begin + batch_size]",
        "        rows = slice(start + begin, start + begin + len(batch))",
        *_indented(_step(parts), 2),
        "    # A number this small no sum would notice, but the processor takes long over it.",
        *_indented(_flush(parts)),
        *told,
        "test_loss, test_accuracy = judge(coefs, intercepts, function, x_test, y_test)",
        *(mlp_text.DIVERGED if parts.diverged else []),
        "curve.append((loss, accuracy, test_loss, test_accuracy))",
        *parts.when("tol", "tol", mlp_text.SETTLED),
    ]
    if parts.every("falling"):
        lines.remove("rate = learning_rate_init")
    return lines


def _step(parts: Parts) -> list[str]:
    """One batch: forward, backward, and the solver's step."""
    mask = [
        "mask = (rng.random(a.shape, np.float32) >= dropout) * np.float32(1 / (1 - dropout))",
        "derivative = derivative * mask",
        "a *= mask",
    ]
    strength = ["strength = alpha * scale"] if parts.penalties else []
    slope = (
        "PENALTIES[penalty]" if len(parts.penalties) > 1 else f"{(parts.penalties or ['l2'])[0]}_derivative"
    )
    # Adam does not mind what its gradients are measured in; large units keep their squares off denormals.
    unit = (
        "1e6"
        if parts.every("adam")
        else '(1e6 if solver == "adam" else rate)'
        if parts.some("adam")
        else "rate"
    )
    scale = [f"scale = {unit} / len(batch)"]
    return [
        "# Forward, layer by layer; the derivatives are for the way back.",
        "layers, derivatives = [batch], []",
        "for i, (w, b) in enumerate(zip(coefs, intercepts)):",
        "    z = product(layers[i], w)",
        "    z += b",
        "    if i == len(coefs) - 1:",
        "        logits[rows] = z",
        "        break",
        "    a = function(z)",
        "    derivative = slope(z, a)",
        *_indented(parts.when("dropout", "dropout", mask)),
        "    layers.append(a)",
        "    derivatives.append(derivative)",
        "probabilities = np.maximum(softmax(logits[rows]), 1e-20)",
        "# Backward: what was said less what is true, handed from layer to layer.",
        *scale,
        *strength,
        "delta = probabilities - targets[rows]",
        "delta *= scale",
        "for i in reversed(range(len(coefs))):",
        "    here = delta",
        "    if i > 0:",
        "        delta = here @ coefs[i].T",
        "        delta *= derivatives[i - 1]",
        *_indented(_gradients(parts, slope)),
        *_moves(parts, slope),
    ]


def _gradients(parts: Parts, slope: str) -> list[str]:
    """Within the way back: what each layer does with its gradient, `layers[i].T @ here`."""
    found: dict[str, list[str]] = {
        "sgd": [*_plain_step(parts, slope), "intercepts[i] -= here.sum(axis=0)"],
        "momentum": [
            "subtract_product(velocity_coefs[i], momentum, layers[i], here)",
            "velocity_intercepts[i] *= momentum",
            "velocity_intercepts[i] -= here.sum(axis=0)",
        ],
        "adam": [
            "product(layers[i].T, here, out=gradient_coefs[i])",
            "gradient_intercepts[i][...] = here.sum(axis=0)",
        ],
    }
    return [line for name, lines in found.items() for line in parts.when(name, f'solver == "{name}"', lines)]


def _plain_step(parts: Parts, slope: str) -> list[str]:
    if not parts.penalties:
        return ["subtract_product(coefs[i], 1.0, layers[i], here)"]
    in_one = "subtract_product(coefs[i], 1 - strength, layers[i], here)"  # L2, whose derivative is w itself
    apart = [
        "if strength:",
        f"    coefs[i] -= strength * {slope}(coefs[i])",
        "subtract_product(coefs[i], 1.0, layers[i], here)",
    ]
    if parts.penalties == ["l2"]:
        return [in_one]
    if parts.penalties == ["l1"]:
        return apart
    return ['if penalty == "l2":', f"    {in_one}", "else:", *_indented(apart)]


def _moves(parts: Parts, slope: str) -> list[str]:
    """After the way back: the step of solvers that remember."""
    momentum = ["everything += velocity"]
    adam = [
        "steps += 1",
        "first *= 0.9",
        "first += gradient",
        "second *= 0.999",
        "second += np.square(gradient)",
        "mean = (1 - 0.9) / (1 - 0.9**steps)",
        "size = math.sqrt((1 - 0.999) / (1 - 0.999**steps))",
        "move = np.sqrt(second)",
        "move += 1e-8 * 1e6 / math.sqrt(1 - 0.999)",
        "move = first / move",
        "move *= rate * mean / size",
        "everything -= move",
    ]
    if parts.penalties:
        weigh = "saxpy({slope}({weights}), {onto}, a={sign}strength)"
        momentum = [
            "if strength:",
            "    " + weigh.format(slope=slope, weights="weights", onto="velocity_weights", sign="-"),
            *momentum,
        ]
        adam = [
            "if strength:",
            "    " + weigh.format(slope=slope, weights="weights", onto="gradient_weights", sign=""),
            *adam,
        ]
    return [
        *parts.when("momentum", 'solver == "momentum"', momentum),
        *parts.when("adam", 'solver == "adam"', adam),
    ]


def _flush(parts: Parts) -> list[str]:
    def line(names: str) -> list[str]:
        return [f"for values in ({names}):", "    values[np.abs(values) < 1e-20] = 0"]

    found: list[str] = []
    for name, memory in (
        ("sgd", "weights,"),
        ("momentum", "weights, velocity"),
        ("adam", "weights, first, second"),
    ):
        found += parts.when(name, f'solver == "{name}"', line(memory))
    return found


def _table(name: str, entries: Mapping[str, str]) -> str:
    return "\n".join([f"{name} = {{", *(f'    "{key}": {value},' for key, value in entries.items()), "}"])


def _indented(lines: Sequence[str], times: int = 1) -> list[str]:
    return ["    " * times + line if line else line for line in lines]
