"""How Keras 2 and 3 write a layer down, and what each of their names becomes here.

A configuration may name any class in any module, and Keras would import it. Here it is only compared: a
layer is one of `layers.KINDS`, one of those below that come down to such, or refused. Everything else in the
text (how weights were started, penalties, constraints) is left unread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnviz.core.records import Array
from nnviz.core.words import say
from nnviz.inference import keras_lines, recurrent
from nnviz.inference.graph import BadNetwork
from nnviz.inference.kind import Shape, Shapes, picture, positive_axis, same_shape
from nnviz.inference.layers import KINDS
from nnviz.inference.option_checks import BadLayer, axis, brief, number, one_of, pair, whole

LONGEST_NAME = 60
MODELS = ("Functional", "Sequential", "Model")
INPUT = "InputLayer"
_OWN = ("keras", "tf_keras")
# At work in training alone: when a network reads, they give back what they are given.
_IDLE = {
    *("SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "ActivityRegularization"),
    *("Identity", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast"),
    *("RandomBrightness", "RandomHeight", "RandomWidth", "RandomShear", "RandomPerspective", "RandomErasing"),
    *(
        "RandomGaussianBlur",
        "RandomInvert",
        "RandomPosterization",
        "RandomElasticTransform",
        "MixUp",
        "CutMix",
    ),
    *("RandomSharpness", "RandomColorJitter", "RandomGrayscale", "RandomHue", "RandomSaturation"),
}
# What older versions of Keras leave out.
_USUAL: Mapping[str, Any] = {
    "groups": 1,
    "keepdims": False,
    "dilation_rate": 1,
    "output_padding": None,
    "data_format": "channels_last",
    "interpolation": "nearest",
    "offset": 0.0,
    "max_value": None,
    "negative_slope": 0.0,
    "threshold": 0.0,
    "shared_axes": None,
    "rms_scaling": False,
    "axis": -1,
}
_FUNCTIONS = {"softmax_v2": "softmax"}  # TensorFlow's own, by the names that Keras 3 writes
_BENDING = ("LeakyReLU", "ReLU", "ELU", "Softmax")  # layers that are also given as an activation
_CALCULATING = ("Add", "Subtract", "Multiply", "TrueDivide")  # of Keras' operations
_WITH_HOLES = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")
_FILLED = say(
    "Windows with holes (dilation) and groups of maps stand here as whole windows with zeros in them: the "
    "answers are the same, but there are more weights."
)
_LEAST_DEVIATION = 1e-7  # by which Keras' Normalization divides at least

Adapt = Callable[[list[Array]], list[Array]]


@dataclass(frozen=True)
class Said:
    """A layer as its configuration has it, in the terms of `layers.KINDS`.

    Attributes
    ----------
    kind
        A name in KINDS, or "" for a layer that does nothing when a network reads.
    options
        As the kind has them, settled for the shapes that it is given.
    stored
        Shapes of its weights as its file has them, by Keras' names; None where they are the kind's own.
    adapt
        Makes the kind's weights of the stored ones.
    bend
        A layer behind it, kind and options, where its activation was given as one.
    before, behind
        What is put before it, and behind its bend, to give its values another shape: kinds and options.
    idle
        Whether it does nothing when a network reads.
    logarithm
        Whether it answers with the logarithms of a softmax, and stands here with that softmax itself.
    cell
        What in a file of Keras 3 holds its weights, where it is not the layer itself.
    remark
        What was done to it, as a sentence; "" if nothing.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    stored: Shapes | None = None
    adapt: Adapt | None = None
    bend: tuple[str, Mapping[str, Any]] | None = None
    before: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    behind: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    idle: bool = False
    logarithm: bool = False
    cell: str = ""
    remark: str = ""


def read_row(row: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A layer for inputs of these shapes.

    Raises
    ------
    BadNetwork, BadLayer
        When it is not known here, or cannot be.
    KeyError
        When an option is missing.
    """
    kind, said = row["class_name"], row["config"]
    if not _is_float32(said.get("dtype", "float32")):
        raise BadLayer(say("calculates in another type of number than float32"))
    if is_operation(row):
        return _operation(row, inputs)
    if kind in _IDLE:
        return Said("", idle=True)
    if kind in _COMING_DOWN:
        return _COMING_DOWN[kind](said, inputs)
    if keras_lines.stands_for(kind, inputs):
        return _along_a_line(kind, said, inputs)
    if kind in recurrent.GATES:
        return _with_a_memory(kind, said, inputs)
    given = {**_USUAL, **said}
    if kind == "LeakyReLU" and "negative_slope" not in said:
        given["negative_slope"] = said["alpha"]
    bend = None
    activation = given.get("activation")
    if isinstance(activation, Mapping) and activation.get("class_name") in _BENDING:
        check_own(activation)
        behind = {**_USUAL, **activation["config"]}
        if activation["class_name"] == "LeakyReLU" and "negative_slope" not in activation["config"]:
            behind["negative_slope"] = activation["config"]["alpha"]
        bend = activation["class_name"], KINDS[activation["class_name"]].read(behind)
        given["activation"] = "linear"
    given["activation"] = _activation(given.get("activation"), said)
    logarithm = given["activation"] == "log_softmax"
    if logarithm:
        given["activation"] = "softmax"
    plain, stored, adapt, remark = _plainly(kind, given, inputs)
    options = KINDS[plain].read(given)
    settled = KINDS[plain].settled(options, inputs)
    return Said(plain, settled, stored, adapt, bend, logarithm=logarithm, remark=remark)


def _plainly(
    kind: str, given: dict[str, Any], inputs: Sequence[Shape]
) -> tuple[str, Shapes | None, Adapt | None, str]:
    """A layer by a plainer kind or plainer options, which computes the same with other weights.

    Changes the options that are given.

    Returns
    -------
    tuple[str, Shapes | None, Adapt | None, str]
        The kind, its weights as the file has them and what makes the plainer layer's of them, as in `Said`.
    """
    if kind == "Dense" and len(inputs) == 1 and len(inputs[0]) == 3:
        stored = KINDS[kind].weights({**given, "units": whole(1, 512)(given["units"])}, [inputs[0][-1:]])
        given |= {"filters": given["units"], "kernel_size": 1, "strides": 1, "padding": "valid"}
        return "Conv2D", stored, lambda weights: [weights[0][None, None], *weights[1:]], ""
    if kind not in _WITH_HOLES or len(inputs) != 1 or len(inputs[0]) != 3:
        return kind, None, None, ""
    holes, groups = pair(1, 27)(given["dilation_rate"]), 1
    if kind == "Conv2D":
        groups = whole(1, 512)(given["groups"])
    if holes == (1, 1) and groups == 1:
        return kind, None, None, ""
    high, wide = pair(1, 28)(given["kernel_size"])
    channels = inputs[0][2]
    if groups > 1 and (channels % groups or given["filters"] % groups):
        raise BadLayer(say("has {groups} groups, which do not share its maps evenly", groups=groups))
    stored = dict(
        KINDS[kind].weights({**given, "kernel_size": (high, wide)}, [(*inputs[0][:2], channels // groups)])
    )
    given |= {"kernel_size": ((high - 1) * holes[0] + 1, (wide - 1) * holes[1] + 1)}
    given |= {"dilation_rate": 1, "groups": 1}

    def adapt(weights: list[Array]) -> list[Array]:
        kernel = weights[0]
        spread = np.zeros((*given["kernel_size"], *kernel.shape[2:]), np.float32)
        spread[:: holes[0], :: holes[1]] = kernel
        if groups > 1:
            several = spread.shape[3] // groups
            whole_kernel = np.zeros((*spread.shape[:2], channels, spread.shape[3]), np.float32)
            for i in range(groups):
                own = slice(i * several, (i + 1) * several)
                each = channels // groups
                whole_kernel[:, :, i * each : (i + 1) * each, own] = spread[..., own]
            spread = whole_kernel
        return [spread, *weights[1:]]

    return kind, stored, adapt, _FILLED


def check_own(row: Mapping[str, Any]) -> None:
    """Check that the class is one of Keras' that is known here, and none that somebody registered so.

    Raises
    ------
    BadLayer
        When it is not.
    """
    kind, module, registered = row["class_name"], row.get("module"), row.get("registered_name")
    known = isinstance(kind, str) and any(
        kind in kinds for kinds in (KINDS, _IDLE, _COMING_DOWN, keras_lines.KINDS)
    )
    if is_operation(row):
        known = kind in _CALCULATING or kind == "LogSoftmax"
    if not known or not is_own(module) or registered not in (None, kind):
        raise BadLayer(
            say(
                "is a {kind!r}, which is not one of the kinds that are taken here: Dense, convolutions, "
                "pooling, normalising, activations, LSTM, GRU, SimpleRNN, and what moves or merges values",
                kind=str(kind)[:LONGEST_NAME],
            )
        )


def is_operation(row: Mapping[str, Any]) -> bool:
    """Whether it is what Keras 3 makes of x / 255, and not a layer."""
    return str(row.get("module")).startswith(("keras.src.ops.", "keras.ops"))


def _operation(row: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A number put to all values, as a Rescaling; or two layers' values, as the layer that merges them."""
    kind = row["class_name"]
    if kind not in _CALCULATING:
        return _COMING_DOWN[kind](row["config"], inputs)
    args = row["inbound_nodes"][0]["args"]
    if len(row["inbound_nodes"]) > 1:
        raise BadLayer(say("is used in a way that is not known here"))
    if len(inputs) == 2:
        if kind == "TrueDivide":
            raise BadLayer(say("divides one layer by another, which is not known here"))
        return Said(kind)
    at = next(i for i, arg in enumerate(args) if not isinstance(arg, Mapping))
    constant = number(-1e6, 1e6)(args[at])
    scale, offset = {
        "Add": lambda: (1.0, constant),
        "Subtract": lambda: (1.0, -constant) if at else (-1.0, constant),
        "Multiply": lambda: (constant, 0.0),
        "TrueDivide": lambda: (1 / constant if at and constant else 0.0, 0.0),
    }[kind]()
    if not scale:
        raise BadLayer(say("divides by something else than a number, or makes zero of all"))
    return Said("Rescaling", KINDS["Rescaling"].read({"scale": scale, "offset": offset}))


def is_own(module: Any) -> bool:
    """Whether a module is one of Keras' own; the files of Keras 2 in HDF5 name none."""
    return module is None or str(module).split(".")[0] in _OWN


def _activation(given: Any, said: Mapping[str, Any]) -> Any:
    """By the name that is known here."""
    if (
        isinstance(given, Mapping)
        and given.get("class_name") == "function"
        and given.get("module") == "builtins"
    ):
        given = _FUNCTIONS.get(str(given.get("config")), given)
    if given == "swish":
        return "silu"
    if given in ("hard_swish", "hard_silu", "hard_sigmoid") and isinstance(said.get("dtype", ""), str):
        raise BadLayer(
            say("has the activation {given}, which Keras 2 and 3 do not compute alike", given=given)
        )
    return "hard_silu" if given == "hard_swish" else given


def _normalization(said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A normalising by numbers that were found before the training: one of each channel, or one of all."""
    (shape,) = inputs
    axes = said.get("axis", -1)
    axes = [] if axes is None else [axes] if isinstance(axes, int) else list(axes)
    if said.get("invert") or axes not in ([], [-1], [len(shape)]):
        raise BadLayer(
            say(
                "normalises along the axes {axes}; expected was the last one, or none",
                axes=brief(said.get("axis")),
            )
        )
    channels = shape[-1]
    size: Shape = (channels,) if axes else ()
    options = {"axis": -1, "momentum": 0.99, "epsilon": 0.0, "center": False, "scale": False}
    known = [said.get("mean"), said.get("variance")]
    fixed = [np.asarray(value, np.float32).ravel() for value in known if value is not None]
    if len(fixed) == 1 or any(
        value.size not in (1, channels) or not np.isfinite(value).all() for value in fixed
    ):
        raise BadLayer(say("has no mean and variance that fit"))

    def adapt(stored: list[Array]) -> list[Array]:
        mean, variance = fixed or stored
        deviation = np.maximum(np.sqrt(np.maximum(variance, 0)), np.float32(_LEAST_DEVIATION))
        return [np.broadcast_to(value.ravel(), (channels,)) for value in (mean, deviation * deviation)]

    stored = {} if fixed else {"mean": size, "variance": size}
    return Said("BatchNormalization", options, stored, adapt)


def _resized(said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A picture in another size, or as it is where that is its size."""
    if (said["height"], said["width"]) == picture(inputs)[:2]:
        return Said("")
    given = {**_USUAL, **said}
    for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"):
        one_of(False)(given.get(name, False))
    return Said("Resizing", KINDS["Resizing"].read(given))


def _enlarged(said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """Each pixel as a square of pixels; or with straight lines from one to the next, as a resizing does."""
    given = {**_USUAL, **said}
    if given["interpolation"] != "bilinear":
        return Said("UpSampling2D", KINDS["UpSampling2D"].read(given))
    (down, right), (height, width, _) = pair(1, 28)(given["size"]), picture(inputs)
    return Said(
        "Resizing", KINDS["Resizing"].read({**given, "height": height * down, "width": width * right})
    )


def _along_a_line(kind: str, said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A layer for places in a line, as that for pictures which are one pixel wide."""
    line = keras_lines.as_picture(kind, said, inputs)
    wide = read_row({"class_name": line.kind, "config": line.config}, [line.shape])
    plain = KINDS[wide.kind]
    stored = wide.stored if wide.stored is not None else plain.weights(wide.options, [line.shape])

    def adapt(weights: list[Array]) -> list[Array]:
        widened = keras_lines.widened(weights) if line.kind != "Dense" else weights
        return wide.adapt(widened) if wide.adapt else widened

    if line.kind != "Dense":
        stored = {name: keras_lines.narrow(shape) for name, shape in stored.items()}
    out = plain.shape(wide.options, [line.shape])
    behind = (("Reshape", {"target_shape": (out[0], out[2])}),) if len(out) == 3 else ()
    return replace(wide, before=line.before, behind=behind, stored=stored, adapt=adapt)


def _with_a_memory(kind: str, said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A layer that reads its input step by step; its weights lie within its cell."""
    given = recurrent.said_plainly(said)
    for name in (recurrent.WITHIN, "recurrent_activation"):
        given[name] = _activation(given[name], said)
    return Said(kind, KINDS[kind].settled(KINDS[kind].read(given), inputs), cell="cell")


def _logarithms(said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """The logarithm of a softmax, as an operation of Keras 3."""
    if positive_axis(axis(said.get("axis", -1)), same_shape({}, inputs)) != len(inputs[0]):
        raise BadLayer(say("works along the axis {axis}; expected was the last one", axis=said["axis"]))
    return Said("Softmax", {"axis": -1}, logarithm=True)


def _same_size(said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A layer that would make a picture of another size, where there is nothing to do."""
    if (said["height"], said["width"]) != picture(inputs)[:2]:
        raise BadLayer(
            say(
                "makes a picture of {height} × {width} out of one of {high} × {wide}, which is not done here",
                height=str(said["height"])[:9],
                width=str(said["width"])[:9],
                high=inputs[0][0],
                wide=inputs[0][1],
            )
        )
    return Said("")


def _centre(said: Mapping[str, Any], inputs: Sequence[Shape]) -> Said:
    """A cut around the middle of a picture."""
    cut = []
    for name, length in (("height", inputs[0][0]), ("width", inputs[0][1])):
        over = length - whole(1, length)(said[name])
        cut.append((over // 2, over - over // 2))
    return Said("Cropping2D", {"cropping": tuple(cut), "data_format": "channels_last"})


_COMING_DOWN: Mapping[str, Callable[[Mapping[str, Any], Sequence[Shape]], Said]] = {
    "Normalization": _normalization,
    "Resizing": _resized,
    "UpSampling2D": _enlarged,
    "LogSoftmax": _logarithms,
    "RandomCrop": _same_size,
    "CenterCrop": _centre,
}


def inputs_of(row: Mapping[str, Any]) -> tuple[tuple[tuple[str, int], ...], ...]:
    """For each use of a layer of a Functional model the layers whose outputs it takes.

    Each of those with the number of its own use.
    """
    # Keras 3 writes of these that they are in training, which they are not when the network reads.
    idle = row["class_name"] in _IDLE or row["class_name"] in _COMING_DOWN
    return tuple(_inputs_at(node, idle, is_operation(row)) for node in row["inbound_nodes"])


def _inputs_at(node: Any, idle: bool, operation: bool) -> tuple[tuple[str, int], ...]:
    if isinstance(node, list):  # Keras 2
        tensors = [(name, number, output) for name, number, output, *_ in node]
        options = [given for _, _, _, *more in node for given in more]
    else:
        args = node["args"]
        if operation and len(args) == 2:
            args = [[arg for arg in args if isinstance(arg, Mapping)]]
        if len(args) != 1:
            raise BadNetwork(say("A layer is used in a way that is not known here."))
        given = args[0]
        tensors = [_tensor(each) for each in (given if isinstance(given, list) else [given])]
        options = [node["kwargs"]]
    for each in options:
        if set(each) - {"mask", "training"} or (each.get("training") and not idle):
            raise BadNetwork(say("A layer is used in a way that is not known here."))
    if any(output != 0 for _, _, output in tensors):
        raise BadNetwork(say("A layer has several outputs, which is not known here."))
    return tuple((name_of(name), int(number)) for name, number, _ in tensors)


def _tensor(given: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    if given["class_name"] != "__keras_tensor__":
        raise BadNetwork(say("A layer takes something else than the output of another layer."))
    name, node, output = given["config"]["keras_history"]
    return name, node, output


def input_shape(said: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The shape that an input names, or a layer that stands first; None where it names none."""
    shape = said.get("batch_shape") or said.get("batch_input_shape")
    return tuple(shape[1:]) if shape else None


def fitting(shape: Sequence[Any], given: Sequence[Shape]) -> Shape | None:
    """That of the given shapes which this one means: lengths may be left open."""
    for one in given:
        if len(one) == len(shape) and all(
            mine in (None, theirs) for mine, theirs in zip(shape, one, strict=True)
        ):
            return one
    return None


def _is_float32(dtype: Any) -> bool:
    if isinstance(dtype, Mapping):
        return (
            dtype.get("class_name") in ("DTypePolicy", "Policy") and dtype["config"].get("name") == "float32"
        )
    return bool(dtype == "float32")


def name_of(name: Any) -> str:
    """A layer's name, if it can be shown.

    Raises
    ------
    BadNetwork
        When it cannot.
    """
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadNetwork(say("A layer has no name that can be shown."))
    if "/" in name:
        raise BadNetwork(
            say("The layer {name!r} has a “/” in its name, which Keras does not take.", name=name)
        )
    return name
