"""What on a page in the pseudo-language is not in marks: words of ours that no translator would find."""

from __future__ import annotations

import json
import re
from functools import cache

from nnviz.core import glossary, kinds, paths
from nnviz.experiments import axes
from nnviz.model_store import store

# Names, and what stands for itself in every language.
NAMES = (
    "Adam", "API", "CNN", "Conv", "CSV", "ELU", "GELU", "Glorot", "Grad-CAM",
    "He", "JPEG", "keract", "Keras", "MB", "McNemar", "MLP", "MNIST", "NPZ",
    "NumPy", "PCA", "PNG", "PyTorch", "ReLU", "RMSprop", "scikit-learn", "SGD", "SiLU", "softmax",
    "t-SNE", "TensorFlow", "UMAP", "UTC", "px", "ms", "float32", "linear",
)  # fmt: skip
# Symbols, colours, addresses, code, tags, and the names of files.
_NO_WORDS = re.compile(
    r"%\{[^}]*\}|:[a-z]+(?:/\w+)?:|:\w+\[|https?://\S+|`[^`]*`|<[^>]*>|\]\([^)]*\)|&\w+;|\w+\.\w{2,4}\b"
)
_WORD = re.compile(r"(?<![\w⁻])[^\W\d_][\w'’-]*[^\W\d_](?!\w)")


@cache
def known() -> tuple[str, ...]:
    """Texts that are data: of the networks that are shipped, and the forms of technical terms."""
    found: set[str] = set()
    for entry in store.entries():
        card = entry.card
        found |= {
            card.title,
            card.data,
            card.measured_on,
            card.note,
            entry.name,
            *map(str, card.settings.values()),
        }
        found |= (
            set(card.settings) | {layer.name for layer in card.layers} | {layer.kind for layer in card.layers}
        )
        found |= set(card.versions)
    # A name of data is data, but for the app's own digits, which pages call so in words.
    found |= {
        part.strip(" ,") for each in tuple(found) for part in re.split(r"(?:the )?embedded 5,000", each)
    }
    found.add(json.loads((paths.assets() / "mlp_speed.json").read_text(encoding="utf-8"))["measured"])
    found |= {str(each) for each in (*axes.AXES, *kinds.KINDS)}
    found |= {"pixels"}  # a layer of the linear decoder, as others have names in cards
    found |= {form for term in glossary.terms() for form in (term.name, *term.forms)}
    return tuple(sorted((each for each in found if each), key=len, reverse=True))


def unmarked(text: str) -> list[str]:
    """The words outside all marks, but for names."""
    kept, depth = [], 0
    for part in re.split(r"([⟦⟧])", text):
        if part == "⟦":
            depth += 1
        elif part == "⟧":
            depth = max(0, depth - 1)
            kept.append(" ")
        elif not depth:
            kept.append(part)
    rest = "".join(kept)
    if not _WORD.search(rest):
        return []
    rest = _NO_WORDS.sub(" ", rest)
    for each in known():
        rest = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", " ", rest)
    for name in NAMES:
        rest = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", " ", rest)
    return _WORD.findall(rest)
