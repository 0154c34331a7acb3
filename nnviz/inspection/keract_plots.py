"""keract's pictures: what it draws with matplotlib from a dictionary of activations, as PNG bytes.

keract draws through pyplot, prints what it does, changes the arrays it is given, and divides by zero where
a filter gives the same everywhere. So it is handed copies, with dead filters masked, one caller at a time,
and everything that pyplot remembers afterwards is closed.
"""

from __future__ import annotations

import builtins
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from nnviz.core.records import Array

_drawing = threading.Lock()  # pyplot has one state for the whole process
# Parts of the picture's sides; matplotlib's own leave an eighth of it white.
_MARGINS: dict[Any, float] = {
    "figure.subplot.left": 0.01,
    "figure.subplot.right": 0.99,
    "figure.subplot.bottom": 0.01,
    "figure.subplot.top": 0.95,
}


def heatmaps(activations: Mapping[str, Array], image: Array, *, merged: bool = False, dpi: int = 60) -> bytes:
    """Heat of one layer of maps over the digit, by keract's `display_heatmaps`: a PNG of 12 x 12 inches.

    Filters that are the same everywhere get no heat.

    Parameters
    ----------
    activations
        {layer: (1, h, w, filters)}, one layer of what `get_activations` returns.
    image
        (28, 28) in [0, 1].
    merged
        One picture of all filters together instead of one each.

    Raises
    ------
    ValueError
        When there is not exactly one layer, of maps.
    """
    layer, maps = _only(activations)
    if maps.ndim != 4 or len(maps) != 1:
        raise ValueError(f"Heat-maps are drawn of the feature maps of one digit, not of {maps.shape}.")
    maps = np.array(maps, np.float32)
    dead = np.ptp(maps, axis=(0, 1, 2)) == 0
    if merged and not dead.all():
        maps = maps[..., ~dead]
    else:
        maps[..., dead] = np.nan  # matplotlib leaves these transparent
    digit = np.array(image, np.float32).reshape(28, 28)
    return _drawn(
        lambda keract, folder: keract.display_heatmaps(
            OrderedDict([(_plain(layer), maps)]), digit, directory=folder, save=True, merge_filters=merged
        ),
        dpi,
    )


def _only(activations: Mapping[str, Array]) -> tuple[str, Array]:
    if len(activations) != 1:
        raise ValueError(f"One layer is drawn at a time, not {len(activations)}.")
    return next(iter(activations.items()))


def _plain(layer: str) -> str:
    """The layer's name as a part of a file's, which is what keract makes of it."""
    return "".join(c if c.isalnum() or c in "-_ " else "_" for c in layer) or "layer"


def _drawn(draw: Callable[[Any, str], None], dpi: int) -> bytes:
    """The picture that keract saves."""
    with _drawing, _quiet_keract(dpi) as keract, tempfile.TemporaryDirectory() as folder:
        draw(keract, folder)
        (picture,) = Path(folder).iterdir()
        return picture.read_bytes()


@contextmanager
def _quiet_keract(dpi: int) -> Iterator[Any]:
    """A keract without its printing, on a matplotlib without windows, leaving no figure open."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    open_before = set(plt.get_fignums())
    with matplotlib.rc_context({"savefig.dpi": dpi, "figure.max_open_warning": 0, **_MARGINS}):
        try:
            yield _keract()
        finally:
            for number in set(plt.get_fignums()) - open_before:
                plt.close(number)


@cache
def _keract() -> ModuleType:
    """The module of keract, carried out without TensorFlow, which it imports and does not draw with.

    All that its pictures ask of Keras is the order of the axes; seconds and 400 MB would be a high price.
    """
    spec = find_spec("keract")
    assert spec is not None, "keract is among the requirements"
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0]) / "keract.py"
    module = ModuleType("keract.keract")

    def imported(name: str, *more: Any) -> Any:
        return _STAND_IN if name.partition(".")[0] == "tensorflow" else builtins.__import__(name, *more)

    module.__dict__["__builtins__"] = {
        **vars(builtins),
        "__import__": imported,
        "print": lambda *_, **__: None,
    }
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), module.__dict__)
    return module


class _StandIn:
    """Has every name that keract imports from TensorFlow."""

    def __getattr__(self, name: str) -> _StandIn:
        return self

    def image_data_format(self) -> str:
        return "channels_last"


_STAND_IN = _StandIn()
