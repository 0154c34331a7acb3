"""What every page shares: its frame, its state, its caches, and panels that several lessons show."""

from nnviz.components import reveal
from nnviz.ui.shared.frame import list_of_pages, open_tab, page, prose, sections, tabs
from nnviz.ui.shared.state import Key, digit, owner

__all__ = [
    "Key",
    "digit",
    "list_of_pages",
    "open_tab",
    "owner",
    "page",
    "prose",
    "reveal",
    "sections",
    "tabs",
]
