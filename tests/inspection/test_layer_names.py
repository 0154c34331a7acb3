"""A layer has one name on every tab, in Python as in the network's picture."""

from __future__ import annotations

import pytest

from nnviz.core import paths
from nnviz.inference import browser
from nnviz.inspection import layer_names
from nnviz.model_store import formats
from tests.components.javascript import evaluate


@pytest.mark.parametrize("name", ["cnn_best", "cnn_k8", "mlp_study", "autoencoder", "autoencoder_conv"])
def test_layers_are_called_as_in_the_picture(name: str) -> None:
    (path,) = (path for path in paths.shipped().glob(f"{name}.*") if path.suffix != ".json")
    network = formats.read_network(path)
    program = browser.program_of(network)
    layers = [{**step, "shape": list(step["shape"]), "weights": {}} for step in program.steps]
    titles = evaluate(
        {"network/stages": "stagesOf"},
        "(layers, code, draws) => stagesOf(layers, {code: layers[code] ?? null, draws, rows: []}).map((s) => "
        "[s.layer.name, s.title])",
        layers,
        program.code,
        bool(network.code),
    )
    plain = layer_names.plain_names([(part.name, part.kind) for part in network.parts])
    ours = dict(zip((part.name for part in network.parts), plain, strict=True))
    shared = {layer: title for layer, title in titles if layer in ours}
    assert len(shared) > 2
    assert {layer: ours[layer] for layer in shared} == shared
