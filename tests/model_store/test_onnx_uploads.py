"""An .onnx file becomes one of our networks: ONNX's own reference is the oracle; nothing else is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from nnviz.core import paths
from nnviz.core.records import Array
from nnviz.export import onnx_file as written
from nnviz.inference.graph import Network
from nnviz.inference.onnx_operators import OPERATORS
from nnviz.model_store import formats, onnx_file, store
from nnviz.model_store.errors import ModelRefused

FIRST = (1, 28, 28)
_RNG = np.random.default_rng(18)
DIGITS = _RNG.random((30, 28, 28), np.float32)


class Builder:
    """A graph that is written operator by operator, as PyTorch's exporter does."""

    def __init__(self, shape: Sequence[int | str] = FIRST, opset: int = 17) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.shape, self.opset = shape, opset
        self.end = "input"

    def w(self, *shape: int, values: Any = None, dtype: Any = np.float32) -> str:
        name = f"w{len(self.weights)}"
        made = _RNG.normal(0, 0.3, shape) if values is None else np.asarray(values)
        self.weights.append(numpy_helper.from_array(made.astype(dtype), name))
        return name

    def ints(self, *values: int) -> str:
        return self.w(values=list(values), dtype=np.int64)

    def on(self, operator: str, *inputs: str, of: str = "", **options: Any) -> str:
        """Behind what was made last, or behind the value `of`; with these weights."""
        self.end = f"/net/{operator}_{len(self.nodes)}"
        given = [of or self._before, *inputs]
        self.nodes.append(helper.make_node(operator, given, [self.end], name=self.end, **options))
        return self.end

    @property
    def _before(self) -> str:
        return self.nodes[-1].output[0] if self.nodes else "input"

    def model(self, batch: str | int = "N", answer: Sequence[int | str] = (10,)) -> onnx.ModelProto:
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "net",
            [value("input", TensorProto.FLOAT, [batch, *self.shape])],
            [value(self.end, TensorProto.FLOAT, [batch, *answer])],
            self.weights,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)


def read(model: onnx.ModelProto) -> Network:
    return onnx_file.network(model.SerializeToString())[0]


def answers(model: onnx.ModelProto, digits: Array) -> Array:
    """What ONNX's reference says, each digit in the shape that the file names."""
    dims = [each.dim_value for each in model.graph.input[0].type.tensor_type.shape.dim][1:]
    given = digits.reshape(len(digits), *dims)
    one = model.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1
    run = ReferenceEvaluator(model).run
    if one:
        return np.concatenate([run(None, {"input": each[None]})[0] for each in given])
    found: Array = run(None, {"input": given})[0]
    return found


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(1, keepdims=True))
    found: Array = e / e.sum(1, keepdims=True)
    return found


def check(model: onnx.ModelProto, end: Callable[[Array], Array] = softmax) -> Network:
    onnx.checker.check_model(model, full_check=True)
    found = read(model)
    said = answers(model, DIGITS).reshape(len(DIGITS), -1)
    np.testing.assert_allclose(found.predict(DIGITS), end(said), atol=1e-5, rtol=1e-5)
    assert {part.shape for part in found.parts[:1]} <= {(28, 28, 1), (28, 28), (784,)}
    return found


def kinds(found: Network) -> list[str]:
    return [part.kind for part in found.parts]


def same(values: Array) -> Array:
    return values


def test_a_row_of_dense_layers_as_pytorch_writes_it() -> None:
    b = Builder()
    b.on("Flatten", axis=1)
    b.on("Gemm", b.w(50, 784), b.w(50), transB=1)
    b.on("Relu")
    b.on("Gemm", b.w(10, 50), b.w(10), transB=1, alpha=0.5, beta=2.0)
    found = check(b.model())
    assert kinds(found) == ["InputLayer", "Dense", "Dense", "Softmax"]
    assert found.parts[0].shape == (784,)
    assert found.parts[1].options["activation"] == "relu"


def test_maps_with_channels_first_and_a_row_made_of_them() -> None:
    """Flatten takes numbers in ONNX's order, so the weights behind it stand in another order here."""
    b = Builder()
    b.on("Conv", b.w(4, 1, 5, 5), b.w(4), kernel_shape=[5, 5], pads=[2, 2, 2, 2])
    b.on("Relu")
    b.on("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    b.on("Conv", b.w(6, 4, 3, 2), b.w(6), strides=[2, 1], pads=[0, 1, 2, 0])
    b.on(
        "BatchNormalization", b.w(6), b.w(6), b.w(6), b.w(values=np.abs(_RNG.normal(1, 0.2, 6))), epsilon=1e-3
    )
    b.on("LeakyRelu", alpha=0.2)
    b.on("AveragePool", kernel_shape=[3, 2], strides=[2, 2])
    b.on("Flatten")
    b.on("Gemm", b.w(20, 6 * 3 * 7), b.w(20), transB=1)
    b.on("Tanh")
    b.on("Dropout")
    b.on("Gemm", b.w(10, 20), b.w(10), transB=1)
    b.on("LogSoftmax", axis=1)
    found = check(b.model(), np.exp)
    assert "Permute" not in kinds(found)  # nothing is turned when it reads
    assert kinds(found)[:4] == ["InputLayer", "Conv2D", "MaxPooling2D", "ZeroPadding2D"]
    assert "logarithms of probabilities" in onnx_file.remarks(b.model().SerializeToString())


def test_a_network_of_the_report_is_known_as_one(tmp_path: Any) -> None:
    b = Builder()
    b.on("Conv", b.w(8, 1, 3, 3), b.w(8))
    b.on("Relu")
    b.on("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    b.on("Flatten")
    b.on("Gemm", b.w(16, 8 * 169), b.w(16), transB=1)
    b.on("Relu")
    b.on("Gemm", b.w(10, 16), b.w(10), transB=1)
    b.on("Softmax", axis=-1)
    found = check(b.model(), same)
    assert kinds(found) == ["InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense"]
    assert [part.options.get("activation") for part in found.parts] == [
        None, "relu", None, None, "relu", "softmax",
    ]  # fmt: skip


@pytest.mark.parametrize("opset", [9, 13, 20])
@pytest.mark.parametrize("batch", ["N", 1])
def test_shapes_that_are_calculated_on_the_way(opset: int, batch: str | int) -> None:
    """x.view(x.size(0), -1) of PyTorch."""
    b = Builder(opset=opset)
    maps = b.on("Conv", b.w(3, 1, 3, 3), b.w(3), strides=[2, 2])
    b.on("Shape", of=maps)
    b.on("Gather", b.w(values=0, dtype=np.int64), axis=0)
    size = b.on("Unsqueeze", b.ints(0)) if opset >= 13 else b.on("Unsqueeze", axes=[0])
    b.on("Concat", b.ints(-1), of=size, axis=0)
    b.on("Reshape", b.end, of=maps)
    b.on("MatMul", b.w(3 * 169, 10))
    b.on("Add", b.w(10))
    assert kinds(check(b.model(batch))) == ["InputLayer", "Conv2D", "Flatten", "Dense", "Softmax"]


def test_an_input_as_keras_has_it_turned_and_back() -> None:
    """As tf2onnx writes a Keras network: channels last, turned for what slides."""
    b = Builder((28, 28, 1), 13)
    b.on("Transpose", perm=[0, 3, 1, 2])
    b.on("Conv", b.w(4, 1, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
    b.on("Add", b.w(1, 4, 1, 1))
    b.on("Sigmoid")
    b.on("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0])
    b.on("Transpose", perm=[0, 2, 3, 1])
    b.on("Reshape", b.ints(-1, 196))
    b.on("MatMul", b.w(196, 10))
    b.on("Add", b.w(10))
    b.on("Softmax")
    found = check(b.model(), same)
    assert "Permute" not in kinds(found)
    conv = found.parts[1]
    assert (conv.options["padding"], conv.options["activation"]) == ("same", "sigmoid")


@pytest.mark.parametrize("shape", [(784,), (28, 28), (1, 784), (3, 28, 28), (1, 32, 32), (32, 32, 3)])
def test_other_inputs(shape: tuple[int, ...]) -> None:
    b = Builder(shape)
    b.on("Flatten")
    b.on("Gemm", b.w(10, int(np.prod(shape))), b.w(10), transB=1)
    model = b.model()
    edge = ((0, 0), (2, 2), (2, 2)) if 32 in shape else ((0, 0), (0, 0), (0, 0))
    digits = np.pad(DIGITS, edge)
    if 3 in shape:
        digits = np.stack([digits] * 3, axis=1 if shape[0] == 3 else -1)
    np.testing.assert_allclose(read(model).predict(DIGITS), softmax(answers(model, digits)), atol=1e-5)


def _tried(make: Callable[[Builder], object]) -> Network:
    """One operator or a few behind a convolution, before an overall mean of ten maps."""
    b = Builder()
    b.on("Conv", b.w(10, 1, 3, 3), strides=[2, 2])
    b.on("Mul", b.w(values=0.5))
    make(b)
    b.on("GlobalAveragePool")
    b.on("Flatten")
    return check(b.model(), same if b.nodes[-3].op_type == "Softmax" else softmax)


_SCALES = np.abs(_RNG.normal(1, 0.3, 10)).astype(np.float32)
_ONE: Mapping[str, Callable[[Builder], object]] = {
    "Relu": lambda b: b.on("Relu"),
    "LeakyRelu": lambda b: b.on("LeakyRelu"),
    "PRelu": lambda b: b.on("PRelu", b.w(10, 1, 1)),
    "Elu": lambda b: b.on("Elu", alpha=0.7),
    "Selu": lambda b: b.on("Selu"),
    "Sigmoid": lambda b: b.on("Sigmoid"),
    "Tanh": lambda b: b.on("Tanh"),
    "Softplus": lambda b: b.on("Softplus"),
    "Softsign": lambda b: b.on("Softsign"),
    "HardSigmoid": lambda b: b.on("HardSigmoid", alpha=1 / 6, beta=0.5),
    "HardSwish": lambda b: b.on("HardSwish"),
    "Clip": lambda b: b.on("Clip", b.w(values=0.0), b.w(values=6.0)),
    "Clip to 1": lambda b: b.on("Clip", b.w(values=0.0), b.w(values=1.0)),
    "SiLU": lambda b: b.on("Mul", b.on("Sigmoid", of=b.end), of=b.nodes[-2].output[0]),
    "Softmax": lambda b: b.on("Softmax", axis=1),
    "Sub": lambda b: b.on("Sub", b.w(values=0.1307)),
    "Div": lambda b: (b.on("Sub", b.w(values=0.1307)), b.on("Div", b.w(values=0.3081))),
    "each channel": lambda b: (b.on("Mul", b.w(10, 1, 1)), b.on("Add", b.w(1, 10, 1, 1))),
    "from a number": lambda b: b.nodes.append(
        helper.make_node("Sub", [b.w(values=1.0), b.end], ["from"])
    ),
    "MaxPool": lambda b: (
        b.on("Relu"), b.on("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    ),
    "AveragePool": lambda b: b.on(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1
    ),
    "GlobalMaxPool": lambda b: b.on("GlobalMaxPool"),
    "ReduceMax": lambda b: b.on("ReduceMax", axes=[2, 3], keepdims=1),
    "ReduceMean": lambda b: b.on("ReduceMean", axes=[-1, -2], keepdims=1),
    "groups": lambda b: b.on("Conv", b.w(10, 2, 3, 3), b.w(10), group=5),
    "depthwise": lambda b: (b.on("Conv", b.w(20, 1, 3, 3), group=10), b.on("Conv", b.w(10, 20, 1, 1))),
    "dilations": lambda b: b.on("Conv", b.w(10, 10, 3, 3), dilations=[2, 3], pads=[2, 3, 2, 3]),
    "SAME_LOWER": lambda b: b.on("Conv", b.w(10, 10, 2, 2), auto_pad="SAME_LOWER"),
    "ConvTranspose": lambda b: b.on(
        "ConvTranspose", b.w(10, 10, 3, 3), b.w(10), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]
    ),
    "ConvTranspose as here": lambda b: b.on(
        "ConvTranspose", b.w(10, 10, 3, 3), strides=[2, 2], pads=[0, 0, 1, 1]
    ),
    "Pad": lambda b: b.on("Pad", b.ints(0, 0, 1, 2, 0, 0, 3, 0)),
    "a shortcut": lambda b: b.on("Add", b.on("Relu", of=b.end), of=b.nodes[-2].output[0]),
    "Max": lambda b: b.on("Max", b.on("Tanh", of=b.end), of=b.nodes[-2].output[0]),
    "Concat": lambda b: (
        b.on("Concat", b.on("Relu", of=b.end), of=b.nodes[-2].output[0], axis=1),
        b.on("Conv", b.w(10, 20, 1, 1)),
    ),
    "Squeeze": lambda b: (
        b.on("GlobalAveragePool"), b.on("Squeeze", b.ints(2, 3)), b.on("Gemm", b.w(10, 10)),
        b.on("Unsqueeze", b.ints(2, 3)),
    ),
    "Identity, Cast": lambda b: (b.on("Identity"), b.on("Cast", to=1)),
    "Transpose": lambda b: (b.on("Transpose", perm=[0, 1, 3, 2]), b.on("Conv", b.w(10, 10, 3, 1))),
    "to maps": lambda b: (
        b.on("Flatten"), b.on("Reshape", b.ints(0, 10, -1)), b.on("Reshape", b.ints(0, 10, 13, 13)),
        b.on("Conv", b.w(10, 10, 3, 2)),
    ),
    "BatchNormalization": lambda b: b.on(
        "BatchNormalization", b.w(10), b.w(10), b.w(10), b.w(values=_SCALES)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(_ONE))
def test_every_operator(what: str) -> None:
    _tried(_ONE[what])


@pytest.mark.parametrize(
    "name", ["mlp.npz", "cnn_k3.keras", "cnn_best.keras", "autoencoder.keras", "autoencoder_conv.keras"]
)
def test_our_own_come_back(name: str) -> None:
    ours = formats.read_network(paths.shipped() / name)
    back, _ = onnx_file.network(written.onnx_bytes(ours))
    expected = ours.predict(DIGITS)
    np.testing.assert_allclose(back.predict(DIGITS).reshape(expected.shape), expected, atol=1e-5)
    assert bool(back.code) == bool(ours.code)
    assert not [part for part in back.parts if part.kind == "Permute"]


def test_one_is_kept_as_keras_writes_it() -> None:
    ours = formats.read_network(paths.shipped() / "cnn_k3.keras")
    entry = store.receive("von mir.onnx", written.onnx_bytes(ours), owner="ada")
    assert (entry.path.suffix, entry.card.kind, entry.card.title) == (".keras", "cnn", "von mir")
    assert not entry.card.n_train
    assert [layer.kind for layer in entry.card.layers][:2] == ["Conv2D", "MaxPooling2D"]
    again = formats.read_network(entry.path)
    np.testing.assert_allclose(again.predict(DIGITS), ours.predict(DIGITS), atol=1e-5)


def plain() -> Builder:
    b = Builder()
    b.on("Flatten")
    b.on("Gemm", b.w(784, 10), b.w(10))
    return b


def _external(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"


def _two_outputs(model: onnx.ModelProto) -> None:
    model.graph.output.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, ["N", 3]))


def _operator(name: str, domain: str = "") -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.node[1].op_type, model.graph.node[1].domain = name, domain

    return change


def _weights(values: Any) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer[0].CopyFrom(numpy_helper.from_array(values, "w0"))

    return change


def _dims(*dims: int) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        model.graph.initializer[0].dims[:] = dims

    return change


_REFUSED: Mapping[str, tuple[Callable[[onnx.ModelProto], object], str]] = {
    "an operator": (_operator("LSTM"), "The operator 'LSTM' is not one of those"),
    "a foreign operator": (_operator("Evil", "com.evil"), "'Evil' of 'com.evil', and not of ONNX itself"),
    "weights elsewhere": (_external, "has weights in another file"),
    "two outputs": (_two_outputs, "has 2 outputs"),
    "an operator of its own": (
        lambda model: model.functions.add(name="f", domain="x"), "brings operators of its own"
    ),
    "other weights": (
        _weights(np.zeros((700, 10), np.float32)), "has weights for 700 values; it is given 784"
    ),
    "not finite": (_weights(np.full((784, 10), np.nan, np.float32)), "does not answer with probabilities"),
    "texts": (_weights(np.array(["a"], object)), "numbers of a kind that is not read"),
    "too few": (_dims(784, 11), "other weights than their shape says"),
    "too many": (_dims(1 << 40, 1 << 20), "holds more than"),
    "below zero": (_dims(-784, -10), "a shape that cannot be"),
    "old": (lambda model: setattr(model.opset_import[0], "version", 5), "version 5"),
    "no graph": (lambda model: model.ClearField("graph"), "holds no network"),
    "a large input": (
        lambda model: setattr(model.graph.input[0].type.tensor_type.shape.dim[2], "dim_value", 99),
        "takes inputs of the shape N × 1 × 99 × 28",
    ),
    "whole numbers": (
        lambda model: setattr(model.graph.input[0].type.tensor_type, "elem_type", TensorProto.UINT8),
        "takes digits as whole numbers",
    ),
    "one name twice": (lambda model: model.graph.node.append(model.graph.node[0]), "have the same name"),
    "a value from nowhere": (
        lambda model: model.graph.node[1].input.__setitem__(0, "nowhere"), "'nowhere', which is not there"
    ),
    "an option that cannot be": (
        lambda model: model.graph.node[1].attribute.append(helper.make_attribute("alpha", "x")),
        "options that cannot be",
    ),
    "three answers": (_weights(np.zeros((784, 3), np.float32)), "has weights of other shapes than it needs"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(_REFUSED))
def test_what_cannot_be_taken_is_refused_in_a_sentence(what: str) -> None:
    change, words = _REFUSED[what]
    model = plain().model()
    change(model)
    with pytest.raises(ModelRefused) as refused:
        store.receive("mine.onnx", model.SerializeToString())
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 460


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x80\x04\x95", "is a pickle"),
        (b"\x89PNG\r\n\x1a\n", "The file"),
        (b"\x08\x07", "holds no network"),
        (plain().model().SerializeToString()[:-50], "damaged"),
    ],
)
def test_other_bytes_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(ModelRefused, match=words):
        onnx_file.network(content)


def test_a_small_file_makes_no_large_room() -> None:
    """Two bytes a part, of which a library would make an object each."""
    with pytest.raises(ModelRefused, match="more than 1000 operators"):
        onnx_file.network(b"\x42\x02\x10\x11\x3a\x80\x89\x7a" + b"\x0a\x00" * 1_000_000)


def test_nothing_of_onnx_is_imported() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from nnviz.model_store import onnx_file; "
        "onnx_file.network(sys.stdin.buffer.read()); "
        "assert not {'onnx', 'google.protobuf', 'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], input=plain().model().SerializeToString(), check=True)


def test_no_operator_is_untried() -> None:
    """Those that only our own networks have are tried with them, above or where they are written."""
    tried = {
        "Gemm",
        "MatMul",
        "Conv",
        "Flatten",
        "Reshape",
        "GlobalAveragePool",
        "Dropout",
        "LogSoftmax",
        "Add",
    }
    tried |= {"Mul", "Min", "Mean", "Sum", "Mish", "Gelu"}
    assert set(OPERATORS) <= tried | set(_ONE) | {"Identity", "Cast", "Unsqueeze"}
