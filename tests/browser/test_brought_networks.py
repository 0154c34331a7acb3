"""A network from elsewhere through the real page, on a computer where the app's folder cannot be made."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
from playwright.sync_api import expect

from nnviz.data import mnist
from nnviz.inference.graph import Network
from nnviz.inference.own_input import OwnInput
from tests.browser.acting import draw, idle, network_menu, open_tab, opened, unfold
from tests.browser.serving import Server
from tests.inspection.test_input_fit import learned_from

if TYPE_CHECKING:
    from playwright.sync_api import Page


def as_keras_2_writes(network: Network) -> bytes:
    """A flat digit and one dense layer of sums as an .h5 file."""
    kernel, bias = network.parts[-1].weights.values()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("Flatten", {"name": "flatten", "batch_input_shape": [None, 28, 28]}),
        ("Dense", {"name": "dense", "units": 10, "activation": "linear", "use_bias": True}),
    ]
    layers = [{"class_name": kind, "config": {**config, "dtype": "float32"}} for kind, config in rows]
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        told = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
        file.attrs["model_config"] = json.dumps(told)
        group = file.create_group("model_weights/dense")
        group.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
        group["dense/kernel:0"], group["dense/bias:0"] = kernel, bias
    return content.getvalue()


def test_one_that_reads_dark_on_light_is_taken_and_given_such_digits(
    page: Page, make_server: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    server = make_server(
        environment={"NNVIZ_HOME": str(tmp_path / "file" / "home"), "TMPDIR": str(tmp_path / "temporary")}
    )
    opened(page, server.url)
    expect(page.get_by_text("set NNVIZ_HOME to a folder that can be written to")).to_be_visible()
    draw(page, 7)
    expect(page.get_by_text("7", exact=True).first).to_be_visible()

    digits = mnist.embedded()
    line = learned_from(OwnInput(True), mnist.to_rows(digits.images), digits.labels, (28, 28))
    opened(page, f"{server.url}/CNN")
    unfold(network_menu(page), "Open a network from a file")
    file = {"name": "old.h5", "mimeType": "application/x-hdf5", "buffer": as_keras_2_writes(line)}
    page.locator("input[type=file]").last.set_input_files(file)
    expect(page.get_by_text("A softmax was put behind them").first).to_be_visible(timeout=120_000)
    hint = page.get_by_text("it must have learned from such digits")
    expect(hint).to_be_visible(timeout=60_000)
    open_tab(page, "Maps")
    expect(page.get_by_text("This network has no maps")).to_be_visible()
    page.get_by_role("button", name="Give it such digits").click()
    expect(page.get_by_text("This network is given its digits turned over")).to_be_visible(timeout=60_000)
    idle(page)
    expect(page.get_by_test_id("stage").first).to_be_visible()
    names = [stage.get_attribute("aria-label") or "" for stage in page.get_by_test_id("stage").all()]
    assert any(name.startswith("Rescaling") for name in names), names
