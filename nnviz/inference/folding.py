"""The same network in fewer steps, for those who only want answers: a browser, whenever the pointer moves.

Once training is over, normalising is a factor and a summand for each channel, and these can as well be in the
weights and the bias of the layer before. (Jacob et al. 2018, section 3.2.) Dropout and noise do nothing any
more, and an activation of its own may join the layer before it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnviz.inference.graph import Network, Part

_PLAIN_RELU = {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}


def folded(network: Network) -> Network:
    """The same answers from fewer layers: no Dropout, no noise, and what follows a layer is part of it.

    Folded are a normalisation and an activation that follow a Conv2D or Dense layer at once, and alone. The
    layer that they have been folded into keeps its name, and puts out what the last of them did.
    """
    parts = {part.name: part for part in network.parts}
    code = network.code
    for name in [part.name for part in network.parts[1:]]:
        part = parts[name]
        before = parts[part.inputs[0]]
        alone = sum(before.name in other.inputs for other in parts.values()) == 1 == len(part.inputs)
        joined = _joined(before, part) if alone else None
        if joined is None:
            continue
        parts[before.name] = joined
        del parts[name]
        code = before.name if code == name else code
        for other in list(parts.values()):
            inputs = tuple(before.name if one == name else one for one in other.inputs)
            parts[other.name] = replace(other, inputs=inputs)
    return Network(network.name, tuple(parts.values()), code)


def _joined(before: Part, part: Part) -> Part | None:
    """Both layers as one in the place of the first, or None if they cannot be one."""
    if part.kind in ("Dropout", "GaussianNoise"):
        return before
    if before.kind not in ("Conv2D", "Dense") or before.options["activation"] != "linear":
        return None
    if part.kind == "BatchNormalization":
        return _normalised(before, part)
    if part.kind == "ReLU" and dict(part.options) == _PLAIN_RELU:
        activation = "relu"
    elif part.kind == "Softmax":
        activation = "softmax"
    elif part.kind == "Activation":
        activation = part.options["activation"]
    else:
        return None
    return replace(before, options={**before.options, "activation": activation})


def _normalised(before: Part, part: Part) -> Part:
    """(x w + b - mean) * factor + beta is x (w factor) + ((b - mean) * factor + beta)."""
    known = {name: values.astype(np.float64) for name, values in part.weights.items()}
    factor = known.get("gamma", 1.0) / np.sqrt(known["moving_variance"] + part.options["epsilon"])
    bias = (before.weights.get("bias", 0.0) - known["moving_mean"]) * factor + known.get("beta", 0.0)
    weights = {"kernel": before.weights["kernel"] * factor, "bias": bias}
    return replace(
        before,
        options={**before.options, "use_bias": True},
        weights={name: values.astype(np.float32) for name, values in weights.items()},
    )
