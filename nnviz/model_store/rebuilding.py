"""Networks that people bring, written anew: what is kept is what was understood, and not what was sent.

Keras writes its own files, and takes seconds and half a gigabyte to import. A server that has not imported it
has a process of its own do it, which is gone afterwards: bytes go in and bytes come out, each after a line
of JSON. Where Keras is there already, as in a worker, it is done in place.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from nnviz.core.blas import THREADS, kernels
from nnviz.core.records import ModelCard
from nnviz.core.words import say
from nnviz.inference.own_input import OwnInput
from nnviz.model_store import cards, formats
from nnviz.model_store.errors import ModelRefused

_KILLED = -9  # as the system does with a process for which there is no memory
PATIENCE = 180.0  # seconds: the import alone takes ten on a slow machine that is busy
_WRITTEN_BY_KERAS = (".keras", ".onnx")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rebuilt:
    """A network written anew.

    Attributes
    ----------
    packed
        The bytes of its file, without a card.
    told
        What `Format.describe` says of it.
    card
        The one that was in the file, if there was one.
    suffix
        Of the kind of file that it is kept in.
    """

    packed: bytes
    told: Mapping[str, Any]
    card: ModelCard | None = None
    suffix: str = ""


def rebuilt(suffix: str, content: bytes, own: OwnInput | None = None) -> Rebuilt:
    """The network in a file, of whomever; or with another input, that of a file of the store.

    Parameters
    ----------
    suffix
        Of the kind of file, as its handler has it.
    own
        How it is given its digits from now on.

    Raises
    ------
    ModelRefused
        When there is none, or it cannot be built.
    OSError
        When the disk cannot take it.
    MemoryError
        When there is none left for it.
    """
    if suffix not in _WRITTEN_BY_KERAS or "keras" in sys.modules:
        return _here(suffix, content, own)
    if own is None:
        # Most of what cannot be taken is refused without Keras.
        formats.format_of(f"model{suffix}").check(content)
    return _apart(suffix, content, own)


def _here(suffix: str, content: bytes, own: OwnInput | None) -> Rebuilt:
    handler = formats.format_of(f"model{suffix}")
    model, card = handler.receive(content) if own is None else (handler.with_input(content, own), None)
    kept = formats.format_for(model)
    return Rebuilt(kept.pack(model), kept.describe(model), card, kept.SUFFIX)


def _apart(suffix: str, content: bytes, own: OwnInput | None) -> Rebuilt:
    order = json.dumps({"suffix": suffix, "own": None if own is None else dataclasses.asdict(own)})
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=order.encode() + b"\n" + content,
            capture_output=True,
            env=os.environ | dict.fromkeys(THREADS, "1") | kernels(),
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ModelRefused(say("This network took too long to open; try again in a moment.")) from None
    line, _, packed = done.stdout.partition(b"\n")
    if not line and done.returncode == _KILLED:
        raise MemoryError
    if not line:
        log.error("A network could not be written anew: %s", done.stderr[-2000:].decode(errors="replace"))
        raise ModelRefused(say("This network could not be opened here. Ask whoever runs this app."))
    told = json.loads(line)
    if "refused" in told:
        raise ModelRefused(told["refused"])
    if "number" in told:
        raise OSError(told["number"], told["reason"])
    seen = cards.from_json(told["told"])
    card = cards.from_json(told["card"]) if told["card"] else None
    return Rebuilt(packed, {name: getattr(seen, name) for name in told["names"]}, card, told["suffix"])


def _answer(order: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """What is answered to an order: its line, and the file."""
    asked = json.loads(order.readline())
    own = None if asked["own"] is None else OwnInput(**asked["own"])
    try:
        found = _here(asked["suffix"], order.read(), own)
    except ModelRefused as error:
        return {"refused": str(error)}, b""
    except MemoryError:
        return {"refused": say("There is not enough memory here for this network.")}, b""
    except OSError as error:
        return {"number": error.errno, "reason": error.strerror or str(error)}, b""
    seen = cards.to_json(cards.new_card("", data="unknown", **found.told))
    card = "" if found.card is None else cards.to_json(found.card)
    return {"told": seen, "names": list(found.told), "card": card, "suffix": found.suffix}, found.packed


if __name__ == "__main__":
    # Whatever a library prints goes where nobody reads it, and not into the answer.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        said, file = _answer(sys.stdin.buffer)
        out.write(json.dumps(said).encode() + b"\n" + file)
