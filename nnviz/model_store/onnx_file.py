"""A network from PyTorch or elsewhere as an .onnx file: read, and kept as Keras' kind of file.

Nothing of ONNX is imported, and nothing in the file is carried out: `onnx_wire` finds operators and weights
in its bytes, `inference.onnx_reading` makes layers of them.
"""

from __future__ import annotations

from nnviz.core.json_records import clean
from nnviz.core.protocols import KerasModel
from nnviz.core.records import ModelCard
from nnviz.core.safe_files import BadFile
from nnviz.core.words import say
from nnviz.inference import onnx_reading
from nnviz.inference.graph import BadNetwork, Network
from nnviz.model_store import foreign_files, onnx_wire, trying
from nnviz.model_store.errors import ModelRefused

SUFFIX = ".onnx"


def receive(content: bytes) -> tuple[KerasModel, ModelCard | None]:
    """A keras.Model of the layers that the operators in a file from anywhere come down to; it has no card.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    found = _checked(content)
    try:
        return found.to_keras(), None
    except MemoryError:
        raise
    except Exception as error:  # Keras has limits of its own, and says so in its own ways
        raise ModelRefused(
            say("Keras cannot build this network: {clean}", clean=clean(str(error), 200))
        ) from error


def check(content: bytes) -> None:
    """Refuse a file from anywhere whose network cannot be used here. Without Keras.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    _checked(content)


def remarks(content: bytes) -> str:
    """What was done to the network in the bytes of a file so that it can be used here, "" if nothing.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    return " ".join(_read(content)[1])


def network(content: bytes) -> tuple[Network, ModelCard | None]:
    """The network in the bytes of an .onnx file from anywhere.

    Raises
    ------
    ModelRefused
        When the file holds no network known here.
    """
    return _read(content)[0], None


def _checked(content: bytes) -> Network:
    found, _ = _read(content)
    try:
        trying.check_on_digits(found)
    except BadNetwork as error:
        raise ModelRefused(str(error)) from error
    return found


def _read(content: bytes) -> tuple[Network, tuple[str, ...]]:
    """The network, and what was done to it."""
    try:
        if why := foreign_files.named(content):
            raise BadFile(why)
        plan, found = onnx_reading.plan(onnx_wire.read(content))
        return trying.answering(found), plan.remarks
    except BadNetwork as error:
        raise ModelRefused(clean(str(error), 450)) from error
    except BadFile as error:
        raise ModelRefused(
            say(
                "The file {clean}; expected was an .onnx file of a network of digits.",
                clean=clean(str(error), 200),
            )
        ) from error
