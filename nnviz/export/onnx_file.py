"""A network as an ONNX file, which PyTorch, onnxruntime, browsers and telephones open.

Values stay as they are here, channels last; what slides over a picture is turned to ONNX's order and back.
"""

from __future__ import annotations

import math
from typing import Any

from nnviz.core.words import say
from nnviz.export.onnx_layers import LAYERS
from nnviz.export.onnx_nodes import Graph, NotOnnx, bent
from nnviz.inference.graph import Network
from nnviz.inference.kind import Shape

__all__ = ["NotOnnx", "onnx_bytes"]

OPSET, IR = 20, 10  # of 2023: the first that has GELU
INPUT, PROBABILITIES, DRAWN, CODE = "digits", "probabilities", "drawn", "code"
_SIDE = 28
_ABOUT = (
    "Digits are {shape}, float32, ink 1 and paper 0, rows from above. They come out as {output}. Inside, "
    "channels are the last axis."
)


def onnx_bytes(network: Network) -> bytes:
    """The network as the content of an .onnx file.

    Raises
    ------
    NotOnnx
        If it has a layer that is not written out.
    """
    import onnx  # late: no page needs it but for this button
    from onnx import TensorProto, helper

    graph = Graph()
    shapes = {part.name: part.shape for part in network.parts}
    first, last = network.parts[0], network.parts[-1]
    picture: Shape = (_SIDE, _SIDE) if math.prod(first.shape) == _SIDE * _SIDE else first.shape
    x = graph.shaped(INPUT, first.shape)
    made = {first.name: x}
    for part in network.parts[1:]:
        write = LAYERS.get(part.kind)
        if write is None:
            raise NotOnnx(
                say(
                    "The layer {name!r} is a {kind}, which is not written to ONNX.",
                    name=part.name,
                    kind=part.kind,
                )
            )
        value = write(graph, part, [made[name] for name in part.inputs], [shapes[n] for n in part.inputs])
        made[part.name] = bent(graph, part.options.get("activation", "linear"), value)
    output = PROBABILITIES if last.shape == (10,) and not network.code else DRAWN
    graph.named(made[last.name], output)
    outputs = [(output, last.shape)]
    if network.code:
        graph.named(made[network.code], CODE)
        outputs.append((CODE, shapes[network.code]))

    def told(name: str, shape: Shape) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])

    about = _ABOUT.format(shape=" × ".join(map(str, ("N", *picture))), output=output)
    built = helper.make_graph(
        graph.nodes, "network", [told(INPUT, picture)], [told(*each) for each in outputs], graph.constants,
        doc_string=about,
    )  # fmt: skip
    model = helper.make_model(
        built, ir_version=IR, producer_name="nnviz", doc_string=about,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )  # fmt: skip
    helper.set_model_props(model, {"input": "ink 1, paper 0", "output": output})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
