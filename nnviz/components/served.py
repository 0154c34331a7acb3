"""What a browser fetches by an address that has the content's digest in it, and then keeps for a year.

Only our own server (`nnviz.server`) has such addresses. Without it, everything comes as Streamlit brings it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from nnviz.components import linking
from nnviz.core import words

FRONTEND = Path(__file__).resolve().parent / "frontend"
TRANSLATION = "words.js"
"""Among the files of the front end, the texts of a language other than English."""
ALL = "all.js"
"""Among the files of the front end, the modules of all components as one: its `mounts` has them by name."""
STYLES = "page.css"
"""Among the files of the front end, the style sheets of pages as one."""
_SHEETS = ("frame", "readable", "lists", "touch", "small_screens", "pad", "charts", "print")  # in their order
_MOST = 100_000_000  # bytes of networks that are kept for browsers that are told of them
_prefix = ""


@dataclass(frozen=True)
class Content:
    """A file, as it is and as gzip."""

    plain: bytes

    @cached_property
    def compressed(self) -> bytes:
        """As gzip, made when it is first asked for."""
        return gzip.compress(self.plain, 9, mtime=0)


@dataclass(frozen=True)
class Frontend:
    """All files of `frontend/` by path, and the digest of all of them together."""

    digest: str
    files: Mapping[str, Content]


def serve_at(prefix: str) -> None:
    """From now on a server of ours has addresses below that prefix; with "" there is none any more."""
    global _prefix
    _prefix = prefix


@cache
def frontend() -> Frontend:
    """The components' files, as they were when they were first asked for."""
    there = sorted(path for path in FRONTEND.rglob("*") if path.is_file())
    files = {path.relative_to(FRONTEND).as_posix(): Content(path.read_bytes()) for path in there}
    if words.LANGUAGE != words.ENGLISH:
        files[TRANSLATION] = Content(_translation().encode())
    sources = {path: files[path].plain.decode() for path in files if path.endswith(".js")}
    mounts = {
        path.parent.name: f"{path.parent.name}/index.js" for path in sorted(FRONTEND.glob("*/index.js"))
    }
    files[ALL] = Content(linking.joined(sources, mounts).encode())
    files[STYLES] = Content(b"\n".join(files[f"page/{name}.css"].plain for name in _SHEETS))
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content.plain)} ".encode() + content.plain)
    return Frontend(digest.hexdigest()[:16], files)


def _translation() -> str:
    """The script that gives `shared/words.js` the texts of a language other than English."""
    told = words.catalogue()
    texts = {"language": words.LANGUAGE, "one": dict(told.one), "many": dict(told.many)}
    return f"globalThis.nnvizWords = {{ ...{json.dumps(texts)}, form: (n) => Number({told.rule}) }};\n"


def serving() -> bool:
    """Whether a server of ours runs in this process."""
    return bool(_prefix)


def module_address(path: str) -> str:
    """Where a module of `frontend/` is fetched; "" without a server of ours."""
    return f"{_prefix}/frontend/{frontend().digest}/{path}" if _prefix else ""


def class_address(class_id: str) -> str:
    """Below what address a class's screens ask for what is new in it; "" without a server of ours."""
    return f"{_prefix}/class/{class_id}" if _prefix else ""


_networks: OrderedDict[str, Content] = OrderedDict()
_lock = threading.Lock()


def network_address(digest: str, message: bytes) -> str:
    """Where a browser fetches a network's message, which is kept from now on; "" without a server of ours."""
    if not _prefix:
        return ""
    with _lock:
        _networks.setdefault(digest, Content(message))
        _networks.move_to_end(digest)
        while len(_networks) > 1 and sum(len(each.plain) for each in _networks.values()) > _MOST:
            _networks.popitem(last=False)
    return f"{_prefix}/networks/{digest}"


def network(digest: str) -> Content | None:
    """The message of a network that was told to some browser, while it is kept."""
    with _lock:
        return _networks.get(digest)


def training_address(job: str) -> str:
    """Where a browser asks how a network in training is by now; "" without a server of ours."""
    return f"{_prefix}/trainings/{job}" if _prefix else ""


_constants: dict[str, Content] = {}


def constant_address(message: bytes) -> str:
    """Where a browser fetches what is the same for everybody; "" without a server of ours."""
    if not _prefix:
        return ""
    digest = hashlib.sha256(message).hexdigest()[:16]
    _constants.setdefault(digest, Content(message))
    return f"{_prefix}/constants/{digest}"


def constant(digest: str) -> Content | None:
    """What some browser was told to fetch by `constant_address`."""
    return _constants.get(digest)
