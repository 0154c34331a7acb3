"""What every page shares: its frame, its state, its caches, and panels that several lessons show."""

from nnviz.components import reveal
from nnviz.ui.shared.frame import lessons, page, prose, sections
from nnviz.ui.shared.state import Key, digit, owner

__all__ = [
    "Key",
    "digit",
    "lessons",
    "owner",
    "page",
    "prose",
    "reveal",
    "sections",
]
